/* The listing of threads: what a line says, how long a listing is, and that it neither waits for a lock that
 * is never released nor follows a pointer of a list that is torn. */
#include "sched/thread_log.h"

#include <stdio.h>

#include "abi/errno.h"
#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/page_table.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/symbols.h"
#include "core/sysrq.h"
#include "core/timer.h"
#include "fake_cpu.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"
#include "test.h"

#define THREADS 200
#define MS 1000000ull
#define CODE_SCHED 100 /* addresses below it are of functions of others */

vaddr_t direct_map_base;
static struct thread threads[THREADS];
static struct sched_cpu cpus[2];
static char text[32768];
static unsigned lines;
static struct sysrq_key *keys[8];
static unsigned key_count;
static void (*namer)(unsigned cpu, char *ret_text, size_t size);
static uint32_t ps_seconds;
static uintptr_t ps_argument;
static int create_error;
static void (*while_locked)(void);
static const struct thread *lost; /* its memory is not there any more */

uint64_t clock_monotonic_ns(void)
{
    return fake_cpu.timestamp += fake_cpu.timestamp_step;
}

uint64_t clock_tsc_hz(void)
{
    return 1;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;
    size_t length = strlen(text);

    assert_int_equal(level, LOG_INFO);
    va_start(arguments, format);
    vsnprintf(text + length, sizeof(text) - length - 1, format, arguments);
    va_end(arguments);
    strcat(text, "\n");
    lines++;
}

struct page_table page_table_current(void)
{
    return (struct page_table){0};
}

int page_table_lookup(const struct page_table *table, vaddr_t address, struct page_mapping *ret_mapping)
{
    (void)table;
    if (address < (vaddr_t)threads || address >= (vaddr_t)(threads + THREADS) ||
        (lost != NULL && address >= (vaddr_t)lost && address < (vaddr_t)(lost + 1)))
        return -ENOENT;
    ret_mapping->address = address;
    return 0;
}

/* A thread's stack pointer is the number of its calls: the first half is the scheduler's. */
unsigned backtrace_collect_context(uint64_t stack_pointer, uint64_t *ret_addresses, unsigned max)
{
    unsigned count = stack_pointer < max ? (unsigned)stack_pointer : max;

    if (while_locked != NULL)
        while_locked();
    for (unsigned i = 0; i < count; i++)
        ret_addresses[i] = i < count / 2 ? CODE_SCHED + i : i;
    return count;
}

const char *symbols_lookup(uint64_t address, uint64_t *ret_offset)
{
    static const char *const of_scheduler[] = {"context_switch", "sched_block", "preempt_now", "trap_entry"};

    *ret_offset = 0;
    return address >= CODE_SCHED ? of_scheduler[(address - CODE_SCHED) % 4] : "schedule_of_bus";
}

size_t backtrace_format(const uint64_t *addresses, unsigned count, char *ret_text, size_t size)
{
    size_t length = 0;

    ret_text[0] = '\0';
    for (unsigned i = 0; i < count; i++)
        length += (size_t)snprintf(ret_text + length, size - length, "<%d>", (int)addresses[i]);
    return length;
}

_Atomic(struct sched_cpu *) sched_cpus[CPU_COUNT_MAX] = {&cpus[0], &cpus[1]};

uint64_t sched_switch_count(unsigned cpu)
{
    return 1000 + cpu;
}

uint64_t timer_interrupt_count(unsigned cpu)
{
    return 2000 + cpu;
}

unsigned cpu_count_online(void)
{
    return 3;
}

void cpu_where_set_namer(void (*name_thread)(unsigned cpu, char *ret_text, size_t size))
{
    namer = name_thread;
}

void cpu_where_thread(unsigned cpu, char *ret_text, size_t size)
{
    namer(cpu, ret_text, size);
}

void sysrq_add(struct sysrq_key *key)
{
    keys[key_count++ % COUNT_OF(keys)] = key;
}

void sysrq_press(char character, const struct trap_frame *frame)
{
    (void)character, (void)frame;
}

void thread_sleep_ns(uint64_t duration_ns)
{
    (void)duration_ns;
}

bool command_line_number(const char *name, uint32_t *ret_number)
{
    assert_string_equal(name, "ps");
    *ret_number = ps_seconds;
    return ps_seconds != 0;
}

int thread_create(const char *name, void (*function)(void *argument), void *argument,
                  const struct thread_options *options, struct thread **ret_thread)
{
    assert_string_equal(name, "ps");
    assert_non_null(function);
    assert_true(options->is_detached);
    assert_null(ret_thread);
    ps_argument = (uintptr_t)argument;
    return create_error;
}

