/* The first files: an initrd is unpacked into the root file system. It is a row of cpio archives (newc), each
 * as it is or compressed by gzip, with zeros between them. Later ones replace files of earlier ones. */
#ifndef LINTEL_FS_INITRAMFS_H
#define LINTEL_FS_INITRAMFS_H

#include <stddef.h>
#include <stdint.h>

#include "fs/path.h"

struct initramfs_report {
    uint64_t entries;       /* unpacked */
    uint64_t bytes;         /* of regular files */
    uint64_t skipped;       /* entries that could not be made */
    int first_error;        /* of these */
    char first_skipped[64]; /* its name, cut */
};

/* Unpack below context->start, as the superuser. What has been made stays if it ends with an error.
 * Errors: -EINVAL (no such archive, damaged, cut short), -EIO (compressed and damaged), -ENOMEM, -ENOSPC.
 * Context: thread.  Takes: the tree lock, nodes' locks.  Sleeps: yes. */
int initramfs_unpack(const struct path_context *context, const uint8_t *image, size_t size,
                     struct initramfs_report *ret_report);

#endif
