/* One step moves what lies in one segment and, for a program's memory, in one page: such a piece is either
 * copied wholly or not at all, so that a count is exact. */
#include "fs/io.h"

#include "lib/string.h"
#include "mm/user_access.h"

static const char zeros[512];

struct io io_kernel(void *buffer, size_t size)
{
    return (struct io){.only = {(uint64_t)buffer, size}, .left = size};
}

struct io io_user(user_ptr_t buffer, size_t size)
{
    return (struct io){.only = {buffer.address, size}, .left = size, .is_user = true};
}

struct io io_user_segments(const struct io_segment *segments, size_t count)
{
    struct io io = {.segments = segments, .is_user = true};

    for (size_t i = 0; i < count; i++)
        io.left += segments[i].size;
    return io;
}

/* The piece that comes next: its address, and its size, which is > 0 if bytes are left. */
static size_t io_piece(struct io *io, size_t limit, uint64_t *ret_address)
{
    const struct io_segment *segment = io->segments == NULL ? &io->only : &io->segments[io->index];

    while (io->left > 0 && io->offset == segment->size) {
        segment++;
        io->index++;
        io->offset = 0;
    }
    uint64_t address = segment->address + io->offset, size = segment->size - io->offset;

    if (io->is_user && size > PAGE_SIZE - (address & PAGE_MASK))
        size = PAGE_SIZE - (address & PAGE_MASK);
    *ret_address = address;
    return size < limit ? size : limit;
}

static void io_advance(struct io *io, size_t size)
{
    io->offset += size;
    io->left -= size;
}

size_t io_take(struct io *io, void *destination, size_t size)
{
    size_t done = 0;

    while (done < size && io->left > 0) {
        uint64_t address;
        size_t piece = io_piece(io, size - done, &address), copied = piece;
        void *to = (char *)destination + done;
        if (io->is_user)
            (void)user_copy_in(to, (user_ptr_t){address}, piece, &copied);
        else
            memcpy(to, (const void *)address, piece);
        io_advance(io, copied);
        done += copied;
        if (copied < piece)
            break;
    }
    return done;
}

size_t io_give(struct io *io, const void *source, size_t size)
{
    size_t done = 0;

    while (done < size && io->left > 0) {
        uint64_t address;
        size_t piece = io_piece(io, size - done, &address);
        const void *from = (const char *)source + done;
        if (!io->is_user)
            memcpy((void *)address, from, piece);
        else if (user_copy_out((user_ptr_t){address}, from, piece) != 0)
            break;
        io_advance(io, piece);
        done += piece;
    }
    return done;
}

size_t io_give_zeros(struct io *io, size_t size)
{
    size_t done = 0;

    while (done < size && io->left > 0) {
        size_t wanted = size - done < sizeof(zeros) ? size - done : sizeof(zeros);
        if (wanted > io->left)
            wanted = io->left;
        size_t given = io_give(io, zeros, wanted);
        done += given;
        if (given < wanted)
            break;
    }
    return done;
}
