/* A timer belongs to the CPU that started it: only that CPU's lock guards it, and only that CPU calls it.
 * While it is queued or called `cpu` does not change, so that a thread that has moved meanwhile knows where
 * to look.
 *
 * The interrupt is armed for a time that is never later than the first deadline, but may well be earlier, for
 * nothing is done about it when a timer is cancelled or a slice's end moves back: most waits end before their
 * timeout does. An interrupt in vain then is cheaper than programming the hardware at each of them. */
#include "core/timer.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/spinlock.h"

#define NO_CPU CPU_COUNT_MAX
/* In one interrupt: the next one follows at once, but lets others in. */
#define CALLS_MAX 64
/* Earlier than any deadline: nobody arms the interrupt. */
#define ARMED_ALREADY 0

/* Locks: l = lock   c = touched by this CPU only, with interrupts disabled   a = written by this CPU only. */
struct timer_cpu {
    struct spinlock lock;              /* rank LOCK_RANK_TIMER */
    struct timer_queue queue;          /* [l] */
    struct timer *running;             /* [l] whose `expired` is being called; for comparison only */
    uint64_t armed_ns;                 /* [c] when the interrupt comes; TIMER_NEVER: it does not */
    uint64_t slice_end_ns;             /* [c] */
    const struct trap_frame *frame;    /* [c] what the interrupt interrupted; NULL outside of it */
    _Atomic(uint64_t) interrupt_count; /* [a] */
} __attribute__((aligned(64)));        /* a cache line each */

static struct timer_cpu timer_cpus[CPU_COUNT_MAX];
static void (*timer_slice_ended)(void);
static bool timer_is_interrupting; /* there is an interrupt */

static struct timer_cpu *timer_here(void)
{
    return &timer_cpus[percpu_get()->cpu_index];
}

