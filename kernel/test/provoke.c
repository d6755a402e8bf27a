#include "test/provoke.h"

#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/provoke_exception.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/panic.h"
#include "lib/string.h"
#include "sched/thread.h"

void provoke_as_asked(const char *option)
{
    char name[24];

    if (!command_line_value(option, name, sizeof(name)))
        return;
    log_info("provoke: %s", name);
    if (!provoke_exception(name))
        log_error("provoke: \"%s\" is not a name that is known; see docs/command-line.md", name);
    else
        panic("provoke: %s was asked for and did not end the kernel", name);
}

#define START_WAIT_NS 10000000ull

static struct cpu_set provoke_cpus(void)
{
    struct cpu_set cpus = {{0}};

    cpu_set_add(&cpus, cpu_count_online() - 1);
    return cpus;
}

static void provoke_stuck(void)
{
    cpu_interrupts_disable();
    for (;;)
        cpu_pause();
}

static void provoke_wait_in_vain(void *argument)
{
    (void)argument;
    log_error("provoke: a thread ran that a hog should have kept from it");
}

static void provoke_hog(void)
{
    struct cpu_set cpus = provoke_cpus();
    const struct thread_options options = {.cpus = &cpus, .is_detached = true};
    int error = thread_create("waiter", provoke_wait_in_vain, NULL, &options, NULL);

    if (error != 0)
        log_error("provoke: no thread to wait (error %d)", error);
    for (;;)
        cpu_pause();
}

static const struct {
    const char *name;
    void (*run)(void);
} provoke_threads[] = {
    {"stuck", provoke_stuck},
    {"hog", provoke_hog},
};

/* The CPU may be on its way up to threads still. */
static void provoke_thread(void *argument)
{
    struct cpu_set cpus = provoke_cpus();
    void (*const *run)(void) = argument;

    while (thread_set_affinity(thread_current(), &cpus) != 0)
        thread_sleep_ns(START_WAIT_NS);
    (*run)();
}

int provoke_thread_as_asked(void)
{
    static const struct thread_options options = {
        .policy = SCHED_FIFO, .priority = REALTIME_PRIORITY_MIN, .is_detached = true};
    char name[24];

    if (!command_line_value("provoke-thread", name, sizeof(name)))
        return 0;
    log_info("provoke: thread %s", name);
    for (size_t i = 0; i < sizeof(provoke_threads) / sizeof(provoke_threads[0]); i++) {
        if (strcmp(provoke_threads[i].name, name) == 0)
            return thread_create("provoke", provoke_thread, (void *)(uintptr_t)&provoke_threads[i].run,
                                 &options, NULL);
    }
    log_error("provoke: \"%s\" is not a name that is known; see docs/command-line.md", name);
    return 0;
}
