/* For programs that send something to a process that waits: how they know that it does, however busy the
 * machine is. */
#ifndef LINTEL_TESTS_PROGRAMS_SLEEPING_H
#define LINTEL_TESTS_PROGRAMS_SLEEPING_H

#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define SLEEPING_LOOKS 4 /* a page or a lock can be waited for, too, but not for long */
#define SLEEPING_LOOK_US 3000

/* As in the file "stat" of a directory of /proc; '?' if it is not there. */
static inline char state_below(const char *directory, pid_t id)
{
    char path[64], line[256];

    snprintf(path, sizeof(path), "%s/%d/stat", directory, (int)id);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return '?';
    char *end = fgets(line, sizeof(line), file) == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return end == NULL ? '?' : end[2];
}

static inline char process_state(pid_t id)
{
    return state_below("/proc", id);
}

static inline int is_sleeping_below(const char *directory, pid_t id)
{
    for (int looks = 0; looks < SLEEPING_LOOKS; looks++) {
        if (looks != 0)
            usleep(SLEEPING_LOOK_US);
        if (state_below(directory, id) != 'S')
            return 0;
    }
    return 1;
}

static inline void await_sleep_below(const char *directory, pid_t id)
{
    while (!is_sleeping_below(directory, id)) {
        if (strchr("Z?", state_below(directory, id)) != NULL)
            return;
        usleep(1000);
    }
}

/* Whether a process sleeps, and goes on doing so for a moment. */
static inline int is_sleeping(pid_t id)
{
    return is_sleeping_below("/proc", id);
}

/* Until a process sleeps, or has ended. */
static inline void await_sleep(pid_t id)
{
    await_sleep_below("/proc", id);
}

/* Until a thread of this process sleeps, or has ended. Its ID may still be to come: 0 until then. */
static inline void await_thread_sleep(const volatile pid_t *id)
{
    while (*id == 0)
        usleep(1000);
    await_sleep_below("/proc/self/task", *id);
}

#endif
