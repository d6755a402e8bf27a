#include "sched/placement.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/percpu.h"
#include "lib/cpu_set.h"
#include "sched/sched_cpu.h"
#include "sched/thread_internal.h"

#define REALTIME_LOAD (1u << 16) /* a CPU that runs a real-time thread may not come to others for long */
#define IDLE_WORDS (CPU_COUNT_MAX / 64)

/* While no CPU is idle, most threads stay where they are: what only the others need is not inlined, so that
 * no registers are saved for it in vain. */
#define PLACEMENT_RARE __attribute__((noinline))

static _Atomic(uint64_t) idle_cpus[IDLE_WORDS];

/* The count follows the bits: who finds it 0 is seen by those that enter, before they look for work. */
static atomic_uint idle_count;

void placement_idle_enter(unsigned cpu)
{
    uint64_t bit = 1ull << cpu % 64;

    if ((atomic_fetch_or(&idle_cpus[cpu / 64], bit) & bit) == 0)
        atomic_fetch_add(&idle_count, 1);
}

bool placement_idle_leave(unsigned cpu)
{
    uint64_t bit = 1ull << cpu % 64;

    if ((atomic_load(&idle_cpus[cpu / 64]) & bit) == 0 ||
        (atomic_fetch_and(&idle_cpus[cpu / 64], ~bit) & bit) == 0)
        return false;
    atomic_fetch_sub(&idle_count, 1);
    return true;
}

/* Claim the first idle CPU that `is_wanted` agrees to. */
static bool placement_claim_if(const struct cpu_set *allowed,
                               bool (*is_wanted)(const struct sched_cpu *cpu, uint32_t cache_group),
                               uint32_t cache_group, unsigned *ret_cpu)
{
    unsigned online = cpu_count_online();

    for (unsigned word = 0; word * 64 < online; word++) {
        uint64_t left = atomic_load(&idle_cpus[word]) & allowed->bits[word];
        for (; left != 0; left &= left - 1) {
            unsigned cpu = word * 64 + (unsigned)__builtin_ctzll(left);
            if (is_wanted(sched_cpu_of(cpu), cache_group) && placement_idle_leave(cpu)) {
                *ret_cpu = cpu;
                return true;
            }
        }
    }
    return false;
}

static bool placement_is_near(const struct sched_cpu *cpu, uint32_t cache_group)
{
    return cpu->cache_group == cache_group;
}

static bool placement_is_any(const struct sched_cpu *cpu, uint32_t cache_group)
{
    (void)cpu;
    (void)cache_group;
    return true;
}

static PLACEMENT_RARE bool placement_search_idle(const struct cpu_set *allowed, unsigned last,
                                                 unsigned *ret_cpu)
{
    uint32_t cache_group = sched_cpu_of(last)->cache_group;
    if (cpu_set_has(allowed, last) && placement_idle_leave(last)) {
        *ret_cpu = last;
        return true;
    }
    return placement_claim_if(allowed, placement_is_near, cache_group, ret_cpu) ||
           placement_claim_if(allowed, placement_is_any, cache_group, ret_cpu);
}

bool placement_claim_idle(const struct cpu_set *allowed, unsigned last, unsigned *ret_cpu)
{
    return atomic_load(&idle_count) != 0 && placement_search_idle(allowed, last, ret_cpu);
}

/* The allowed CPU with the lowest `measure`; of equals the one with the lowest index. */
static PLACEMENT_RARE unsigned placement_lowest(const struct cpu_set *allowed,
                                                unsigned (*measure)(const struct sched_cpu *cpu))
{
    unsigned best = 0, lowest = UINT32_MAX, online = cpu_count_online();

    for (unsigned i = 0; i < online; i++) {
        const struct sched_cpu *cpu = sched_cpu_of(i);
        if (cpu == NULL || !cpu_set_has(allowed, i) || measure(cpu) >= lowest)
            continue;
        lowest = measure(cpu);
        best = i;
    }
    return best;
}

static unsigned placement_load(const struct sched_cpu *cpu)
{
    unsigned rank = atomic_load(&cpu->rank);
    unsigned load = atomic_load(&cpu->ready_count) * 2 + (rank != PLACEMENT_RANK_IDLE);

    return rank > PLACEMENT_RANK_NORMAL ? load + REALTIME_LOAD : load;
}

static unsigned placement_rank(const struct sched_cpu *cpu)
{
    return atomic_load(&cpu->rank);
}

unsigned placement_for_new(const struct thread *thread)
{
    unsigned cpu;

    if (placement_claim_idle(&thread->affinity, atomic_load(&thread->cpu), &cpu))
        return cpu;
    return placement_lowest(&thread->affinity,
                            thread->entity.policy == SCHED_NORMAL ? placement_load : placement_rank);
}

unsigned placement_for_woken(const struct thread *thread)
{
    unsigned last = atomic_load(&thread->cpu), cpu;

    if (placement_claim_idle(&thread->affinity, last, &cpu))
        return cpu;
    unsigned rank = placement_rank(sched_cpu_of(last));
    bool is_normal = thread->entity.policy == SCHED_NORMAL;
    if (cpu_set_has(&thread->affinity, last) &&
        (is_normal ? rank <= PLACEMENT_RANK_NORMAL : thread->rank > rank))
        return last;
    return placement_for_new(thread);
}

struct sched_cpu *placement_find_busy(const struct sched_cpu *taker, const struct cpu_set *tried)
{
    struct sched_cpu *best = NULL;
    unsigned best_score = 0, online = cpu_count_online();

    for (unsigned i = 0; i < online; i++) {
        struct sched_cpu *cpu = sched_cpu_of(i);
        if (cpu == NULL || cpu == taker || cpu_set_has(tried, i))
            continue;
        unsigned ready = atomic_load(&cpu->ready_count);
        unsigned score = ready == 0 ? 0 : ready + (cpu->cache_group == taker->cache_group ? 1u << 24 : 0);
        if (score > best_score) {
            best_score = score;
            best = cpu;
        }
    }
    return best;
}
