/* States and locks: thread_internal.h. A thread comes to another CPU in three ways, each with one lock at a
 * time:
 *   woken or new   placement.h chooses the CPU. thread->cpu changes under the old CPU's lock; then, under the
 *                  new one's, the thread is queued (sched_hand_on()). In between it is MOVING.
 *   taken over     an idle CPU takes it out of another's queue (sched_take_over()).
 *   sent away      it runs, but may not stay, or an idle CPU could have it: it leaves by a switch, and the
 *                  thread that arrives on its CPU hands it on (sched_arrive()). */
#include "sched/sched.h"

#include <stdatomic.h>

#include "abi/errno.h"
#include "arch/x86_64/ap_start.h"
#include "arch/x86_64/context_switch.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/cpu_topology.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/tlb.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "core/timer.h"
#include "mm/addr_space.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "sched/placement.h"
#include "sched/sampling.h"
#include "sched/sched_cpu.h"
#include "sched/thread_internal.h"

/* A switch from one kernel thread to another is one short way through few functions; what only some switches
 * do is not inlined, so that the registers it needs are not saved in vain. */
#define SCHED_INLINE inline __attribute__((always_inline))
#define SCHED_RARE __attribute__((noinline))

#define SPARE_TRIES_MAX 32 /* threads of another CPU that are looked at */

#define IDLE_POLL_NS 20000ull         /* what the way through a halt and an interrupt takes, about */
#define OTHERS_WAIT_NS 10000000000ull /* a CPU of a virtual machine may not be running just now */

_Atomic(struct sched_cpu *) sched_cpus[CPU_COUNT_MAX];
static atomic_uint others_answered;
static struct object_cache cpu_cache;

static struct sched_cpu *sched_here(void)
{
    return percpu_get()->sched;
}

/* Where a function that may have asked this CPU to switch enables interrupts again. */
static void sched_restore(bool were_enabled)
{
    if (were_enabled) {
        cpu_interrupts_enable();
        preempt_point();
    }
}

static struct thread *thread_of(struct run_entity *entity)
{
    return (struct thread *)((char *)entity - offsetof(struct thread, entity));
}

/* Lock the run queue that the thread belongs to. Interrupts are disabled. */
static struct sched_cpu *sched_lock_of(const struct thread *thread)
{
    for (;;) {
        struct sched_cpu *cpu = sched_cpu_of(atomic_load(&thread->cpu));
        spin_lock_raw(&cpu->lock);
        if (atomic_load(&thread->cpu) == cpu->index)
            return cpu;
        spin_unlock_raw(&cpu->lock); /* it moved while we waited */
    }
}

/* The time since the current thread was last charged, for which it is to be charged now; 0 if another CPU,
 * whose clock is ahead, has charged it. */
static inline uint64_t sched_take_time(struct sched_cpu *cpu, struct thread *current)
{
    uint64_t now_ns = clock_now_ns(), ran_ns = now_ns - cpu->charged_ns;

    if ((int64_t)ran_ns <= 0)
        return 0;
    cpu->charged_ns = now_ns;
    atomic_store_explicit(&current->run_time_ns,
                          atomic_load_explicit(&current->run_time_ns, memory_order_relaxed) + ran_ns,
                          memory_order_relaxed);
    return ran_ns;
}

/* Charge the current thread. */
static void sched_charge(struct sched_cpu *cpu)
{
    uint64_t ran_ns = sched_take_time(cpu, cpu->current);

    if (ran_ns != 0 && cpu->current != cpu->idle)
        run_queue_account(&cpu->queue, &cpu->current->entity, ran_ns);
}

static void sched_publish_ready_count(struct sched_cpu *cpu)
{
    atomic_store_explicit(&cpu->ready_count, cpu->queue.ready_count, memory_order_release);
}

/* A thread was queued on a busy CPU. A CPU that became idle after the thread's was chosen, and before this
 * queue's length could be seen, is told to look again. */
