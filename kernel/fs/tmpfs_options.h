/* What mount() is told of a tmpfs: "size=10m,nr_inodes=1000,mode=1777,uid=0,gid=0". Pure. Context: any. */
#ifndef LINTEL_FS_TMPFS_OPTIONS_H
#define LINTEL_FS_TMPFS_OPTIONS_H

#include <stddef.h>

#include "fs/tmpfs.h"

struct tmpfs_options {
    struct tmpfs_limits limits;
    uint32_t mode; /* permissions of the root directory */
    uint32_t uid, gid;
};

/* Read options on top of what *options has. `text` has at most `size` bytes and may be NULL. memory_frames:
 * what a size in per cent is of. Known beside those above: nr_blocks, and huge and noswap, which change
 * nothing. Errors: -EINVAL (no such option, no such value); then *options may be half changed. */
int tmpfs_options_parse(struct tmpfs_options *options, const char *text, size_t size, uint64_t memory_frames);

#endif
