/* Nodes: the files of all kinds, whatever they are called and whoever has them open.
 *
 * Terms:  a node is a file, directory, symbolic link, device node, FIFO or socket. A name in a directory
 *         refers to a node (a link); nlink counts these as Linux does. A file system owns a tree of nodes.
 * Locks:  I = set before publication   a = atomic   t = the tree lock (fs_tree_lock())
 *         n = node.lock                 s = node.attributes_lock
 *         The tree lock guards all names of all file systems and the mount table. node.lock guards a node's
 *         contents, and is held while the program's memory is touched: a page fault must not take it. */
#ifndef LINTEL_FS_NODE_H
#define LINTEL_FS_NODE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/fs.h"
#include "fs/credentials.h"
#include "fs/io.h"
#include "fs/write_count.h"
#include "sched/mutex.h"

struct file;
struct file_locks;
struct memory_object;
struct mount;
struct node;
struct path;
struct pipe;
struct text;

/* What stat() tells. Times: nanoseconds since 1970. */
struct node_attributes {
    uint64_t ino;
    uint32_t mode; /* type and permissions: S_* */
    uint32_t uid;
    uint32_t gid;
    uint32_t nlink;
    uint64_t size; /* bytes; of a directory: 20 for each entry */
    uint64_t rdev; /* of a device node: fs/devices.h */
    uint64_t atime_ns;
    uint64_t mtime_ns;
    uint64_t ctime_ns;
    uint64_t btime_ns;
};

/* How full a file system is; 0 for a limit: none. */
struct file_system_usage {
    uint64_t frames, frames_limit;
    uint64_t nodes, nodes_limit;
};

struct file_system {
    uint64_t dev;             /* [I] st_dev: another one for each */
    const char *name;         /* [I] of its kind, as mount(2) has it */
    uint32_t magic;           /* [I] statfs' f_type */
    bool is_read_only;        /* [t] */
    atomic_uint mount_count;  /* [a] mounts that show it */
    atomic_uint writer_count; /* [a] open files that may write */
    struct node *root;        /* [I] with a reference */

    /* [I] The last mount has gone: names go, and with the last node the file system. Nodes may be in use
     * still, by mappings. */
    void (*destroy)(struct file_system *file_system);
    /* [I] Options of its own for /proc/mounts, each behind a ','; NULL: it has none. */
    void (*show_options)(struct file_system *file_system, struct text *text);
    struct file_system_usage (*get_usage)(struct file_system *file_system); /* [I] NULL: nothing to tell */
};

struct node {
    const struct node_operations *operations; /* [I] */
    struct file_system *file_system;          /* [I] */
    struct node *parent; /* [t] where its name is, with a reference; a root is its own, without one; NULL: it
                            never had one. With several names: of one of them */
    atomic_uint ref_count; /* [a] names, open files, paths, ... */
    unsigned mount_count;  /* [t] mounts upon this directory */
    bool is_linkable;      /* [t] it was made without a name and may get one */
    bool is_dead;          /* [t] its name has been removed; nothing can be created in such a directory */
    struct mutex lock;     /* rank LOCK_RANK_FS_NODE */
    _Atomic(struct file_locks *) locks; /* [a] fs/file_lock.c's; NULL: there has never been one */
    struct pipe *pipe;                  /* [n] of a FIFO that is open */
    struct write_count write_count;     /* [a] of a regular file */
    struct list watches;                /* fs/watch.h's, under its lock */
    struct spinlock attributes_lock;    /* rank LOCK_RANK_NODE */
    struct node_attributes attributes;  /* [s]; type, ino and rdev: [I] */
};

/* What a new node is to be. */
struct node_template {
    uint32_t mode; /* with the type */
    uint32_t uid;
    uint32_t gid;
    uint64_t rdev;      /* of a device node */
    const char *target; /* of a symbolic link */
};

struct directory_entry {
    uint64_t ino;
    uint64_t next_cookie; /* where to go on behind this entry */
    uint32_t mode;        /* the type only */
    size_t name_length;
    char name[NAME_MAX + 1];
};

/* What a file system does for its nodes. A name is not terminated, not empty, of at most NAME_MAX bytes, has
 * no '/', and is neither "." nor "..". Permissions, types and read-only file systems have been checked.
 * NULL: what the function of the same name below answers by default. */
struct node_operations {
    /* In directories. Holds: the tree lock. */