static void sched_call_idle(const struct sched_cpu *cpu, const struct thread *thread)
{
    unsigned idle;

    atomic_thread_fence(
        memory_order_seq_cst); /* the length is seen by those who enter the set from here on */
    if (placement_claim_idle(&thread->affinity, cpu->index, &idle))
        ipi_send(idle, TRAP_VECTOR_RESCHEDULE);
}

/* Tell the timer when to look whether the current thread must give way; an earlier time is left. */
static void sched_limit_slice(struct sched_cpu *cpu, uint64_t slice_ns)
{
    uint64_t end_ns = cpu->charged_ns + slice_ns;

    if (end_ns < cpu->slice_end_ns) {
        cpu->slice_end_ns = end_ns;
        timer_set_slice_end(end_ns);
    }
}

/* Called by the timer's interrupt. */
static void sched_slice_ended(void)
{
    struct sched_cpu *cpu = sched_here();

    spin_lock_raw(&cpu->lock);
    cpu->slice_end_ns = TIMER_NEVER;
    if (cpu->current != cpu->idle) {
        sched_charge(cpu);
        if (run_queue_must_switch(&cpu->queue, &cpu->current->entity)) {
            preempt_request();
        } else {
            uint64_t slice_ns = run_queue_slice_ns(&cpu->queue, &cpu->current->entity);
            if (slice_ns != UINT64_MAX)
                sched_limit_slice(cpu, slice_ns);
        }
    }
    spin_unlock_raw(&cpu->lock);
}

/* Ask a CPU, whose lock is held, to switch. One that ceases to poll looks at must_switch afterwards: it sees
 * the wish, or is seen not to poll. */
static void sched_request(struct sched_cpu *cpu)
{
    atomic_store(&percpu_of(cpu->index)->must_switch, true);
    if (cpu != sched_here() && !atomic_load(&cpu->is_polling))
        ipi_send(cpu->index, TRAP_VECTOR_RESCHEDULE);
}

/* Another CPU has asked this one to switch, or has queued a second thread on it: its slice begins to count.
 */
static void sched_handle_reschedule(struct trap_frame *frame)
{
    struct sched_cpu *cpu = sched_here();

    (void)frame;
    lapic_end_of_interrupt();
    if (cpu == NULL)
        return;
    spin_lock_raw(&cpu->lock);
    if (cpu->current != cpu->idle && cpu->queue.ready_count != 0) {
        sched_charge(cpu);
        sched_limit_slice(cpu, RUN_QUEUE_GRANULE_NS);
    }
    spin_unlock_raw(&cpu->lock);
}

/* Ask a CPU to switch to a thread that was queued there; who places the next one sees at once that the CPU
 * has something more important to do. */
static void sched_expect(struct sched_cpu *cpu, const struct thread *thread)
{
    if (thread->rank > atomic_load(&cpu->rank))
        atomic_store(&cpu->rank, thread->rank);
    sched_request(cpu);
}

/* Queue a thread that belongs to this CPU, whose lock is held, and see what follows from that. The current
 * thread is charged first: the queue's time, by which the other one is placed, may be old. */
static void sched_add(struct sched_cpu *cpu, struct thread *thread)
{
    sched_charge(cpu);
    thread->state = THREAD_READY;
    run_queue_add(&cpu->queue, &thread->entity);
    sched_publish_ready_count(cpu);
    if (cpu->current == cpu->idle) {
        sched_expect(cpu, thread);
        if (cpu->queue.ready_count > 1) /* it will run another one: an idle CPU could have this one */
            sched_call_idle(cpu, thread);
        return;
    }
    if (run_queue_preempts(&thread->entity, &cpu->current->entity)) {
        sched_expect(cpu, thread);
        return;
    }
    /* It was alone, or alone among its equals: now its slice counts. */
    if (cpu == sched_here())
        sched_limit_slice(cpu, RUN_QUEUE_GRANULE_NS);
    else if (cpu->queue.ready_count == 1 || cpu->current->entity.policy == SCHED_RR)
        ipi_send(cpu->index, TRAP_VECTOR_RESCHEDULE);
    sched_call_idle(cpu, thread);
}