static struct thread *add_thread(unsigned index, const char *name, enum thread_state state)
{
    struct thread *thread = &threads[index];

    memset(thread, 0, sizeof(*thread));
    strcpy(thread->name, name);
    thread->state = state;
    thread_list_add(thread);
    return thread;
}

static int set_up(void **state)
{
    (void)state;
    memset(cpus, 0, sizeof(cpus));
    cpus[1].index = 1;
    fake_cpu.timestamp = 1000 * MS;
    fake_cpu.timestamp_step = 10;
    fake_cpu.interrupts_are_enabled = true;
    cpus[0].charged_ns = cpus[1].charged_ns = fake_cpu.timestamp;
    text[0] = '\0';
    lines = 0;
    ps_seconds = 0;
    ps_argument = 0;
    create_error = 0;
    key_count = 0;
    while_locked = NULL;
    lost = NULL;
    assert_int_equal(thread_log_setup(), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    while_locked = NULL;
    for (size_t i = 0; i < THREADS; i++) {
        if (threads[i].link.next != NULL)
            thread_list_remove(&threads[i]);
    }
    memset(threads, 0, sizeof(threads));
    assert_int_equal(thread_count(), 0);
    assert_true(fake_cpu.interrupts_are_enabled);
    return 0;
}

static void a_line_says_all_of_a_thread(void **state)
{
    static const struct {
        struct thread_snapshot snapshot;
        const char *line;
    } cases[] = {
        {{.id = 7, .name = "utask", .state = THREAD_BLOCKED, .cpu = 3, .nice = -5, .run_time_ns = 2999999},
         "    7 utask           blocked   3 nice -5           2          0"},
        {{.id = 1, .name = "idle", .state = THREAD_RUNNING, .is_idle_thread = true, .switch_count = 12},
         "    1 idle            running   0 idle              0         12"},
        {{.id = 123456,
          .name = "fifteen-letters",
          .state = THREAD_READY,
          .policy = SCHED_FIFO,
          .priority = 99},
         "123456 fifteen-letters ready     0 fifo 99           0          0"},
        {{.name = "", .state = THREAD_DEAD, .policy = SCHED_RR, .priority = 1},
         "    0                 dead      0 rr 1              0          0"},
        {{.name = "torn", .state = (enum thread_state)77},
         "    0 torn            ?         0 nice 0            0          0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char line[96];
        thread_log_format(&cases[i].snapshot, line, sizeof(line));
        assert_string_equal(line, cases[i].line);
    }
}

static void the_schedulers_own_calls_are_left_out(void **state)
{
    static const uint64_t calls[] = {CODE_SCHED, CODE_SCHED + 1, CODE_SCHED + 2, CODE_SCHED + 3,
                                     1,          CODE_SCHED};

    (void)state;
    assert_int_equal(thread_log_first_call(calls, COUNT_OF(calls)), 4);
    assert_int_equal(thread_log_first_call(calls, 3), 3);
    assert_int_equal(thread_log_first_call(calls + 4, 2), 0);
    assert_int_equal(thread_log_first_call(calls, 0), 0);
}

static void states_are_told_as_they_look_from_outside(void **state)
{
    struct thread *idle = add_thread(0, "idle0", THREAD_RUNNING);
    struct thread *running = add_thread(1, "run", THREAD_RUNNING);
    struct thread *ready = add_thread(2, "wait", THREAD_READY);
    struct thread *blocked = add_thread(3, "block", THREAD_BLOCKED);

    (void)state;
    add_thread(4, "dead", THREAD_DEAD)->stack_pointer = 4;
    cpus[0].idle = idle;
    cpus[0].current = running;
    cpus[1].current = ready; /* it is on its way out */
    atomic_store(&ready->cpu, 1);
    running->stack_pointer = idle->stack_pointer = blocked->stack_pointer = 4;
    thread_log_all();
    assert_contains(text, " idle0           ready     0 idle              0          0 <2><3>\n");
    assert_contains(text, " run             running   0 nice 0            0          0\n");
    assert_contains(text, " wait            running   1 nice 0            0          0\n");
    assert_contains(text, " block           blocked   0 nice 0            0          0 <2><3>\n");
    assert_contains(text, " dead            dead      0 nice 0            0          0\n");
    assert_contains(text, "cpu 0: run (");
    assert_contains(text, ", 0 ready, 1000 switches, 2000 timer interrupts\n");
    assert_contains(text, "cpu 1: wait (");
    assert_contains(text, "cpu 2: runs no threads\n");
    assert_null(strstr(text, "hangs"));
}

static void who_runs_is_charged_up_to_now(void **state)
{
    (void)state;
    cpus[0].current = add_thread(0, "hog", THREAD_RUNNING);
    atomic_store(&threads[0].run_time_ns, 5 * MS);
    fake_cpu.timestamp += 100 * MS;
    thread_log_all();
    assert_contains(text, "running   0 nice 0          105          0\n");

    text[0] = '\0';
    cpus[0].charged_ns = fake_cpu.timestamp + 50 * MS; /* of a CPU whose clock is ahead */
    thread_log_all();
    assert_contains(text, "running   0 nice 0            5          0\n");
}

static void a_listing_has_64_lines_at_most(void **state)
{
    static const struct {
        unsigned threads;
        unsigned lines; /* with the header and those of three CPUs */
        const char *rest;
    } cases[] = {
        {1, 5, NULL}, {63, 67, NULL}, {64, 68, NULL}, {65, 69, "and 1 more\n"}, {200, 69, "and 136 more\n"}};
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        while (count < cases[i].threads)
            add_thread(count++, "many", THREAD_BLOCKED);
        text[0] = '\0';
        lines = 0;
        thread_log_all();
        assert_int_equal(lines, cases[i].lines);
        if (cases[i].rest != NULL)
            assert_contains(text, cases[i].rest);
        else
            assert_null(strstr(text, "more"));
    }
}

static void press(char character)
{
    for (unsigned i = 0; i < key_count; i++) {
        if (keys[i]->key == character)
            keys[i]->act(NULL);
    }
}

static void keys_list_all_or_those_that_wait(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 140; i++)
        add_thread(i, i % 2 == 0 ? "even" : "odd", i % 2 == 0 ? THREAD_BLOCKED : THREAD_READY);
    press('w');
    assert_int_equal(lines, 1 + 64 + 1);
    assert_null(strstr(text, "odd"));
    assert_contains(text, "and 6 more\n");

    text[0] = '\0';
    lines = 0;
    press('t');
    assert_int_equal(lines, 1 + 64 + 1 + 3);
    assert_contains(text, "odd");
    assert_contains(text, "and 76 more\n");
}

