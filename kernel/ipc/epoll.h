/* Event queues: epoll(7). An instance watches files, each under a descriptor's number, and keeps those that
 * have something in a list: waiting costs nothing for the others.
 *
 * Terms:  an item is a file that is watched; it is ready when it lies in the list, which says that something
 *         may have happened to it. An instance is a file itself and may be watched by another one.
 * Context of all functions: system call, no lock held. */
#ifndef LINTEL_IPC_EPOLL_H
#define LINTEL_IPC_EPOLL_H

#include <stdint.h>

#include "abi/event.h"
#include "fs/file.h"
#include "mm/types.h"

#define EPOLL_DEPTH_MAX 4 /* instances that one is watched through, one within the other */

/* Set up. Context: early boot, once. */
void epoll_setup(void);

/* How many files the instances of one user may watch together. */
unsigned epoll_watches_max(void);

/* epoll_create1(). Errors: -ENFILE, -ENOMEM. */
int epoll_create(const struct credentials *who, struct file **ret_file);

/* epoll_ctl(): watch `file` by the name `fd`, change what is wanted, or forget it. A file that is closed is
 * forgotten by itself; the instance has no reference to it. Errors: -EINVAL (`epoll` is no instance or is
 * `file`, the operation, flags that do not go together), -EPERM (the file cannot be waited for), -EEXIST,
 * -ENOENT, -ELOOP (a circle, or too deep), -ENOSPC (the user who made the instance watches too many),
 * -ENOMEM. */
int epoll_control(struct file *epoll, int operation, struct file *file, int fd,
                  const struct epoll_event *event);

/* epoll_wait(): write at most max_events to the program, wait until there is one or deadline_ns (0: do not
 * wait, UINT64_MAX: no deadline). Returns how many. Errors: -EINVAL, -EFAULT, -EINTR. Sleeps: yes. */
int64_t epoll_wait(struct file *epoll, user_ptr_t events, int max_events, uint64_t deadline_ns);

#endif
