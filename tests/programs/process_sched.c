/* Priorities, policies, affinity. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

/* The C library's own functions would say ENOSYS for some of these. */
static long set_scheduler(pid_t process, int policy, int priority)
{
    struct sched_param param = {.sched_priority = priority};

    return syscall(SYS_sched_setscheduler, process, policy, &param);
}

static void nice_levels(void)
{
    expect_value("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0), 20);
    expect_value("setpriority 5", setpriority(PRIO_PROCESS, 0, 5), 0);
    expect_value("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0), 15);
    expect_value("of its ID", syscall(SYS_getpriority, PRIO_PROCESS, getpid()), 15);
    expect_value("too much", setpriority(PRIO_PROCESS, 0, 100), 0);
    expect_value("getpriority", syscall(SYS_getpriority, PRIO_PROCESS, 0), 1);
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit((int)syscall(SYS_getpriority, PRIO_PROCESS, 0));
    waitpid(child, &status, 0);
    expect_value("a child's", status, 1 << 8);
    expect_error("unknown kind", syscall(SYS_getpriority, 3, 0), EINVAL);
    expect_error("nobody", syscall(SYS_getpriority, PRIO_PROCESS, 99999), ESRCH);
    expect_error("nobody's group", setpriority(PRIO_PGRP, 99999, 0), ESRCH);
    expect_error("nobody's user", setpriority(PRIO_USER, 99999, 0), ESRCH);
    if (getuid() == 0) {
        expect_value("back to 0", setpriority(PRIO_PROCESS, 0, 0), 0);
        child = fork();
        if (child == 0) {
            if (setuid(1000) != 0)
                _exit(1);
            if (setpriority(PRIO_PROCESS, 0, -1) != -1 || errno != EACCES)
                _exit(2);
            if (setpriority(PRIO_PROCESS, 1, 3) != -1 || errno != EPERM)
                _exit(3);
            if (set_scheduler(0, SCHED_FIFO, 1) != -1 || errno != EPERM)
                _exit(4);
            if (setpriority(PRIO_PROCESS, 0, 3) != 0 || setpriority(PRIO_PROCESS, 0, 2) != -1 ||
                errno != EACCES)
                _exit(5);
            _exit(0);
        }
        waitpid(child, &status, 0);
        expect_value("what a user may", status, 0);
    }
}

static void policies(void)
{
    struct sched_param param = {.sched_priority = -1};
    struct timespec interval = {-1, -1};

    expect_value("getscheduler", syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
    expect_value("getparam", syscall(SYS_sched_getparam, 0, &param), 0);
    expect_value("priority", param.sched_priority, 0);
    expect_value("max of FIFO", sched_get_priority_max(SCHED_FIFO), 99);
    expect_value("min of RR", sched_get_priority_min(SCHED_RR), 1);
    expect_value("max of OTHER", sched_get_priority_max(SCHED_OTHER), 0);
    expect_error("max of 77", sched_get_priority_max(77), EINVAL);
    expect_error("getscheduler of nobody", syscall(SYS_sched_getscheduler, 99999), ESRCH);
    expect_error("getscheduler of -1", syscall(SYS_sched_getscheduler, -1), EINVAL);
    expect_error("OTHER with a priority", set_scheduler(0, SCHED_OTHER, 1), EINVAL);
    expect_error("FIFO without", set_scheduler(0, SCHED_FIFO, 0), EINVAL);
    expect_error("FIFO 100", set_scheduler(0, SCHED_FIFO, 100), EINVAL);
    expect_error("unknown", set_scheduler(0, 77, 0), EINVAL);
    expect_error("no parameter", syscall(SYS_sched_setscheduler, 0, 0, NULL), EINVAL);
    expect_error("bad parameter", syscall(SYS_sched_setscheduler, 0, 0, 8), EFAULT);
    expect_value("BATCH", set_scheduler(0, SCHED_BATCH, 0), 0);
    expect_value("getscheduler", syscall(SYS_sched_getscheduler, 0), SCHED_BATCH);
    expect_value("OTHER", set_scheduler(0, SCHED_OTHER, 0), 0);
    expect_value("interval", syscall(SYS_sched_rr_get_interval, 0, &interval), 0);
    expect_true("is plausible", interval.tv_sec == 0 && interval.tv_nsec >= 0);
}

static void affinity(void)
{
    uint64_t mask[16] = {0}, one = 1, none = 0;
    long size = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);

    expect_true("getaffinity tells how much it wrote",
                size > 0 && size % 8 == 0 && size <= (long)sizeof(mask));
    expect_true("a CPU", mask[0] != 0);
    expect_error("too small", syscall(SYS_sched_getaffinity, 0, 0, mask), EINVAL);
    expect_error("no multiple", syscall(SYS_sched_getaffinity, 0, 9, mask), EINVAL);
    expect_error("of nobody", syscall(SYS_sched_getaffinity, 99999, sizeof(mask), mask), ESRCH);
    expect_error("bad pointer", syscall(SYS_sched_getaffinity, 0, sizeof(mask), 8), EFAULT);
    expect_error("set none", syscall(SYS_sched_setaffinity, 0, sizeof(none), &none), EINVAL);
    expect_error("set of nobody", syscall(SYS_sched_setaffinity, 99999, sizeof(one), &one), ESRCH);
    expect_error("set, bad pointer", syscall(SYS_sched_setaffinity, 0, sizeof(one), 8), EFAULT);
    one = mask[0] & -mask[0];
    expect_value("set the first", syscall(SYS_sched_setaffinity, 0, sizeof(one), &one), 0);
    uint64_t now[16] = {0};
    syscall(SYS_sched_getaffinity, 0, sizeof(now), now);
    expect_true("get it", now[0] == one);
    unsigned cpu = ~0u, node = ~0u;
    expect_value("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL), 0);
    expect_true("it runs there", one >> cpu == 1);
    int status;
    pid_t child = fork();
    if (child == 0) {
        syscall(SYS_sched_getaffinity, 0, sizeof(now), now);
        _exit(now[0] == one ? 21 : 22);
    }
    waitpid(child, &status, 0);
    expect_value("so does a child", status, 21 << 8);
    expect_value("yield", sched_yield(), 0);
}

int main(void)
{
    program_begin();
    nice_levels();
    policies();
    affinity();
    return program_end();
}
