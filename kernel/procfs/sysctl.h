/* /proc/sys: settings of the kernel, and what can be known of its limits. */
#ifndef LINTEL_PROCFS_SYSCTL_H
#define LINTEL_PROCFS_SYSCTL_H

#include "fs/pseudo.h"

extern const struct pseudo_entry sysctl_folders[];

/* Draw the boot's ID. Context: early boot, once, after random_seed(). */
void sysctl_setup(void);

#endif
