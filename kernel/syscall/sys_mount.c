/* File systems: mounting them, how full they are, and what would write them to a disk. */
#include "abi/errno.h"
#include "fs/file_system_type.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

#define TYPE_NAME_SIZE 64

/* What a mount() is about. */
struct mount_request {
    unsigned flags; /* MS_* */
    char type[TYPE_NAME_SIZE];
    struct user_path source;
    struct path_call target;
    paddr_t data; /* a frame with the options, and its bytes; 0: none */
    size_t data_size;
};

static int mount_new(const struct mount_request *request)
{
    struct file_system *file_system;

    if (!credentials_are_root(request->target.context.credentials))
        return -EPERM;
    if (request->type[0] == '\0')
        return -EINVAL;
    const struct file_system_type *type = file_system_type_find(request->type);
    if (type == NULL)
        return -ENODEV;
    int error =
        type->create(request->data == 0 ? NULL : direct_map(request->data), request->data_size, &file_system);
    if (error != 0)
        return error;
    file_system->is_read_only = (request->flags & MS_RDONLY) != 0;
    const char *source = request->source.text[0] == '\0' ? "none" : request->source.text;
    error = path_mount(&request->target.context, request->target.path.text, source, file_system,
                       request->flags & MOUNT_FLAGS);
    if (error != 0)
        file_system->destroy(file_system);
    return error;
}

/* What is mounted where is the same for all programs: to whom changes are shown is no question. */
#define MS_PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

static int mount_perform(const struct mount_request *request)
{
    const struct path_context *context = &request->target.context;
    const char *target = request->target.path.text;
    unsigned flags = request->flags;

    if ((flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND)) /* flags of one mount alone */
        return (flags & MS_RDONLY) != 0 ? -EINVAL
                                        : path_set_mount_flags(context, target, flags & MOUNT_FLAGS);
    if ((flags & MS_REMOUNT) != 0)
        return path_remount(context, target, (flags & MS_RDONLY) != 0, flags & MOUNT_FLAGS);
    if ((flags & (MS_BIND | MS_MOVE)) != 0 && request->source.text[0] == '\0')
        return -EINVAL;
    if ((flags & MS_BIND) != 0)
        return path_bind(context, request->source.text, target);
    if ((flags & MS_PROPAGATION) != 0)
        return path_check_mount(context, target);
    if ((flags & MS_MOVE) != 0)
        return path_move_mount(context, request->source.text, target);
    return mount_new(request);
}

/* As much of a page of options as can be read. */
static int copy_options_in(struct mount_request *request, user_ptr_t source)
{
    size_t room = PAGE_SIZE;

    if (source.address == 0)
        return 0;
    if (frames_alloc(0, &request->data) != 0)
        return -ENOMEM;
    if (source.address < USER_END && room > USER_END - source.address)
        room = USER_END - source.address;
    (void)user_copy_in(direct_map(request->data), source, room, &request->data_size);
    if (request->data_size == 0) {
        frames_free(request->data, 0);
        return -EFAULT;
    }
    return 0;
}

static int copy_type_in(struct mount_request *request, user_ptr_t source)
{
    if (source.address == 0)
        return 0;
    int length = user_copy_string_in(request->type, source, sizeof(request->type));
    if (length == -ENAMETOOLONG)
        return -EINVAL;
    return length < 0 ? length : 0;
}

static int copy_source_in(struct mount_request *request, user_ptr_t source)
{
    if (source.address != 0)
        return user_path_copy_in(&request->source, source);
    request->source.text = request->source.small;
    return 0;
}

/* mount(source, target, type, flags, data) */
int64_t sys_mount(struct trap_frame *frame)
{
    struct mount_request request = {.flags = (uint32_t)syscall_argument(frame, 3)};
    int error = copy_type_in(&request, syscall_pointer(frame, 2));

    if (error == 0)
        error = copy_source_in(&request, syscall_pointer(frame, 0));
    if (error != 0)
        return error;
    error = copy_options_in(&request, syscall_pointer(frame, 4));
    if (error != 0)
        goto release_source;
    error = path_call_begin(&request.target, AT_FDCWD, syscall_pointer(frame, 1), 0);
    if (error != 0)
        goto free_data;
    if ((request.flags & MS_MAGIC_MASK) == MS_MAGIC)
        request.flags &= ~MS_MAGIC_MASK;
    error = mount_perform(&request);
    path_call_end(&request.target);
free_data:
    if (request.data != 0)
        frames_free(request.data, 0);
release_source:
    user_path_release(&request.source);
    return error;
}

/* umount2(target, flags) */
int64_t sys_umount2(struct trap_frame *frame)
{
    unsigned flags = (uint32_t)syscall_argument(frame, 1);
    struct path_call call;

    if ((flags & ~(unsigned)(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW)) != 0)
        return -EINVAL;
    if ((flags & MNT_EXPIRE) != 0)
        return -EINVAL;
    int error = path_call_begin(&call, AT_FDCWD, syscall_pointer(frame, 0), 0);
    if (error != 0)
        return error;
    error = path_unmount(&call.context, call.path.text,
                         ((flags & UMOUNT_NOFOLLOW) != 0 ? PATH_NO_FOLLOW : 0) |
                             ((flags & MNT_DETACH) != 0 ? PATH_UNMOUNT_DETACH : 0));
    path_call_end(&call);
    return error;
}

