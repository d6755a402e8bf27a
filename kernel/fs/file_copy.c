/* A block of memory goes to and fro between the two. */
#include "fs/file_copy.h"

#include "abi/errno.h"
#include "fs/pipe.h"
#include "mm/frames.h"

#define BUFFER_ORDER 2
#define BUFFER_SIZE (PAGE_SIZE << BUFFER_ORDER)

/* Read the next bytes, which stay where they are: in a pipe, or before the position. */
static int64_t copy_read(struct copy_end *from, void *buffer, size_t size, bool waits)
{
    struct io io = io_kernel(buffer, size);

    if (file_is_pipe(from->file))
        return pipe_peek(from->file, &io, waits);
    return file_read_at(from->file, &io, from->offset);
}

static void copy_advance(struct copy_end *from, int64_t count)
{
    if (file_is_pipe(from->file))
        pipe_skip(from->file, (uint32_t)count);
    else
        from->offset += count;
}

static int64_t copy_write(struct copy_end *to, void *buffer, size_t size)
{
    struct io io = io_kernel(buffer, size);

    if (!to->has_offset)
        return file_write(to->file, &io);
    int64_t count = file_write_at(to->file, &io, to->offset);
    if (count > 0)
        to->offset += count;
    return count;
}

/* Copy as much as the buffer holds. */
static int64_t copy_piece(struct copy_end *from, struct copy_end *to, void *buffer, size_t size, bool waits)
{
    int64_t count = copy_read(from, buffer, size, waits);

    if (count > 0)
        count = copy_write(to, buffer, (size_t)count);
    if (count > 0)
        copy_advance(from, count);
    return count;
}

static int64_t copy_pieces(struct copy_end *from, struct copy_end *to, void *buffer, uint64_t size,
                           bool waits)
{
    uint64_t done = 0;
    int64_t count = 1;

    while (done < size && count > 0) {
        uint64_t piece = size - done < BUFFER_SIZE ? size - done : BUFFER_SIZE;
        count = copy_piece(from, to, buffer, piece, waits && done == 0);
        done += count > 0 ? (uint64_t)count : 0;
        if (count > 0 && (uint64_t)count < piece && file_is_pipe(from->file))
            break;
    }
    return done > 0 ? (int64_t)done : count;
}

int64_t file_copy(struct copy_end *from, struct copy_end *to, uint64_t size, bool waits)
{
    bool is_at_position = !from->has_offset && !file_is_pipe(from->file);
    paddr_t buffer;

    if (size == 0)
        return 0;
    if (frames_alloc(BUFFER_ORDER, &buffer) != 0)
        return -ENOMEM;
    if (is_at_position)
        from->offset = file_seek(from->file, 0, SEEK_CUR);
    int64_t result =
        copy_pieces(from, to, direct_map(buffer), size < FILE_IO_MAX ? size : FILE_IO_MAX, waits);
    if (is_at_position && result > 0)
        (void)file_seek(from->file, from->offset, SEEK_SET);
    frames_free(buffer, BUFFER_ORDER);
    return result;
}
