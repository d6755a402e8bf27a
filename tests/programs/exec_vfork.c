/* lintel: variants=musl,glibc */
/* vfork() and execve(): the parent waits until the child has executed or ended, in memory that both share. */
#define _GNU_SOURCE
#include <spawn.h>

#include "again.h"

static volatile int seen;

static int status_of(pid_t child)
{
    int status = -1;

    waitpid(child, &status, 0);
    return status;
}

int main(int argc, char **argv)
{
    char *const arguments[] = {"x", "child", NULL}, *const environment[] = {NULL};
    int pipes[2];
    pid_t child;

    (void)argv;
    program_begin();
    if (argc > 1) {
        char byte;
        read(20, &byte, 1); /* until the parent has said its word */
        printf("the program runs\n");
        return 4;
    }
    pipe(pipes);
    dup2(pipes[0], 20);
    child = vfork();
    if (child == 0) {
        seen = 1;
        execve(own_path(), arguments, environment);
        _exit(98);
    }
    printf("the parent goes on\n");
    expect_value("it saw what the child wrote", seen, 1);
    write(pipes[1], "a", 1);
    expect_value("status", status_of(child), 4 << 8);

    child = vfork();
    if (child == 0) {
        seen = execve("/nothing", arguments, environment) == -1 ? errno : 0;
        _exit(5);
    }
    expect_value("the error", seen, ENOENT);
    expect_value("status", status_of(child), 5 << 8);

    expect_value("posix_spawn", posix_spawn(&child, own_path(), NULL, NULL, arguments, environment), 0);
    write(pipes[1], "b", 1);
    expect_value("status", status_of(child), 4 << 8);
    expect_value("posix_spawn of nothing",
                 posix_spawn(&child, "/nothing", NULL, NULL, arguments, environment), ENOENT);
    expect_value("no child is left", waitpid(-1, NULL, 0), -1);
    return program_end();
}
