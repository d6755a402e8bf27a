/* Whether two CPUs' time-stamp counters agree.
 *
 * In each round the boot CPU reads its counter, asks, and reads it again when the other CPU has answered with
 * its own counter. If the counters agree, the answer lies between the two readings; as far as it lies
 * outside, a thread that moves from one CPU to the other could see time step back. */
#ifndef LINTEL_ARCH_TSC_SYNC_H
#define LINTEL_ARCH_TSC_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct tsc_sync_result {
    int64_t offset_ticks;       /* of the other CPU's counter, as far as it can be known: */
    uint64_t uncertainty_ticks; /* half the shortest round trip */
    uint64_t warp_ticks;        /* by which time could step back; 0 if the counters agree */
};

/* Ask the one CPU that is in tsc_sync_answer(), for at most 2 ms or one round. False if it does not answer.
 * Context: the boot CPU, the clock runs. */
bool tsc_sync_measure(struct tsc_sync_result *ret_result);

/* Answer until tsc_sync_measure() is through. Context: the other CPU, interrupts disabled. */
void tsc_sync_answer(void);

#endif
