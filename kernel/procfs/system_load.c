/* What the system does: times, interrupts, load. */
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "lib/format.h"
#include "proc/process.h"
#include "proc/process_ids.h"
#include "procfs/system_files.h"
#include "sched/load_average.h"
#include "sched/sched.h"
#include "time/cpu_time.h"

#define NS_PER_SECOND 1000000000ul
#define NS_PER_CENTISECOND 10000000ul

static void show_cpu_time(struct text *text, const struct cpu_time *time)
{
    text_print(text, " %lu 0 %lu %lu 0 0 0 0 0 0\n", time->user_ns / NS_PER_CLOCK_TICK,
               time->system_ns / NS_PER_CLOCK_TICK, time->idle_ns / NS_PER_CLOCK_TICK);
}

static struct cpu_time total_time(void)
{
    struct cpu_time sum = {0};

    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        const struct cpu_time time = cpu_time_get(cpu);
        sum.user_ns += time.user_ns;
        sum.system_ns += time.system_ns;
        sum.idle_ns += time.idle_ns;
    }
    return sum;
}

static uint64_t interrupt_sum(void)
{
    uint64_t sum = 0;

    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        for (unsigned vector = TRAP_EXCEPTION_COUNT; vector < TRAP_VECTOR_COUNT; vector++)
            sum += trap_interrupt_count(cpu, vector);
    }
    return sum;
}

static uint64_t switch_sum(void)
{
    uint64_t sum = 0;

    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        sum += sched_switch_count(cpu);
    return sum;
}

int system_show_stat(struct pseudo_node *node, struct text *text)
{
    const struct cpu_time total = total_time();

    (void)node;
    text_add_string(text, "cpu ");
    show_cpu_time(text, &total);
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        const struct cpu_time time = cpu_time_get(cpu);
        text_print(text, "cpu%u", cpu);
        show_cpu_time(text, &time);
    }
    const unsigned running = load_running_count();
    text_print(text, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %u\nprocs_blocked 0\n",
               interrupt_sum(), switch_sum(), clock_wall_offset_ns() / NS_PER_SECOND, process_birth_count(),
               running == 0 ? 1 : running);
    return 0;
}

static void show_seconds(struct text *text, uint64_t ns, const char *behind)
{
    text_print(text, "%lu.%02lu%s", ns / NS_PER_SECOND, ns % NS_PER_SECOND / NS_PER_CENTISECOND, behind);
}

int system_show_uptime(struct pseudo_node *node, struct text *text)
{
    (void)node;
    show_seconds(text, clock_monotonic_ns(), " ");
    show_seconds(text, total_time().idle_ns, "\n");
    return 0;
}

int system_show_loadavg(struct pseudo_node *node, struct text *text)
{
    uint64_t averages[LOAD_AVERAGES];

    (void)node;
    load_average_get(averages);
    for (unsigned i = 0; i < LOAD_AVERAGES; i++) {
        const uint64_t hundredths = (averages[i] * 100 + (1u << (LOAD_SHIFT - 1))) >> LOAD_SHIFT;
        text_print(text, "%lu.%02lu ", hundredths / 100, hundredths % 100);
    }
    struct spinlock_state state = spin_lock(&process_tree);
    const int last_id = process_ids_last();
    spin_unlock(&process_tree, state);
    text_print(text, "%u/%u %d\n", load_running_count(), user_thread_count(), last_id);
    return 0;
}

/* A line of /proc/interrupts: how many of a vector each CPU took. */
static void show_interrupt(struct text *text, const char *label, unsigned vector, const char *what)
{
    text_print(text, "%s: ", label);
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        text_print(text, "%10u ", trap_interrupt_count(cpu, vector));
    text_print(text, "  %s\n", what);
}

/* Devices by the number of the PC's interrupt line. */
static void show_device_interrupts(struct text *text)
{
    char label[8], what[48];

    for (unsigned vector = TRAP_VECTOR_DEVICE_FIRST; vector <= TRAP_VECTOR_DEVICE_LAST; vector++) {
        const unsigned line = vector - TRAP_VECTOR_DEVICE_FIRST;
        if (trap_interrupt_name(vector) == NULL)
            continue;
        (void)format_to_buffer(label, sizeof(label), "%3u", line);
        (void)format_to_buffer(what, sizeof(what), "IO-APIC %3u      %s", line, trap_interrupt_name(vector));
        show_interrupt(text, label, vector, what);
    }
}

int system_show_interrupts(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_add_string(text, "     ");
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        text_print(text, "      CPU%-2u", cpu);
    text_add_string(text, "\n");
    show_device_interrupts(text);
    show_interrupt(text, "LOC", TRAP_VECTOR_TIMER, "Local timer interrupts");
    show_interrupt(text, "SPU", TRAP_VECTOR_SPURIOUS, "Spurious interrupts");
    show_interrupt(text, "RES", TRAP_VECTOR_RESCHEDULE, "Rescheduling interrupts");
    show_interrupt(text, "CAL", TRAP_VECTOR_CALL, "Function call interrupts");
    return 0;
}
