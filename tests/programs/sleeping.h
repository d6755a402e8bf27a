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

/* As in /proc/PID/stat; '?' if there is no such process. */
static inline char process_state(pid_t id)
{
    char path[64], line[256];

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)id);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return '?';
    char *end = fgets(line, sizeof(line), file) == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return end == NULL ? '?' : end[2];
}

/* Whether a process sleeps, and goes on doing so for a moment. */
static inline int is_sleeping(pid_t id)
{
    for (int looks = 0; looks < SLEEPING_LOOKS; looks++) {
        if (looks != 0)
            usleep(SLEEPING_LOOK_US);
        if (process_state(id) != 'S')
            return 0;
    }
    return 1;
}

/* Until a process sleeps, or has ended. */
static inline void await_sleep(pid_t id)
{
    while (!is_sleeping(id)) {
        if (strchr("Z?", process_state(id)) != NULL)
            return;
        usleep(1000);
    }
}

#endif
