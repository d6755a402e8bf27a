/* Kinds of file systems that mount(2) knows by name. */
#ifndef LINTEL_FS_FILE_SYSTEM_TYPE_H
#define LINTEL_FS_FILE_SYSTEM_TYPE_H

#include <stddef.h>

#include "fs/node.h"

struct file_system_type {
    const char *name;
    /* A file system to be mounted. options: `size` bytes as mount() was given them, up to a 0 if there is
     * one; size 0: none. It is the caller's, who has it mounted or calls its destroy(). A kind of which there
     * is one only returns that each time. Errors: -EINVAL (options), -ENOMEM. Context: thread.  Sleeps: yes.
     */
    int (*create)(const char *options, size_t size, struct file_system **ret_file_system);
    struct file_system_type *next; /* the list's */
};

/* Add a kind; it stays valid. Context: early boot. */
void file_system_type_add(struct file_system_type *type);

/* By name, NULL: there is none. The first one is where file_system_type_next(NULL) begins: newest first.
 * Context: any, once all have been added. */
const struct file_system_type *file_system_type_find(const char *name);
const struct file_system_type *file_system_type_next(const struct file_system_type *type);

#endif
