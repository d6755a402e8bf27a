/* lintel: variants=musl,glibc */
/* vfork(): the parent waits for the child's end or its next program, and they share memory, not descriptors.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

extern char **environ;
static volatile int shared;

static char stack[65536] __attribute__((aligned(16)));

static int child_main(void *argument)
{
    struct timespec pause = {0, 20000000};

    nanosleep(&pause, NULL);
    shared = *(int *)argument;
    close(0);
    _exit(5);
}

static void shares_memory(void)
{
    int status, value = 17;
    pid_t child = clone(child_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &value);

    expect_true("clone", child > 0);
    expect_value("the child wrote before its parent went on", shared, 17);
    expect_true("wait", waitpid(child, &status, 0) == child);
    expect_value("status", status, 5 << 8);
    expect_value("its descriptors were its own", fcntl(0, F_GETFD) >= 0, 1);
}

static void simple(void)
{
    int status;
    pid_t child = vfork();

    if (child == 0)
        _exit(33);
    expect_true("wait", waitpid(child, &status, 0) == child);
    expect_value("status", status, 33 << 8);
}

static void spawns(const char *self)
{
    char *const arguments[] = {(char *)self, "child", NULL}, *const none[] = {"none", NULL};
    pid_t child;
    int status;

    expect_value("posix_spawn", posix_spawn(&child, self, NULL, NULL, arguments, environ), 0);
    expect_true("wait", waitpid(child, &status, 0) == child);
    expect_value("status", status, 44 << 8);
    expect_value("a program that is not there",
                 posix_spawn(&child, "/no/such/program", NULL, NULL, none, environ), ENOENT);
    expect_error("no child is left", wait(&status), ECHILD);
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "child") == 0)
        return 44;
    program_begin();
    simple();
    shares_memory();
    spawns(arguments[0]);
    return program_end();
}
