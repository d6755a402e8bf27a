/* What is known of a process or thread at one moment. */
#ifndef LINTEL_PROCFS_PROCESS_INFO_H
#define LINTEL_PROCFS_PROCESS_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cpu_set.h"
#include "mm/addr_space.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "sched/thread.h"

struct process_info {
    int id; /* of the thread, or of the process */
    int process_id;
    int parent_id, group_id, session_id;
    uint64_t terminal; /* device number; 0: none */
    int terminal_group;
    char name[THREAD_NAME_SIZE];
    char state; /* R S T Z, as ps has it */
    bool has_executed;
    int exit_signal;
    int exit_code; /* as wait4() tells it */
    unsigned thread_count;
    int policy; /* SCHED_* */
    struct thread_policy scheduling;
    unsigned realtime_priority; /* that it runs at; 0: none */
    struct cpu_set cpus;
    unsigned cpu;
    uint64_t start_ns;
    struct process_times times, children_times;
    struct identity identity;
    bool is_dumpable, has_no_new_privileges;
    uint32_t umask;
    unsigned descriptor_slots; /* that its table has room for */
    signal_set thread_pending, process_pending, blocked, ignored, caught;
    unsigned queued_signals;
    uint64_t queued_signals_max;
    int oom_score_adjustment;

    /* Of its memory, pages; all 0 if it has none any more */
    bool has_space;
    uint64_t size_pages, resident_pages, resident_maximum;
    vaddr_t heap_start;
    struct addr_space_marks marks;
};

/* Find out. thread_id 0: of the process as a whole. Errors: -ESRCH (it is no more). Context: thread. Takes:
 * process_tree, signals.lock. */
int process_info_get(struct process *process, int thread_id, struct process_info *ret_info);

/* Whether the calling thread may look into the process: it is its own, it acts for the same user as that one
 * in all respects, or for the superuser. Context: thread. Takes: both signals.lock, one after the other. */
bool process_may_look(struct process *process);

/* Its address space, with a reference; NULL: it has none (any more). Takes: process_tree. */
struct addr_space *process_get_space(struct process *process);

/* The same for who wants to see what is in it: never that of a program which the caller may not look into,
 * even if the process executes another one meanwhile. Errors: -EACCES. Takes: process_tree, signals.lock. */
int process_look_into(struct process *process, struct addr_space **ret_space);

#endif