static void sched_remove(struct sched_cpu *cpu, struct thread *thread)
{
    run_queue_remove(&cpu->queue, &thread->entity);
    thread->state = THREAD_MOVING;
    sched_publish_ready_count(cpu);
}

/* Queue a thread, MOVING, on the CPU chosen for it. No lock is held. Its affinity may change
 * until the lock is taken. */
static void sched_hand_on(struct thread *thread)
{
    for (;;) {
        struct sched_cpu *cpu = sched_cpu_of(atomic_load(&thread->cpu));
        spin_lock_raw(&cpu->lock);
        bool may_run = cpu_set_has(&thread->affinity, cpu->index);
        if (may_run)
            sched_add(cpu, thread);
        else
            atomic_store(&thread->cpu, placement_for_new(thread));
        spin_unlock_raw(&cpu->lock);
        if (may_run)
            return;
        ipi_send(cpu->index, TRAP_VECTOR_RESCHEDULE); /* it may have been claimed: it enters the set again */
    }
}

/* Take the thread that is to run next out of the queue: the idle thread if it is empty. */
static struct thread *sched_pick(struct sched_cpu *cpu)
{
    struct run_entity *entity = run_queue_pick(&cpu->queue);

    if (entity == NULL)
        return cpu->idle;
    sched_publish_ready_count(cpu);
    return thread_of(entity);
}

/* A thread has left for good, or for another CPU. Holds: cpu->lock, which is released. */
static SCHED_RARE void sched_see_off(struct sched_cpu *cpu, struct thread *previous)
{
    enum thread_departure departure = previous->departure;

    previous->departure = DEPARTURE_NONE;
    spin_unlock_raw(&cpu->lock);
    if (departure == DEPARTURE_MOVE)
        sched_hand_on(previous);
    else
        thread_reap(previous);
}

/* The first thing that a thread does when it has come to a CPU: release its lock, which the thread before it
 * took, and see that one off. */
static SCHED_INLINE void sched_arrive(struct thread *previous)
{
    struct sched_cpu *cpu = sched_here();

    if (previous->departure == DEPARTURE_NONE)
        spin_unlock_raw(&cpu->lock);
    else
        sched_see_off(cpu, previous);
}

/* A CPU is in the set of a space's CPUs from before it loads the table until it has loaded another one: a
 * shootdown in between reaches it (tlb.h). */
static SCHED_RARE void sched_load_space(struct sched_cpu *cpu, struct addr_space *space)
{
    struct addr_space *old = cpu->space;

    addr_space_cpu_enter(space, cpu->index);
    cpu->space = space;
    tlb_load_user(&space->table);
    if (old != NULL)
        addr_space_cpu_leave(old, cpu->index);
}

/* The space, which no thread uses any more, is about to be freed. Called by ipi_call(). */
static void sched_forget_space(struct addr_space *space)
{
    struct sched_cpu *cpu = sched_here();

    if (cpu->space != space)
        return;
    cpu->space = NULL;
    page_table_load(kernel_map_table());
    addr_space_cpu_leave(space, cpu->index);
}

/* What ring 3 sees of a thread: vector registers, address space, FS. A kernel thread runs with the space and
 * FS base of whoever was there before. */
static SCHED_RARE void sched_switch_context(struct sched_cpu *cpu, const struct thread *previous,
                                            const struct thread *next)
{
    if (previous->fpu != NULL)
        fpu_save(previous->fpu);
    if (next->fpu != NULL)
        fpu_restore(next->fpu);
    if (next->space == NULL)
        return;
    percpu_set_kernel_stack(next->stack_top);
    atomic_store_explicit(&percpu_get()->has_return_work, next->has_return_work, memory_order_relaxed);
    if (cpu->user_context_id != next->context_id) { /* ring 3 can change the base by loading FS, unseen */
        cpu->user_context_id = next->context_id;
        user_entry_set_fs_base(next->fs_base);
    }
    if (cpu->space != next->space)
        sched_load_space(cpu, next->space);
}

