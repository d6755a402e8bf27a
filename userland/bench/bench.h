/* What system calls cost a program. A row is one operation, done often; its figure is the least of several
 * rounds. */
#ifndef LINTEL_USERLAND_BENCH_H
#define LINTEL_USERLAND_BENCH_H

#include <stdint.h>

/* What the program is started with in order to end at once. */
#define END_AT_ONCE "end"

/* Do the operation `count` times; returns the ticks of the time-stamp counter that it took, or a negative
 * errno. */
typedef int64_t bench_measure(long count);

struct bench_row {
    const char *name;
    bench_measure *measure;
    long count;
};

/* Each ends with an entry whose name is NULL. */
extern const struct bench_row bench_call_rows[];
extern const struct bench_row bench_ipc_rows[];
extern const struct bench_row bench_memory_rows[];
extern const struct bench_row bench_process_rows[];
extern const struct bench_row bench_screen_rows[];

/* This program's file, for those that execute it. */
extern const char *bench_path;

/* Ticks of the time-stamp counter; under QEMU's -icount shift=0 instructions that were executed. */
static inline int64_t bench_now(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (int64_t)((uint64_t)high << 32 | low);
}

/* -errno; for `return bench_error()`. */
int64_t bench_error(void);

#endif
