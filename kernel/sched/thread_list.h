/* The list of all threads, in the order of their ids, and what can be seen of a thread from outside. */
#ifndef LINTEL_SCHED_THREAD_LIST_H
#define LINTEL_SCHED_THREAD_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/thread.h"
#include "sched/thread_internal.h"

#define THREAD_SNAPSHOT_DEPTH 16

/* A thread at one moment. It is looked at without its lock: its parts may be of moments close by. */
struct thread_snapshot {
    uint32_t id;
    char name[THREAD_NAME_SIZE];
    enum thread_state state;
    unsigned cpu;
    bool is_idle_thread;
    enum sched_policy policy;
    int nice;
    unsigned priority;
    uint64_t run_time_ns;
    uint64_t switch_count;
    unsigned call_count; /* READY or BLOCKED: where it is, innermost first, the scheduler's calls included */
    uint64_t calls[THREAD_SNAPSHOT_DEPTH];
};

/* A walk through the list, one thread a call; the list may change meanwhile. Begins as {0}. */
struct thread_walk {
    uint32_t last_id;   /* seen so far */
    bool is_of_blocked; /* leave the others out */
    bool is_unlocked;   /* the list's lock could not be had: a CPU hangs that holds it */
};

/* Add a thread, which gets its id, and take one out. For thread.c. Takes: the list's lock. */
void thread_list_add(struct thread *thread);
void thread_list_remove(struct thread *thread);

/* Take a snapshot of the walk's next thread; false: there is none. The list's lock is held for that time
 * only, and waited for no longer than 1 ms in the whole walk. Context: any but NMI. */
bool thread_list_next(struct thread_walk *walk, struct thread_snapshot *ret_snapshot);

/* How many threads the rest of the walk would show. */
unsigned thread_list_count_rest(struct thread_walk *walk);

/* A snapshot of the thread that runs on a CPU, as far as it can be had; calls are left out. */
bool thread_list_running_on(unsigned cpu, struct thread_snapshot *ret_snapshot);

#endif
