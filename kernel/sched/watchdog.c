/* Each CPU has a timer that beats every two seconds or less. At a beat the CPU looks whether it switches
 * threads itself, and whether the next CPU's timer beats; if that one does not, at the one behind it, too,
 * and so on. So every CPU is watched by another one, whichever hangs, as long as one is left. It costs one
 * timer interrupt a beat. (A thread that watches all would hang with the CPU on which its own timer waits.)
 *
 * Nothing here waits for a lock but the log's. */
#include "sched/watchdog.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/timer.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"
#include "sched/stall.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define LIMIT_DEFAULT_SECONDS 10
#define LIMIT_MAX_SECONDS 3600
#define PERIOD_MAX_NS (2 * NS_PER_SECOND)
#define BEATS_A_LIMIT 2
#define TEXT_SIZE 128

/* Locks: I = set before the first beat   a = atomic   c = this CPU's beat   w = the beat of the CPU that
 *        watches it; should two do so for a moment, one report may be too many */
struct watchdog_cpu {
    struct timer timer;       /* [c] */
    _Atomic(uint64_t) beats;  /* [a] */
    uint64_t last_beat_ns;    /* [c] */
    struct stall switching;   /* [c] */
    struct stall interrupted; /* [w] */
};

static struct watchdog_cpu watchdog_cpus[CPU_COUNT_MAX];
static uint64_t limit_ns;  /* [I] */
static uint64_t period_ns; /* [I] */

static void watchdog_report_silent(unsigned cpu, uint64_t stood_ns)
{
    char thread[CPU_WHERE_THREAD_SIZE], where[TEXT_SIZE] = "a place it does not tell";
    struct cpu_position position;
    const char *what = "an interrupt";

    cpu_where_thread(cpu, thread, sizeof(thread));
    if (cpu_where_ask(cpu, &position) == 0) {
        cpu_where_format(&position, where, sizeof(where));
        if (!position.is_by_nmi)
            what = "its timer's interrupt";
    }
    log_error("watchdog: cpu %u has not taken %s for %lu s: thread %s, at %s", cpu, what,
              stood_ns / NS_PER_SECOND, thread, where);
}

/* Look at another CPU's beat; says whether it is well. */
static bool watchdog_look_at(unsigned cpu, uint64_t now_ns)
{
    struct watchdog_cpu *other = &watchdog_cpus[cpu];
    uint64_t beats = atomic_load(&other->beats), stood_ns;
    enum stall_verdict verdict = stall_look(&other->interrupted, beats, now_ns, limit_ns, &stood_ns);
    if (verdict == STALL_REPORT)
        watchdog_report_silent(cpu, stood_ns);
    else if (verdict == STALL_OVER)
        log_warning("watchdog: cpu %u takes interrupts again", cpu);
    return verdict == STALL_NONE || verdict == STALL_OVER;
}

static void watchdog_look_at_others(unsigned self, uint64_t now_ns)
{
    unsigned online = cpu_count_online();

    for (unsigned i = 1; i < online; i++) {
        if (watchdog_look_at((self + i) % online, now_ns))
            return;
    }
}

/* The whole machine may have been away: a virtual one that was stopped, say. */
static void watchdog_forgive_all(uint64_t now_ns)
{
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        stall_forgive(&watchdog_cpus[cpu].interrupted, now_ns);
}

static void watchdog_look_at_self(struct watchdog_cpu *self, unsigned index, uint64_t now_ns)
{
    struct sched_cpu *cpu = sched_cpu_of(index);
    unsigned ready = cpu != NULL ? atomic_load(&cpu->ready_count) : 0;
    const struct trap_frame *frame = timer_interrupted_frame();
    char thread[CPU_WHERE_THREAD_SIZE], where[TEXT_SIZE] = "an unknown place";
    struct cpu_position position;
    uint64_t stood_ns;

    if (ready == 0 && !percpu_must_switch()) {
        stall_forgive(&self->switching, now_ns);
        return;
    }
    if (stall_look(&self->switching, sched_switch_count(index), now_ns, limit_ns, &stood_ns) != STALL_REPORT)
        return;
    cpu_where_thread(index, thread, sizeof(thread));
    if (frame != NULL) {
        cpu_where_of_frame(frame, &position);
        cpu_where_format(&position, where, sizeof(where));
    }
    log_error("watchdog: cpu %u has not switched threads for %lu s, with %u ready: thread %s, at %s", index,
              stood_ns / NS_PER_SECOND, ready, thread, where);
}

static void watchdog_beat(struct timer *timer)
{
    unsigned index = percpu_get()->cpu_index;
    struct watchdog_cpu *self = &watchdog_cpus[index];
    uint64_t now_ns = clock_monotonic_ns();
    bool was_away = now_ns - self->last_beat_ns > 2 * period_ns;

    self->last_beat_ns = now_ns;
    atomic_store(&self->beats, atomic_load(&self->beats) + 1);
    watchdog_look_at_self(self, index, now_ns);
    if (was_away)
        watchdog_forgive_all(now_ns);
    else
        watchdog_look_at_others(index, now_ns);
    timer_start(timer, now_ns + period_ns);
}

/* Each CPU starts its own timer. It may not run threads yet. */
static void watchdog_handle_start(struct trap_frame *frame)
{
    struct watchdog_cpu *self = &watchdog_cpus[percpu_get()->cpu_index];

    (void)frame;
    self->last_beat_ns = clock_monotonic_ns();
    timer_init(&self->timer, watchdog_beat);
    timer_start(&self->timer, self->last_beat_ns + period_ns);
    lapic_end_of_interrupt();
}

void watchdog_setup(void)
{
    uint32_t seconds;

    if (!command_line_number("watchdog", &seconds) || seconds > LIMIT_MAX_SECONDS)
        seconds = LIMIT_DEFAULT_SECONDS;
    if (seconds == 0 || clock_tsc_hz() == 0 || !timer_has_interrupt())
        return;
    limit_ns = seconds * NS_PER_SECOND;
    period_ns = limit_ns / BEATS_A_LIMIT < PERIOD_MAX_NS ? limit_ns / BEATS_A_LIMIT : PERIOD_MAX_NS;
    trap_set_interrupt_handler(TRAP_VECTOR_WATCHDOG, watchdog_handle_start);
    watchdog_forgive_all(clock_monotonic_ns());
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        ipi_send(cpu, TRAP_VECTOR_WATCHDOG);
}
