#include "time/sleep.h"

#include <stddef.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "lib/time_math.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "time/wall_clock.h"

/* How often a process's time on a CPU is looked at, at most. */
#define CPU_LOOK_GAP_NS 2000000u

/* Nobody can tell when other threads will have used that much: look again and again. */
static int sleep_by_cpu_clock(const struct clock_id *clock, uint64_t time_ns)
{
    uint64_t now_ns;
    int error = 0;

    while (error == 0 && (now_ns = clock_id_read(clock)) < time_ns) {
        unsigned threads = process_current()->thread_count;
        uint64_t earliest_ns = (time_ns - now_ns) / (threads == 0 ? 1 : threads);
        if (earliest_ns < CPU_LOOK_GAP_NS)
            earliest_ns = CPU_LOOK_GAP_NS;
        error = thread_sleep_unless(time_add(clock_monotonic_ns(), earliest_ns), signal_is_pending);
    }
    return error;
}

/* Returns 0 or -EINTR. */
static int sleep_by(const struct clock_id *clock, uint64_t time_ns)
{
    if (clock_tsc_hz() == 0)
        return 0;
    switch (clock->kind) {
    case CLOCK_KIND_WALL:
        return wall_clock_sleep_until(time_ns);
    case CLOCK_KIND_MONOTONIC:
        return thread_sleep_unless(time_ns, signal_is_pending);
    default:
        return sleep_by_cpu_clock(clock, time_ns);
    }
}

int64_t sleep_until(const struct clock_id *clock, uint64_t time_ns)
{
    return sleep_by(clock, time_ns) == 0 ? 0 : -ERESTARTNOHAND;
}

enum { RESTART_KIND, RESTART_ID, RESTART_TIME, RESTART_REMAINING };

/* Sleep on until the time in `restart`, which stays there for the next time. */
static int64_t sleep_restart(struct syscall_restart *restart)
{
    const struct clock_id clock = {.kind = (enum clock_kind)restart->arguments[RESTART_KIND],
                                   .id = (int)restart->arguments[RESTART_ID]};
    const user_ptr_t remaining = {restart->arguments[RESTART_REMAINING]};
    const uint64_t time_ns = restart->arguments[RESTART_TIME];

    if (sleep_by(&clock, time_ns) == 0)
        return 0;
    const uint64_t left_ns = time_until(time_ns, clock_id_read(&clock));
    if (left_ns == 0)
        return 0;
    const struct timespec64 left = time_to_timespec(left_ns);
    int error = remaining.address == 0 ? 0 : user_copy_out(remaining, &left, sizeof(left));
    return error != 0 ? error : -ERESTART_RESTARTBLOCK;
}

int64_t sleep_for(const struct clock_id *clock, uint64_t duration_ns, user_ptr_t remaining)
{
    struct syscall_restart *restart = &user_thread_current()->restart;
    struct clock_id by = *clock;

    if (by.kind == CLOCK_KIND_WALL)
        by.kind = CLOCK_KIND_MONOTONIC;
    restart->function = sleep_restart;
    restart->arguments[RESTART_KIND] = by.kind;
    restart->arguments[RESTART_ID] = (uint64_t)by.id;
    restart->arguments[RESTART_TIME] = time_add(clock_id_read(&by), duration_ns);
    restart->arguments[RESTART_REMAINING] = remaining.address;
    return sleep_restart(restart);
}
