/* Archives in the format `newc` of cpio, as initramfs has them: read from bytes that come in pieces of any
 * size. Pure: no memory of its own, no files. Context: any. */
#ifndef LINTEL_FS_CPIO_H
#define LINTEL_FS_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/fs.h"

#define CPIO_HEADER_SIZE 110

struct cpio_entry {
    uint32_t ino;
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t nlink;
    uint32_t mtime; /* seconds since 1970 */
    uint32_t size;  /* bytes of data; of a symbolic link the target's length */
    uint32_t dev_major, dev_minor;
    uint32_t rdev_major, rdev_minor;
    const char *name; /* terminated, not empty */
};

/* What becomes of an archive. Anything but 0 ends the reading with that error. */
struct cpio_sink {
    int (*entry)(struct cpio_sink *sink, const struct cpio_entry *entry);
    int (*data)(struct cpio_sink *sink, const uint8_t *bytes, size_t size); /* of the last entry, in order */
    int (*entry_end)(struct cpio_sink *sink);                               /* all data of it has come */
    int (*archive_end)(struct cpio_sink *sink);                             /* the trailer has come */
};

enum cpio_state { CPIO_BETWEEN, CPIO_HEADER, CPIO_NAME, CPIO_NAME_PADDING, CPIO_DATA, CPIO_DATA_PADDING };

/*  BETWEEN -> HEADER -> NAME -> NAME_PADDING -> DATA -> DATA_PADDING -> HEADER ...
 *     ^                              |
 *     +------------------------------+ the trailer */
struct cpio {
    struct cpio_sink *sink;
    enum cpio_state state;
    uint64_t position; /* in this archive */
    size_t have;       /* bytes of header or name */
    uint32_t name_size;
    uint32_t left;  /* bytes of data */
    uint32_t sum;   /* of these, so far */
    uint32_t check; /* what it must be, if has_check */
    bool has_check;
    struct cpio_entry entry;
    char header[CPIO_HEADER_SIZE];
    char name[PATH_MAX];
};

void cpio_init(struct cpio *cpio, struct cpio_sink *sink);

/* Read on. Zeros between archives are passed over. *ret_used: bytes read, which are all but after an error or
 * when an archive has ended, so that the caller may look whether another one, or something else, comes next.
 * Errors: -EINVAL (not such an archive, a name too long or without end, a wrong check sum), the sink's. */
int cpio_read(struct cpio *cpio, const uint8_t *bytes, size_t size, size_t *ret_used);

/* Whether what has been read so far does not end in the middle of an archive. */
static inline bool cpio_is_complete(const struct cpio *cpio)
{
    return cpio->state == CPIO_BETWEEN;
}

#endif
