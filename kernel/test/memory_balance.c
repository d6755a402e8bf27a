#include "test/memory_balance.h"

#include <stdbool.h>

#include "arch/x86_64/table_pool.h"
#include "core/clock.h"
#include "core/log.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "test/test.h"
#include "test/test_tools.h"

#define SETTLE_MS 2000

struct memory_balance memory_balance_settled(void)
{
    thread_trim();
    object_cache_trim_all();
    table_pool_trim();
    struct frames_stats stats = frames_get_stats();

    return (struct memory_balance){stats.free + stats.overhead + frame_refs_overhead(), thread_count(),
                                   kernel_stacks_in_use()};
}

static bool balance_is_equal(const struct memory_balance *a, const struct memory_balance *b)
{
    return a->frames == b->frames && a->threads == b->threads && a->stacks == b->stacks;
}

void memory_balance_check(const struct memory_balance *before)
{
    uint64_t start_ns = clock_monotonic_ns();
    struct memory_balance now = memory_balance_settled();

    while (!balance_is_equal(&now, before) && !test_has_passed(start_ns, SETTLE_MS)) {
        thread_sleep_ns(TEST_NS_PER_MS);
        now = memory_balance_settled();
    }
    if (!TEST_CHECK(balance_is_equal(&now, before)))
        log_error("test: frames %lu, threads %u, stacks %u; before: %lu, %u, %u", now.frames, now.threads,
                  now.stacks, before->frames, before->threads, before->stacks);
}
