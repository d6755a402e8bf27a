/* open(): look up or create, check, and make an open file of what is there. The order of checks is Linux's.
 */
#include "abi/errno.h"
#include "fs/devices.h"
#include "fs/file.h"
#include "fs/path_permission.h"
#include "fs/path_walk.h"
#include "fs/pipe.h"
#include "fs/watch.h"

/* O_NOCTTY is for the device, and gone once that is open. */
#define OPEN_FLAGS_KEPT                                                                         \
    (O_NOCTTY | O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | O_LARGEFILE | \
     O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_PATH)
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define OPEN_FLAGS_PATH (O_PATH | O_DIRECTORY | O_NOFOLLOW)

/* Regular files and directories: all by default. */
static const struct file_operations node_file_operations;

/* One open() on its way. */
struct opening {
    struct walk walk;
    unsigned flags;
    uint32_t mode;
    bool is_new;
    bool is_truncated;
};

/* R_OK and W_OK that a node must grant. Access mode 3 wants both and gives neither. */
static unsigned flags_to_access(unsigned flags)
{
    static const unsigned access[] = {R_OK, W_OK, R_OK | W_OK, R_OK | W_OK};

    return access[flags & O_ACCMODE] | ((flags & O_TRUNC) != 0 ? W_OK : 0);
}

int file_check_open_flags(unsigned flags)
{
    if ((flags & O_PATH) != 0)
        return 0;
    if ((flags & TMPFILE_BIT) != 0) {
        bool is_valid = (flags & (O_TMPFILE | O_CREAT)) == O_TMPFILE && (flags_to_access(flags) & W_OK) != 0;
        return is_valid ? 0 : -EINVAL;
    }
    return (flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY) ? -EINVAL : 0;
}

/* Make the last name a new regular file, and go there. */
static int open_create(struct opening *opening)
{
    struct walk *walk = &opening->walk;
    const struct credentials *who = walk->context->credentials;
    struct node_template template = {
        .mode = S_IFREG | (opening->mode & S_IALLUGO), .uid = who->uid, .gid = who->gid};
    struct node *node;
    int error = path_check_create(walk->at.node, who);

    template = path_inherit(walk->at.node, &template);
    if (error == 0)
        error = node_create(walk->at.node, walk->name, walk->length, &template, &node);
    if (error != 0)
        return error;
    watch_tell_name(walk->at.node, walk->name, walk->length, IN_CREATE, S_IFREG);
    walk_enter(walk, node);
    opening->is_new = true;
    return 0;
}

/* The last name with O_CREAT: go to what it leads to, or make it. */
static int open_last_create(struct opening *opening, bool follows, bool *ret_has_followed)
{
    struct walk *walk = &opening->walk;
    struct node *node;

    *ret_has_followed = false;
    if (walk->last != WALK_NAME)
        return walk_last_step(walk, follows, ret_has_followed);
    if (walk->must_be_directory)
        return -EISDIR;
    int error = walk_lookup_last(walk, &node);
    if (error == -ENOENT)
        return open_create(opening);
    if (error != 0)
        return error;
    if (follows && S_ISLNK(node_mode(node))) {
        *ret_has_followed = true;
        return walk_follow(walk, node);
    }
    walk_enter(walk, node);
    return 0;
}

/* O_TMPFILE: what the path leads to is the directory whose file system the new file belongs to. */
static int open_nameless(struct opening *opening)
{
    const struct credentials *who = opening->walk.context->credentials;
    struct node *directory = opening->walk.at.node, *node;
    struct node_template template = {
        .mode = S_IFREG | (opening->mode & S_IALLUGO), .uid = who->uid, .gid = who->gid};

    if (!S_ISDIR(node_mode(directory)))
        return -ENOTDIR;
    int error = path_check_create(directory, who);
    template = path_inherit(directory, &template);
    if (error == 0)
        error = node_create_nameless(directory, &template, &node);
    if (error != 0)
        return error;
    node->is_linkable = (opening->flags & O_EXCL) == 0;
    walk_enter(&opening->walk, node);
    opening->is_new = true;
    return 0;
}

static int open_walk(struct opening *opening)
{
    bool creates = (opening->flags & O_CREAT) != 0, has_followed;
    bool follows = (opening->flags & O_NOFOLLOW) == 0 && !(creates && (opening->flags & O_EXCL) != 0);

    if (!creates)
        return walk_to_end(&opening->walk, follows);
    do {
        int error = walk_to_last(&opening->walk);
        if (error == 0)
            error = open_last_create(opening, follows, &has_followed);
        if (error != 0)
            return error;
    } while (has_followed);
    return 0;
}

/* Whether what was there before may be opened so. */
static int open_check_node(const struct opening *opening)
{
    const struct credentials *who = opening->walk.context->credentials;
    struct node *node = opening->walk.at.node;
    struct node_attributes attributes = node_get_attributes(node);
    unsigned flags = opening->flags, access = flags_to_access(flags);

    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
        return -EEXIST;
    if ((flags & O_CREAT) != 0 && S_ISDIR(attributes.mode))
        return -EISDIR;
    if ((flags & O_DIRECTORY) != 0 && !S_ISDIR(attributes.mode))
        return -ENOTDIR;
    if ((flags & O_PATH) != 0)
        return 0;
    if (S_ISLNK(attributes.mode))
        return -ELOOP;
    if (S_ISDIR(attributes.mode) && (access & W_OK) != 0)
        return -EISDIR;
    if ((S_ISCHR(attributes.mode) || S_ISBLK(attributes.mode)) &&
        mount_has_flag(opening->walk.at.mount, MS_NODEV))
        return -EACCES;
    int error = node_check_access(node, who, access);
    if (error != 0)
        return error;
    bool is_owner = credentials_are_root(who) || who->uid == attributes.uid;
    return (flags & O_NOATIME) != 0 && !is_owner ? -EPERM : 0;
}

