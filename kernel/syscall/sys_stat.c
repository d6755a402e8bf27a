/* What files are like. */
#include "abi/errno.h"
#include "fs/file.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

#define NS_PER_SECOND 1000000000ull
#define BLOCKS_A_PAGE (PAGE_SIZE / 512)
#define DEV_NAMELESS 0xf /* of pipes, sockets and the like, which no file system has */

/* What all calls tell, in their own forms. */
struct file_status {
    struct node_attributes attributes;
    uint64_t dev;
    uint64_t blocks;
    bool is_mount_root;
};

static struct file_status status_of_path(const struct path *path)
{
    return (struct file_status){
        .attributes = node_get_attributes(path->node),
        .dev = path->node->file_system->dev,
        .blocks = node_frame_count(path->node) * BLOCKS_A_PAGE,
        .is_mount_root = path->mount->root == path->node,
    };
}

static struct file_status status_of_file(struct file *file)
{
    if (file->path.node != NULL)
        return status_of_path(&file->path);
    return (struct file_status){.attributes = file_get_attributes(file), .dev = DEV_NAMELESS};
}

static struct timespec64 time_of(uint64_t time_ns)
{
    return (struct timespec64){(int64_t)(time_ns / NS_PER_SECOND), (int64_t)(time_ns % NS_PER_SECOND)};
}

static int stat_copy_out(user_ptr_t destination, const struct file_status *status)
{
    const struct node_attributes *attributes = &status->attributes;
    const struct stat result = {
        .dev = status->dev,
        .ino = attributes->ino,
        .nlink = attributes->nlink,
        .mode = attributes->mode,
        .uid = attributes->uid,
        .gid = attributes->gid,
        .rdev = attributes->rdev,
        .size = (int64_t)attributes->size,
        .block_size = PAGE_SIZE,
        .blocks = (int64_t)status->blocks,
        .atime = time_of(attributes->atime_ns),
        .mtime = time_of(attributes->mtime_ns),
        .ctime = time_of(attributes->ctime_ns),
    };

    return user_copy_out(destination, &result, sizeof(result));
}

/* Find what the call is about. flags: AT_*. */
static int status_find(int directory, user_ptr_t path, unsigned flags, struct file_status *ret_status)
{
    unsigned path_flags = ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? PATH_NO_FOLLOW : 0) |
                          ((flags & AT_EMPTY_PATH) != 0 ? PATH_EMPTY : 0);
    struct path_call call;
    struct path found;
    int error = path_call_begin(&call, directory, path, path_flags);

    if (error != 0)
        return error;
    if (path_call_is_file(&call)) {
        *ret_status = status_of_file(call.directory.file);
    } else {
        error = path_lookup(&call.context, call.path.text, path_flags, &found);
        if (error == 0) {
            *ret_status = status_of_path(&found);
            path_unref(&found);
        }
    }
    path_call_end(&call);
    return error;
}

static int64_t stat_at(int directory, user_ptr_t path, user_ptr_t destination, unsigned flags)
{
    struct file_status status;
    int error = status_find(directory, path, flags, &status);

    return error != 0 ? error : stat_copy_out(destination, &status);
}

/* stat(path, stat) */
int64_t sys_stat(struct trap_frame *frame)
{
    return stat_at(AT_FDCWD, syscall_pointer(frame, 0), syscall_pointer(frame, 1), 0);
}

/* lstat(path, stat) */
int64_t sys_lstat(struct trap_frame *frame)
{
    return stat_at(AT_FDCWD, syscall_pointer(frame, 0), syscall_pointer(frame, 1), AT_SYMLINK_NOFOLLOW);
}

/* newfstatat(directory, path, stat, flags) */
int64_t sys_newfstatat(struct trap_frame *frame)
{
    unsigned flags = (uint32_t)syscall_argument(frame, 3);

    if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    return stat_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_pointer(frame, 2), flags);
}

/* fstat(fd, stat) */
int64_t sys_fstat(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    struct file_status status = status_of_file(use.file);
    file_use_end(use);
    return stat_copy_out(syscall_pointer(frame, 1), &status);
}

static struct statx_timestamp statx_time(uint64_t time_ns)
{
    return (struct statx_timestamp){.seconds = (int64_t)(time_ns / NS_PER_SECOND),
                                    .nanoseconds = (uint32_t)(time_ns % NS_PER_SECOND)};
}

static uint32_t device_major(uint64_t number)
{
    return (uint32_t)(number >> 8 & 0xfff);
}

static uint32_t device_minor(uint64_t number)
{
    return (uint32_t)((number & 0xff) | (number >> 12 & 0xfff00));
}

static int statx_copy_out(user_ptr_t destination, const struct file_status *status)
{
    const struct node_attributes *attributes = &status->attributes;
    const struct statx result = {
        .mask = STATX_BASIC_STATS | STATX_BTIME,
        .block_size = PAGE_SIZE,
        .attributes = status->is_mount_root ? STATX_ATTR_MOUNT_ROOT : 0,
        .attributes_mask = STATX_ATTR_MOUNT_ROOT,
        .nlink = attributes->nlink,
        .uid = attributes->uid,
        .gid = attributes->gid,
        .mode = (uint16_t)attributes->mode,
        .ino = attributes->ino,
        .size = attributes->size,
        .blocks = status->blocks,
        .atime = statx_time(attributes->atime_ns),
        .btime = statx_time(attributes->btime_ns),
        .ctime = statx_time(attributes->ctime_ns),
        .mtime = statx_time(attributes->mtime_ns),
        .rdev_major = device_major(attributes->rdev),
        .rdev_minor = device_minor(attributes->rdev),
        .dev_major = device_major(status->dev),
        .dev_minor = device_minor(status->dev),
    };

    return user_copy_out(destination, &result, sizeof(result));
}

/* statx(directory, path, flags, mask, statx): what is known costs nothing, so that the mask is not looked at.
 */
int64_t sys_statx(struct trap_frame *frame)
{
    unsigned flags = (uint32_t)syscall_argument(frame, 2), mask = (uint32_t)syscall_argument(frame, 3);
    struct file_status status;

    if ((mask & STATX_RESERVED) != 0 || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
        (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) !=
            0)
        return -EINVAL;
    int error = status_find(syscall_int(frame, 0), syscall_pointer(frame, 1), flags, &status);
    return error != 0 ? error : statx_copy_out(syscall_pointer(frame, 4), &status);
}
