#include "sched/thread_log.h"

#include "abi/errno.h"
#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu_where.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/symbols.h"
#include "core/sysrq.h"
#include "core/timer.h"
#include "lib/format.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"

#define NAMES_MAX 4 /* of functions in a line */
#define PERIOD_MAX_SECONDS 3600
#define NS_PER_SECOND 1000000000ull

static const char *thread_log_state(enum thread_state state)
{
    static const char *const names[] = {
        [THREAD_READY] = "ready",     [THREAD_MOVING] = "ready", [THREAD_RUNNING] = "running",
        [THREAD_BLOCKED] = "blocked", [THREAD_DEAD] = "dead",
    };

    return state <= THREAD_DEAD ? names[state] : "?";
}

static void thread_log_format_policy(const struct thread_snapshot *snapshot, char *ret_text, size_t size)
{
    if (snapshot->is_idle_thread)
        (void)format_to_buffer(ret_text, size, "idle");
    else if (snapshot->policy == SCHED_NORMAL)
        (void)format_to_buffer(ret_text, size, "nice %d", snapshot->nice);
    else
        (void)format_to_buffer(ret_text, size, "%s %u", snapshot->policy == SCHED_FIFO ? "fifo" : "rr",
                               snapshot->priority);
}

#define HEADER "   id name            state   cpu policy       run ms   switches at"

void thread_log_format(const struct thread_snapshot *snapshot, char *ret_text, size_t size)
{
    char policy[16];

    thread_log_format_policy(snapshot, policy, sizeof(policy));
    (void)format_to_buffer(ret_text, size, "%5u %-15s %-7s %3u %-8s %10lu %10lu", snapshot->id,
                           snapshot->name, thread_log_state(snapshot->state), snapshot->cpu, policy,
                           snapshot->run_time_ns / 1000000, snapshot->switch_count);
}

static bool thread_log_is_of_scheduler(uint64_t address)
{
    static const char *const prefixes[] = {"sched_", "context_", "preempt_", "trap_"};
    uint64_t offset;
    const char *name = symbols_lookup(address, &offset);

    for (size_t i = 0; name != NULL && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    }
    return false;
}

unsigned thread_log_first_call(const uint64_t *calls, unsigned count)
{
    unsigned first = 0;

    while (first < count && thread_log_is_of_scheduler(calls[first]))
        first++;
    return first;
}

static void thread_log_one(const struct thread_snapshot *snapshot)
{
    char text[96], where[128];
    unsigned first = thread_log_first_call(snapshot->calls, snapshot->call_count);
    unsigned count = snapshot->call_count - first;

    thread_log_format(snapshot, text, sizeof(text));
    (void)backtrace_format(snapshot->calls + first, count < NAMES_MAX ? count : NAMES_MAX, where,
                           sizeof(where));
    log_info("%s%s%s", text, where[0] != '\0' ? " " : "", where);
}

static void thread_log_threads(bool is_of_blocked)
{
    struct thread_walk walk = {.is_of_blocked = is_of_blocked};
    struct thread_snapshot snapshot;
    unsigned lines = 0, rest = 0;

    log_info(HEADER);
    for (; lines < THREAD_LOG_LINES_MAX && thread_list_next(&walk, &snapshot); lines++)
        thread_log_one(&snapshot);
    if (lines == THREAD_LOG_LINES_MAX)
        rest = thread_list_count_rest(&walk);
    if (rest != 0)
        log_info("and %u more", rest);
    if (walk.is_unlocked)
        log_info("the list of threads is locked by a CPU that hangs: the lines above may be wrong");
}

static void thread_log_cpu(unsigned index)
{
    struct sched_cpu *cpu = sched_cpu_of(index);
    char thread[CPU_WHERE_THREAD_SIZE];

    if (cpu == NULL) {
        log_info("cpu %u: runs no threads", index);
        return;
    }
    cpu_where_thread(index, thread, sizeof(thread));
    log_info("cpu %u: %s, %u ready, %lu switches, %lu timer interrupts", index, thread,
             atomic_load(&cpu->ready_count), sched_switch_count(index), timer_interrupt_count(index));
}

void thread_log_all(void)
{
    thread_log_threads(false);
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        thread_log_cpu(cpu);
}

static void thread_log_key_all(const struct trap_frame *frame)
{
    (void)frame;
    thread_log_all();
}

static void thread_log_key_blocked(const struct trap_frame *frame)
{
    (void)frame;
    thread_log_threads(true);
}

static void thread_log_name_running(unsigned cpu, char *ret_text, size_t size)
{
    struct thread_snapshot snapshot;

    if (thread_list_running_on(cpu, &snapshot))
        (void)format_to_buffer(ret_text, size, "%s (%u)", snapshot.name, snapshot.id);
    else
        (void)format_to_buffer(ret_text, size, "none");
}

static void thread_log_run(void *argument)
{
    uint64_t period_ns = (uintptr_t)argument * NS_PER_SECOND;

    for (;;) {
        thread_sleep_ns(period_ns); /* not counting the time that the listing takes: others want to run */
        sysrq_press('t', NULL);
    }
}

/* As a real-time thread it lists also what does not let others run. */
static int thread_log_start(void)
{
    static const struct thread_options options = {
        .policy = SCHED_FIFO, .priority = REALTIME_PRIORITY_MAX, .is_detached = true};
    uint32_t seconds = 0;

    if (!command_line_number("ps", &seconds) || seconds == 0 || seconds > PERIOD_MAX_SECONDS ||
        clock_tsc_hz() == 0)
        return 0;
    return thread_create("ps", thread_log_run, (void *)(uintptr_t)seconds, &options, NULL);
}

int thread_log_setup(void)
{
    static struct sysrq_key all_key = {.key = 't', .help = "all threads", .act = thread_log_key_all};
    static struct sysrq_key blocked_key = {
        .key = 'w', .help = "threads that wait", .act = thread_log_key_blocked};

    cpu_where_set_namer(thread_log_name_running);
    sysrq_add(&blocked_key);
    sysrq_add(&all_key);
    return thread_log_start();
}
