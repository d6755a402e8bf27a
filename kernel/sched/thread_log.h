/* The listing of threads for people: thread_log_all() of thread.h, and the ways to ask for it. */
#ifndef LINTEL_SCHED_THREAD_LOG_H
#define LINTEL_SCHED_THREAD_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "sched/thread_list.h"

#define THREAD_LOG_LINES_MAX 64

/* Add the sysrq keys `t` and `w`, have panics name threads, and start listing every SECONDS seconds if the
 * word `ps=SECONDS` asks for that. Errors: -ENOMEM. Context: boot, once, after sched_setup(). */
int thread_log_setup(void);

/* Write a thread's line, without where it is. */
void thread_log_format(const struct thread_snapshot *snapshot, char *ret_text, size_t size);

/* Number of the first call that is not of the scheduler, so that the calls from it on tell where a thread is.
 */
unsigned thread_log_first_call(const uint64_t *calls, unsigned count);

#endif
