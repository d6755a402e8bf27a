/* Names: from a path to what it leads to, and the calls that change names.
 *
 * Paths are strings in kernel memory, 0-terminated. Of all functions: errors are Linux's, among them -ENOENT
 * (also for ""), -ENOTDIR, -EACCES (a directory that may not be searched), -ELOOP, -ENAMETOOLONG (a name over
 * NAME_MAX, a path of PATH_MAX or more), -ENOMEM. Context: thread.  Takes: the tree lock.  Sleeps: yes. */
#ifndef LINTEL_FS_PATH_H
#define LINTEL_FS_PATH_H

#include "fs/mount.h"
#include "fs/node.h"

#define PATH_LINKS_MAX 40 /* symbolic links followed in one look-up */

/* A place: a node, and the mount through which it is seen. Whoever keeps one has a reference to both. */
struct path {
    struct mount *mount;
    struct node *node;
};

void path_ref(const struct path *path);
void path_unref(const struct path *path);

/* Where names begin, and who asks. Plain data with no references of its own. */
struct path_context {
    struct path root;  /* of paths that begin with '/' */
    struct path start; /* of others: the working directory, or that of a descriptor */
    const struct credentials *credentials;
};

#define PATH_NO_FOLLOW 1u /* a symbolic link at the end is what is wanted */
#define PATH_EMPTY 2u     /* "" is the start itself (AT_EMPTY_PATH) */

/* The place that a path leads to, with references. */
int path_lookup(const struct path_context *context, const char *name, unsigned flags, struct path *ret_path);

/* The same to go to: -ENOTDIR if it is no directory, -EACCES if it may not be searched. */
int path_lookup_directory(const struct path_context *context, const char *name, struct path *ret_path);

/* Whether the directory of a path's last name can be reached. */
int path_check_parent(const struct path_context *context, const char *name);

/* mkdir(), mknod(), symlink(), by the template's type; the caller has applied the umask. Errors: -EEXIST,
 * -EROFS, -ENOSPC; -EPERM (a device node, not by root), -EINVAL (no such type). */
int path_create(const struct path_context *context, const char *name, const struct node_template *template);

/* link(): a new name in `context` for what old_context and old_name lead to. flags: PATH_NO_FOLLOW,
 * PATH_EMPTY. Errors: -EEXIST, -EXDEV, -EPERM (a directory), -EMLINK. */
int path_link(const struct path_context *old_context, const char *old_name, unsigned flags,
              const struct path_context *context, const char *name);

/* unlink(): -EISDIR for directories; rmdir(): -ENOTEMPTY, -EBUSY, -EINVAL ("."). */
int path_unlink(const struct path_context *context, const char *name);
int path_rmdir(const struct path_context *context, const char *name);

/* renameat2(). flags: RENAME_NOREPLACE, RENAME_EXCHANGE, not both: -EINVAL. */
int path_rename(const struct path_context *from_context, const char *from_name,
                const struct path_context *to_context, const char *to_name, unsigned flags);

/* readlink(): at most size bytes, not terminated. Returns how many; -EINVAL if it is no symbolic link.
 * "": the start itself, or -ENOENT. */
int path_readlink(const struct path_context *context, const char *name, char *buffer, size_t size);

/* getcwd(): the path of a directory as seen from `root`, terminated, at the end of the buffer. Returns its
 * start; NULL with *ret_error -ENOENT (removed) or -ERANGE (too long). */
char *path_to_string(const struct path *root, const struct path *directory, char *buffer, size_t size,
                     int *ret_error);

/* Whether a path from `root` leads to a place. Holds: the tree lock. */
bool path_is_below(const struct path *root, const struct path *place);

/* What a place of any type is called, as seen from `root`, terminated, for a person to read: with "
 * (deleted)" behind it if that is so; "/#INO" if nobody knows. `buffer` has PATH_MAX bytes. Errors:
 * -ENAMETOOLONG. Holds: the tree lock. */
int path_show(const struct path *root, const struct path *place, char *buffer);

/* The same of a node, as seen through the first mount that shows its file system. */
int path_show_node(const struct path *root, struct node *node, char *buffer);

/* Mounts, of directories; by the superuser, else -EPERM.
 *
 * path_mount(): mount a file system, which then belongs to the mount, upon a directory; `source` is what
 * /proc/mounts says it is. path_bind(): show what is at old_name at `name`, too. path_move_mount(): what is
 * mounted at old_name is mounted at `name` instead. path_remount(): make the file system mounted at `name`
 * read-only, or not, and give that mount other flags; path_set_mount_flags(): that alone. flags: MOUNT_FLAGS;
 * by path_bind() those of old_name's mount go on. path_unmount(): take what is mounted there off. Errors:
 * -ENOTDIR, -ENOENT (removed), -EBUSY (in use, also by mounts upon it; files are open for writing), -EINVAL
 * (no mount there; it would be upon itself; the first mount), -ELOOP. */
int path_mount(const struct path_context *context, const char *name, const char *source,
               struct file_system *file_system, unsigned flags);
int path_bind(const struct path_context *context, const char *old_name, const char *name);
int path_move_mount(const struct path_context *context, const char *old_name, const char *name);
int path_remount(const struct path_context *context, const char *name, bool is_read_only, unsigned flags);
int path_set_mount_flags(const struct path_context *context, const char *name, unsigned flags);

/* pivot_root(): what is mounted at new_name takes the place of the mount that is the caller's root, which is
 * mounted at old_name, below the former, instead. *ret_new_root: with references. Errors: -EBUSY (one of the
 * two is in the root's own mount), -EINVAL (the root, or what is at new_name, is no mount; the first mount).
 */
int path_pivot(const struct path_context *context, const char *new_name, const char *old_name,
               struct path *ret_new_root);

/* Whether a mount is at `name`: 0, or -EINVAL. For changes that mean nothing here. */
int path_check_mount(const struct path_context *context, const char *name);

#define PATH_UNMOUNT_DETACH 4u /* with PATH_NO_FOLLOW: also what is in use, and what is mounted upon it */
int path_unmount(const struct path_context *context, const char *name, unsigned flags);

#endif
