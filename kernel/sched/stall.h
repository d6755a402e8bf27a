/* Notices that something stands still which should move on: a counter, looked at from time to time. Pure
 * code. Locks: the owner's business. */
#ifndef LINTEL_SCHED_STALL_H
#define LINTEL_SCHED_STALL_H

#include <stdbool.h>
#include <stdint.h>

#define STALL_REPEAT_NS 30000000000ull

/* Begins as {0}. */
struct stall {
    uint64_t value;       /* that it had when it was last seen to move */
    uint64_t since_ns;    /* when that was */
    uint64_t reported_ns; /* valid if is_reported */
    bool is_reported;
};

enum stall_verdict {
    STALL_NONE,
    STALL_REPORT, /* it has stood still for the limit; said once in STALL_REPEAT_NS */
    STALL_KNOWN,  /* it still does, which was reported */
    STALL_OVER,   /* it moves again after a report */
};

/* Look at the counter; *ret_stood_ns is for how long it has stood still. */
enum stall_verdict stall_look(struct stall *stall, uint64_t value, uint64_t now_ns, uint64_t limit_ns,
                              uint64_t *ret_stood_ns);

/* It had reason to stand still, or nobody was there to look: begin to count anew. */
void stall_forgive(struct stall *stall, uint64_t now_ns);

#endif
