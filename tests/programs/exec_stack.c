/* RLIMIT_STACK: how far the new program's stack grows, and how many arguments there may be. */
#include <signal.h>
#include <sys/resource.h>

#include "again.h"

static int use_stack(int kilobytes)
{
    volatile char frame[1024];

    frame[0] = (char)kilobytes;
    return kilobytes == 0 ? frame[0] : use_stack(kilobytes - 1) + frame[0] - (char)kilobytes;
}

static void run(rlim_t limit, const char *kilobytes)
{
    struct rlimit before, changed;

    getrlimit(RLIMIT_STACK, &before);
    changed = (struct rlimit){limit, before.rlim_max};
    expect_value("setrlimit", setrlimit(RLIMIT_STACK, &changed), 0);
    int status = run_image(own_path(), (char *[]){"x", (char *)kilobytes, NULL}, (char *[]){NULL});
    printf("limit %ld KiB, %s KiB used: status 0x%x\n", (long)limit / 1024, kilobytes, (unsigned)status);
    setrlimit(RLIMIT_STACK, &before);
}

static void run_with_arguments(rlim_t limit, size_t count)
{
    static char *many[200], string[16384];
    struct rlimit before, changed;

    memset(string, 's', sizeof(string) - 1);
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = i == 0 ? "x" : i == 1 ? "10" : i < count ? string : NULL;
    getrlimit(RLIMIT_STACK, &before);
    changed = (struct rlimit){limit, before.rlim_max};
    setrlimit(RLIMIT_STACK, &changed);
    int status = run_image(own_path(), many, (char *[]){NULL});
    setrlimit(RLIMIT_STACK, &before);
    printf("limit %ld KiB, %zu KiB of arguments: status 0x%x\n", (long)limit / 1024, count * 16,
           (unsigned)status);
}

int main(int argc, char **argv)
{
    program_begin();
    if (argc > 1)
        return use_stack(atoi(argv[1]));
    run(8192 * 1024, "10");
    run(8192 * 1024, "7000");
    run(8192 * 1024, "9000");
    run(1024 * 1024, "700");
    run(1024 * 1024, "1200");
    run(256 * 1024, "100");
    run(256 * 1024, "500");
    run(32768 * 1024, "30000");
    run_with_arguments(8192 * 1024, 100);
    run_with_arguments(8192 * 1024, 140);
    run_with_arguments(1024 * 1024, 12);
    run_with_arguments(1024 * 1024, 18);
    run_with_arguments(256 * 1024, 6);
    run_with_arguments(256 * 1024, 10);
    return program_end();
}
