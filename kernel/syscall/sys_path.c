/* Names: making, removing and changing them. */
#include "abi/errno.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

/* Make what the template says; its owner and, but for links, the umask are filled in here. */
static int64_t create_at(int directory, user_ptr_t path, struct node_template *template)
{
    struct path_call call;
    int error = path_call_begin(&call, directory, path, 0);

    if (error != 0)
        return error;
    if (!S_ISLNK(template->mode))
        template->mode &= ~fs_context_get_umask(process_current()->fs);
    template->uid = call.context.credentials->uid;
    template->gid = call.context.credentials->gid;
    error = path_create(&call.context, call.path.text, template);
    path_call_end(&call);
    return error;
}

static int64_t make_directory_at(int directory, user_ptr_t path, uint32_t mode)
{
    struct node_template template = {.mode = S_IFDIR | (mode & (S_IRWXUGO | S_ISVTX))};

    return create_at(directory, path, &template);
}

/* mkdir(path, mode) */
int64_t sys_mkdir(struct trap_frame *frame)
{
    return make_directory_at(AT_FDCWD, syscall_pointer(frame, 0), (uint32_t)syscall_argument(frame, 1));
}

/* mkdirat(directory, path, mode) */
int64_t sys_mkdirat(struct trap_frame *frame)
{
    return make_directory_at(syscall_int(frame, 0), syscall_pointer(frame, 1),
                             (uint32_t)syscall_argument(frame, 2));
}

/* No type means a regular file. */
static int64_t make_node_at(int directory, user_ptr_t path, uint32_t mode, uint32_t device)
{
    uint32_t type = (mode & S_IFMT) != 0 ? mode & S_IFMT : S_IFREG;
    struct node_template template = {.mode = type | (mode & S_IALLUGO)};

    if (S_ISDIR(type))
        return -EPERM;
    if (!S_ISREG(type) && !S_ISCHR(type) && !S_ISBLK(type) && !S_ISFIFO(type) && !S_ISSOCK(type))
        return -EINVAL;
    if (S_ISCHR(type) || S_ISBLK(type))
        template.rdev = device;
    return create_at(directory, path, &template);
}

/* mknod(path, mode, device) */
int64_t sys_mknod(struct trap_frame *frame)
{
    return make_node_at(AT_FDCWD, syscall_pointer(frame, 0), (uint32_t)syscall_argument(frame, 1),
                        (uint32_t)syscall_argument(frame, 2));
}

/* mknodat(directory, path, mode, device) */
int64_t sys_mknodat(struct trap_frame *frame)
{
    return make_node_at(syscall_int(frame, 0), syscall_pointer(frame, 1),
                        (uint32_t)syscall_argument(frame, 2), (uint32_t)syscall_argument(frame, 3));
}

static int64_t make_link_at(user_ptr_t target, int directory, user_ptr_t path)
{
    struct node_template template = {.mode = S_IFLNK | S_IRWXUGO};
    struct user_path text;
    int64_t error = user_path_copy_in(&text, target);

    if (error != 0)
        return error;
    template.target = text.text;
    error = text.text[0] == '\0' ? -ENOENT : create_at(directory, path, &template);
    user_path_release(&text);
    return error;
}

/* symlink(target, path) */
int64_t sys_symlink(struct trap_frame *frame)
{
    return make_link_at(syscall_pointer(frame, 0), AT_FDCWD, syscall_pointer(frame, 1));
}

/* symlinkat(target, directory, path) */
int64_t sys_symlinkat(struct trap_frame *frame)
{
    return make_link_at(syscall_pointer(frame, 0), syscall_int(frame, 1), syscall_pointer(frame, 2));
}

static int64_t remove_at(int directory, user_ptr_t path,
                         int (*remove)(const struct path_context *context, const char *name))
{
    struct path_call call;
    int error = path_call_begin(&call, directory, path, 0);

    if (error != 0)
        return error;
    error = remove(&call.context, call.path.text);
    path_call_end(&call);
    return error;
}

/* unlink(path) */
int64_t sys_unlink(struct trap_frame *frame)
{
    return remove_at(AT_FDCWD, syscall_pointer(frame, 0), path_unlink);
}

/* rmdir(path) */
int64_t sys_rmdir(struct trap_frame *frame)
{
    return remove_at(AT_FDCWD, syscall_pointer(frame, 0), path_rmdir);
}

/* unlinkat(directory, path, flags) */
int64_t sys_unlinkat(struct trap_frame *frame)
{
    unsigned flags = (uint32_t)syscall_argument(frame, 2);

    if ((flags & ~(unsigned)AT_REMOVEDIR) != 0)
        return -EINVAL;
    return remove_at(syscall_int(frame, 0), syscall_pointer(frame, 1), flags != 0 ? path_rmdir : path_unlink);
}

/* The two paths of link() and rename(). */
struct path_pair {
    struct path_call from, to;
};

/* If the second path cannot be taken in, what is wrong with the first one comes before: `check` finds that.
 */
