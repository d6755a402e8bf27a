/* The largest program ends when there is no frame for a page that a program has touched. Only such faults
 * lead here: what the kernel itself needs is refused with -ENOMEM, which a program can handle.
 *
 * Who is to end must come to its border of ring 3 by itself, maybe through locks which the one that waits
 * here holds, since it copies to or from its memory. So the wait is bounded, and the next program comes to
 * its turn; at last the one that waits, whose fault fails then. */
#include "proc/memory_shortage.h"

#include "arch/x86_64/table_pool.h"
#include "core/clock.h"
#include "core/log.h"
#include "mm/addr_space.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "mm/page_fault.h"
#include "proc/process.h"
#include "proc/process_internal.h"
#include "sched/thread.h"

#define OOM_ADJUSTMENT_MAX 1000 /* as much as all the memory */
#define FRAMES_WANTED 64        /* so many that it is worth to try again */
#define PATIENCE_NS 500000000ull
#define STEP_NS 1000000ull
#define STEPS (PATIENCE_NS / STEP_NS)

static bool is_relieved(void)
{
    return frames_get_stats().free >= FRAMES_WANTED;
}

/* Whether the process could be ended and would leave memory. Holds: process_tree. */
static bool is_candidate(const struct process *process)
{
    return process->state == PROCESS_ALIVE && process->space != NULL && !atomic_load(&process->is_ending);
}

/* How many pages a process counts as having, those of its page tables included, with what it was told to add.
 * Holds: process_tree. */
static int64_t badness_of(const struct process *process)
{
    const int64_t total = (int64_t)frames_get_stats().total;
    const int64_t resident = (int64_t)__atomic_load_n(&process->space->resident_pages, __ATOMIC_RELAXED);

    const int64_t tables = (int64_t)__atomic_load_n(&process->space->table.table_count, __ATOMIC_RELAXED);

    return resident + tables + process->oom_score_adjustment * (total / OOM_ADJUSTMENT_MAX);
}

/* Whether it is better to end `process` than `other`. Holds: process_tree. */
static bool is_worse(const struct process *process, const struct process *other)
{
    if (other->id == FIRST_PROCESS_ID || process->id == FIRST_PROCESS_ID)
        return other->id == FIRST_PROCESS_ID;
    return badness_of(process) > badness_of(other);
}

/* The one with the most pages; PID 1, and those that shall never be chosen, only if there are no others.
 * Holds: process_tree. */
static struct process *choose_largest(void)
{
    struct process *largest = NULL, *spared = NULL;

    for (struct process *process = process_next(0); process != NULL; process = process_next(process->id)) {
        if (!is_candidate(process))
            continue;
        struct process **best = process->oom_score_adjustment == -OOM_ADJUSTMENT_MAX ? &spared : &largest;
        if (*best == NULL || is_worse(process, *best))
            *best = process;
    }
    return largest == NULL || (largest->id == FIRST_PROCESS_ID && spared != NULL) ? spared : largest;
}

unsigned memory_shortage_score(const struct process *process)
{
    const int64_t total = (int64_t)frames_get_stats().total;
    struct spinlock_state state = spin_lock(&process_tree);
    const bool is_spared = !is_candidate(process) || process->oom_score_adjustment == -OOM_ADJUSTMENT_MAX;
    const int64_t badness = is_spared ? 0 : badness_of(process);

    spin_unlock(&process_tree, state);
    const int64_t score = (1000 + badness * 1000 / total) * 2 / 3; /* as Linux shows it */
    return is_spared || score < 0 ? 0 : (unsigned)score;
}

/* A name of its threads: that of the first one. Holds: process->signals.lock. */
static const char *process_name(const struct process *process)
{
    return list_is_empty(&process->threads)
               ? "?"
               : thread_name(list_entry(list_first(&process->threads), struct user_thread, link)->thread);
}

/* Holds: process_tree. */
static void end_for_memory(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);

    log_error("memory: none is left: pid %d (%s), which has %lu KiB, is ended by SIGKILL", process->id,
              process_name(process), (uint64_t)(process->space->resident_pages * PAGE_SIZE / 1024));
    process_begin_end(process, WAIT_STATUS_SIGNALED(SIGKILL, false));
    spin_unlock(&process->signals.lock, state);
}

/* Whether a process that was told to end may still hold memory: it becomes a zombie when it has given up all.
 * Holds: process_tree. */
static bool somebody_is_ending(void)
{
    for (struct process *process = process_next(0); process != NULL; process = process_next(process->id)) {
        if (process->state == PROCESS_ALIVE && atomic_load(&process->is_ending))
            return true;
    }
    return false;
}

/* Begin the end of a program, unless one is at its end already and has had no time for it yet. */
static void choose_and_end(void)
{
    static uint64_t chosen_ns; /* under process_tree */
    struct spinlock_state state = spin_lock(&process_tree);
    uint64_t now_ns = clock_monotonic_ns();

    if (chosen_ns == 0 || now_ns - chosen_ns >= PATIENCE_NS || !somebody_is_ending()) {
        struct process *process = choose_largest();
        if (process != NULL) {
            chosen_ns = now_ns;
            end_for_memory(process);
        }
    }
    spin_unlock(&process_tree, state);
}

static bool caller_must_end(void)
{
    const struct user_thread *self = user_thread_current();

    return self == NULL || self->must_end;
}

static bool memory_shortage_relieve(void)
{
    thread_trim();
    object_cache_trim_all();
    table_pool_trim();
    if (is_relieved())
        return true;
    if (caller_must_end())
        return false;
    choose_and_end();
    for (unsigned i = 0; i < STEPS && !is_relieved() && !caller_must_end(); i++)
        thread_sleep_ns(STEP_NS);
    return !caller_must_end();
}

void memory_shortage_setup(void)
{
    page_fault_set_shortage_handler(memory_shortage_relieve);
}
