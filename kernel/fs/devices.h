/* Devices by number: what opening a device node leads to. */
#ifndef LINTEL_FS_DEVICES_H
#define LINTEL_FS_DEVICES_H

#include "fs/file.h"

/* st_rdev as the ABI has it (glibc's makedev()): numbers below 2^12 and 2^20. */
#define DEVICE_NUMBER(major, minor) \
    ((((uint64_t)(major)&0xfff) << 8) | ((uint64_t)(minor)&0xff) | (((uint64_t)(minor) & ~0xffull) << 12))
#define DEVICE_MAJOR(number) ((unsigned)((number) >> 8 & 0xfff))
#define DEVICE_MINOR(number) ((unsigned)(((number)&0xff) | ((number) >> 12 & ~0xffull)))

struct device {
    const char *name; /* in /dev, without '/' */
    uint32_t mode;    /* type (S_IFCHR, S_IFBLK) and the permissions that its node is made with */
    uint32_t gid;     /* likewise the group */
    uint64_t number;
    const struct file_operations *operations;
};

/* Add a device, which stays valid. Errors: -ENOSPC (DEVICES_MAX). Context: early boot, before root_setup().
 */
#define DEVICES_MAX 64
int devices_add(const struct device *device);

/* Add a row of `count` devices whose numbers follow each other, from that of `first` on: they have their
 * names elsewhere than in /dev. Errors: -ENOSPC. Context: early boot. */
int devices_add_row(const struct device *first, unsigned count);

/* The devices, but for rows, in the order in which they were added; NULL behind the last one. Context: any,
 * once all have been added. */
const struct device *devices_get(size_t index);

/* NULL if there is no such device. Context: any, once all have been added. */
const struct file_operations *devices_lookup(uint32_t mode, uint64_t number);

/* Add null, zero, full, random and urandom under Linux's numbers. Context: early boot, once. */
int devices_setup(void);

/* Make nodes for these in the directory where the context starts, for an initramfs without any: names that
 * exist are left alone. Errors: those of path_create(). */
int devices_create_nodes(const struct path_context *context);

#endif
