/* The file system proc: what programs are told of processes and of the system, as text. docs/proc-and-sys.md
 * has the table of its files. */
#ifndef LINTEL_PROCFS_PROCFS_H
#define LINTEL_PROCFS_PROCFS_H

/* Let mount(2) know it. Errors: -ENOMEM. Context: early boot, once, after pseudo_setup(). */
int procfs_setup(void);

#endif
