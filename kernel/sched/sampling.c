#include "sched/sampling.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/tick.h"
#include "core/timer.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"
#include "sched/thread_internal.h"

#define SAMPLE_NS (1000000000ull / TICK_HZ)

/* Touched by its CPU only, with interrupts disabled. */
struct sampling_cpu {
    struct timer timer;
    bool is_running;
    _Atomic(uint64_t) user_samples, system_samples;
};

static struct sampling_cpu sampling_cpus[CPU_COUNT_MAX];

static void sampling_count(_Atomic(uint64_t) *samples)
{
    atomic_store_explicit(samples, atomic_load_explicit(samples, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static void sampling_expired(struct timer *timer)
{
    struct percpu *here = percpu_get();
    struct sampling_cpu *cpu = &sampling_cpus[here->cpu_index];
    struct thread *thread = here->current_thread;
    const struct trap_frame *frame = timer_interrupted_frame();

    cpu->is_running = thread != here->sched->idle;
    if (!cpu->is_running)
        return;
    const bool is_user = frame != NULL && trap_frame_is_user(frame);
    sampling_count(is_user ? &thread->user_samples : &thread->system_samples);
    sampling_count(is_user ? &cpu->user_samples : &cpu->system_samples);
    sched_account_current();
    timer_start(timer, clock_now_ns() + SAMPLE_NS);
}

struct thread_samples sampling_of_cpu(unsigned cpu)
{
    const struct sampling_cpu *of = &sampling_cpus[cpu];

    return (struct thread_samples){atomic_load_explicit(&of->user_samples, memory_order_relaxed),
                                   atomic_load_explicit(&of->system_samples, memory_order_relaxed)};
}

void sampling_resume(void)
{
    struct sampling_cpu *cpu = &sampling_cpus[percpu_get()->cpu_index];

    if (cpu->is_running || !timer_has_interrupt())
        return;
    cpu->is_running = true;
    if (cpu->timer.expired == NULL)
        timer_init(&cpu->timer, sampling_expired);
    timer_start(&cpu->timer, clock_now_ns() + SAMPLE_NS);
}
