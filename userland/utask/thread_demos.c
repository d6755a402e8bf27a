#include "utask/thread_demos.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/string.h"
#include "utask/clock.h"
#include "utask/console.h"
#include "utask/syscall.h"
#include "utask/threads.h"

#define CROWD 6 /* two that spin, two that sleep, two that yield */
#define RACERS 8
#define STARTERS 4
#define TURNS 20
#define HOUR_NS (3600 * NS_PER_SECOND)

/* Exit statuses, which the tests know. */
#define STATUS_GROUP 6
#define STATUS_GROUP_BY_THREAD 7
#define STATUS_MAIN_THREAD 3
#define STATUS_LAST_THREAD 4
#define STATUS_RACERS 10 /* and those behind it */

static struct thread crowd[CROWD], others[RACERS];
static atomic_uint arrived;

static _Noreturn void exit_group(uint64_t status)
{
    print("utask: exit_group(%u) at %llu us\n", (unsigned)status, (unsigned long long)now_ns() / 1000);
    syscall4(SYS_exit_group, status, 0, 0, 0);
    __builtin_unreachable();
}

static void wait_for_arrivals(unsigned count)
{
    while (atomic_load(&arrived) < count)
        syscall0(SYS_sched_yield);
}

static void spin_for_ever(void *argument)
{
    (void)argument;
    atomic_fetch_add(&arrived, 1);
    for (;;)
        __asm__ volatile("pause");
}

static void sleep_for_ever(void *argument)
{
    (void)argument;
    atomic_fetch_add(&arrived, 1);
    for (;;)
        sleep_ns(HOUR_NS);
}

static void yield_for_ever(void *argument)
{
    (void)argument;
    atomic_fetch_add(&arrived, 1);
    for (;;)
        syscall0(SYS_sched_yield);
}

/* Threads that never end by themselves, all of them under way. */
static void start_crowd(void)
{
    static void (*const functions[])(void *) = {spin_for_ever, sleep_for_ever, yield_for_ever};

    for (unsigned i = 0; i < CROWD; i++) {
        if (thread_start(&crowd[i], functions[i % 3], NULL) < 0)
            print("utask: a thread could not be started\n");
    }
    wait_for_arrivals(CROWD);
}

/* Two threads that wait for each other without system calls: on one CPU they must be preempted. */
static void take_turns(atomic_uint *turn, unsigned remainder)
{
    for (unsigned next = remainder; next < TURNS; next += 2) {
        while (atomic_load(turn) != next)
            __asm__ volatile("pause");
        atomic_store(turn, next + 1);
    }
}

static void take_odd_turns(void *argument)
{
    take_turns(argument, 1);
}

static void demo_turns(void)
{
    static atomic_uint turn;

    (void)thread_start(&others[0], take_odd_turns, &turn);
    take_turns(&turn, 0);
    thread_join(&others[0]);
    print("utask: %u turns taken without a system call\n", atomic_load(&turn));
}

static void demo_exit_group(void)
{
    start_crowd();
    exit_group(STATUS_GROUP);
}

static void call_exit_group(void *argument)
{
    (void)argument;
    exit_group(STATUS_GROUP_BY_THREAD);
}

static void demo_exit_group_by_thread(void)
{
    start_crowd();
    (void)thread_start(&others[0], call_exit_group, NULL);
    sleep_ns(HOUR_NS);
}

static void race_to_exit(void *argument)
{
    uint64_t status = STATUS_RACERS + (uint64_t)((struct thread *)argument - others);

    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < RACERS)
        __asm__ volatile("pause");
    syscall4(SYS_exit_group, status, 0, 0, 0);
}

static void demo_exit_race(void)
{
    for (unsigned i = 0; i < RACERS; i++)
        (void)thread_start(&others[i], race_to_exit, &others[i]);
    sleep_ns(HOUR_NS);
}

static void do_nothing(void *argument)
{
    (void)argument;
}

static void start_for_ever(void *argument)
{
    struct thread *child = argument;

    atomic_fetch_add(&arrived, 1);
    for (;;) {
        if (thread_start(child, do_nothing, NULL) > 0)
            thread_join(child);
    }
}

/* Threads are being started while the program ends. */
static void demo_exit_storm(void)
{
    for (unsigned i = 0; i < STARTERS; i++)
        (void)thread_start(&others[i], start_for_ever, &others[STARTERS + i]);
    wait_for_arrivals(STARTERS);
    sleep_ns(50 * NS_PER_MS);
    exit_group(STATUS_GROUP);
}

static void commit_fault(void *argument)
{
    (void)argument;
    *(volatile int *)NULL = 1;
}

static void demo_fault(void)
{
    start_crowd();
    (void)thread_start(&others[0], commit_fault, NULL);
    sleep_ns(HOUR_NS);
}

static void end_last(void *argument)
{
    (void)argument;
    sleep_ns(50 * NS_PER_MS);
    print("utask: the main thread has ended, this one goes on\n");
    thread_exit(STATUS_LAST_THREAD);
}

static void demo_main_exits(void)
{
    (void)thread_start(&others[0], end_last, NULL);
    thread_exit(STATUS_MAIN_THREAD);
}

static const struct {
    const char *name;
    void (*run)(void);
} demos[] = {
    {"turns", demo_turns},
    {"exit-group", demo_exit_group},
    {"exit-group-by-thread", demo_exit_group_by_thread},
    {"exit-race", demo_exit_race},
    {"exit-storm", demo_exit_storm},
    {"fault", demo_fault},
    {"main-exits", demo_main_exits},
};

bool thread_demo_run(const char *name)
{
    for (size_t i = 0; i < sizeof(demos) / sizeof(demos[0]); i++) {
        if (strcmp(demos[i].name, name) == 0) {
            demos[i].run();
            return true;
        }
    }
    return false;
}
