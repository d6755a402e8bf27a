/* A stretch of memory, in one or several segments, that bytes are taken from or given to: the program's, or
 * the kernel's own. The same code thus serves write(), writev(), and the kernel that writes a file.
 *
 * Bytes are moved in order. A move that meets memory which the program has not mapped is short; what was
 * moved before counts. Context: thread, with the program's address space loaded; no lock held that a page
 * fault takes.  Sleeps: yes, where the segments are the program's. */
#ifndef LINTEL_FS_IO_H
#define LINTEL_FS_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

struct io_segment {
    uint64_t address; /* as in struct iovec of the ABI */
    uint64_t size;
};

_Static_assert(sizeof(struct io_segment) == 16, "struct iovec of the x86-64 ABI");

/* Plain data: a copy of it is a place to return to. */
struct io {
    const struct io_segment *segments; /* NULL: `only` */
    struct io_segment only;
    size_t index;    /* of the segment that comes next */
    uint64_t offset; /* into that */
    uint64_t left;   /* bytes in all */
    bool is_user;
};

struct io io_kernel(void *buffer, size_t size);

static inline struct io io_user(user_ptr_t buffer, size_t size)
{
    return (struct io){.only = {buffer.address, size}, .left = size, .is_user = true};
}

/* Of count segments in kernel memory, which stay valid, that describe memory of the program. The sum of the
 * sizes must be checked by the caller. */
struct io io_user_segments(const struct io_segment *segments, size_t count);

/* Copy the next bytes, at most `size` and at most as many as are left, to kernel memory (the io is a source),
 * or from kernel memory (a destination). Returns how many: fewer than both only after a fault. */
size_t io_take(struct io *io, void *destination, size_t size);
size_t io_give(struct io *io, const void *source, size_t size);

/* The same as io_give() of zeros. */
size_t io_give_zeros(struct io *io, size_t size);

/* Whether it lies in the user half if it is the program's; of several segments the caller has found out. */
bool io_is_valid(const struct io *io);

#endif
