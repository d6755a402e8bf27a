/* Threads of real-time policies, for programs that compare with a host that may not allow them: what such a
 * host cannot show is printed there as it should be. */
#ifndef LINTEL_TESTS_PROGRAMS_REALTIME_H
#define LINTEL_TESTS_PROGRAMS_REALTIME_H

#include <sched.h>
#include <time.h>

#include "program.h"

#define REALTIME_PATIENCE_S 30

static int realtime_is_allowed;

/* SCHED_FIFO with that priority; 0: SCHED_OTHER. */
static inline long set_priority(uint32_t id, int priority)
{
    struct sched_param param = {.sched_priority = priority};

    return syscall(SYS_sched_setscheduler, (pid_t)id, priority == 0 ? SCHED_OTHER : SCHED_FIFO, &param);
}

static inline uint32_t own_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

/* Before anything else. */
static inline void realtime_begin(void)
{
    program_begin();
    realtime_is_allowed = set_priority(own_id(), 99) == 0;
    set_priority(own_id(), 0);
}

/* The real-time priority in effect, as /proc tells it; 0: none; -1: not to be known. */
static inline int priority_of(uint32_t id)
{
    char path[64], text[512], *at;
    int priority = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%u/stat", id);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    at = strrchr(text, ')');
    if (at == NULL ||
        sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %d", &priority) != 1)
        return -1;
    return priority < 0 ? -1 - priority : 0;
}

/* A deadline 20 ms ahead. */
static inline struct timespec soon(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 20000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* What depends on priorities. */
static inline void expect_ranked(const char *what, long value, long wanted)
{
    expect_value(what, realtime_is_allowed ? value : wanted, wanted);
}

/* The thread has that priority, or soon will. */
static inline void expect_priority(const char *what, uint32_t id, int wanted)
{
    const time_t end = time(NULL) + REALTIME_PATIENCE_S;
    int priority;

    while ((priority = priority_of(id)) != wanted && realtime_is_allowed && time(NULL) < end)
        usleep(500);
    expect_ranked(what, priority, wanted);
}

#endif
