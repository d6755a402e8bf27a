/* Copying from descriptor to descriptor. */
#include "abi/errno.h"
#include "fs/file_copy.h"
#include "fs/pipe.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"
#include "syscall/write_result.h"

/* The two descriptors of a call. */
struct file_pair {
    struct file_use from, to;
};

static int file_pair_begin(struct file_pair *pair, unsigned from, unsigned to)
{
    pair->from = file_use_begin(from);
    if (pair->from.file == NULL)
        return -EBADF;
    pair->to = file_use_begin(to);
    if (pair->to.file == NULL) {
        file_use_end(pair->from);
        return -EBADF;
    }
    return 0;
}

static void file_pair_end(struct file_pair *pair)
{
    file_use_end(pair->to);
    file_use_end(pair->from);
}

/* Take an offset from the program, if it has given one. Errors: -EFAULT. */
static int offset_copy_in(struct copy_end *end, user_ptr_t source)
{
    end->has_offset = source.address != 0;
    return end->has_offset ? user_copy_in(&end->offset, source, sizeof(end->offset), NULL) : 0;
}

/* And give it back, moved on. */
static int64_t offset_copy_out(const struct copy_end *end, user_ptr_t destination, int64_t result)
{
    if (!end->has_offset || result < 0)
        return result;
    int error = user_copy_out(destination, &end->offset, sizeof(end->offset));
    return error != 0 ? error : result;
}

static bool appends(const struct file *file)
{
    return (file->flags & O_APPEND) != 0;
}

static bool is_type(struct file *file, uint32_t type)
{
    return (file_get_attributes(file).mode & S_IFMT) == type;
}

/* What sendfile() demands: a source that can be read at any place, by whom it is opened for that. */
static int send_check(const struct copy_end *from, const struct copy_end *to)
{
    if (!file_can_read(from->file))
        return -EBADF;
    if (from->has_offset && from->file->operations->is_stream)
        return -ESPIPE;
    if (from->has_offset && from->offset < 0)
        return -EINVAL;
    if (!file_can_write(to->file))
        return -EBADF;
    if (from->file->operations->is_stream || appends(to->file))
        return -EINVAL;
    return is_type(from->file, S_IFDIR) ? -EINVAL : 0;
}

/* sendfile(to, from, offset, size) */
int64_t sys_sendfile(struct trap_frame *frame)
{
    user_ptr_t offset = syscall_pointer(frame, 2);
    struct file_pair pair;
    struct copy_end from = {0}, to = {0};
    int64_t result = offset_copy_in(&from, offset);

    if (result != 0)
        return result;
    result =
        file_pair_begin(&pair, (uint32_t)syscall_argument(frame, 1), (uint32_t)syscall_argument(frame, 0));
    if (result != 0)
        return result;
    from.file = pair.from.file;
    to.file = pair.to.file;
    result = send_check(&from, &to);
    if (result == 0)
        result = file_copy(&from, &to, syscall_argument(frame, 3), true);
    file_pair_end(&pair);
    return write_result(offset_copy_out(&from, offset, result));
}

/* Where a copy begins, for a look whether both are one file. */
static int64_t copy_start(const struct copy_end *end)
{
    return end->has_offset ? end->offset : file_seek(end->file, 0, SEEK_CUR);
}

static int copy_check(const struct copy_end *from, const struct copy_end *to, uint64_t size)
{
    if (is_type(from->file, S_IFDIR) || is_type(to->file, S_IFDIR))
        return -EISDIR;
    if (!is_type(from->file, S_IFREG) || !is_type(to->file, S_IFREG))
        return -EINVAL;
    if (!file_can_read(from->file) || !file_can_write(to->file) || appends(to->file))
        return -EBADF;
    int64_t from_start = copy_start(from), to_start = copy_start(to), sum;
    if (from_start < 0 || to_start < 0)
        return -EINVAL;
    if (size > INT64_MAX || __builtin_add_overflow(from_start, (int64_t)size, &sum) ||
        __builtin_add_overflow(to_start, (int64_t)size, &sum))
        return -EOVERFLOW;
    int64_t length = (int64_t)size;
    bool overlaps = from_start < to_start + length && to_start < from_start + length;
    return from->file->path.node == to->file->path.node && overlaps ? -EINVAL : 0;
}

