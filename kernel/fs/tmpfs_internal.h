/* What the parts of tmpfs share. */
#ifndef LINTEL_FS_TMPFS_INTERNAL_H
#define LINTEL_FS_TMPFS_INTERNAL_H

#include "fs/page_tree.h"
#include "fs/tmpfs.h"
#include "lib/tree.h"
#include "mm/memory_object.h"
#include "mm/object_cache.h"

/* Locks: I = set before publication   a = atomic */
struct tmpfs {
    struct file_system base;
    struct tmpfs_limits limits;    /* [I] */
    _Atomic(uint64_t) frame_count; /* [a] */
    _Atomic(uint64_t) node_count;  /* [a] */
    _Atomic(uint64_t) next_ino;    /* [a] */
};

/* A directory's names, twice: by their hash, for lookup; by a number that grows, for readdir(), whose place
 * in the directory must stay valid while names come and go. */
struct tmpfs_directory {
    struct tree by_hash;   /* [t] of tmpfs_entry.hash_node */
    struct tree by_cookie; /* [t] of tmpfs_entry.cookie_node */
    uint64_t next_cookie;  /* [t] */
    uint64_t count;        /* [t] */
};

struct tmpfs_file {
    struct memory_object object;   /* its references, while there are any, have one to the node in common */
    struct mutex pages_lock;       /* rank LOCK_RANK_FS_PAGES */
    struct page_tree pages;        /* [pages_lock] */
    _Atomic(uint64_t) frame_count; /* [a] */
    atomic_uint seals;             /* [a] F_SEAL_*; changed under node.lock */
};

/* Locks: t = the tree lock */
struct tmpfs_node {
    struct node base;
    struct tmpfs_entry
        *own_entry; /* [t] its name in base.parent, the last one that was asked for; one that has
                       been removed (base.is_dead) is the node's to free. NULL: there never was one */
    union {
        struct tmpfs_directory directory;
        struct tmpfs_file file;
        char *target; /* [I] of a symbolic link; a frame */
    };
};

struct tmpfs_entry {
    struct tree_node hash_node;
    struct tree_node cookie_node;
    struct tmpfs_node *node; /* [t] with a reference */
    uint8_t length;          /* [I] */
    uint8_t size_class;      /* [I] which cache it is from */
    char name[];             /* [I] not terminated */
};

static inline struct tmpfs *tmpfs_of(const struct node *node)
{
    return (struct tmpfs *)node->file_system;
}

static inline struct tmpfs_node *tmpfs_node_of(struct node *node)
{
    return (struct tmpfs_node *)node;
}

/* tmpfs.c: make a node, with one reference. Errors: -ENOSPC, -ENOMEM. */
int tmpfs_node_create(struct tmpfs *tmpfs, const struct node_template *template,
                      struct tmpfs_node **ret_node);

/* tmpfs_directory.c */
extern const struct node_operations tmpfs_directory_operations;
void tmpfs_directory_setup(const struct hash_key *key);
void tmpfs_directory_init(struct tmpfs_node *node);

/* Of nodes of all types: node_operations.get_name; and free the name that it had, at its end. */
int tmpfs_get_name(struct node *node, char *name);
void tmpfs_forget_name(struct tmpfs_node *node);

/* Forget all names in a directory and below. Holds: the tree lock. */
void tmpfs_directory_clear(struct tmpfs_node *directory);

/* tmpfs_file.c */
extern const struct node_operations tmpfs_file_operations;
void tmpfs_file_init(struct tmpfs_file *file);
void tmpfs_file_clear(struct tmpfs_node *node);

/* tmpfs.c: of nodes of all types */
void tmpfs_node_release(struct node *node);

#endif
