/* The clocks of clock_gettime(2) by their numbers: the wall clock, the monotonic one, and the time on a CPU
 * of processes and threads. */
#ifndef LINTEL_TIME_CLOCK_ID_H
#define LINTEL_TIME_CLOCK_ID_H

#include <stdbool.h>
#include <stdint.h>

enum clock_kind {
    CLOCK_KIND_WALL,         /* REALTIME, TAI */
    CLOCK_KIND_MONOTONIC,    /* MONOTONIC, BOOTTIME, and what cannot be waited for: RAW, coarse */
    CLOCK_KIND_PROCESS,      /* time on a CPU, of all threads of a process */
    CLOCK_KIND_PROCESS_USER, /* of that, user time */
    CLOCK_KIND_THREAD,       /* time on a CPU */
};

struct clock_id {
    enum clock_kind kind;
    int id;        /* of the process or thread; 0: the wall clock, the monotonic one */
    bool can_wait; /* there are timers and sleeps by it */
    bool is_own;   /* CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID: of whoever asks */
};

/* What `clock`, a number that a program gave, means for the calling thread. Errors: -EINVAL (there is no such
 * clock; of a thread of another process). Context: thread.  Takes: process_tree. */
int clock_id_parse(int clock, struct clock_id *ret_clock);

/* What it shows now. A process or thread that is gone shows 0. Context: any but NMI.
 * Takes: process_tree, signals.lock, where it is one of theirs. */
uint64_t clock_id_read(const struct clock_id *clock);

#endif