static int path_pair_begin(struct path_pair *pair, int from_directory, user_ptr_t from, int to_directory,
                           user_ptr_t to, unsigned from_flags,
                           int (*check)(const struct path_call *from, unsigned from_flags))
{
    int error = path_call_begin(&pair->from, from_directory, from, from_flags);

    if (error != 0)
        return error;
    error = path_call_begin(&pair->to, to_directory, to, 0);
    if (error == 0)
        return 0;
    int first_error = check(&pair->from, from_flags);
    path_call_end(&pair->from);
    return first_error != 0 ? first_error : error;
}

static int check_found(const struct path_call *from, unsigned flags)
{
    struct path found;
    int error = path_lookup(&from->context, from->path.text, flags, &found);

    if (error == 0)
        path_unref(&found);
    return error;
}

static int check_parent(const struct path_call *from, unsigned flags)
{
    (void)flags;
    return path_check_parent(&from->context, from->path.text);
}

static void path_pair_end(struct path_pair *pair)
{
    path_call_end(&pair->to);
    path_call_end(&pair->from);
}

static int64_t link_at(int from_directory, user_ptr_t from, int to_directory, user_ptr_t to, unsigned flags)
{
    unsigned path_flags = ((flags & AT_SYMLINK_FOLLOW) == 0 ? PATH_NO_FOLLOW : 0) |
                          ((flags & AT_EMPTY_PATH) != 0 ? PATH_EMPTY : 0);
    struct path_pair pair;

    if ((flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    int error = path_pair_begin(&pair, from_directory, from, to_directory, to, path_flags, check_found);
    if (error != 0)
        return error;
    if (path_call_is_nameless(&pair.from))
        error = -EXDEV; /* a pipe or the like: no file system that names are in */
    else
        error = path_link(&pair.from.context, pair.from.path.text, path_flags, &pair.to.context,
                          pair.to.path.text);
    path_pair_end(&pair);
    return error;
}

/* link(from, to) */
int64_t sys_link(struct trap_frame *frame)
{
    return link_at(AT_FDCWD, syscall_pointer(frame, 0), AT_FDCWD, syscall_pointer(frame, 1), 0);
}

/* linkat(from_directory, from, to_directory, to, flags) */
int64_t sys_linkat(struct trap_frame *frame)
{
    return link_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_int(frame, 2),
                   syscall_pointer(frame, 3), (uint32_t)syscall_argument(frame, 4));
}

static int64_t rename_at(int from_directory, user_ptr_t from, int to_directory, user_ptr_t to, unsigned flags)
{
    struct path_pair pair;

    if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int error = path_pair_begin(&pair, from_directory, from, to_directory, to, 0, check_parent);
    if (error != 0)
        return error;
    error = path_rename(&pair.from.context, pair.from.path.text, &pair.to.context, pair.to.path.text, flags);
    path_pair_end(&pair);
    return error;
}

/* rename(from, to) */
int64_t sys_rename(struct trap_frame *frame)
{
    return rename_at(AT_FDCWD, syscall_pointer(frame, 0), AT_FDCWD, syscall_pointer(frame, 1), 0);
}

/* renameat(from_directory, from, to_directory, to) */
int64_t sys_renameat(struct trap_frame *frame)
{
    return rename_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_int(frame, 2),
                     syscall_pointer(frame, 3), 0);
}

/* renameat2(from_directory, from, to_directory, to, flags) */
int64_t sys_renameat2(struct trap_frame *frame)
{
    return rename_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_int(frame, 2),
                     syscall_pointer(frame, 3), (uint32_t)syscall_argument(frame, 4));
}

/* The target of the link that the call is about. Returns its length, cut to `size`, which is at most
 * PATH_MAX. */
static int read_link(struct path_call *call, char *buffer, size_t size)
{
    if (path_call_is_nameless(call))
        return -ENOENT;
    return path_readlink(&call->context, call->path.text, buffer, size);
}

static int64_t read_link_at(int directory, user_ptr_t path, user_ptr_t destination, int size)
{
    struct path_call call;
    paddr_t memory;

    if (size <= 0)
        return -EINVAL;
    if (frames_alloc(0, &memory) != 0)
        return -ENOMEM;
    int result = path_call_begin(&call, directory, path, PATH_EMPTY);
    if (result == 0) {
        result = read_link(&call, direct_map(memory), size < PATH_MAX ? (size_t)size : PATH_MAX);
        path_call_end(&call);
    }
    if (result > 0 && user_copy_out(destination, direct_map(memory), (size_t)result) != 0)
        result = -EFAULT;
    frames_free(memory, 0);
    return result;
}

/* readlink(path, buffer, size) */
int64_t sys_readlink(struct trap_frame *frame)
{
    return read_link_at(AT_FDCWD, syscall_pointer(frame, 0), syscall_pointer(frame, 1),
                        syscall_int(frame, 2));
}

/* readlinkat(directory, path, buffer, size) */
int64_t sys_readlinkat(struct trap_frame *frame)
{
    return read_link_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_pointer(frame, 2),
                        syscall_int(frame, 3));
}
