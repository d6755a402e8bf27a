/* flock(), and the locks of fcntl(). */
#include "syscall/file_lock_call.h"

#include "abi/errno.h"
#include "fs/file_lock.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"

/* Where a range of struct flock begins and ends. Errors: -EINVAL, -EOVERFLOW. */
static int range_resolve(struct file *file, const struct flock *flock, struct file_lock *lock)
{
    int64_t start = 0, end;

    if (flock->whence == SEEK_CUR)
        start = file_seek(file, 0, SEEK_CUR);
    else if (flock->whence == SEEK_END)
        start = (int64_t)node_size(file->path.node);
    else if (flock->whence != SEEK_SET)
        return -EINVAL;
    if (__builtin_add_overflow(start, flock->start, &start))
        return -EOVERFLOW;
    if (start < 0)
        return -EINVAL;
    if (flock->length == 0) {
        end = INT64_MAX;
    } else if (flock->length > 0) {
        if (__builtin_add_overflow(start, flock->length - 1, &end))
            return -EOVERFLOW;
    } else {
        end = start - 1;
        if (__builtin_add_overflow(start, flock->length, &start) || start < 0)
            return -EINVAL;
    }
    lock->start = (uint64_t)start;
    lock->end = (uint64_t)end;
    return 0;
}

/* What the program's struct flock asks for; of an open file if is_ofd, else of the process. */
static int lock_resolve(struct file *file, const struct flock *flock, bool is_ofd, struct file_lock *lock)
{
    const struct process *process = process_current();

    if (file->path.node == NULL)
        return -EINVAL;
    if (flock->type != F_RDLCK && flock->type != F_WRLCK && flock->type != F_UNLCK)
        return -EINVAL;
    if (is_ofd && flock->pid != 0)
        return -EINVAL;
    *lock = (struct file_lock){.kind = FILE_LOCK_RANGE,
                               .type = flock->type,
                               .owner = is_ofd ? (const void *)file : process->files,
                               .pid = is_ofd ? -1 : process->id};
    return range_resolve(file, flock, lock);
}

static int lock_test(struct file *file, struct flock *flock, bool is_ofd)
{
    struct file_lock lock;
    int error = flock->type == F_UNLCK && !is_ofd ? -EINVAL : lock_resolve(file, flock, is_ofd, &lock);

    if (error != 0)
        return error;
    file_lock_test(file->path.node, &lock);
    flock->type = (int16_t)lock.type;
    if (lock.type == F_UNLCK)
        return 0;
    flock->whence = SEEK_SET;
    flock->start = (int64_t)lock.start;
    flock->length = lock.end == FILE_LOCK_END_MAX ? 0 : (int64_t)(lock.end - lock.start) + 1;
    flock->pid = lock.pid;
    return 0;
}

static int lock_set(struct file *file, const struct flock *flock, bool is_ofd, bool waits)
{
    struct file_lock lock;
    int error = lock_resolve(file, flock, is_ofd, &lock);

    if (error != 0)
        return error;
    if ((lock.type == F_RDLCK && !file_can_read(file)) || (lock.type == F_WRLCK && !file_can_write(file)))
        return -EBADF;
    return file_lock_set(file->path.node, &lock, waits, !is_ofd);
}

int64_t fcntl_lock(struct file *file, unsigned command, user_ptr_t argument)
{
    bool is_ofd = command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    struct flock flock;

    if (user_copy_in(&flock, argument, sizeof(flock), NULL) != 0)
        return -EFAULT;
    if (command != F_GETLK && command != F_OFD_GETLK)
        return lock_set(file, &flock, is_ofd, command == F_SETLKW || command == F_OFD_SETLKW);
    int error = lock_test(file, &flock, is_ofd);
    return error != 0 ? error : user_copy_out(argument, &flock, sizeof(flock));
}

/* The kind of lock that flock() is asked for; -1: none. */
static int flock_type(unsigned operation)
{
    switch (operation) {
    case LOCK_SH:
        return F_RDLCK;
    case LOCK_EX:
        return F_WRLCK;
    case LOCK_UN:
        return F_UNLCK;
    default:
        return -1;
    }
}

/* flock(fd, operation) */
int64_t sys_flock(struct trap_frame *frame)
{
    unsigned operation = (uint32_t)syscall_argument(frame, 1);
    int type = flock_type(operation & ~(unsigned)LOCK_NB);
    struct file_use use;

    if (type < 0)
        return -EINVAL;
    use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));
    if (use.file == NULL)
        return -EBADF;
    const struct file_lock lock = {
        .kind = FILE_LOCK_WHOLE, .type = type, .end = FILE_LOCK_END_MAX, .owner = use.file};
    int64_t result = -EINVAL;
    if (use.file->path.node != NULL)
        result = file_lock_set(use.file->path.node, &lock, (operation & LOCK_NB) == 0, false);
    file_use_end(use);
    return result;
}