/* What follows changes the calling thread's context; nobody else looks at it. */
void sched_set_space(struct addr_space *space)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_here();

    cpu->current->space = space;
    if (space == NULL) {
        if (cpu->space != NULL)
            sched_forget_space(cpu->space);
    } else if (cpu->space != space)
        sched_load_space(cpu, space);
    cpu_interrupts_restore(were_enabled);
}

void sched_set_fs_base(uint64_t base, uint64_t context_id)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_here();

    cpu->current->fs_base = base;
    cpu->current->context_id = cpu->user_context_id = context_id;
    user_entry_set_fs_base(base);
    cpu_interrupts_restore(were_enabled);
}

/* Leave the current thread, `previous`, whose state says what becomes of it, for `next`. Returns when the
 * current thread runs again, maybe on another CPU. Holds: cpu->lock, which is released. */
static SCHED_INLINE void sched_switch_to(struct sched_cpu *cpu, struct thread *previous, struct thread *next)
{
    cpu->current = next;
    next->state = THREAD_RUNNING;
    percpu_get()->current_thread = next;
    percpu_set_must_switch(false);
    atomic_store_explicit(&cpu->rank, next->rank, memory_order_relaxed);
    atomic_store_explicit(&cpu->switch_count,
                          atomic_load_explicit(&cpu->switch_count, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    atomic_store_explicit(&next->switch_count,
                          atomic_load_explicit(&next->switch_count, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    if (cpu->queue.ready_count != 0)
        sched_limit_slice(cpu, RUN_QUEUE_GRANULE_NS);
    if (previous->has_context | next->has_context)
        sched_switch_context(cpu, previous, next);
    sched_arrive(context_switch(&previous->stack_pointer, next->stack_pointer, previous));
}

/* The idle thread gives way to whatever is queued. Holds: cpu->lock, which is released. */
static void sched_leave_idle(struct sched_cpu *cpu)
{
    struct thread *next = sched_pick(cpu);

    if (next == cpu->idle) {
        atomic_store(&cpu->rank, next->rank);
        spin_unlock_raw(&cpu->lock);
        return;
    }
    (void)placement_idle_leave(cpu->index);
    sched_charge(cpu);
    sched_switch_to(cpu, cpu->current, next);
}

/* The current thread, which goes on being ready, leaves this CPU for the one chosen. Holds: cpu->lock. */
static void sched_send_away(struct thread *thread, unsigned target)
{
    thread->state = THREAD_MOVING;
    thread->departure = DEPARTURE_MOVE;
    atomic_store(&thread->cpu, target);
}

/* Put the current thread back and pick the best. It does not wait here while another CPU is idle. */
static struct thread *sched_replace_current(struct sched_cpu *cpu, struct thread *current)
{
    uint64_t ran_ns = sched_take_time(cpu, current);
    unsigned target;

    if (!cpu_set_has(&current->affinity, cpu->index)) {
        run_queue_account(&cpu->queue, &current->entity, ran_ns);
        run_queue_leave(&cpu->queue, &current->entity);
        sched_send_away(current, placement_for_new(current));
        return sched_pick(cpu);
    }
    struct run_entity *first = run_queue_replace_pair(&cpu->queue, &current->entity, ran_ns);
    if (first == NULL) {
        run_queue_account(&cpu->queue, &current->entity, ran_ns);
        first = run_queue_replace(&cpu->queue, &current->entity);
    }
    struct thread *next = thread_of(first);
    if (next == current)
        return current;
    current->state = THREAD_READY;
    if (placement_claim_idle(&current->affinity, cpu->index, &target)) {
        sched_remove(cpu, current);
        sched_send_away(current, target);
    }
    return next;
}

/* core/preempt.h: this CPU was asked to switch. */
static void sched_preempt(void)
{
    struct sched_cpu *cpu = sched_here();

    if (cpu->current == cpu->idle) {
        /* An interrupt's return ends that, too: before the lock is taken, so that who asks later is heard. */
        atomic_store_explicit(&cpu->is_polling, false, memory_order_relaxed);
        sampling_resume(); /* here, for most often an interrupt's return is what ends the idling */
        spin_lock_raw(&cpu->lock);
        percpu_set_must_switch(false);
        sched_leave_idle(cpu);
        return;
    }
    spin_lock_raw(&cpu->lock);
    percpu_set_must_switch(false);
    struct thread *current = cpu->current, *next = sched_replace_current(cpu, current);
    if (next != current) {
        sched_switch_to(cpu, cpu->current, next);
        return;
    }
    atomic_store(&cpu->rank, current->rank);
    if (cpu->queue.ready_count != 0)
        sched_limit_slice(cpu, RUN_QUEUE_GRANULE_NS);
    spin_unlock_raw(&cpu->lock);
}

/* The current thread, which is to be charged for ran_ns, is put back, and another one picked, if there is one
 * that may run. */
static __attribute__((noinline)) struct thread *sched_exchange(struct sched_cpu *cpu, uint64_t ran_ns)
{
    struct run_entity *current = &cpu->current->entity;

    run_queue_account(&cpu->queue, current, ran_ns);
    return thread_of(run_queue_exchange(&cpu->queue, current));
}

void thread_yield(void)
{
    cpu_interrupts_disable();
    struct sched_cpu *cpu = sched_here();
    struct thread *current = cpu->current;

    spin_lock_raw(&cpu->lock);
    if (percpu_must_switch()) { /* whoever asked for that wants more than a yield */
        spin_unlock_raw(&cpu->lock);
        preempt_now();
        cpu_interrupts_enable();
        return;
    }
    uint64_t ran_ns = sched_take_time(cpu, current);
    struct run_entity *other = run_queue_swap_pair(&cpu->queue, &current->entity, ran_ns);
    struct thread *next = other != NULL ? thread_of(other) : sched_exchange(cpu, ran_ns);
    if (next == current) {
        spin_unlock_raw(&cpu->lock);
    } else {
        current->state = THREAD_READY;
        sched_switch_to(cpu, current, next);
    }
    cpu_interrupts_enable();
    preempt_point();
}

void sched_block(void)
{
    lock_rank_check_may_sleep();
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_here();
    struct thread *current = cpu->current;

    spin_lock_raw(&cpu->lock);
    if (current->is_wake_pending) {
        current->is_wake_pending = false;
        spin_unlock_raw(&cpu->lock);
    } else {
        sched_charge(cpu);
        current->state = THREAD_BLOCKED;
        run_queue_leave(&cpu->queue, &current->entity);
        sched_switch_to(cpu, current, sched_pick(cpu));
    }
    sched_restore(were_enabled);
}

/* Holds: cpu->lock, which is released. */
static void sched_wake_blocked(struct sched_cpu *cpu, struct thread *thread)
{
    unsigned target = placement_for_woken(thread);

    if (target == cpu->index) {
        sched_add(cpu, thread);
        spin_unlock_raw(&cpu->lock);
        return;
    }
    thread->state = THREAD_MOVING;
    atomic_store(&thread->cpu, target);
    spin_unlock_raw(&cpu->lock);
    sched_hand_on(thread);
}

void sched_wake(struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    if (thread->state == THREAD_BLOCKED) {
        sched_wake_blocked(cpu, thread);
    } else {
        thread->is_wake_pending = true;
        spin_unlock_raw(&cpu->lock);
    }
    sched_restore(were_enabled);
}

_Noreturn void sched_exit(void)
{
    struct sched_cpu *cpu = sched_here();
    struct thread *current = cpu->current;

    spin_lock_raw(&cpu->lock);
    sched_charge(cpu);
    current->state = THREAD_DEAD;
    current->departure = DEPARTURE_END;
    run_queue_leave(&cpu->queue, &current->entity);
    sched_switch_to(cpu, current, sched_pick(cpu));
    panic("sched: a dead thread runs");
}

/* Where a new thread begins: context_create(). */
static void sched_begin(void *previous)
{
    sched_arrive(previous);
    thread_run(thread_current());
}

void sched_prepare(struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();

    thread->stack_pointer = context_create(thread->stack_top, sched_begin);
    atomic_store(&thread->cpu, sched_here()->index);
    cpu_interrupts_restore(were_enabled);
}

/* Who interrupts the thread already looks at it under the lock of the queue that it does not wait in yet. */
void sched_start(struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    atomic_store(&thread->cpu, placement_for_new(thread));
    spin_unlock_raw(&cpu->lock);
    sched_hand_on(thread);
    sched_restore(were_enabled);
}

struct thread_policy sched_get_policy(struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);
    struct thread_policy policy = thread->policy;

    spin_unlock_raw(&cpu->lock);
    cpu_interrupts_restore(were_enabled);
    return policy;
}

struct cpu_set sched_get_affinity(struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);
    struct cpu_set affinity = thread->affinity;

    spin_unlock_raw(&cpu->lock);
    cpu_interrupts_restore(were_enabled);
    return affinity;
}

/* The more important of what is the thread's own and what it inherits. Who is raised to the real-time threads
 * runs as FIFO. */
static void sched_renew_entity(struct thread *thread)
{
    struct thread_policy policy = thread->policy;

    if (policy.policy == SCHED_NORMAL)
        policy.priority = 0;
    if (thread->inherited > policy.priority) {
        policy.priority = thread->inherited;
        if (policy.policy == SCHED_NORMAL)
            policy.policy = SCHED_FIFO;
    }
    run_entity_set_policy(&thread->entity, policy.policy, policy.nice, policy.priority);
    thread->rank = placement_rank_of(policy.policy, policy.priority);
    __atomic_store_n(&thread->head.priority, policy.priority, __ATOMIC_RELAXED);
}

static void sched_renew_running(struct sched_cpu *cpu, struct thread *thread)
{
    sched_charge(cpu);
    run_queue_leave(&cpu->queue, &thread->entity);
    sched_renew_entity(thread);
    run_queue_join(&cpu->queue, &thread->entity);
    atomic_store(&cpu->rank, thread->rank);
    sched_request(cpu);
}

/* How the thread is to be scheduled has changed. One that is queued may have a better place on another CPU
 * now. Holds: cpu->lock, which is released. */
static void sched_renew(struct sched_cpu *cpu, struct thread *thread)
{
    unsigned target = cpu->index;

    if (thread->state == THREAD_RUNNING) {
        sched_renew_running(cpu, thread);
    } else if (thread->state == THREAD_READY) {
        sched_remove(cpu, thread);
        sched_renew_entity(thread);
        target = placement_for_woken(thread);
        if (target == cpu->index)
            sched_add(cpu, thread);
        else
            atomic_store(&thread->cpu, target);
    } else {
        sched_renew_entity(thread);
    }
    spin_unlock_raw(&cpu->lock);
    if (target != cpu->index)
        sched_hand_on(thread);
}

void sched_set_policy(struct thread *thread, const struct thread_policy *policy)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    thread->policy = *policy;
    sched_renew(cpu, thread);
    sched_restore(were_enabled);
}

void sched_set_inherited(struct thread *thread, unsigned priority)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    thread->inherited = (uint8_t)priority;
    sched_renew(cpu, thread);
    sched_restore(were_enabled);
}

