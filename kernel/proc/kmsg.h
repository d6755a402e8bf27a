/* The kernel's log as files: /dev/kmsg, a record a read, and /proc/kmsg, as syslog(2) reads it. */
#ifndef LINTEL_PROC_KMSG_H
#define LINTEL_PROC_KMSG_H

struct file;

/* Add the device kmsg (1,11). Errors: -ENOSPC. Context: early boot, once. */
int kmsg_setup(void);

/* Make an open file /proc/kmsg: node_operations.open. */
int kmsg_open_proc(struct file *file);

#endif
