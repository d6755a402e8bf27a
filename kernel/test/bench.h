/* What things cost in the kernel. `bench=NAME` on the command line runs one of these in place of PID 1; the
 * figures are lines for scripts: `bench FIGURE VALUE`.
 *     threads   switch: from one kernel thread to another by thread_yield(), in TSC ticks
 *               create-join: thread_create() and thread_join() of one that does nothing, likewise
 *               memory: bytes a thread, with stack and vector registers
 *     screen    echo: from a key to its echo on the screen, in TSC ticks, the worst of several
 *     speedup   how many times as fast two threads that work are on all CPUs as on one, several times */
#ifndef LINTEL_TEST_BENCH_H
#define LINTEL_TEST_BENCH_H

/* Measure what `name` says; a name that is not known is logged. Returns 0, or a negative errno.
 * Context: thread; no others are there. */
int bench_run(const char *name);

/* bench_screen.c. Errors: -EIO (there is no screen). */
int bench_screen(void);

#endif