    /* The node with that name, referenced. Errors: -ENOENT, -ENOMEM. */
    int (*lookup)(struct node *directory, const char *name, size_t length, struct node **ret_node);
    /* A new node, referenced; the name is not in use. Errors: -ENOMEM, -ENOSPC. Default: -EPERM. */
    int (*create)(struct node *directory, const char *name, size_t length,
                  const struct node_template *template, struct node **ret_node);
    /* A new regular file without a name, referenced. Errors: -ENOMEM, -ENOSPC. Default: -EOPNOTSUPP. */
    int (*create_nameless)(struct node *directory, const struct node_template *template,
                           struct node **ret_node);
    /* One more name for a node of this file system, not a directory. Default: -EPERM. */
    int (*link)(struct node *directory, const char *name, size_t length, struct node *node);
    /* Remove a name, which is that of `node`; -ENOTEMPTY for a directory with names in it.
     * Default: -EPERM. */
    int (*unlink)(struct node *directory, const char *name, size_t length, struct node *node);
    /* Give `from_node` the new name, instead of `to_node` (NULL: the name is not in use); with
     * RENAME_EXCHANGE both change places. -ENOTEMPTY if to_node is a directory with names in it and they do
     * not. Default: -EPERM. */
    int (*rename)(struct node *from, const char *from_name, size_t from_length, struct node *from_node,
                  struct node *to, const char *to_name, size_t to_length, struct node *to_node,
                  unsigned flags);
    /* The first entry at or behind the cookie, without "." and ".."; -ENOENT if there is none. Cookies are
     * 2 and up. */
    int (*readdir)(struct node *directory, uint64_t cookie, struct directory_entry *ret_entry);
    /* The name in `parent` of a node of any type, not terminated: at most NAME_MAX bytes into `name`. Returns
     * the length. If is_dead it is the name that it had; -ENOENT: nobody knows. Default: -ENOENT. */
    int (*get_name)(struct node *node, char *name);

    /* Of symbolic links: the target, valid as long as the caller has a reference. Holds: the tree lock. */
    const char *(*get_target)(struct node *node);
    /* Make the target ready, and say whether the caller may read it and go there. NULL: there is nothing to
     * do. Errors: -EACCES, -ENOENT, -ENOMEM. Holds: the tree lock. */
    int (*prepare_target)(struct node *node);
    /* Of links that lead to a place, whatever it is called, rather than to a name: that place, with
     * references; `mount` is where the link is. prepare_target() has succeeded. Errors: -ENOENT, -ENOMEM.
     * Holds: the tree lock. NULL: they lead to the target. */
    int (*follow)(struct node *node, struct mount *mount, struct path *ret_path);

    /* A file of this node has been opened, not by O_PATH: it may be given operations and data of its own.
     * After an error nothing is called any more. NULL: what the type says. May sleep. */
    int (*open)(struct file *file);

    /* Of regular files. Holds: node.lock. */

    /* Bytes moved, 0 at the end of the file; -EFAULT if none could be. */
    int64_t (*read)(struct node *node, struct io *io, uint64_t offset);
    /* Bytes moved; the file grows as needed. Errors, if none could be: -EFAULT, -ENOSPC, -EFBIG, -ENOMEM. */
    int64_t (*write)(struct node *node, struct io *io, uint64_t offset);
    int (*truncate)(struct node *node, uint64_t size);
    /* Have frames for these bytes, and let the file reach to their end if it does not and `grows`. Errors:
     * -ENOSPC, -ENOMEM. Default: -EOPNOTSUPP. */
    int (*allocate)(struct node *node, uint64_t offset, uint64_t size, bool grows);
    /* Let these bytes read as zeros; the size stays. Default: -EOPNOTSUPP. */
    int (*clear)(struct node *node, uint64_t offset, uint64_t size);

    /* Forbid, for good, what some F_SEAL_* say. Errors: -EPERM (F_SEAL_SEAL is set), -EBUSY (F_SEAL_WRITE,
     * and there is a shared mapping by which one may write). Default of both: -EINVAL. */
    int (*add_seals)(struct node *node, unsigned seals);
    unsigned (*get_seals)(const struct node *node); /* Context: any. */

    /* The contents as an object for mmap(), with a reference. It is one and the same for all who ask, and the
     * node lives as long as it has references. Its pages are those of the file, holes made; behind the end
     * there is none. Truncation takes them out of all mappings. */
    int (*get_memory_object)(struct node *node, struct memory_object **ret_object);

    /* Frames that hold the node's contents: st_blocks. Context: any. */
    uint64_t (*frame_count)(const struct node *node);

    /* The last reference has gone. The node's memory is given back. Context: thread. */
    void (*release)(struct node *node);
};

/* Say how big a file may become by a write of the calling thread (RLIMIT_FSIZE; UINT64_MAX: no limit). A
 * write that begins beyond that fails with -EFBIG, others are cut. Context: early boot. */
void node_set_size_limit(uint64_t (*get_limit)(void));

/* The one lock for names, see above. Context: thread.  Sleeps: yes. */
void fs_tree_lock(void);
void fs_tree_unlock(void);

/* Whether the calling thread holds it. */
bool fs_tree_is_held(void);

/* A number for a file system that has none yet. Context: any. */
uint64_t file_system_next_dev(void);