void sched_set_affinity(struct thread *thread, const struct cpu_set *allowed)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);
    bool is_to_move = false;
    unsigned target = cpu->index;

    thread->affinity = *allowed;
    if (thread->state == THREAD_RUNNING && !cpu_set_has(allowed, cpu->index)) {
        sched_request(cpu);
    } else if (thread->state == THREAD_READY) {
        if (!cpu_set_has(allowed, cpu->index))
            target = placement_for_new(thread);
        else
            (void)placement_claim_idle(allowed, cpu->index, &target);
        is_to_move = target != cpu->index;
    }
    if (is_to_move) {
        sched_remove(cpu, thread);
        atomic_store(&thread->cpu, target);
    }
    spin_unlock_raw(&cpu->lock);
    if (is_to_move)
        sched_hand_on(thread);
    sched_restore(were_enabled);
}

void sched_interrupt(struct thread *thread)
{
    sched_wake(thread);
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    thread->has_return_work = true;
    if (thread->state == THREAD_RUNNING) {
        atomic_store(&percpu_of(cpu->index)->has_return_work, true);
        if (cpu != sched_here())
            ipi_send(cpu->index, TRAP_VECTOR_RESCHEDULE);
    }
    spin_unlock_raw(&cpu->lock);
    cpu_interrupts_restore(were_enabled);
}