/* A call between two descriptors, each with an offset of the program's, or none: (from, from_offset, to,
 * to_offset, size, flags). */
struct copy_call {
    struct file_pair pair;
    user_ptr_t from_offset, to_offset;
    struct copy_end from, to;
    uint64_t size;
    unsigned flags;
};

/* On error nothing is to be ended. */
static int copy_call_begin(struct copy_call *call, const struct trap_frame *frame)
{
    *call = (struct copy_call){
        .from_offset = syscall_pointer(frame, 1),
        .to_offset = syscall_pointer(frame, 3),
        .size = syscall_argument(frame, 4),
        .flags = (uint32_t)syscall_argument(frame, 5),
    };
    int error = file_pair_begin(&call->pair, (uint32_t)syscall_argument(frame, 0),
                                (uint32_t)syscall_argument(frame, 2));
    if (error != 0)
        return error;
    call->from.file = call->pair.from.file;
    call->to.file = call->pair.to.file;
    error = offset_copy_in(&call->from, call->from_offset);
    if (error == 0)
        error = offset_copy_in(&call->to, call->to_offset);
    if (error != 0)
        file_pair_end(&call->pair);
    return error;
}

/* Returns what the call answers. */
static int64_t copy_call_end(struct copy_call *call, int64_t result)
{
    file_pair_end(&call->pair);
    result = offset_copy_out(&call->from, call->from_offset, result);
    return write_result(offset_copy_out(&call->to, call->to_offset, result));
}

/* copy_file_range(from, from_offset, to, to_offset, size, flags) */
int64_t sys_copy_file_range(struct trap_frame *frame)
{
    struct copy_call call;
    int64_t result = copy_call_begin(&call, frame);

    if (result != 0)
        return result;
    result = call.flags != 0 ? -EINVAL : copy_check(&call.from, &call.to, call.size);
    if (result == 0)
        result = file_copy(&call.from, &call.to, call.size, true);
    return copy_call_end(&call, result);
}

/* One end is a pipe, the other one a file with places. */
static int splice_check(const struct copy_end *from, const struct copy_end *to)
{
    bool from_pipe = file_is_pipe(from->file), to_pipe = file_is_pipe(to->file);

    if (!file_can_read(from->file) || !file_can_write(to->file))
        return -EBADF;
    if ((from_pipe && from->has_offset) || (to_pipe && to->has_offset))
        return -ESPIPE;
    if (from_pipe == to_pipe || (from_pipe ? to : from)->file->operations->is_stream)
        return -EINVAL;
    if ((from->has_offset && from->offset < 0) || (to->has_offset && to->offset < 0))
        return -EINVAL;
    return appends(to->file) || is_type(from->file, S_IFDIR) ? -EINVAL : 0;
}

/* No more than the pipe has room for: the rest is not waited for. */
static int64_t splice_copy(struct copy_end *from, struct copy_end *to, uint64_t size, bool waits)
{
    uint32_t room = file_is_pipe(to->file) ? pipe_room(to->file) : PIPE_SIZE;

    if (room == 0 && (!waits || (to->file->flags & O_NONBLOCK) != 0))
        return -EAGAIN;
    if (room == 0)
        room = PIPE_BUF;
    return file_copy(from, to, size < room ? size : room, waits);
}

/* splice(from, from_offset, to, to_offset, size, flags) */
int64_t sys_splice(struct trap_frame *frame)
{
    const unsigned known = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;
    struct copy_call call;

    if (syscall_argument(frame, 4) == 0)
        return 0;
    if (((uint32_t)syscall_argument(frame, 5) & ~known) != 0)
        return -EINVAL;
    int64_t result = copy_call_begin(&call, frame);
    if (result != 0)
        return result;
    result = splice_check(&call.from, &call.to);
    if (result == 0)
        result = splice_copy(&call.from, &call.to, call.size, (call.flags & SPLICE_F_NONBLOCK) == 0);
    return copy_call_end(&call, result);
}