/* Fill in a new node, with one reference; all times are now. nlink is 1, of a directory 2. */
void node_init(struct node *node, struct file_system *file_system, const struct node_operations *operations,
               uint64_t ino, const struct node_template *template);

struct node *node_ref(struct node *node);

/* May release the node, and its parents if they have been removed. Context: thread, node.lock not held. */
void node_unref(struct node *node);

/* Look at the attributes. Context: any. */
struct node_attributes node_get_attributes(struct node *node);
uint32_t node_mode(struct node *node);
uint64_t node_size(struct node *node);

#define NODE_ATIME 1u
#define NODE_MTIME 2u
#define NODE_CTIME 4u

/* Set these times to now. */
void node_touch(struct node *node, unsigned times);

/* Change the size; tells a reader that the contents have changed. Holds: node.lock, or the tree lock for a
 * directory. */
void node_set_size(struct node *node, uint64_t size);

/* nlink += change; ctime is now. Holds: the tree lock. */
void node_change_links(struct node *node, int change);

/* Check access by the mode's bits: `access` is R_OK | W_OK | X_OK. The superuser may do all, but execute only
 * a directory or what somebody may execute. Errors: -EACCES; -EROFS (W_OK on a read-only file system, of
 * regular files, directories and links). */
int node_check_access(struct node *node, const struct credentials *who, unsigned access);

/* chmod(), chown() (UINT32_MAX: leave), utimensat(). Permissions as Linux has them.
 * Errors: -EPERM (also: sealed), -EROFS; -EACCES (node_set_times() to now). */
#define NODE_TIME_OMIT UINT64_MAX
#define NODE_TIME_NOW (UINT64_MAX - 1)
int node_set_mode(struct node *node, const struct credentials *who, uint32_t mode);
int node_set_owner(struct node *node, const struct credentials *who, uint32_t uid, uint32_t gid);
int node_set_times(struct node *node, const struct credentials *who, uint64_t atime_ns, uint64_t mtime_ns);

/* What the operation of the same name does, or its default: of what is no directory -ENOTDIR. lookup() checks
 * the length: -ENAMETOOLONG. Holds: the tree lock. */
int node_lookup(struct node *directory, const char *name, size_t length, struct node **ret_node);
int node_create(struct node *directory, const char *name, size_t length, const struct node_template *template,
                struct node **ret_node);
int node_create_nameless(struct node *directory, const struct node_template *template,
                         struct node **ret_node);
int node_link(struct node *directory, const char *name, size_t length, struct node *node);
int node_unlink(struct node *directory, const char *name, size_t length, struct node *node);
int node_rename(struct node *from, const char *from_name, size_t from_length, struct node *from_node,
                struct node *to, const char *to_name, size_t to_length, struct node *to_node, unsigned flags);
int node_readdir(struct node *directory, uint64_t cookie, struct directory_entry *ret_entry);
int node_get_name(struct node *node, char *name);

/* Before the target is asked for, or followed. Holds: the tree lock. */
int node_prepare_target(struct node *node);

/* The target of a symbolic link; NULL: of what is none. Holds: the tree lock. */
const char *node_get_target(struct node *node);

/* Contents. `read` of a directory: -EISDIR, of what has none: -EINVAL. The write functions refresh mtime and
 * ctime and drop set-user-id and set-group-id bits unless root writes. Takes: node.lock.  Sleeps: yes. */
int64_t node_read(struct node *node, struct io *io, uint64_t offset);
int64_t node_write(struct node *node, const struct credentials *who, struct io *io, uint64_t offset);

/* The same at the end of the file, wherever that is by then; *ret_offset is where it was. */
int64_t node_append(struct node *node, const struct credentials *who, struct io *io, uint64_t *ret_offset);

/* Have memory for these bytes, let these bytes be zeros: the operations of the same name. Errors: -EFBIG,
 * -EOPNOTSUPP, -ENOMEM, -ENOSPC. */
int node_allocate(struct node *node, const struct credentials *who, uint64_t offset, uint64_t size,
                  bool grows);
int node_clear(struct node *node, const struct credentials *who, uint64_t offset, uint64_t size);

/* F_SEAL_*: the operations of the same name. What a seal forbids is -EPERM. */
int node_add_seals(struct node *node, unsigned seals);
int node_get_seals(const struct node *node);

/* Errors: -EISDIR, -EINVAL (no regular file), -EFBIG, -ENOMEM, -ETXTBSY (a program runs from it). */
int node_truncate(struct node *node, const struct credentials *who, uint64_t size);
int node_get_memory_object(struct node *node, struct memory_object **ret_object); /* default: -ENODEV */
uint64_t node_frame_count(const struct node *node);

#define NODE_SIZE_MAX ((uint64_t)INT64_MAX) /* of a file, as tmpfs has it on Linux */

#endif
