/* The vDSO: functions that programs call in place of system calls. They run in ring 3, on the program's
 * stack, at an address that is not known before: no relocations, no data but vdso_data. What they cannot
 * answer, for instance a clock that counts CPU time, they ask the kernel. */
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "abi/time.h"
#include "vdso/vdso_data.h"

#define NS_PER_SECOND 1000000000u
#define CLOCK_SHIFT 32

#define REALTIME_CLOCKS (1u << CLOCK_REALTIME | 1u << CLOCK_REALTIME_COARSE | 1u << CLOCK_TAI)
#define MONOTONIC_CLOCKS \
    (1u << CLOCK_MONOTONIC | 1u << CLOCK_MONOTONIC_RAW | 1u << CLOCK_MONOTONIC_COARSE | 1u << CLOCK_BOOTTIME)

#define VDSO_FUNCTION __attribute__((visibility("default")))
/* The name that the C library looks up, and the plain one, as on Linux. */
#define VDSO_ALIAS(name) __attribute__((weak, visibility("default"), alias("__vdso_" #name)))

extern const volatile struct vdso_data vdso_data __attribute__((visibility("hidden")));

int __vdso_clock_gettime(int clock, struct timespec64 *time);
int __vdso_clock_getres(int clock, struct timespec64 *resolution);
int __vdso_gettimeofday(struct timeval *time, struct timezone *zone);
int64_t __vdso_time(int64_t *seconds);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

static long system_call(long number, long argument0, long argument1, long argument2)
{
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(argument0), "S"(argument1), "d"(argument2)
                     : "rcx", "r11", "memory");
    return number;
}

/* The same as the kernel's clock_now_ns(): times of both can be compared. LFENCE: not before what precedes
 * the call. */
static inline uint64_t monotonic_ns(uint64_t multiplier)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    uint64_t ticks = ((uint64_t)high << 32 | low) - vdso_data.tsc_zero;
    return (uint64_t)((unsigned __int128)ticks * multiplier >> CLOCK_SHIFT);
}

VDSO_FUNCTION int __vdso_clock_gettime(int clock, struct timespec64 *time)
{
    uint64_t multiplier = vdso_data.multiplier, now_ns;
    uint32_t bit = (uint32_t)clock < 32 ? 1u << clock : 0;

    if (multiplier == 0 || (bit & (REALTIME_CLOCKS | MONOTONIC_CLOCKS)) == 0)
        return (int)system_call(SYS_clock_gettime, clock, (long)time, 0);
    now_ns = monotonic_ns(multiplier);
    if ((bit & REALTIME_CLOCKS) != 0)
        now_ns += vdso_data.wall_offset_ns;
    uint64_t seconds = now_ns / NS_PER_SECOND;
    time->seconds = (int64_t)seconds;
    time->nanoseconds = (int64_t)(now_ns - seconds * NS_PER_SECOND);
    return 0;
}

int clock_gettime(int clock, struct timespec64 *time) VDSO_ALIAS(clock_gettime);

VDSO_FUNCTION int __vdso_clock_getres(int clock, struct timespec64 *resolution)
{
    return (int)system_call(SYS_clock_getres, clock, (long)resolution, 0);
}

int clock_getres(int clock, struct timespec64 *resolution) VDSO_ALIAS(clock_getres);

VDSO_FUNCTION int __vdso_gettimeofday(struct timeval *time, struct timezone *zone)
{
    uint64_t multiplier = vdso_data.multiplier;

    if (multiplier == 0)
        return (int)system_call(SYS_gettimeofday, (long)time, (long)zone, 0);
    if (time != NULL) {
        uint64_t now_ns = monotonic_ns(multiplier) + vdso_data.wall_offset_ns;
        time->seconds = (int64_t)(now_ns / NS_PER_SECOND);
        time->microseconds = (int64_t)(now_ns % NS_PER_SECOND / 1000);
    }
    if (zone != NULL)
        *zone = (struct timezone){0, 0};
    return 0;
}

int gettimeofday(struct timeval *time, struct timezone *zone) VDSO_ALIAS(gettimeofday);

VDSO_FUNCTION int64_t __vdso_time(int64_t *seconds)
{
    uint64_t multiplier = vdso_data.multiplier;

    if (multiplier == 0)
        return system_call(SYS_time, (long)seconds, 0, 0);
    int64_t now = (int64_t)((monotonic_ns(multiplier) + vdso_data.wall_offset_ns) / NS_PER_SECOND);
    if (seconds != NULL)
        *seconds = now;
    return now;
}

int64_t time(int64_t *seconds) VDSO_ALIAS(time);

VDSO_FUNCTION long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    uint32_t index;

    (void)unused;
    if (!vdso_data.has_tsc_aux)
        return system_call(SYS_getcpu, (long)cpu, (long)node, 0);
    __asm__ volatile("rdtscp" : "=c"(index) : : "rax", "rdx");
    if (cpu != NULL)
        *cpu = index;
    if (node != NULL)
        *node = 0;
    return 0;
}

long getcpu(unsigned *cpu, unsigned *node, void *unused) VDSO_ALIAS(getcpu);
