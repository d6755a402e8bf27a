/* A program on its way to run: the address space that it will have, complete, and all else that follows from
 * its file. While it is made nothing of the caller's changes.
 *
 * docs/life-of-a-process.md tells the whole story. */
#ifndef LINTEL_PROC_PROGRAM_H
#define LINTEL_PROC_PROGRAM_H

#include <stdint.h>

#include "mm/types.h"
#include "proc/user_stack.h"
#include "sched/thread.h"

struct addr_space;
struct file;

struct program {
    struct addr_space *space;        /* with a reference */
    struct file *executable;         /* with a reference; NULL: PID 1 from a flat image */
    vaddr_t entry;                   /* where its first thread begins */
    struct user_stack_layout layout; /* of its stack */
    char name[THREAD_NAME_SIZE];     /* for its first thread */
};

/* Give up what a program that will not run holds. Context: thread.  Sleeps: yes. */
void program_discard(struct program *program);

#endif