/* These flags go up without the run queue's lock, and the last two down: who sets them from elsewhere has
 * made known before what there is to do, which the calling thread looks for afterwards. The exchange keeps
 * that order. */
void sched_interrupt_current(void)
{
    bool were_enabled = cpu_interrupts_save();

    struct thread *current = sched_here()->current;

    current->is_wake_pending = true; /* an interrupt may have come when it was about to block */
    current->has_return_work = true;
    atomic_store_explicit(&percpu_get()->has_return_work, true, memory_order_relaxed);
    cpu_interrupts_restore(were_enabled);
}

void sched_interrupt_taken(void)
{
    bool were_enabled = cpu_interrupts_save();

    sched_here()->current->has_return_work = false;
    (void)atomic_exchange(&percpu_get()->has_return_work, false);
    cpu_interrupts_restore(were_enabled);
}

bool sched_is_running(const struct thread *thread)
{
    return __atomic_load_n(&thread->state, __ATOMIC_RELAXED) == THREAD_RUNNING;
}

void sched_account_current(void)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_here();

    spin_lock_raw(&cpu->lock);
    sched_charge(cpu);
    spin_unlock_raw(&cpu->lock);
    cpu_interrupts_restore(were_enabled);
}

void sched_account(const struct thread *thread)
{
    bool were_enabled = cpu_interrupts_save();
    struct sched_cpu *cpu = sched_lock_of(thread);

    if (cpu->current == thread)
        sched_charge(cpu);
    spin_unlock_raw(&cpu->lock);
    cpu_interrupts_restore(were_enabled);
}

