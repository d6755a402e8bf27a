/* The files of /proc/PID and /proc/PID/task/TID: functions of the table in process_directory.c. The node's
 * subject is the process, its number the thread's ID, 0: the process as a whole. Errors of all: -ESRCH (it is
 * no more), -ENOMEM; -EACCES (not the caller's to see); those of the file. */
#ifndef LINTEL_PROCFS_PROCESS_FILES_H
#define LINTEL_PROCFS_PROCESS_FILES_H

#include "fs/pseudo.h"
#include "proc/process.h"

static inline struct process *process_of(const struct pseudo_node *node)
{
    return node->subject;
}

/* process_status.c: what ps and top read. */
int process_show_stat(struct pseudo_node *node, struct text *text);
int process_show_statm(struct pseudo_node *node, struct text *text);
int process_show_status(struct pseudo_node *node, struct text *text);

/* process_settings.c: single values, some of which can be written. */
int process_show_comm(struct pseudo_node *node, struct text *text);
int process_store_comm(struct pseudo_node *node, const char *text, size_t length);
int process_show_limits(struct pseudo_node *node, struct text *text);
int process_show_io(struct pseudo_node *node, struct text *text);
int process_show_oom_score(struct pseudo_node *node, struct text *text);
int process_show_oom_adjustment(struct pseudo_node *node, struct text *text);
int process_store_oom_adjustment(struct pseudo_node *node, const char *text, size_t length);
int process_show_wchan(struct pseudo_node *node, struct text *text);
int process_show_schedstat(struct pseudo_node *node, struct text *text);
int process_show_constant(struct pseudo_node *node, struct text *text); /* entry->argument: the text */

/* process_memory.c: what stands in the program's memory. */
int process_show_cmdline(struct pseudo_node *node, struct text *text);
int process_show_environ(struct pseudo_node *node, struct text *text);
int process_show_auxv(struct pseudo_node *node, struct text *text);
int process_open_memory(struct file *file);

/* process_maps.c: what is mapped where. */
int process_show_maps(struct pseudo_node *node, struct text *text);
int process_show_smaps(struct pseudo_node *node, struct text *text);
int process_show_smaps_rollup(struct pseudo_node *node, struct text *text);

/* process_links.c: places. */
int process_get_executable(struct pseudo_node *node, char *buffer);
int process_follow_executable(struct node *node, struct mount *mount, struct path *ret_path);
int process_get_directory(struct pseudo_node *node, char *buffer);
int process_follow_directory(struct node *node, struct mount *mount, struct path *ret_path);
int process_get_root(struct pseudo_node *node, char *buffer);
int process_follow_root(struct node *node, struct mount *mount, struct path *ret_path);

/* process_descriptors.c: the directories fd and fdinfo. */
int process_lookup_descriptor(struct pseudo_node *directory, const char *name, size_t length,
                              struct pseudo_child *ret_child);
int process_next_descriptor(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child);
int process_lookup_descriptor_info(struct pseudo_node *directory, const char *name, size_t length,
                                   struct pseudo_child *ret_child);
int process_next_descriptor_info(struct pseudo_node *directory, uint64_t number,
                                 struct pseudo_child *ret_child);

/* mounts.c: what is mounted, as the process's root shows it. */
int process_show_mounts(struct pseudo_node *node, struct text *text);
int process_show_mountinfo(struct pseudo_node *node, struct text *text);

/* process_directory.c */
extern const struct pseudo_type process_pseudo_type;
int process_lookup_id(struct pseudo_node *directory, const char *name, size_t length,
                      struct pseudo_child *ret_child);
int process_next_id(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child);

/* A decimal number below 2^31 without leading zeros, as IDs in names are; -1: it is none. Pure. */
int64_t name_to_number(const char *name, size_t length);

#endif
