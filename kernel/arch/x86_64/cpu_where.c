/* Why an interrupt first: an NMI gets everywhere, but also into firmware that was called, and not all
 * firmware is at home to it. */
#include "arch/x86_64/cpu_where.h"

#include "abi/errno.h"
#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/symbols.h"
#include "core/sysrq.h"
#include "lib/format.h"

/* For each means: a CPU of a virtual machine may not be running just now. */
#define ANSWER_WAIT_NS 100000000ull
#define TEXT_SIZE 160

static struct spinlock asker_lock = SPINLOCK_INITIALIZER(LOCK_RANK_DEVICE);
static void (*thread_namer)(unsigned cpu, char *ret_text, size_t size);

void cpu_where_set_namer(void (*name_thread)(unsigned cpu, char *ret_text, size_t size))
{
    thread_namer = name_thread;
}

void cpu_where_thread(unsigned cpu, char *ret_text, size_t size)
{
    if (thread_namer != NULL)
        thread_namer(cpu, ret_text, size);
    else
        (void)format_to_buffer(ret_text, size, "none");
}

void cpu_where_of_frame(const struct trap_frame *frame, struct cpu_position *ret_position)
{
    ret_position->rip = frame->rip;
    ret_position->is_user = trap_frame_is_user(frame);
    ret_position->is_by_nmi = frame->vector == TRAP_NMI;
    ret_position->caller_count =
        ret_position->is_user ? 0 : backtrace_collect(frame->rbp, ret_position->callers, CPU_WHERE_DEPTH);
}

/* The NMI may come in the middle of the interrupt that answers already: one of the two does. */
static void cpu_where_answer(struct cpu_where *where, const struct trap_frame *frame)
{
    unsigned asked = CPU_WHERE_ASKED;

    if (!atomic_compare_exchange_strong(&where->state, &asked, CPU_WHERE_ANSWERING))
        return;
    cpu_where_of_frame(frame, &where->position);
    atomic_store_explicit(&where->state, CPU_WHERE_ANSWERED, memory_order_release);
}

static void cpu_where_handle(struct trap_frame *frame)
{
    cpu_where_answer(&percpu_get()->where, frame);
    lapic_end_of_interrupt();
}

bool cpu_where_answer_nmi(const struct trap_frame *frame)
{
    struct cpu_where *where = &percpu_get()->where;

    if (!atomic_exchange(&where->is_nmi_due, false))
        return false;
    cpu_where_answer(where, frame);
    return true;
}

static bool cpu_where_wait(const struct cpu_where *where)
{
    uint64_t start_ns = clock_monotonic_ns();

    while (atomic_load_explicit(&where->state, memory_order_acquire) != CPU_WHERE_ANSWERED) {
        if (clock_monotonic_ns() - start_ns >= ANSWER_WAIT_NS)
            return false;
        ipi_poll(); /* the CPU may be waiting for this one */
        cpu_pause();
    }
    return true;
}

static bool cpu_where_ask_locked(struct percpu *cpu)
{
    struct cpu_where *where = &cpu->where;

    unsigned state = atomic_load(&where->state);

    /* Else an earlier question is about to be answered, which will do. */
    if (state == CPU_WHERE_IDLE || state == CPU_WHERE_ANSWERED)
        atomic_store(&where->state, CPU_WHERE_ASKED);
    ipi_send(cpu->cpu_index, TRAP_VECTOR_WHERE);
    if (cpu_where_wait(where))
        return true;
    if (!atomic_exchange(&where->is_nmi_due, true))
        lapic_send_nmi(cpu->apic_id);
    return cpu_where_wait(where);
}

int cpu_where_ask(unsigned cpu, struct cpu_position *ret_position)
{
    struct spinlock_state state;

    if (!spin_try_lock(&asker_lock, &state))
        return -EBUSY;
    bool has_answered = cpu_where_ask_locked(percpu_of(cpu));
    if (has_answered)
        *ret_position = percpu_of(cpu)->where.position;
    spin_unlock(&asker_lock, state);
    return has_answered ? 0 : -ETIMEDOUT;
}

void cpu_where_format(const struct cpu_position *position, char *ret_text, size_t size)
{
    uint64_t offset;
    const char *name = symbols_lookup(position->rip, &offset);
    size_t length;

    if (position->is_user)
        length = format_to_buffer(ret_text, size, "0x%lx in ring 3", position->rip);
    else if (name != NULL)
        length = format_to_buffer(ret_text, size, "%s+0x%lx", name, offset);
    else
        length = format_to_buffer(ret_text, size, "0x%lx", position->rip);
    if (position->caller_count != 0 && length + 4 < size) {
        length += format_to_buffer(ret_text + length, size - length, " < ");
        (void)backtrace_format(position->callers, position->caller_count, ret_text + length, size - length);
    }
}

static void cpu_where_log(unsigned cpu, int error, const struct cpu_position *position)
{
    char thread[CPU_WHERE_THREAD_SIZE], where[TEXT_SIZE];

    cpu_where_thread(cpu, thread, sizeof(thread));
    if (error != 0) {
        log_info("cpu %u: %s, does not answer%s", cpu, thread, error == -EBUSY ? ": it is being asked" : "");
        return;
    }
    cpu_where_format(position, where, sizeof(where));
    log_info("cpu %u: %s, at %s%s", cpu, thread, where,
             position->is_by_nmi ? ", with interrupts disabled" : "");
}

static void cpu_where_log_all(const struct trap_frame *frame)
{
    bool were_enabled = cpu_interrupts_save();
    unsigned self = percpu_get()->cpu_index, online = cpu_count_online();

    for (unsigned cpu = 0; cpu < online; cpu++) {
        struct cpu_position position;
        int error = 0;
        if (cpu != self) {
            error = cpu_where_ask(cpu, &position);
            cpu_where_log(cpu, error, &position);
        } else if (frame != NULL) {
            cpu_where_of_frame(frame, &position);
            cpu_where_log(cpu, 0, &position);
        }
    }
    cpu_interrupts_restore(were_enabled);
}

static struct sysrq_key where_key = {.key = 'p', .help = "where each CPU is", .act = cpu_where_log_all};

void cpu_where_setup(void)
{
    trap_set_interrupt_handler(TRAP_VECTOR_WHERE, cpu_where_handle);
    sysrq_add(&where_key);
}
