/* sched_setattr() and sched_getattr(): sizes, flags, what they show of each other and of nice levels. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>

#include "show.h"

#define SIZE_0 48
#define RESET_ON_FORK 1
#define KEEP_POLICY 8
#define KEEP_PARAMS 16

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
    uint64_t unknown;
};

static void show_own(void)
{
    struct attributes own = {0};
    long result = syscall(SYS_sched_getattr, 0, &own, SIZE_0, 0);

    printf("  own: %ld, size %u, policy %u, flags %llx, nice %d, priority %u; getpriority %ld\n", result,
           own.size, own.policy, (unsigned long long)own.flags, own.nice, own.priority,
           syscall(SYS_getpriority, PRIO_PROCESS, 0));
}

static void set(const char *what, struct attributes attributes)
{
    errno = 0;
    show_value(what, syscall(SYS_sched_setattr, 0, &attributes, 0));
    show_own();
}

#define SET(...) set(#__VA_ARGS__, (struct attributes){__VA_ARGS__})

static void sizes(void)
{
    static struct {
        struct attributes attributes;
        char rest[4096];
    } large = {.rest = {1, 2, 3}};
    struct attributes some = {.size = 20};

    SHOW_RAW(sched_setattr, 0, &some, 0);
    printf("size told: %u\n", some.size);
    some = (struct attributes){.size = 5000};
    SHOW_RAW(sched_setattr, 0, &some, 0);
    printf("size told: %u\n", some.size);
    some = (struct attributes){.size = sizeof(some), .unknown = 1};
    SHOW_RAW(sched_setattr, 0, &some, 0);
    printf("size told: %u\n", some.size);
    SET(.size = 0);
    SET(.size = sizeof(some));
    SHOW_RAW(sched_getattr, 0, &some, 47, 0);
    SHOW_RAW(sched_getattr, 0, &some, 4097, 0);
    SHOW_RAW(sched_getattr, 0, &large, 4096, 0);
    printf("size told: %u, behind it %d\n", large.attributes.size, large.rest[1]);
}

static void errors(void)
{
    struct attributes some = {.size = SIZE_0};

    SHOW_RAW(sched_setattr, 0, NULL, 0);
    SHOW_RAW(sched_setattr, 0, BAD, 0);
    SHOW_RAW(sched_setattr, 0, KERNEL, 0);
    SHOW_RAW(sched_setattr, 0, &some, 1);
    SHOW_RAW(sched_setattr, -1, &some, 0);
    SHOW_RAW(sched_setattr, 999999, &some, 0);
    SHOW_RAW(sched_getattr, 0, NULL, SIZE_0, 0);
    SHOW_RAW(sched_getattr, 0, BAD, SIZE_0, 0);
    SHOW_RAW(sched_getattr, 0, &some, SIZE_0, 1);
    SHOW_RAW(sched_getattr, -1, &some, SIZE_0, 0);
    SHOW_RAW(sched_getattr, 999999, &some, SIZE_0, 0);
    SET(.policy = 4);
    SET(.policy = 0x80000000);
    SET(.priority = 1);
    SET(.policy = SCHED_FIFO);
    SET(.policy = SCHED_FIFO, .priority = 100);
    SET(.policy = SCHED_FIFO, .priority = 0xffffffff);
    SET(.flags = 0x1000);
}

int main(void)
{
    begin();
    sizes();
    errors();
    SET(.nice = 3);
    SET(.policy = SCHED_BATCH, .nice = 100);
    SET(.policy = SCHED_BATCH, .nice = 7, .flags = KEEP_PARAMS);
    SET(.nice = 5);
    SET(.policy = SCHED_FIFO, .nice = 9, .flags = KEEP_POLICY);
    SET(.flags = RESET_ON_FORK, .nice = 9);
    if (fork() == 0) {
        show_own();
        return 0;
    }
    wait(NULL);
    SHOW(setgid(1000));
    SHOW(setuid(1000));
    SET(.nice = 9, .flags = RESET_ON_FORK);
    SET(.nice = 8, .flags = RESET_ON_FORK);
    SET(.nice = 10);
    SET(.nice = 11, .flags = RESET_ON_FORK);
    SET(.policy = SCHED_FIFO, .priority = 1, .flags = RESET_ON_FORK);
    return 0;
}
