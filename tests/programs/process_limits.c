/* getrlimit(), setrlimit(), prlimit(): values, rules, inheritance. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include "program.h"

static int in_child(int (*function)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(function());
    waitpid(child, &status, 0);
    return status;
}

static int raises_as_user(void)
{
    struct rlimit limit = {100, 200}, more = {100, 201}, soft = {200, 200}, less = {50, 60};

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || setuid(1000) != 0)
        return 1;
    if (setrlimit(RLIMIT_NOFILE, &more) != -1 || errno != EPERM)
        return 2;
    if (setrlimit(RLIMIT_NOFILE, &soft) != 0 || setrlimit(RLIMIT_NOFILE, &less) != 0)
        return 3;
    if (setrlimit(RLIMIT_NOFILE, &limit) != -1 || errno != EPERM)
        return 4;
    if (prlimit(1, RLIMIT_NOFILE, NULL, &limit) != -1 || errno != EPERM)
        return 5;
    return prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_cur == 50 ? 0 : 6;
}

static int inherits(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur == 12345 && limit.rlim_max == 23456 ? 0 : 1;
}

int main(void)
{
    static const struct {
        const char *name;
        int resource;
    } shown[] = {{"CPU", RLIMIT_CPU},   {"FSIZE", RLIMIT_FSIZE},  {"DATA", RLIMIT_DATA},
                 {"RSS", RLIMIT_RSS},   {"AS", RLIMIT_AS},        {"LOCKS", RLIMIT_LOCKS},
                 {"NICE", RLIMIT_NICE}, {"RTPRIO", RLIMIT_RTPRIO}};
    struct rlimit limit, old;

    program_begin();
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        expect_value(shown[i].name, getrlimit(shown[i].resource, &limit), 0);
        printf("%ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
    }
    expect_value("STACK", getrlimit(RLIMIT_STACK, &limit), 0);
    printf("%ld\n", (long)limit.rlim_cur);
    expect_error("unknown", getrlimit(16, &limit), EINVAL);
    expect_error("negative", getrlimit(-1, &limit), EINVAL);
    expect_error("bad pointer", syscall(SYS_getrlimit, RLIMIT_CPU, 8), EFAULT);
    expect_error("bad new values", syscall(SYS_setrlimit, RLIMIT_CPU, 8), EFAULT);
    expect_error("bad old values", syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, 8), EFAULT);
    limit = (struct rlimit){2, 1};
    expect_error("soft above hard", setrlimit(RLIMIT_FSIZE, &limit), EINVAL);
    expect_error("nobody", prlimit(99999, RLIMIT_FSIZE, NULL, &old), ESRCH);
    expect_error("unknown of nobody", prlimit(99999, 16, NULL, &old), ESRCH);
    limit = (struct rlimit){12345, 23456};
    expect_value("prlimit", prlimit(0, RLIMIT_FSIZE, &limit, &old), 0);
    expect_value("what it was", (long)old.rlim_cur, -1);
    expect_value("what it is", getrlimit(RLIMIT_FSIZE, &old), 0);
    printf("%ld %ld\n", (long)old.rlim_cur, (long)old.rlim_max);
    expect_value("a child has the same", in_child(inherits), 0);
    limit = (struct rlimit){0, 1048577};
    expect_error("more descriptors than there can be", setrlimit(RLIMIT_NOFILE, &limit), EPERM);
    if (getuid() == 0)
        expect_value("what a user may", in_child(raises_as_user), 0);
    return program_end();
}
