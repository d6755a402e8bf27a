#include "time/clock_id.h"

#include <stddef.h>

#include "abi/errno.h"
#include "abi/time.h"
#include "core/clock.h"
#include "core/spinlock.h"
#include "proc/process.h"
#include "time/process_time.h"

/* A negative number: the process or thread is told by its ID, 0 the caller's. Holds: process_tree. */
static int clock_id_find_locked(int id, struct clock_id *clock)
{
    struct process *self = process_current();

    if (clock->kind == CLOCK_KIND_THREAD) {
        const struct user_thread *thread = id == 0 ? user_thread_current() : user_thread_find(id);
        if (thread == NULL || thread->process != self)
            return -EINVAL;
        clock->id = thread->id;
        return 0;
    }
    const struct process *process = id == 0 ? self : process_find(id);
    if (process == NULL)
        return -EINVAL;
    clock->id = process->id;
    return 0;
}

static int clock_id_parse_cpu(int clock, struct clock_id *ret_clock)
{
    const int kind = clock & CLOCK_CPU_KIND;

    if (kind == 3 || CLOCK_CPU_ID(clock) < 0)
        return -EINVAL;
    ret_clock->can_wait = true;
    if ((clock & CLOCK_CPU_IS_THREAD) != 0)
        ret_clock->kind = CLOCK_KIND_THREAD;
    else
        ret_clock->kind = kind == CLOCK_CPU_VIRTUAL ? CLOCK_KIND_PROCESS_USER : CLOCK_KIND_PROCESS;
    struct spinlock_state state = spin_lock(&process_tree);
    int error = clock_id_find_locked(CLOCK_CPU_ID(clock), ret_clock);
    spin_unlock(&process_tree, state);
    return error;
}

int clock_id_parse(int clock, struct clock_id *ret_clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_TAI:
        *ret_clock = (struct clock_id){.kind = CLOCK_KIND_WALL, .can_wait = true};
        return 0;
    case CLOCK_REALTIME_COARSE:
        *ret_clock = (struct clock_id){.kind = CLOCK_KIND_WALL};
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
        *ret_clock = (struct clock_id){.kind = CLOCK_KIND_MONOTONIC, .can_wait = true};
        return 0;
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
        *ret_clock = (struct clock_id){.kind = CLOCK_KIND_MONOTONIC};
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ret_clock = (struct clock_id){
            .kind = CLOCK_KIND_PROCESS, .id = process_current()->id, .can_wait = true, .is_own = true};
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *ret_clock = (struct clock_id){
            .kind = CLOCK_KIND_THREAD, .id = user_thread_current()->id, .can_wait = true, .is_own = true};
        return 0;
    default:
        *ret_clock = (struct clock_id){.can_wait = false};
        return clock < 0 ? clock_id_parse_cpu(clock, ret_clock) : -EINVAL;
    }
}

/* Of a process or thread that is not the caller's. Holds: process_tree. */
static uint64_t clock_id_read_locked(const struct clock_id *clock)
{
    if (clock->kind == CLOCK_KIND_THREAD) {
        const struct user_thread *thread = user_thread_find(clock->id);
        return thread == NULL ? 0 : thread_run_time_ns(thread->thread);
    }
    struct process *process = process_find(clock->id);
    if (process == NULL)
        return 0;
    return clock->kind == CLOCK_KIND_PROCESS ? process_run_time_ns(process) : process_user_time_ns(process);
}

uint64_t clock_id_read(const struct clock_id *clock)
{
    switch (clock->kind) {
    case CLOCK_KIND_WALL:
        return clock_realtime_ns();
    case CLOCK_KIND_MONOTONIC:
        return clock_monotonic_ns();
    default:
        break;
    }
    struct spinlock_state state = spin_lock(&process_tree);
    uint64_t read_ns = clock_id_read_locked(clock);
    spin_unlock(&process_tree, state);
    return read_ns;
}