/* Look up, check, and return the place with references. */
static int open_place(struct opening *opening, const struct path_context *context, const char *name,
                      struct path *ret_path)
{
    fs_tree_lock();
    int error = walk_begin(&opening->walk, context, name);
    if (error == 0) {
        error = open_walk(opening);
        if (error == 0 && (opening->flags & TMPFILE_BIT) != 0)
            error = open_nameless(opening);
        if (error == 0 && !opening->is_new)
            error = open_check_node(opening);
        if (error == 0) {
            *ret_path = opening->walk.at;
            path_ref(ret_path);
        }
        walk_end(&opening->walk);
    }
    fs_tree_unlock();
    return error;
}

static int open_device(struct file *file, const struct node_attributes *attributes)
{
    const struct file_operations *device = devices_lookup(attributes->mode, attributes->rdev);

    if (device == NULL)
        return -ENXIO;
    file->operations = device;
    int error = device->open == NULL ? 0 : device->open(file);
    if (error != 0)
        file->operations = &node_file_operations;
    return error;
}

/* Turn `file`, of the node `file->path.node`, into what its type makes of it. */
static int open_by_type(struct file *file)
{
    struct node_attributes attributes = node_get_attributes(file->path.node);

    if (file->path.node->operations->open != NULL)
        return file->path.node->operations->open(file);
    switch (attributes.mode & S_IFMT) {
    case S_IFIFO:
        return pipe_open_fifo(file);
    case S_IFCHR:
    case S_IFBLK:
        return open_device(file, &attributes);
    case S_IFSOCK:
        return -ENXIO;
    default:
        return 0;
    }
}

/* Programs cannot be started from the file as long as this one may write it. */
static int open_permit_write(struct file *file)
{
    if (!file_can_write(file) || !S_ISREG(node_mode(file->path.node)))
        return 0;
    struct node *node = file->path.node;
    int error = write_count_permit(&node->write_count);
    file->permits_write = error == 0;
    if (error == 0)
        atomic_fetch_add_explicit(&node->file_system->writer_count, 1, memory_order_relaxed);
    return error;
}

static int open_file(struct file *file, struct opening *opening)
{
    if ((opening->flags & O_PATH) != 0)
        return 0;
    int error = open_permit_write(file);
    if (error == 0)
        error = open_by_type(file);
    opening->is_truncated = error == 0 && (opening->flags & O_TRUNC) != 0 && !opening->is_new &&
                            S_ISREG(node_mode(file->path.node));
    return opening->is_truncated ? node_truncate(file->path.node, &file->opened_by, 0) : error;
}

/* Whoever watches the node hears of it, and of the file's end. */
static void open_tell(struct file *file)
{
    file->is_told = true;
    watch_tell(file->path.node, IN_OPEN);
}

int file_open(const struct path_context *context, const char *name, unsigned flags, uint32_t mode,
              struct file **ret_file)
{
    struct opening opening = {.flags = (flags & O_PATH) != 0 ? flags & OPEN_FLAGS_PATH : flags, .mode = mode};
    struct file *file;
    int error = file_check_open_flags(flags);

    if (error != 0)
        return error;
    error = file_create(&node_file_operations, NULL, opening.flags & OPEN_FLAGS_KEPT, context->credentials,
                        &file);
    if (error != 0)
        return error;
    error = open_place(&opening, context, name, &file->path);
    if (error == 0)
        error = open_file(file, &opening);
    if (error != 0) {
        file_unref(file);
        return error;
    }
    if ((flags & O_NOCTTY) != 0)
        atomic_fetch_and(&file->flags, ~(unsigned)O_NOCTTY);
    if ((opening.flags & O_PATH) == 0)
        open_tell(file);
    if (opening.is_truncated)
        watch_tell(file->path.node, IN_MODIFY);
    *ret_file = file;
    return 0;
}

/* Whether `file` may be executed; if so, nobody writes it from now on. */
static int open_forbid_write(struct file *file)
{
    struct node *node = file->path.node;
    uint32_t mode = node_mode(node);

    if (S_ISLNK(mode))
        return -ELOOP;
    if (!S_ISREG(mode) || mount_has_flag(file->path.mount, MS_NOEXEC))
        return -EACCES;
    int error = node_check_access(node, &file->opened_by, X_OK);
    if (error == 0)
        error = write_count_forbid(&node->write_count);
    file->forbids_write = error == 0;
    return error;
}

int file_open_executable(const struct path_context *context, const char *name, unsigned flags,
                         struct file **ret_file)
{
    struct file *file;
    int error = file_create(&node_file_operations, NULL, O_RDONLY, context->credentials, &file);

    if (error != 0)
        return error;
    error = path_lookup(context, name, flags, &file->path);
    if (error == 0)
        error = open_forbid_write(file);
    if (error != 0) {
        file_unref(file);
        return error;
    }
    open_tell(file);
    *ret_file = file;
    return 0;
}
