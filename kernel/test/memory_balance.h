/* What a test must leave as it found it. */
#ifndef LINTEL_TEST_MEMORY_BALANCE_H
#define LINTEL_TEST_MEMORY_BALANCE_H

#include <stdint.h>

struct memory_balance {
    uint64_t frames; /* free, or the frame allocator's own */
    unsigned threads, stacks;
};

/* After what is kept for new threads was given back. */
struct memory_balance memory_balance_settled(void);

/* Check that it is the same again. What a thread that ended last gives back may be a moment late. */
void memory_balance_check(const struct memory_balance *before);

#endif
