#include "utask/shows.h"

#include <stdint.h>

#include "utask/console.h"
#include "utask/syscall.h"

#define NS_PER_SECOND 1000000000ull
#define SPIN_NS 1200000000ull
#define COST_ROUNDS 1000

/* From common/image.lds. */
extern const char __image_start[], __text_end[], __rodata_end[], __data_end[], __bss_end[];

static uint64_t timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t now_ns(void)
{
    struct timespec64 time = {0, 0};

    syscall4(SYS_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&time, 0, 0);
    return (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
}

void show_place(void)
{
    uint16_t cs;
    char local;

    __asm__("mov %%cs, %0" : "=r"(cs));
    print("utask: running in ring %u, pid %d\n", cs & 3u, (int)syscall0(SYS_getpid));
    print("utask: text %p-%p  rodata -%p  data -%p  bss -%p  stack near %p\n", __image_start, __text_end,
          __rodata_end, __data_end, __bss_end, &local);
}

void show_syscall_cost(void)
{
    uint64_t best = UINT64_MAX;

    for (int round = 0; round < 5; round++) {
        uint64_t start = timestamp();
        for (int i = 0; i < COST_ROUNDS; i++)
            syscall0(SYS_getpid);
        uint64_t ticks = timestamp() - start;
        best = ticks < best ? ticks : best;
    }
    print("utask: getpid takes %llu.%02llu TSC ticks\n", (unsigned long long)(best / COST_ROUNDS),
          (unsigned long long)(best % COST_ROUNDS * 100 / COST_ROUNDS));
}

void show_interruption(void)
{
    /* The counter says when to stop: no system call is made meanwhile. */
    uint64_t start = timestamp(), start_ns = now_ns();

    while (now_ns() - start_ns < NS_PER_SECOND / 100)
        ;
    uint64_t ticks = (timestamp() - start) * (SPIN_NS / (NS_PER_SECOND / 100));
    print("utask: in a loop without system calls for 1.2 s\n");
    start = timestamp();
    while (timestamp() - start < ticks)
        __asm__ volatile("pause");
    print("utask: out of the loop\n");
}

void show_heartbeats(unsigned count)
{
    for (unsigned beat = 1; beat <= count; beat++) {
        uint64_t start = now_ns();
        while (now_ns() - start < NS_PER_SECOND)
            syscall0(SYS_sched_yield);
        print("utask: heartbeat %u of %u\n", beat, count);
    }
}
