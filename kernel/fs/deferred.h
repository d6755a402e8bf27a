/* The end of things whose last reference goes while the tree lock is held: it may take that lock, and others
 * that rank below it. Mostly nothing of the kind happens; when a walk goes through /proc/PID/fd or cwd it
 * may, if just then the process closes the file or leaves. A thread of the kernel sees to it. */
#ifndef LINTEL_FS_DEFERRED_H
#define LINTEL_FS_DEFERRED_H

struct fs_deferred {
    struct fs_deferred *next;
    void (*run)(struct fs_deferred *item); /* in the thread, with no lock held */
};

/* Context: any. */
void fs_defer(struct fs_deferred *item, void (*run)(struct fs_deferred *item));

/* Start the thread; what was deferred before waits for it. Errors: -ENOMEM. Context: early boot, after
 * sched_setup(). */
int fs_deferred_start(void);

#endif
