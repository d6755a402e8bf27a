#include "utask/clock.h"

#include "utask/syscall.h"

static struct timespec64 timespec_of(uint64_t time_ns)
{
    return (struct timespec64){(int64_t)(time_ns / NS_PER_SECOND), (int64_t)(time_ns % NS_PER_SECOND)};
}

uint64_t timestamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t now_ns(void)
{
    struct timespec64 time = {0, 0};

    syscall4(SYS_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&time, 0, 0);
    return (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
}

void sleep_ns(uint64_t duration_ns)
{
    struct timespec64 time = timespec_of(duration_ns);

    syscall4(SYS_nanosleep, (uint64_t)&time, 0, 0, 0);
}

void sleep_until(uint64_t deadline_ns)
{
    struct timespec64 time = timespec_of(deadline_ns);

    syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (uint64_t)&time, 0);
}
