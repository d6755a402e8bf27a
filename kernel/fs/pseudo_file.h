/* Open files of pseudo file systems. For fs/pseudo.c. */
#ifndef LINTEL_FS_PSEUDO_FILE_H
#define LINTEL_FS_PSEUDO_FILE_H

struct file;

/* Set up. Context: early boot, once. */
void pseudo_file_setup(void);

/* node_operations.open of regular files. */
int pseudo_file_open(struct file *file);

#endif
