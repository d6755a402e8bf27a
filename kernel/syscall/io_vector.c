#include "syscall/io_vector.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "mm/frames.h"
#include "mm/user_access.h"

/* Where the segments are to be; NULL: no memory. */
static struct io_segment *vector_room(struct io_vector *vector, size_t size)
{
    vector->frames = 0;
    vector->order = 0;
    if (size <= sizeof(vector->small))
        return vector->small;
    while ((PAGE_SIZE << vector->order) < size)
        vector->order++;
    if (frames_alloc(vector->order, &vector->frames) != 0)
        return NULL;
    return direct_map(vector->frames);
}

void io_vector_release(struct io_vector *vector)
{
    if (vector->frames != 0)
        frames_free(vector->frames, vector->order);
}

/* Check all, and cut what is more than a call may move. */
static int segments_check(struct io_segment *segments, size_t count)
{
    uint64_t left = FILE_IO_MAX;

    for (size_t i = 0; i < count; i++) {
        if (segments[i].size > INT64_MAX)
            return -EINVAL;
        if (!user_range_is_valid((user_ptr_t){segments[i].address}, segments[i].size))
            return -EFAULT;
        if (segments[i].size > left)
            segments[i].size = left;
        left -= segments[i].size;
    }
    return 0;
}

int io_vector_copy_in(struct io_vector *vector, user_ptr_t segments, int count)
{
    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    size_t size = (size_t)count * sizeof(struct io_segment);
    struct io_segment *room = vector_room(vector, size);
    if (room == NULL)
        return -ENOMEM;
    int error = user_copy_in(room, segments, size, NULL);
    if (error == 0)
        error = segments_check(room, (size_t)count);
    if (error != 0) {
        io_vector_release(vector);
        return error;
    }
    vector->io = io_user_segments(room, (size_t)count);
    return 0;
}
