/* One step moves what lies in one segment. A copy that faults tells how far it has got, to the byte. */
#include "fs/io.h"

#include "lib/string.h"
#include "mm/user_access.h"

static const char zeros[PAGE_SIZE];

struct io io_kernel(void *buffer, size_t size)
{
    return (struct io){.only = {(uint64_t)buffer, size}, .left = size};
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

    while (io->offset == segment->size) {
        segment++;
        io->index++;
        io->offset = 0;
    }
    uint64_t size = segment->size - io->offset;

    *ret_address = segment->address + io->offset;
    return size < limit ? size : limit;
}

static void io_advance(struct io *io, size_t size)
{
    io->offset += size;
    io->left -= size;
}

static size_t io_limit(const struct io *io, size_t size)
{
    return size < io->left ? size : io->left;
}

static size_t take_piece(const struct io *io, void *destination, uint64_t address, size_t size)
{
    size_t copied;

    if (io->is_user) {
        (void)user_copy_in(destination, (user_ptr_t){address}, size, &copied);
        return copied;
    }
    memcpy(destination, (const void *)address, size);
    return size;
}

size_t io_take(struct io *io, void *destination, size_t size)
{
    size_t done = 0, wanted = io_limit(io, size);

    while (done < wanted) {
        uint64_t address;
        size_t piece = io_piece(io, wanted - done, &address);
        size_t taken = take_piece(io, (char *)destination + done, address, piece);
        io_advance(io, taken);
        done += taken;
        if (taken < piece)
            break;
    }
    return done;
}

static size_t give_piece(const struct io *io, const void *source, uint64_t address, size_t size)
{
    if (io->is_user)
        return user_copy_out_some((user_ptr_t){address}, source, size);
    memcpy((void *)address, source, size);
    return size;
}

size_t io_give(struct io *io, const void *source, size_t size)
{
    size_t done = 0, wanted = io_limit(io, size);

    while (done < wanted) {
        uint64_t address;
        size_t piece = io_piece(io, wanted - done, &address);
        size_t given = give_piece(io, (const char *)source + done, address, piece);
        io_advance(io, given);
        done += given;
        if (given < piece)
            break;
    }
    return done;
}

size_t io_give_zeros(struct io *io, size_t size)
{
    size_t done = 0, wanted = io_limit(io, size);

    while (done < wanted) {
        uint64_t address;
        size_t piece = io_piece(io, wanted - done, &address);
        if (piece > sizeof(zeros))
            piece = sizeof(zeros);
        size_t given = give_piece(io, zeros, address, piece);
        io_advance(io, given);
        done += given;
        if (given < piece)
            break;
    }
    return done;
}

bool io_is_valid(const struct io *io)
{
    return !io->is_user || io->segments != NULL ||
           user_range_is_valid((user_ptr_t){io->only.address}, io->only.size);
}
