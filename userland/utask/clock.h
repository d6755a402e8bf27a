/* Time, and waiting for it. */
#ifndef LINTEL_UTASK_CLOCK_H
#define LINTEL_UTASK_CLOCK_H

#include <stdint.h>

#define NS_PER_SECOND 1000000000ull
#define NS_PER_MS 1000000ull

uint64_t timestamp(void); /* the TSC */
uint64_t now_ns(void);    /* CLOCK_MONOTONIC */

/* By nanosleep(), and by clock_nanosleep() until now_ns() is at least deadline_ns. */
void sleep_ns(uint64_t duration_ns);
void sleep_until(uint64_t deadline_ns);

#endif