/* pivot_root(new_root, old_root): for all processes whose root or working directory the old one is. */
int64_t sys_pivot_root(struct trap_frame *frame)
{
    struct user_path old_name;
    struct path_call call;
    struct path root;
    int error = path_call_begin(&call, AT_FDCWD, syscall_pointer(frame, 0), 0);

    if (error != 0)
        return error;
    error = user_path_copy_in(&old_name, syscall_pointer(frame, 1));
    if (error == 0) {
        error = path_pivot(&call.context, call.path.text, old_name.text, &root);
        user_path_release(&old_name);
    }
    if (error == 0) {
        fs_context_replace_all(&call.context.root, &root);
        path_unref(&root);
    }
    path_call_end(&call);
    return error;
}

#define PIPEFS_MAGIC 0x50495045
#define ANON_INODE_MAGIC 0x09041934

static uint64_t left_of(uint64_t limit, uint64_t used)
{
    return limit > used ? limit - used : 0;
}

/* ST_* of a mount's flags are the same numbers. */
_Static_assert(ST_NOSUID == MS_NOSUID && ST_NODEV == MS_NODEV && ST_NOEXEC == MS_NOEXEC,
               "include/linux/statfs.h");

/* Without a limit there is as much as there is memory. */
static struct statfs status_of(const struct path *path)
{
    struct file_system *file_system = path->node->file_system;
    struct statfs status = {.type = file_system->magic,
                            .block_size = PAGE_SIZE,
                            .fsid = {(int32_t)file_system->dev},
                            .name_length = NAME_MAX,
                            .fragment_size = PAGE_SIZE,
                            .flags =
                                ST_VALID | (file_system->is_read_only ? ST_RDONLY : 0) | path->mount->flags};

    if (file_system->get_usage == NULL)
        return status;
    struct file_system_usage usage = file_system->get_usage(file_system);
    uint64_t free = frames_get_stats().free;
    if (usage.frames_limit == 0)
        usage.frames_limit = usage.frames + free;
    if (usage.nodes_limit == 0)
        usage.nodes_limit = usage.nodes + free;
    status.blocks = usage.frames_limit;
    status.blocks_free = status.blocks_available = left_of(usage.frames_limit, usage.frames);
    status.files = usage.nodes_limit;
    status.files_free = left_of(usage.nodes_limit, usage.nodes);
    return status;
}

/* statfs(path, statfs) */
int64_t sys_statfs(struct trap_frame *frame)
{
    struct path_call call;
    struct path found;
    int error = path_call_begin(&call, AT_FDCWD, syscall_pointer(frame, 0), 0);

    if (error != 0)
        return error;
    error = path_lookup(&call.context, call.path.text, 0, &found);
    path_call_end(&call);
    if (error != 0)
        return error;
    const struct statfs status = status_of(&found);
    path_unref(&found);
    return user_copy_out(syscall_pointer(frame, 1), &status, sizeof(status));
}

/* fstatfs(fd, statfs) */
int64_t sys_fstatfs(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct statfs status = {.block_size = PAGE_SIZE, .name_length = NAME_MAX, .fragment_size = PAGE_SIZE};

    if (use.file == NULL)
        return -EBADF;
    if (use.file->path.node != NULL)
        status = status_of(&use.file->path);
    else
        status.type = S_ISFIFO(file_get_attributes(use.file).mode) ? PIPEFS_MAGIC : ANON_INODE_MAGIC;
    file_use_end(use);
    return user_copy_out(syscall_pointer(frame, 1), &status, sizeof(status));
}

/* sync(): all that is written is where it stays. */
int64_t sys_sync(struct trap_frame *frame)
{
    (void)frame;
    return 0;
}

/* What has a name, or could have: not a pipe or the like. */
static int64_t check_can_sync(unsigned fd)
{
    struct file_use use = file_use_begin_open(fd);
    int64_t result = 0;

    if (use.file == NULL)
        return -EBADF;
    uint32_t mode = file_get_attributes(use.file).mode;
    if (!S_ISREG(mode) && !S_ISDIR(mode))
        result = -EINVAL;
    file_use_end(use);
    return result;
}

/* fsync(fd) */
int64_t sys_fsync(struct trap_frame *frame)
{
    return check_can_sync((uint32_t)syscall_argument(frame, 0));
}

/* fdatasync(fd) */
int64_t sys_fdatasync(struct trap_frame *frame)
{
    return check_can_sync((uint32_t)syscall_argument(frame, 0));
}

/* syncfs(fd) */
int64_t sys_syncfs(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    file_use_end(use);
    return 0;
}
