/* What system calls and threads cost, in TSC ticks. */
#ifndef LINTEL_UTASK_BENCH_H
#define LINTEL_UTASK_BENCH_H

/* Print the cost of getpid(). */
void bench_null_call(void);

/* Print that of sched_yield() to another thread and back, and of coming out of a sleep while another thread
 * works. */
void bench_threads(void);

#endif
