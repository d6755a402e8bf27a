/* Folders of sysfs, for sysfs.c. */
#ifndef LINTEL_PROCFS_SYSFS_FILES_H
#define LINTEL_PROCFS_SYSFS_FILES_H

#include "fs/pseudo.h"

extern const struct pseudo_entry sysfs_classes[];     /* class/: the devices of each kind; sysfs_devices.c */
extern const struct pseudo_entry sysfs_by_number[];   /* dev/: links to these; sysfs_devices.c */
extern const struct pseudo_entry sysfs_cpu_folders[]; /* devices/system/; sysfs_cpu.c */

#endif
