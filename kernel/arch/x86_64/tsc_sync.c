#include "arch/x86_64/tsc_sync.h"

#include <stdatomic.h>

#include "arch/x86_64/cpu.h"
#include "core/clock.h"

#define ROUNDS 200
#define ROUND_END UINT32_MAX
#define MEASURE_NS 2000000ull
#define ANSWER_WAIT_NS 10000000000ull /* a CPU of a virtual machine may not be running just now */

/* Both are 0 between two measurements. */
static struct {
    atomic_uint asked;    /* round that the boot CPU waits for; ROUND_END: no more */
    atomic_uint answered; /* round that the timestamp is of */
    uint64_t timestamp;   /* published by `answered` */
} sync;

static bool tsc_sync_wait(uint32_t round)
{
    uint64_t start_ns = clock_monotonic_ns();

    while (atomic_load(&sync.answered) != round) {
        if (clock_monotonic_ns() - start_ns > ANSWER_WAIT_NS)
            return false;
        cpu_pause();
    }
    return true;
}

static void tsc_sync_judge(struct tsc_sync_result *result, uint64_t before, uint64_t other, uint64_t after)
{
    uint64_t half = (after - before) / 2;

    if (before > other && before - other > result->warp_ticks)
        result->warp_ticks = before - other;
    if (other > after && other - after > result->warp_ticks)
        result->warp_ticks = other - after;
    if (half < result->uncertainty_ticks) {
        result->uncertainty_ticks = half;
        result->offset_ticks = (int64_t)(other - (before + half));
    }
}

bool tsc_sync_measure(struct tsc_sync_result *ret_result)
{
    struct tsc_sync_result result = {.uncertainty_ticks = UINT64_MAX};
    uint64_t start_ns = clock_monotonic_ns();
    bool is_answered = true;

    for (uint32_t round = 1; round <= ROUNDS && is_answered; round++) {
        uint64_t before = cpu_timestamp_ordered();
        atomic_store(&sync.asked, round);
        is_answered = tsc_sync_wait(round);
        if (is_answered)
            tsc_sync_judge(&result, before, sync.timestamp, cpu_timestamp_ordered());
        if (clock_monotonic_ns() - start_ns > MEASURE_NS)
            break;
    }
    atomic_store(&sync.asked, ROUND_END);
    is_answered = is_answered && tsc_sync_wait(ROUND_END);
    atomic_store(&sync.answered, 0);
    atomic_store(&sync.asked, 0);
    if (is_answered)
        *ret_result = result;
    return is_answered;
}

void tsc_sync_answer(void)
{
    uint32_t last = 0;

    while (last != ROUND_END) {
        uint32_t round = atomic_load(&sync.asked);
        if (round == last) {
            cpu_pause();
            continue;
        }
        sync.timestamp = cpu_timestamp_ordered();
        atomic_store(&sync.answered, round);
        last = round;
    }
}
