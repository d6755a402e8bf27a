/* unshare(2): a copy of one's own of what was shared with other processes. */
#ifndef LINTEL_PROC_UNSHARE_H
#define LINTEL_PROC_UNSHARE_H

/* flags: CLONE_FS, CLONE_FILES, others are passed over; the calling process has one thread. On error nothing
 * has changed. Errors: -ENOMEM. Context: system call.  Takes: process_tree.  Sleeps: yes. */
int process_unshare(unsigned flags);

#endif
