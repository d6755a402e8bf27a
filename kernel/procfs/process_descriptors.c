/* /proc/PID/fd and fdinfo: a name for each descriptor. */
#include "abi/errno.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "fs/nameless_node.h"
#include "lib/format.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"
#include "procfs/process_root.h"

/* The process's descriptors, with a reference; NULL: it has none any more. */
static struct fd_table *get_table(struct process *process)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct fd_table *files = process->files == NULL ? NULL : fd_table_ref(process->files);

    spin_unlock(&process_tree, state);
    return files;
}

/* The file of a descriptor, with a reference. Errors: -ENOENT. */
static int get_file(struct process *process, uint64_t fd, struct file **ret_file)
{
    struct fd_table *files = get_table(process);

    *ret_file = files == NULL ? NULL : fd_table_lookup(files, (unsigned)fd);
    if (files != NULL)
        fd_table_unref(files);
    return *ret_file == NULL ? -ENOENT : 0;
}

/* The same for who wants to look into the process. It may execute a program that he may not look into between
 * the one and the other, and what that opens is not for him: so he is asked after, too. Errors: -EACCES,
 * -ENOENT. */
static int look_at_file(struct process *process, uint64_t fd, struct file **ret_file)
{
    const int error = process_may_look(process) ? get_file(process, fd, ret_file) : -EACCES;

    if (error != 0 || process_may_look(process))
        return error;
    file_unref(*ret_file);
    return -EACCES;
}

/* O_CLOEXEC, if execve() closes the descriptor. */
static unsigned get_close_flag(struct process *process, uint64_t fd)
{
    struct fd_table *files = get_table(process);
    int flags = files == NULL ? -EBADF : fd_table_get_flags(files, (unsigned)fd);

    if (files != NULL)
        fd_table_unref(files);
    return flags > 0 && (flags & (int)FD_CLOSE_ON_EXEC) != 0 ? O_CLOEXEC : 0;
}

static int show_nameless(struct file *file, char *buffer)
{
    const struct node_attributes attributes = file_get_attributes(file);
    const char *kind = file->operations->kind == NULL ? "[unknown]" : file->operations->kind;

    if (S_ISFIFO(attributes.mode))
        (void)format_to_buffer(buffer, PATH_MAX, "pipe:[%lu]", attributes.ino);
    else if (S_ISSOCK(attributes.mode))
        (void)format_to_buffer(buffer, PATH_MAX, "socket:[%lu]", attributes.ino);
    else
        (void)format_to_buffer(buffer, PATH_MAX, "anon_inode:%s", kind);
    return 0;
}

static int show_descriptor(struct pseudo_node *node, char *buffer)
{
    struct file *file;
    struct path root;
    int error = look_at_file(process_of(node), node->number, &file);

    if (error != 0)
        return error;
    if (file_is_nameless(file)) {
        error = show_nameless(file, buffer);
    } else if (process_get_own_root(&root)) {
        error = path_show(&root, &file->path, buffer);
        path_unref(&root);
    } else {
        error = -ENOENT;
    }
    file_unref(file);
    return error;
}

static int follow_descriptor(struct node *base, struct mount *mount, struct path *ret_path)
{
    struct pseudo_node *node = pseudo_of(base);
    struct file *file;
    int error = look_at_file(process_of(node), node->number, &file);

    if (error != 0)
        return error;
    if (file_is_nameless(file)) {
        error = nameless_node_create(file, &ret_path->node);
        if (error == 0)
            ret_path->mount = mount_ref(mount);
    } else {
        *ret_path = file->path;
        path_ref(ret_path);
    }
    file_unref(file);
    return error;
}

static int show_info(struct pseudo_node *node, struct text *text)
{
    struct file *file;
    int error = get_file(process_of(node), node->number, &file);

    if (error != 0)
        return error;
    const unsigned flags = atomic_load(&file->flags) | get_close_flag(process_of(node), node->number);
    const unsigned mount_id = file->path.node == NULL ? 0 : file->path.mount->id;
    text_print(text, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n",
               __atomic_load_n(&file->offset, __ATOMIC_RELAXED), flags, mount_id,
               file_get_attributes(file).ino);
    file_unref(file);
    return 0;
}

static const struct pseudo_entry link_entry = {
    .mode = S_IFLNK | 0700, .get_target = show_descriptor, .follow = follow_descriptor};
static const struct pseudo_entry info_entry = {.mode = S_IFREG | 0444, .show = show_info};

/* The link's permissions say how the file is open. */
static uint32_t link_permissions(const struct file *file)
{
    return (file_can_read(file) ? 0500 : 0) | (file_can_write(file) ? 0300 : 0);
}

static int lookup_descriptor(struct pseudo_node *directory, const char *name, size_t length,
                             const struct pseudo_entry *entry, struct pseudo_child *ret_child)
{
    int64_t number = name_to_number(name, length);
    struct file *file;

    if (number < 0)
        return process_may_look(process_of(directory)) ? -ENOENT : -EACCES;
    int error = look_at_file(process_of(directory), (uint64_t)number, &file);
    if (error != 0)
        return error;
    *ret_child = (struct pseudo_child){
        .entry = entry, .subject = process_ref(process_of(directory)), .number = (uint64_t)number};
    if (entry == &link_entry)
        ret_child->permissions = link_permissions(file);
    file_unref(file);
    return 0;
}

static int next_descriptor(struct pseudo_node *directory, uint64_t number, const struct pseudo_entry *entry,
                           struct pseudo_child *ret_child)
{
    if (!process_may_look(process_of(directory)))
        return -EACCES;
    struct fd_table *files = get_table(process_of(directory));
    if (files == NULL)
        return -ENOENT;
    int fd = number >= FD_TABLE_MAX ? -EBADF : fd_table_next(files, (unsigned)number);
    fd_table_unref(files);
    if (fd < 0)
        return -ENOENT;
    ret_child->entry = entry;
    ret_child->number = (unsigned)fd;
    (void)format_to_buffer(ret_child->name, sizeof(ret_child->name), "%d", fd);
    return 0;
}

int process_lookup_descriptor(struct pseudo_node *directory, const char *name, size_t length,
                              struct pseudo_child *ret_child)
{
    return lookup_descriptor(directory, name, length, &link_entry, ret_child);
}

int process_next_descriptor(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    return next_descriptor(directory, number, &link_entry, ret_child);
}

int process_lookup_descriptor_info(struct pseudo_node *directory, const char *name, size_t length,
                                   struct pseudo_child *ret_child)
{
    return lookup_descriptor(directory, name, length, &info_entry, ret_child);
}

int process_next_descriptor_info(struct pseudo_node *directory, uint64_t number,
                                 struct pseudo_child *ret_child)
{
    return next_descriptor(directory, number, &info_entry, ret_child);
}