uint64_t sched_switch_count(unsigned cpu)
{
    const struct sched_cpu *of = sched_cpu_of(cpu);

    return of != NULL ? atomic_load(&of->switch_count) : 0;
}

static bool sched_may_take(const struct run_entity *entity, void *argument)
{
    const struct sched_cpu *taker = argument;

    return cpu_set_has(&thread_of((struct run_entity *)entity)->affinity, taker->index);
}

/* Take a thread out of that CPU's queue for this one; not its only one while it is about to run that. */
static struct thread *sched_take_from(struct sched_cpu *busy, struct sched_cpu *taker)
{
    struct thread *taken = NULL;

    spin_lock_raw(&busy->lock);
    if (busy->current != busy->idle || busy->queue.ready_count > 1) {
        struct run_entity *entity =
            run_queue_find_spare(&busy->queue, sched_may_take, taker, SPARE_TRIES_MAX);
        if (entity != NULL) {
            taken = thread_of(entity);
            sched_remove(busy, taken);
            atomic_store(&taken->cpu, taker->index);
        }
    }
    spin_unlock_raw(&busy->lock);
    return taken;
}

/* Take over a thread that waits on another CPU; says whether there was one. */
static bool sched_take_over(struct sched_cpu *taker)
{
    struct cpu_set tried = {{0}};
    struct sched_cpu *busy;

    while ((busy = placement_find_busy(taker, &tried)) != NULL) {
        struct thread *taken = sched_take_from(busy, taker);
        if (taken != NULL) {
            sched_hand_on(taken);
            return true;
        }
        cpu_set_add(&tried, busy->index);
    }
    return false;
}

