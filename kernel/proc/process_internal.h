/* What the parts of proc/process.h's implementation tell each other: process.c (what there is), fork.c
 * (birth), exit.c (end), wait.c, group.c, first_process.c. */
#ifndef LINTEL_PROC_PROCESS_INTERNAL_H
#define LINTEL_PROC_PROCESS_INTERNAL_H

#include "proc/process.h"

struct process_names;

/* Set up. Context: early boot, once. */
void process_setup(void);

/* A process that nobody knows yet, without threads and all that it is to share or to copy. It has two
 * references: of its threads and of the tree. NULL: no memory. */
struct process *process_create(void);

/* Give up a process that nobody came to know, with all that it holds. */
void process_discard(struct process *process);

/* Whatever a process owns that is marked `o`. */
struct process_belongings {
    struct addr_space *space;
    struct fd_table *files;
    struct fs_context *fs;
    struct file *executable;
};

/* Take it all from a process. Holds: process_tree, or nobody else knows the process. */
struct process_belongings process_take_belongings(struct process *process);

/* Give it up; what is NULL there is left out. Context: thread, no lock held.  Sleeps: yes. */
void process_belongings_release(const struct process_belongings *belongings);

/* What a new thread begins with. */
struct user_thread_birth {
    const struct trap_frame *frame; /* its registers */
    uint64_t fs_base;
    const char *name;
    struct user_thread *creator; /* NULL: of PID 1 */
    bool keeps_signal_stack;     /* its creator's alternate stack is its own too */
    user_ptr_t child_tid;        /* it writes its ID there before it is in ring 3; 0: no */
    user_ptr_t clear_child_tid;  /* user_thread.clear_child_tid */
};

/* Set up. Context: early boot, once. */
void user_thread_setup(void);

/* Make a thread of a process, whose space is there. It neither runs nor is it known. Errors: -ENOMEM. */
int user_thread_create(struct process *process, const struct user_thread_birth *birth,
                       struct user_thread **ret_thread);
void user_thread_discard(struct user_thread *thread);

/* Make a thread known by an ID. Holds: process_tree, process->signals.lock. */
void user_thread_publish(struct user_thread *thread, struct process_names *names, int id);

/* The thread is found no more. Holds: the same. */
void user_thread_withdraw(struct user_thread *thread);

/* The last the calling thread does with its structure, which it gives back. */
void user_thread_free(struct user_thread *thread);

/* Let it run: it may be gone on return. */
void user_thread_start(struct user_thread *thread);

/* Make a process known by an ID, with its first thread, as the child of `parent` (NULL: of nobody), in a
 * group. Holds: process_tree. */
void process_publish(struct process *process, struct process *parent, struct process_group *group,
                     struct process_names *names, int id);

/* Make a process, which is no child of anybody, the child of `parent`. Holds: process_tree. */
void process_set_parent(struct process *process, struct process *parent);

/* The parent was told of a zombie's end, or does not want to know: it is found no more. The caller gives up
 * the tree's reference afterwards. Holds: process_tree. */
void process_withdraw(struct process *process);

/* Whether there may be one more thread of a program, and for processes that are not the superuser's as many
 * as RLIMIT_NPROC says. Holds: process_tree. */
bool process_may_have_thread(struct process *process);

/* The process that orphans are given to, PID 1. */
extern struct process *process_first;

/* PID 1 has ended, in its last thread. */
_Noreturn void process_first_ended(int wait_status);

/* Add what a child and its children used to what its parent's children used. */
void process_times_add(struct process_times *sum, const struct process_times *times);

#endif
