/* idle: CPUs with nothing to do are left alone: no timer that ticks, no threads that switch. */
#include <stddef.h>

#include "core/timer.h"
#include "sched/sched.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define IDLE_S 2
#define A_SECOND_MAX 5

static uint64_t interrupts_before[CPU_COUNT_MAX], switches_before[CPU_COUNT_MAX];

void test_idle(void)
{
    thread_sleep_ns(50 * TEST_NS_PER_MS); /* what ran before comes to its end */
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        interrupts_before[cpu] = timer_interrupt_count(cpu);
        switches_before[cpu] = sched_switch_count(cpu);
    }
    thread_sleep_ns(IDLE_S * 1000 * TEST_NS_PER_MS);
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        TEST_CHECK(timer_interrupt_count(cpu) - interrupts_before[cpu] < IDLE_S * A_SECOND_MAX);
        TEST_CHECK(sched_switch_count(cpu) - switches_before[cpu] < IDLE_S * A_SECOND_MAX);
    }
}
