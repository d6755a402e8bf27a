/* A call lies in the caller's per-CPU block, of which there is one since the caller's interrupts stay
 * disabled until it is over. The callers of a CPU stand as bits in its own block: to post a call is to set
 * one bit and send an interrupt, and needs no memory and no lock. */
#include "arch/x86_64/ipi.h"

#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/symbols.h"
#include "lib/cpu_set.h"

/* For each means: a CPU of a virtual machine may not be running just now. */
#define STOP_WAIT_NS 100000000ull

_Static_assert(CPU_SET_SIZE == CPU_COUNT_MAX, "a set holds any CPU");

static atomic_uint stopping_cpu = CPU_COUNT_MAX; /* whose panic stops the others; CPU_COUNT_MAX: nobody's */

void ipi_send(unsigned cpu, unsigned vector)
{
    lapic_send_interrupt(percpu_of(cpu)->apic_id, vector);
}

static void ipi_serve(struct percpu_call *call)
{
    call->function(call->argument);
    atomic_fetch_sub_explicit(&call->waiting_for, 1, memory_order_release);
}

void ipi_poll(void)
{
    struct percpu *self = percpu_get();
    unsigned count = cpu_count_online();

    for (unsigned first = 0; first < count; first += 64) {
        _Atomic(uint64_t) *word = &self->callers[first / 64];
        if (atomic_load_explicit(word, memory_order_relaxed) == 0)
            continue;
        uint64_t callers = atomic_exchange_explicit(word, 0, memory_order_acquire);
        for (; callers != 0; callers &= callers - 1)
            ipi_serve(&percpu_of(first + (unsigned)__builtin_ctzll(callers))->call);
    }
}

static void ipi_post(unsigned caller, unsigned cpu)
{
    atomic_fetch_or(&percpu_of(cpu)->callers[caller / 64], 1ull << caller % 64);
    ipi_send(cpu, TRAP_VECTOR_CALL);
}

static void ipi_call_others(struct percpu *self, const struct cpu_set *cpus, unsigned online)
{
    unsigned count = 0;

    for (unsigned cpu = 0; cpu < online; cpu++)
        count += cpu != self->cpu_index && cpu_set_has(cpus, cpu);
    atomic_store(&self->call.waiting_for, count);
    for (unsigned cpu = 0; cpu < online; cpu++) {
        if (cpu != self->cpu_index && cpu_set_has(cpus, cpu))
            ipi_post(self->cpu_index, cpu);
    }
}

void ipi_call(const struct cpu_set *cpus, void (*function)(void *argument), void *argument)
{
    bool were_enabled = cpu_interrupts_save();
    struct percpu *self = percpu_get();

    if (self->call.is_under_way)
        panic("ipi: a called function calls other CPUs");
    self->call.is_under_way = true;
    self->call.function = function;
    self->call.argument = argument;
    ipi_call_others(self, cpus, cpu_count_online());
    if (cpu_set_has(cpus, self->cpu_index))
        function(argument);
    while (atomic_load_explicit(&self->call.waiting_for, memory_order_acquire) != 0) {
        ipi_poll();
        cpu_pause();
    }
    self->call.is_under_way = false;
    cpu_interrupts_restore(were_enabled);
}

static void ipi_handle_reschedule(struct trap_frame *frame)
{
    (void)frame;
    lapic_end_of_interrupt();
}

static void ipi_handle_call(struct trap_frame *frame)
{
    (void)frame;
    ipi_poll();
    lapic_end_of_interrupt();
}

static _Noreturn void ipi_stop_this(uint64_t rip)
{
    struct percpu *self = percpu_get();

    self->stopped_rip = rip;
    atomic_store(&self->is_stopped, true);
    cpu_stop();
}

static void ipi_handle_stop(struct trap_frame *frame)
{
    ipi_stop_this(frame->rip);
}

void ipi_stop_if_asked(const struct trap_frame *frame)
{
    unsigned stopping = atomic_load(&stopping_cpu);

    if (stopping != CPU_COUNT_MAX && stopping != percpu_get()->cpu_index)
        ipi_stop_this(frame->rip);
}

/* Send to the CPUs that run still, and give them time to stop. */
static void ipi_stop_running(void (*send)(uint32_t apic_id))
{
    unsigned self = percpu_get()->cpu_index, online = cpu_count_online();
    uint64_t start_ns = clock_monotonic_ns();

    for (unsigned cpu = 0; cpu < online; cpu++) {
        if (cpu != self && !atomic_load(&percpu_of(cpu)->is_stopped))
            send(percpu_of(cpu)->apic_id);
    }
    for (unsigned cpu = 0; cpu < online; cpu++) {
        while (cpu != self && !atomic_load(&percpu_of(cpu)->is_stopped) &&
               clock_monotonic_ns() - start_ns < STOP_WAIT_NS)
            cpu_pause();
    }
}

static void ipi_send_stop(uint32_t apic_id)
{
    lapic_send_interrupt(apic_id, TRAP_VECTOR_STOP);
}

/* A CPU that has interrupts disabled takes only the NMI. */
static void ipi_stop_for_panic(void)
{
    atomic_store(&stopping_cpu, percpu_get()->cpu_index);
    ipi_stop_running(ipi_send_stop);
    ipi_stop_running(lapic_send_nmi);
}

void ipi_stop_others(void)
{
    unsigned self = percpu_get()->cpu_index, first = CPU_COUNT_MAX;

    if (!atomic_compare_exchange_strong(&stopping_cpu, &first, self) && first != self)
        cpu_stop(); /* another CPU was first, and stops this one */
    ipi_stop_running(ipi_send_stop);
    ipi_stop_running(lapic_send_nmi);
}

static void ipi_log_cpu(const struct percpu *cpu)
{
    char thread[CPU_WHERE_THREAD_SIZE];
    uint64_t offset;
    const char *name = symbols_lookup(cpu->stopped_rip, &offset);

    cpu_where_thread(cpu->cpu_index, thread, sizeof(thread));
    if (cpu->cpu_index == percpu_get()->cpu_index)
        log_error("  cpu %u reports this, in thread %s", cpu->cpu_index, thread);
    else if (!atomic_load(&cpu->is_stopped))
        log_error("  cpu %u does not answer, in thread %s", cpu->cpu_index, thread);
    else if (name != NULL)
        log_error("  cpu %u was at %016lx %s+0x%lx, in thread %s", cpu->cpu_index, cpu->stopped_rip, name,
                  offset, thread);
    else
        log_error("  cpu %u was at %016lx%s, in thread %s", cpu->cpu_index, cpu->stopped_rip,
                  cpu->stopped_rip < USER_END ? " in ring 3" : "", thread);
}

static void ipi_log_cpus(void)
{
    unsigned online = cpu_count_online();

    log_error("cpus:");
    for (unsigned cpu = 0; cpu < online; cpu++)
        ipi_log_cpu(percpu_of(cpu));
}

void ipi_setup(void)
{
    static const struct panic_cpus operations = {ipi_stop_for_panic, ipi_log_cpus, ipi_stop_this};

    trap_set_interrupt_handler(TRAP_VECTOR_RESCHEDULE, ipi_handle_reschedule);
    trap_set_interrupt_handler(TRAP_VECTOR_CALL, ipi_handle_call);
    trap_set_interrupt_handler(TRAP_VECTOR_STOP, ipi_handle_stop);
    panic_set_cpus(&operations);
}
