/* The files of /proc about the system as a whole: functions of the table in procfs.c. */
#ifndef LINTEL_PROCFS_SYSTEM_FILES_H
#define LINTEL_PROCFS_SYSTEM_FILES_H

#include "fs/pseudo.h"

/* system_load.c: what it does */
int system_show_stat(struct pseudo_node *node, struct text *text);
int system_show_uptime(struct pseudo_node *node, struct text *text);
int system_show_loadavg(struct pseudo_node *node, struct text *text);
int system_show_interrupts(struct pseudo_node *node, struct text *text);

/* system_memory.c */
int system_show_meminfo(struct pseudo_node *node, struct text *text);
int system_show_vmstat(struct pseudo_node *node, struct text *text);

/* system_info.c: what it is */
int system_show_version(struct pseudo_node *node, struct text *text);
int system_show_cmdline(struct pseudo_node *node, struct text *text);
int system_show_filesystems(struct pseudo_node *node, struct text *text);
int system_show_devices(struct pseudo_node *node, struct text *text);
int system_show_consoles(struct pseudo_node *node, struct text *text);
int system_store_sysrq(struct pseudo_node *node, const char *text, size_t length);
int system_show_misc(struct pseudo_node *node, struct text *text);

/* cpuinfo.c */
int system_show_cpuinfo(struct pseudo_node *node, struct text *text);

/* entry->argument: the text */
int system_show_constant(struct pseudo_node *node, struct text *text);

#endif
