/* ioprio_set() and ioprio_get(): classes, levels, whose they are, what is inherited. */
#include <sys/resource.h>

#include "show.h"

#define WHO_PROCESS 1
#define WHO_PGRP 2
#define WHO_USER 3
#define VALUE(class, level) ((class) << 13 | (level))
#define RT 1
#define BE 2
#define IDLE 3

static void values(void)
{
    SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
    SHOW_RAW(ioprio_get, WHO_PGRP, 0);
    SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(BE, 3));
    SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
    SHOW_RAW(ioprio_set, WHO_PROCESS, getpid(), VALUE(IDLE, 0));
    SHOW_RAW(ioprio_get, WHO_PROCESS, getpid());
    SHOW_RAW(ioprio_get, WHO_PGRP, 0);
    SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(0, 1));
    SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(0, 0));
    SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
    SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(4, 0));
    SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(7, 0));
    SHOW_RAW(ioprio_set, 0, 0, VALUE(BE, 1));
    SHOW_RAW(ioprio_set, 4, 0, VALUE(BE, 1));
    SHOW_RAW(ioprio_get, 0, 0);
    SHOW_RAW(ioprio_get, 4, 0);
    SHOW_RAW(ioprio_set, WHO_PROCESS, 999999, VALUE(BE, 1));
    SHOW_RAW(ioprio_get, WHO_PROCESS, 999999);
    SHOW_RAW(ioprio_get, WHO_PGRP, 999999);
    SHOW_RAW(ioprio_get, WHO_USER, 4242);
}

/* What counts where none was set. */
static void by_nice(void)
{
    SHOW(setpriority(PRIO_PROCESS, 0, 12));
    SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
    SHOW_RAW(ioprio_get, WHO_PGRP, 0);
}

int main(void)
{
    begin();
    values();
    by_nice();
    SHOW_RAW(ioprio_set, WHO_PGRP, 0, VALUE(BE, 6));
    if (fork() == 0) {
        SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
        SHOW(setgid(1000));
        SHOW(setuid(1000));
        SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(RT, 1));
        SHOW_RAW(ioprio_set, WHO_PROCESS, 0, VALUE(BE, 0));
        SHOW_RAW(ioprio_set, WHO_PROCESS, getppid(), VALUE(BE, 0));
        SHOW_RAW(ioprio_get, WHO_PROCESS, getppid());
        SHOW_RAW(ioprio_get, WHO_USER, 0);
        return 0;
    }
    wait(NULL);
    SHOW_RAW(ioprio_get, WHO_PROCESS, 0);
    return 0;
}
