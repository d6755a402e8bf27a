/* There is one thread: a mutex that it would wait for is a deadlock. */
#ifndef LINTEL_TESTS_STUB_MUTEX_H
#define LINTEL_TESTS_STUB_MUTEX_H

#include <stdbool.h>
#include <stdlib.h>

#include "core/lock_rank.h"

struct mutex {
    bool is_held;
};

static inline void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    (void)rank;
    mutex->is_held = false;
}

static inline void mutex_lock(struct mutex *mutex)
{
    if (mutex->is_held)
        abort();
    mutex->is_held = true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
    if (!mutex->is_held)
        abort();
    mutex->is_held = false;
}

#endif
