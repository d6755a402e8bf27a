/* File systems that the kernel makes up: proc and sysfs. What names there are stands in tables; some
 * directories have further ones, which are found as they are asked for (processes, descriptors, CPUs).
 *
 * Terms:  an entry is a line of a table: a name and what it is. A node is made when a name is looked up, and
 * is gone when nobody refers to it; as long as it is there, who looks it up again gets the same one. A node
 * may be about something, its subject, which is the file system's to count references to. Text:   a file's
 * text is made when it is read at offset 0, or first read, and kept for that open file: one who reads it in
 * pieces reads one text. What is written to a file is taken whole. Locks:  I = set before publication   t =
 * the tree lock   b = the file system's spin lock */
#ifndef LINTEL_FS_PSEUDO_H
#define LINTEL_FS_PSEUDO_H

#include "core/spinlock.h"
#include "fs/node.h"
#include "fs/text.h"
#include "lib/list.h"

struct pseudo_entry;
struct pseudo_type;

struct pseudo_node {
    struct node base;                 /* `parent` is set in nodes of all types, with a reference */
    struct list link;                 /* [b] */
    const struct pseudo_entry *entry; /* [I] */
    void *subject;                    /* [I] with a reference; NULL: none */
    uint64_t number;                  /* [I] further said which: a thread, a descriptor, a CPU */
    char *target;                     /* [t] of a symbolic link, a frame; NULL: not asked for yet */
    char name[];                      /* [I] terminated; "" is the root's */
};

static inline struct pseudo_node *pseudo_of(struct node *node)
{
    return (struct pseudo_node *)node;
}

/* A name that is in no table. */
struct pseudo_child {
    const struct pseudo_entry *entry;
    void *subject;        /* of lookup: with a reference; of next: not needed */
    uint64_t number;      /* of next: where it stands in the row, below 2^32 */
    uint32_t permissions; /* 0: those of the entry */
    char name[32];        /* of next */
};

#define PSEUDO_WRITE_MAX 4095 /* bytes that can be written to a file at once */

/* One name. What it does not need is left NULL. Context of all functions: thread.  Sleeps: yes. */
struct pseudo_entry {
    const char *name;     /* NULL ends a table */
    uint32_t mode;        /* with the type */
    const void *argument; /* for the functions */

    /* A regular file's text; or what is written to it, terminated, with all blanks. No lock is held but one
     * that ranks below all of the files'. Errors: any. */
    int (*show)(struct pseudo_node *node, struct text *text);
    int (*store)(struct pseudo_node *node, const char *text, size_t length);

    /* Or: make an open file something else (node_operations.open). */
    int (*open)(struct file *file);

    /* A directory's names: a table, and those beside it. `lookup`: -ENOENT. `next`: the first one of at least
     * that number; -ENOENT. Holds: the tree lock. */
    const struct pseudo_entry *children;
    int (*lookup)(struct pseudo_node *directory, const char *name, size_t length,
                  struct pseudo_child *ret_child);
    int (*next)(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child);

    /* A symbolic link's target: a string; or written, terminated, to a buffer of PATH_MAX bytes, which may
     * fail with -EACCES, -ENOENT; and, if it is a place, that (node_operations.follow). Holds: the tree lock.
     */
    const char *target;
    int (*get_target)(struct pseudo_node *node, char *buffer);
    int (*follow)(struct node *node, struct mount *mount, struct path *ret_path);
};

/* What the nodes of a file system have in common. */
struct pseudo_type {
    void (*ref_subject)(void *subject);
    void (*unref_subject)(void *subject); /* Holds: maybe the tree lock */
    /* Whether the subject of a directory is still what it was: -ENOENT. Holds: the tree lock. */
    int (*check_subject)(void *subject);
    void (*get_owner)(const struct pseudo_node *node, uint32_t *ret_uid, uint32_t *ret_gid);
    int create_error; /* what making a name answers; of a file system without a type -EPERM */
};

#define PSEUDO_BUCKETS 64

struct pseudo_file_system {
    struct file_system base;
    const struct pseudo_type *type;      /* [I] NULL: no node has a subject, all are the superuser's */
    struct spinlock lock;                /* rank LOCK_RANK_PSEUDO_NODES */
    struct list buckets[PSEUDO_BUCKETS]; /* [b] nodes, but for links, by their number */
};

/* Set up what all of them are made of. Context: early boot, once. */
void pseudo_setup(void);

/* Make a file system of which there is one only: it is never destroyed. Errors: -ENOMEM. Context: early boot.
 */
int pseudo_create(struct pseudo_file_system *file_system, const struct pseudo_type *type, const char *name,
                  uint32_t magic, const struct pseudo_entry *root);

#endif
