/* exe, cwd and root: links that lead to places. */
#include "abi/errno.h"
#include "fs/file.h"
#include "proc/fs_context.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"
#include "procfs/process_root.h"

bool process_get_paths(struct process *process, struct path *ret_root, struct path *ret_directory)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct fs_context *fs = process->fs == NULL ? NULL : fs_context_ref(process->fs);
    struct path root, directory;

    spin_unlock(&process_tree, state);
    if (fs == NULL)
        return false;
    fs_context_get(fs, &root, &directory);
    if (ret_root != NULL)
        *ret_root = root;
    else
        path_unref(&root);
    if (ret_directory != NULL)
        *ret_directory = directory;
    else
        path_unref(&directory);
    fs_context_unref(fs);
    return true;
}

bool process_get_own_root(struct path *ret_root)
{
    return user_thread_current() != NULL && process_get_paths(process_current(), ret_root, NULL);
}

/* Show a place, whose references it takes over, as the caller's root has it. */
static int show_place(const struct path *place, char *buffer)
{
    struct path root;
    int error = -ENOENT;

    if (process_get_own_root(&root)) {
        error = path_show(&root, place, buffer);
        path_unref(&root);
    }
    path_unref(place);
    return error;
}

/* Errors: -EACCES, -ENOENT. */
static int get_executable(struct process *process, struct path *ret_path)
{
    if (!process_may_look(process))
        return -EACCES;
    struct spinlock_state state = spin_lock(&process_tree);
    struct file *file = process->executable == NULL ? NULL : file_ref(process->executable);
    spin_unlock(&process_tree, state);
    if (file == NULL)
        return -ENOENT;
    *ret_path = file->path;
    path_ref(ret_path);
    file_unref(file);
    return 0;
}

static int get_directory(struct process *process, struct path *ret_path)
{
    if (!process_may_look(process))
        return -EACCES;
    return process_get_paths(process, NULL, ret_path) ? 0 : -ENOENT;
}

static int get_root(struct process *process, struct path *ret_path)
{
    if (!process_may_look(process))
        return -EACCES;
    return process_get_paths(process, ret_path, NULL) ? 0 : -ENOENT;
}

static int show_with(int (*get)(struct process *process, struct path *ret_path), struct pseudo_node *node,
                     char *buffer)
{
    struct path place;
    int error = get(process_of(node), &place);

    return error != 0 ? error : show_place(&place, buffer);
}

int process_get_executable(struct pseudo_node *node, char *buffer)
{
    return show_with(get_executable, node, buffer);
}

int process_follow_executable(struct node *node, struct mount *mount, struct path *ret_path)
{
    (void)mount;
    return get_executable(process_of(pseudo_of(node)), ret_path);
}

int process_get_directory(struct pseudo_node *node, char *buffer)
{
    return show_with(get_directory, node, buffer);
}

int process_follow_directory(struct node *node, struct mount *mount, struct path *ret_path)
{
    (void)mount;
    return get_directory(process_of(pseudo_of(node)), ret_path);
}

int process_get_root(struct pseudo_node *node, char *buffer)
{
    return show_with(get_root, node, buffer);
}

int process_follow_root(struct node *node, struct mount *mount, struct path *ret_path)
{
    (void)mount;
    return get_root(process_of(pseudo_of(node)), ret_path);
}
