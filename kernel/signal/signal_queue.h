/* Queues of signals that wait: the set tells which, the entries with what siginfo. A signal of the set may be
 * without an entry, where there was no memory for one.
 *
 * A standard signal waits once, a real-time one as often as it was sent. Of all that wait, those of faults
 * are taken first, then the one with the lowest number. Context of everything here: any.  Holds: the lock of
 * the process whose queue it is, or nobody else knows the queue.  Sleeps: no. */
#ifndef LINTEL_SIGNAL_SIGNAL_QUEUE_H
#define LINTEL_SIGNAL_SIGNAL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "signal/signal.h"

struct user_account;

/* Context: early boot, once. */
void signal_queue_setup(void);

void signal_queue_init(struct signal_queue *queue);

/* Give back what is kept for the next siginfo. */
void signal_memory_release(struct signal_memory *memory);

/* The user whose queued siginfos are counted, and how many there may be. Those of timers are not: the timer
 * is, as long as it is there. */
struct signal_payer {
    struct user_account *account; /* NULL: nobody counts */
    uint64_t limit;
};

/* Add a signal. Returns whether there is anything new to take. Errors: -EAGAIN (sigqueue()'s, and there is no
 * memory, or the limit is reached). */
int signal_queue_add(struct signal_queue *queue, const struct siginfo *info, struct signal_memory *memory,
                     const struct signal_payer *payer);

/* Take the first signal of `wanted`; 0 if there is none. */
int signal_queue_take(struct signal_queue *queue, signal_set wanted, struct siginfo *ret_info,
                      struct signal_memory *memory);

/* Forget the signals of a set. */
void signal_queue_discard(struct signal_queue *queue, signal_set signals, struct signal_memory *memory);

/* Forget the signal of a timer. */
void signal_queue_discard_timer(struct signal_queue *queue, int timer, struct signal_memory *memory);

#endif