static void list_while_locked(void)
{
    uint64_t start_ns = fake_cpu.timestamp;

    while_locked = NULL;
    thread_log_all();
    assert_in_range(fake_cpu.timestamp - start_ns, MS, 4 * MS); /* 1 ms each for the list and two CPUs */
}

static void without_the_lock_it_goes_without(void **state)
{
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "thread-%u", i);
        add_thread(i, name, THREAD_BLOCKED);
    }
    while_locked = list_while_locked;
    thread_log_all();
    assert_contains(text, "locked by a CPU that hangs");
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "thread-%u", i);
        const char *first = strstr(text, name);
        assert_non_null(first);
        assert_non_null(strstr(first + 1, name)); /* in both listings */
    }
}

static void list_torn(void)
{
    list_while_locked();
    assert_contains(text, "thread-3");
    assert_null(strstr(text, "thread-5"));
    lost = NULL;
}

static void what_is_not_there_is_not_followed(void **state)
{
    char name[16];

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "thread-%u", i);
        add_thread(i, name, THREAD_BLOCKED);
    }
    lost = &threads[5];
    while_locked = list_torn;
    thread_log_all();
}

static void ps_takes_seconds_within_reason(void **state)
{
    static const struct {
        uint32_t seconds;
        uintptr_t argument;
    } cases[] = {{0, 0}, {1, 1}, {3600, 3600}, {3601, 0}, {UINT32_MAX, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ps_argument = 0;
        ps_seconds = cases[i].seconds;
        assert_int_equal(thread_log_setup(), 0);
        assert_int_equal(ps_argument, cases[i].argument);
    }
    ps_seconds = 1;
    create_error = -ENOMEM;
    assert_int_equal(thread_log_setup(), -ENOMEM);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_line_says_all_of_a_thread),
        TEST(the_schedulers_own_calls_are_left_out),
        TEST(states_are_told_as_they_look_from_outside),
        TEST(who_runs_is_charged_up_to_now),
        TEST(a_listing_has_64_lines_at_most),
        TEST(keys_list_all_or_those_that_wait),
        TEST(without_the_lock_it_goes_without),
        TEST(what_is_not_there_is_not_followed),
        TEST(ps_takes_seconds_within_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
