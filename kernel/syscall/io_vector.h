/* The segments of readv(), sendmsg() and their kin, copied in. */
#ifndef LINTEL_SYSCALL_IO_VECTOR_H
#define LINTEL_SYSCALL_IO_VECTOR_H

#include "fs/io.h"
#include "mm/types.h"

#define IO_VECTOR_SHORT 8

struct io_vector {
    struct io io;
    unsigned order; /* of the frames, if they do not fit in `small` */
    paddr_t frames; /* 0: none */
    struct io_segment small[IO_VECTOR_SHORT];
};

/* Copy struct iovec in; vector->io is then ready. Together the segments have FILE_IO_MAX bytes at most: what
 * is behind that is cut off. Errors: -EINVAL (count < 0 or over IOV_MAX, a size over INT64_MAX), -EFAULT
 * (also for a segment that reaches beyond the user half), -ENOMEM; then nothing is to be released. Context:
 * system call. */
int io_vector_copy_in(struct io_vector *vector, user_ptr_t segments, int count);
void io_vector_release(struct io_vector *vector);

#endif
