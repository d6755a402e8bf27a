/* The file system devtmpfs: a tmpfs with a node for each device, the same one wherever it is mounted. What
 * programs change in it stays. */
#ifndef LINTEL_FS_DEVTMPFS_H
#define LINTEL_FS_DEVTMPFS_H

/* Make it, and let mount(2) know it. Errors: -ENOMEM. Context: early boot, once, when all devices have been
 * added and tmpfs is set up. */
int devtmpfs_setup(void);

#endif
