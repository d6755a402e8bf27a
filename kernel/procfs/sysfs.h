/* The file system sysfs: devices and CPUs, as far as tools look for them there. */
#ifndef LINTEL_PROCFS_SYSFS_H
#define LINTEL_PROCFS_SYSFS_H

/* Let mount(2) know it. Errors: -ENOMEM. Context: early boot, once, after pseudo_setup(). */
int sysfs_setup(void);

#endif