/* See that the interrupt comes no later than deadline_ns. Interrupts are disabled. */
static void timer_limit_interrupt(struct timer_cpu *cpu, uint64_t deadline_ns)
{
    if (deadline_ns >= cpu->armed_ns)
        return;
    uint64_t now_ns = clock_now_ns();
    cpu->armed_ns = deadline_ns;
    lapic_timer_arm(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
}

/* Call what is due; returns the deadline of the first that is not. */
static uint64_t timer_call_expired(struct timer_cpu *cpu, uint64_t now_ns)
{
    struct timer *timer;

    spin_lock_raw(&cpu->lock);
    for (int i = 0; i < CALLS_MAX && (timer = timer_queue_take_expired(&cpu->queue, now_ns)) != NULL; i++) {
        cpu->running = timer;
        spin_unlock_raw(&cpu->lock);
        lock_rank_begin_call((uint64_t)timer->expired);
        timer->expired(timer);
        lock_rank_end_call();
        spin_lock_raw(&cpu->lock);
        cpu->running = NULL;
    }
    uint64_t next_ns = timer_queue_next_ns(&cpu->queue);
    spin_unlock_raw(&cpu->lock);
    return next_ns;
}

/* The slice is over; returns the deadline of the first timer, which may be a new one. */
static uint64_t timer_end_slice(struct timer_cpu *cpu)
{
    cpu->slice_end_ns = TIMER_NEVER;
    timer_slice_ended();
    spin_lock_raw(&cpu->lock);
    uint64_t next_ns = timer_queue_next_ns(&cpu->queue);
    spin_unlock_raw(&cpu->lock);
    return next_ns;
}

/* Do all that is due, and arm the interrupt for what comes next. The clock runs. */
static void timer_handle(struct timer_cpu *cpu)
{
    uint64_t now_ns = clock_now_ns();

    cpu->armed_ns = ARMED_ALREADY; /* once, at the end */
    uint64_t next_ns = timer_call_expired(cpu, now_ns);
    if (cpu->slice_end_ns <= now_ns)
        next_ns = timer_end_slice(cpu);
    if (!timer_is_interrupting)
        return;
    cpu->armed_ns = TIMER_NEVER;
    timer_limit_interrupt(cpu, next_ns < cpu->slice_end_ns ? next_ns : cpu->slice_end_ns);
}

static void timer_interrupt(struct trap_frame *frame)
{
    struct timer_cpu *cpu = timer_here();
    uint64_t count = atomic_load_explicit(&cpu->interrupt_count, memory_order_relaxed);

    atomic_store_explicit(&cpu->interrupt_count, count + 1, memory_order_relaxed);
    lapic_end_of_interrupt();
    cpu->frame = frame;
    timer_handle(cpu);
    cpu->frame = NULL;
}

void timer_setup(void (*slice_ended)(void))
{
    timer_slice_ended = slice_ended;
    timer_is_interrupting = lapic_timer_is_usable();
    for (unsigned i = 0; i < CPU_COUNT_MAX; i++) {
        spinlock_init(&timer_cpus[i].lock, LOCK_RANK_TIMER);
        timer_queue_init(&timer_cpus[i].queue);
        timer_cpus[i].armed_ns = timer_is_interrupting ? TIMER_NEVER : ARMED_ALREADY;
        timer_cpus[i].slice_end_ns = TIMER_NEVER;
    }
    if (timer_is_interrupting)
        trap_set_interrupt_handler(TRAP_VECTOR_TIMER, timer_interrupt);
}

void timer_init(struct timer *timer, void (*expired)(struct timer *timer))
{
    *timer = (struct timer){.expired = expired, .cpu = NO_CPU};
}

/* Take the timer out of its CPU's queue, and wait for the end of `expired` if another CPU is calling it,
 * which may start it again. Returns whether it was queued. Interrupts are disabled. */
static bool timer_withdraw(struct timer *timer)
{
    struct timer_cpu *cpu = &timer_cpus[timer->cpu];
    bool was_queued = false, is_called_elsewhere;

    for (;;) {
        spin_lock_raw(&cpu->lock);
        was_queued |= timer_queue_remove(&cpu->queue, timer);
        is_called_elsewhere = cpu->running == timer && cpu != timer_here();
        spin_unlock_raw(&cpu->lock);
        if (cpu != timer_here() && (was_queued || is_called_elsewhere))
            lock_rank_check_may_wait((uint64_t)timer->expired); /* it might be being called now */
        if (!is_called_elsewhere)
            return was_queued;
        ipi_poll(); /* `expired` may be waiting for this CPU to answer a call */
        cpu_pause();
    }
}

void timer_start(struct timer *timer, uint64_t deadline_ns)
{
    bool were_enabled = cpu_interrupts_save();
    unsigned here = percpu_get()->cpu_index;
    struct timer_cpu *cpu = &timer_cpus[here];

    if (timer->cpu != here) { /* and else it is not written, for another CPU may look for it here */
        if (timer->cpu != NO_CPU)
            (void)timer_withdraw(timer);
        timer->cpu = here;
    }
    spin_lock_raw(&cpu->lock);
    (void)timer_queue_remove(&cpu->queue, timer);
    timer_queue_add(&cpu->queue, timer, deadline_ns);
    spin_unlock_raw(&cpu->lock);
    timer_limit_interrupt(cpu, deadline_ns);
    cpu_interrupts_restore(were_enabled);
}

bool timer_cancel(struct timer *timer)
{
    bool were_enabled = cpu_interrupts_save();
    bool was_queued = timer->cpu != NO_CPU && timer_withdraw(timer);

    cpu_interrupts_restore(were_enabled);
    return was_queued;
}

void timer_set_slice_end(uint64_t deadline_ns)
{
    struct timer_cpu *cpu = timer_here();

    cpu->slice_end_ns = deadline_ns;
    timer_limit_interrupt(cpu, deadline_ns);
}

void timer_poll(void)
{
    if (clock_tsc_hz() != 0)
        timer_handle(timer_here());
}

bool timer_has_interrupt(void)
{
    return timer_is_interrupting;
}

const struct trap_frame *timer_interrupted_frame(void)
{
    return timer_here()->frame;
}

uint64_t timer_interrupt_count(unsigned cpu)
{
    return atomic_load_explicit(&timer_cpus[cpu].interrupt_count, memory_order_relaxed);
}
