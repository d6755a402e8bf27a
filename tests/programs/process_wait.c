/* lintel: variants=musl,glibc */
/* wait4(): statuses, options, who is waited for, errors. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include "program.h"

static pid_t child_exits(int status)
{
    pid_t child = fork();

    if (child == 0)
        _exit(status);
    return child;
}

static void statuses(void)
{
    static const int values[] = {0, 1, 42, 255, 256, -1};

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        int status = -1;
        pid_t child = child_exits(values[i]);
        expect_true("the child's ID", waitpid(child, &status, 0) == child);
        printf("exit(%d): status 0x%x\n", values[i], status);
    }
}

static void errors(void)
{
    int status;
    pid_t child;

    expect_error("no child", wait(&status), ECHILD);
    expect_error("no child, WNOHANG", waitpid(-1, &status, WNOHANG), ECHILD);
    expect_error("not a child", waitpid(1, &status, 0), ECHILD);
    expect_error("itself", waitpid(getpid(), &status, 0), ECHILD);
    expect_error("unknown option", waitpid(-1, &status, 0x10), EINVAL);
    expect_error("WEXITED is not wait4's", waitpid(-1, &status, WEXITED), EINVAL);
    expect_error("-INT_MIN", waitpid((pid_t)0x80000000, &status, 0), ESRCH);
    child = child_exits(3);
    expect_error("another one's ID while there is a child", waitpid(child + 1, &status, WNOHANG), ECHILD);
    expect_error("bad pointer", syscall(SYS_wait4, child, 8, 0, NULL), EFAULT);
    expect_error("the child is gone all the same", waitpid(child, &status, 0), ECHILD);
}

static void without_hanging(void)
{
    int status = -1, ends[2];
    char byte;

    expect_value("pipe", pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 0 ? 7 : 8);
    }
    expect_value("nothing yet", waitpid(child, &status, WNOHANG), 0);
    expect_value("nothing yet of any", waitpid(-1, &status, WNOHANG), 0);
    expect_value("nothing yet of the group", waitpid(0, &status, WNOHANG), 0);
    expect_value("the status is left alone", status, -1);
    close(ends[0]);
    close(ends[1]);
    expect_true("then it ends", waitpid(child, &status, 0) == child);
    expect_value("status", status, 7 << 8);
}

static void groups(void)
{
    int status;
    pid_t same = child_exits(1), other = fork();

    if (other == 0) {
        setpgid(0, 0);
        _exit(2);
    }
    setpgid(other, other);
    expect_true("its own group by 0", waitpid(0, &status, 0) == same);
    expect_error("no more of it", waitpid(0, &status, 0), ECHILD);
    expect_true("the other group", waitpid(-other, &status, 0) == other);
    expect_value("status", status, 2 << 8);
}

static void usage(void)
{
    struct rusage usage;
    int status;

    memset(&usage, 0xff, sizeof(usage));
    pid_t child = child_exits(0);
    expect_true("wait4", wait4(child, &status, 0, &usage) == child);
    expect_true("user time is plausible", usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec < 1000000);
    expect_true("system time is plausible", usage.ru_stime.tv_sec == 0 && usage.ru_stime.tv_usec < 1000000);
    expect_value("swaps", usage.ru_nswap, 0);
    child = child_exits(0);
    expect_error("bad usage", syscall(SYS_wait4, child, &status, 0, 8), EFAULT);
}

/* Of many children each is told of once. */
static void many(void)
{
    enum { CHILDREN = 40 };
    pid_t children[CHILDREN];
    int seen[CHILDREN] = {0}, wrong = 0;

    for (int i = 0; i < CHILDREN; i++)
        children[i] = child_exits(i);
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        pid_t child = wait(&status);
        for (int j = 0; j < CHILDREN; j++) {
            if (children[j] == child) {
                seen[j]++;
                wrong += status != j << 8;
            }
        }
    }
    for (int i = 0; i < CHILDREN; i++)
        wrong += seen[i] != 1;
    expect_value("children not told of once, with their status", wrong, 0);
    expect_error("none is left", wait(NULL), ECHILD);
}

int main(void)
{
    program_begin();
    statuses();
    errors();
    without_hanging();
    groups();
    usage();
    many();
    return program_end();
}
