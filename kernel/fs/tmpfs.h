/* tmpfs: files that live in memory only. */
#ifndef LINTEL_FS_TMPFS_H
#define LINTEL_FS_TMPFS_H

#include "fs/node.h"
#include "lib/hash.h"

struct tmpfs_limits {
    uint64_t frames; /* of all files' contents; 0: no limit */
    uint64_t nodes;  /* 0: no limit */
};

/* What statfs() tells. */
struct tmpfs_usage {
    struct tmpfs_limits limits;
    uint64_t frames;
    uint64_t nodes;
};

#define TMPFS_MAGIC 0x01021994

/* Set up what all tmpfs are made of. The key must be random: names of files are hashed under it.
 * Context: early boot, once. */
void tmpfs_setup(const struct hash_key *key);

/* Make a file system with an empty root directory, owned by uid 0 and gid 0, of these permissions. Errors:
 * -ENOMEM. Context: thread. */
int tmpfs_create(const struct tmpfs_limits *limits, uint32_t permissions,
                 struct file_system **ret_file_system);

struct tmpfs_usage tmpfs_get_usage(struct file_system *file_system);

/* Frames that the contents of all files take, in all tmpfs. Context: any. */
uint64_t tmpfs_frames_used(void);

/* Let mount(2) know it (fs/tmpfs_mount.c). Context: early boot, once. */
void tmpfs_add_type(void);

/* A regular file of such a file system that nobody else knows yet: F_SEAL_* that it begins with, instead of
 * F_SEAL_SEAL. */
void tmpfs_file_permit_seals(struct node *node, unsigned seals);

#endif
