/* Who may write a regular file's contents: open files that may, or programs that run from it, but never both
 * (ETXTBSY). Context of all: any. */
#ifndef LINTEL_FS_WRITE_COUNT_H
#define LINTEL_FS_WRITE_COUNT_H

#include <stdatomic.h>

#include "abi/errno.h"

/* Open files that may write; below 0: minus the number of those who forbid it. */
struct write_count {
    atomic_int value;
};

/* Count on in one direction (1 or -1), unless it stands on the other side of 0. Errors: -ETXTBSY. */
static inline int write_count_move(struct write_count *count, int direction)
{
    int old = atomic_load_explicit(&count->value, memory_order_relaxed);

    do {
        if (old * direction < 0)
            return -ETXTBSY;
    } while (!atomic_compare_exchange_weak(&count->value, &old, old + direction));
    return 0;
}

/* One more who may write; and no longer. */
static inline int write_count_permit(struct write_count *count)
{
    return write_count_move(count, 1);
}

static inline void write_count_unpermit(struct write_count *count)
{
    atomic_fetch_sub(&count->value, 1);
}

/* One more who forbids it; and no longer. */
static inline int write_count_forbid(struct write_count *count)
{
    return write_count_move(count, -1);
}

static inline void write_count_unforbid(struct write_count *count)
{
    atomic_fetch_add(&count->value, 1);
}

#endif
