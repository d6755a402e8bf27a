/* Mounts: which file system is seen at which directory. */
#ifndef LINTEL_FS_MOUNT_H
#define LINTEL_FS_MOUNT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "fs/deferred.h"
#include "fs/node.h"
#include "lib/list.h"

#define MOUNT_SOURCE_SIZE 64 /* with its NUL */

/* What is not done with files that are reached by a mount: MS_* of abi/fs.h. That nothing is written is said
 * of the file system as a whole. */
#define MOUNT_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Locks: I = set before publication   a = atomic   t = the tree lock */
struct mount {
    struct list link;                /* [t] in the table */
    bool is_attached;                /* [t] it is in the table: not detached, nor hidden */
    struct file_system *file_system; /* [I] */
    struct node *root;               /* [I] with a reference */
    struct mount *parent;            /* [t] with a reference; NULL: the first one, which is upon nothing */
    struct node *place;              /* [t] the directory that it covers, with a reference */
    atomic_uint ref_count;           /* [a] paths; 1 more for the table */
    unsigned id;                     /* [I] never used twice */
    char source[MOUNT_SOURCE_SIZE];  /* [I] what mount(2) was told is mounted; cut */
    struct fs_deferred end;          /* fs/mount.c's, when nobody has a reference any more */
    atomic_uint flags;               /* [a] MOUNT_FLAGS that are set; changed under t */
};

/* Context: early boot, once. */
void mount_setup(void);

/* Make the first mount, whose root is the root of everything. The caller has a reference to it.
 * Errors: -ENOMEM. */
int mount_create_root(struct file_system *file_system, struct mount **ret_mount);

/* Make a mount that is upon nothing, and in no table: no path leads to it. The caller has a reference to it.
 * Errors: -ENOMEM. */
int mount_create_hidden(struct file_system *file_system, struct mount **ret_mount);

struct mount *mount_ref(struct mount *mount);

/* The last reference destroys the mount, and its file system if no other mount shows it: at once, or soon if
 * the caller holds the tree lock. Context: thread, no other lock held. */
void mount_unref(struct mount *mount);

/* Cover a directory of an attached mount with `root`, a directory of a file system, which is said to be
 * `source`. flags: MOUNT_FLAGS. Errors: -ENOMEM. Holds: the tree lock. */
int mount_add(struct mount *parent, struct node *place, struct node *root, const char *source,
              unsigned flags);

/* Whether it has one of these MOUNT_FLAGS; of NULL, where there is no name, none is set. Context: any. */
static inline bool mount_has_flag(const struct mount *mount, unsigned flags)
{
    return mount != NULL && (atomic_load_explicit(&mount->flags, memory_order_relaxed) & flags) != 0;
}

/* Let an attached mount cover another directory of one; what it covered before is returned in *ret_parent and
 * *ret_place, whose references are the caller's. Holds: the tree lock. */
void mount_move(struct mount *mount, struct mount *parent, struct node *place, struct mount **ret_parent,
                struct node **ret_place);

/* Uncover it, which is attached, whoever uses it, with all that is mounted upon it: they are put into `gone`,
 * for mount_unref_list(), and live on as long as they are used. Holds: the tree lock. */
void mount_detach(struct mount *mount, struct list *gone);
void mount_unref_list(struct list *gone);

/* Whether paths lead there, or mounts are upon it, beside own_references of the caller. Holds: the tree lock.
 */
bool mount_is_used(const struct mount *mount, unsigned own_references);

/* The oldest mount that shows a file system's root; NULL: none does. Holds: the tree lock. */
struct mount *mount_of_file_system(const struct file_system *file_system);

/* The mount that covers a directory, NULL if none does. Holds: the tree lock. */
struct mount *mount_lookup(const struct mount *parent, const struct node *place);

/* Call `visit` for each mount, oldest first (/proc/mounts). Takes: the tree lock. */
void mount_visit(void (*visit)(const struct mount *mount, void *argument), void *argument);

#endif