/* What was going on here goes on elsewhere, and often comes back at once: an answer, the end of a child. So a
 * CPU does not halt as soon as it idles, which spares the interrupt and the way out of the halt. Returns with
 * interrupts disabled. */
static void sched_idle_poll(struct sched_cpu *cpu)
{
    const uint64_t end_ns = clock_monotonic_ns() + IDLE_POLL_NS;

    atomic_store(&cpu->is_polling, true);
    cpu_interrupts_enable();
    while (!percpu_must_switch() && clock_monotonic_ns() < end_ns)
        cpu_pause();
    cpu_interrupts_disable();
    atomic_store(&cpu->is_polling, false);
}

/* Whether to poll first: when a thread ran here since the last time, and others can send one. */
static bool sched_should_poll(const struct sched_cpu *cpu, uint64_t *switch_count)
{
    const uint64_t count = atomic_load_explicit(&cpu->switch_count, memory_order_relaxed);

    if (count == *switch_count || cpu_count_online() == 1 || !timer_has_interrupt())
        return false;
    *switch_count = count;
    return true;
}

_Noreturn void sched_idle(void)
{
    uint64_t switch_count = 0;

    for (;;) {
        cpu_interrupts_disable();
        struct sched_cpu *cpu = sched_here();
        placement_idle_enter(cpu->index);
        if (atomic_load(&cpu->ready_count) == 0)
            (void)sched_take_over(cpu);
        if (percpu_must_switch()) {
            preempt_now();
        } else if (sched_should_poll(cpu, &switch_count)) {
            sched_idle_poll(cpu);
        } else if (timer_has_interrupt()) {
            cpu_wait_for_interrupt();
        } else {
            timer_poll();
            cpu_interrupts_enable();
            cpu_pause();
        }
    }
}

/* Make this CPU one that runs threads. */
static int sched_setup_cpu(void)
{
    struct percpu *block = percpu_get();
    struct sched_cpu *cpu = object_cache_alloc(&cpu_cache);
    struct thread *idle = cpu != NULL ? thread_create_idle(block->cpu_index) : NULL;

    if (idle == NULL)
        return -ENOMEM;
    *cpu = (struct sched_cpu){
        .index = block->cpu_index,
        .current = idle,
        .idle = idle,
        .charged_ns = clock_monotonic_ns(),
        .slice_end_ns = TIMER_NEVER,
        .cache_group = cpu_topology_cache_group(block->apic_id),
    };
    spinlock_init(&cpu->lock, LOCK_RANK_RUN_QUEUE);
    run_queue_init(&cpu->queue);
    block->sched = cpu;
    block->current_thread = idle;
    atomic_store_explicit(&sched_cpus[cpu->index], cpu, memory_order_release);
    return 0;
}

int sched_setup(void)
{
    object_cache_init(&cpu_cache, "sched-cpu", sizeof(struct sched_cpu), 64);
    thread_setup();
    timer_setup(sched_slice_ended);
    preempt_set_handler(sched_preempt);
    addr_space_set_forget_handler(sched_forget_space);
    trap_set_interrupt_handler(TRAP_VECTOR_RESCHEDULE, sched_handle_reschedule);
    return sched_setup_cpu();
}

static void sched_other_main(void)
{
    int error = sched_setup_cpu();

    atomic_fetch_add(&others_answered, 1);
    if (error != 0) {
        log_warning("sched: no memory for cpu %u: it runs no threads", percpu_get()->cpu_index);
        for (;;)
            cpu_wait_for_interrupt();
    }
    sched_idle();
}

void sched_start_others(void)
{
    uint64_t start_ns = clock_monotonic_ns();
    unsigned others = cpu_count_online() - 1;

    ap_set_entry(sched_other_main);
    while (atomic_load(&others_answered) < others && clock_monotonic_ns() - start_ns < OTHERS_WAIT_NS)
        cpu_pause();
}
