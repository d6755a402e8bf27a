/* There are no threads to switch between: the places where that could happen are counted. */
#ifndef LINTEL_TESTS_STUB_PREEMPT_H
#define LINTEL_TESTS_STUB_PREEMPT_H

#include "tests/unit/kernel/fake_cpu.h"

static inline void preempt_point(void)
{
    fake_cpu.preemption_points++;
}

#endif
