/* inotify(7): a file that tells what happens to other files. */
#ifndef LINTEL_IPC_INOTIFY_H
#define LINTEL_IPC_INOTIFY_H

#include "abi/inotify.h"
#include "fs/file.h"

/* As on Linux; of a user: what all of his processes have. */
#define INOTIFY_QUEUE_MAX 16384u
#define INOTIFY_INSTANCES_MAX 128u
#define INOTIFY_WATCHES_MAX 65536u
#define INOTIFY_EVENTS_MAX (4 * INOTIFY_QUEUE_MAX) /* of one user's instances together */

/* Context: early boot, once. */
void inotify_setup(void);

/* A new instance. flags: O_NONBLOCK. Errors: -EMFILE (the user has too many), -ENFILE, -ENOMEM. */
int inotify_create(unsigned flags, const struct credentials *who, struct file **ret_file);

/* Have the instance, which is known to be one, watch a node, or, if it does that already, for other events.
 * mask: IN_*, checked by inotify_check_mask(). Returns the number of the watch. Errors: -EEXIST
 * (IN_MASK_CREATE), -ENOSPC (the user has too many, or no number is free), -ENOMEM. */
int inotify_add_watch(struct file *file, struct node *node, uint32_t mask);

/* Errors: -EINVAL (no such watch). */
int inotify_remove_watch(struct file *file, int number);

bool inotify_is_instance(const struct file *file);

/* Errors: -EINVAL. */
int inotify_check_mask(uint32_t mask);

#endif
