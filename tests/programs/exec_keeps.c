/* What a process keeps over execve(): IDs, folder, umask, limits, alarm, nice value. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "again.h"

static pid_t ids[4];

static void take_ids(pid_t of[4])
{
    of[0] = getpid();
    of[1] = getppid();
    of[2] = getpgrp();
    of[3] = getsid(0);
}

static void prepare(void *argument)
{
    static char text[4][16];
    struct rlimit limit = {200, 300};

    (void)argument;
    setpgid(0, 0);
    mkdir("folder", 0755);
    chdir("folder");
    umask(0137);
    setrlimit(RLIMIT_NOFILE, &limit);
    alarm(1000);
    setpriority(PRIO_PROCESS, 0, 5);
    prctl(PR_SET_NAME, "before");
    take_ids(ids);
    for (int i = 0; i < 4; i++)
        snprintf(text[i], sizeof(text[i]), "%d", (int)ids[i]);
    execve(own_path(), (char *[]){"x", text[0], text[1], text[2], text[3], NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

static void show(char **argv)
{
    char name[32] = "", folder[100];
    struct rlimit limit;

    take_ids(ids);
    for (int i = 0; i < 4; i++)
        expect_true("the ID is the same", ids[i] == atoi(argv[i + 1]));
    expect_value("thread ID", syscall(SYS_gettid) - getpid(), 0);
    printf("folder: %s\n", strrchr(getcwd(folder, sizeof(folder)), '/'));
    expect_value("umask", umask(0), 0137);
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("limit: %ld, %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
    unsigned left = alarm(0);
    expect_true("the alarm goes on", left > 900 && left <= 1000);
    expect_value("nice", getpriority(PRIO_PROCESS, 0), 5);
    prctl(PR_GET_NAME, name);
    expect_true("the name is the file's", strncmp(strrchr(own_path(), '/') + 1, name, 15) == 0);
}

int main(int argc, char **argv)
{
    program_begin();
    if (argc > 1)
        show(argv);
    else
        expect_value("status", in_child(prepare, NULL), 0);
    return program_end();
}
