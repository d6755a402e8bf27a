/* tlb: once a shootdown has returned no CPU uses the old translation. All CPUs access one page without a
 * pause, by user_copy(), which may fault, while it is mapped to other frames, unmapped, and protected. Then
 * all CPUs call each other at once, whatever they are doing. */
#include "arch/x86_64/tlb.h"

#include <stddef.h>

#include "arch/x86_64/ipi.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/user_copy.h"
#include "core/clock.h"
#include "core/log.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define CPUS_MAX 16
#define PART_MS 400
#define ROUNDS_MIN 5
#define ROUNDS_MAX 500
#define ACCESSES_AT_A_TIME 32 /* then a rest, or emulated CPUs take the real ones away from each other */
#define REST_NS 50000
#define POISON 0 /* what an old frame holds as soon as nobody may see it any more */
#define MAP_READ_WRITE (MAP_READ | MAP_WRITE)

/* The page, and which two frames it is mapped to in turn. */
static struct page_table table;
static uint64_t *page;
static paddr_t frames[2];

static atomic_bool is_over;
static _Atomic(uint64_t) oldest_allowed; /* values below this must not be read any more */
static atomic_uint accesses[CPUS_MAX];   /* tries of each CPU's thread */
static atomic_uint successes[CPUS_MAX];  /* those that did not fault */

static unsigned cpus_used(void)
{
    return cpu_count_online() < CPUS_MAX ? cpu_count_online() : CPUS_MAX;
}

static uint64_t *frame_contents(unsigned which)
{
    return direct_map(frames[which]);
}

static void count_access(unsigned cpu, bool is_success)
{
    atomic_fetch_add(&successes[cpu], is_success);
    if (atomic_fetch_add(&accesses[cpu], 1) % ACCESSES_AT_A_TIME == 0)
        thread_sleep_ns(REST_NS);
}

static bool must_go_on(unsigned rounds, uint64_t start_ns)
{
    return rounds < ROUNDS_MIN || (rounds < ROUNDS_MAX && !test_has_passed(start_ns, PART_MS));
}

static void read_page(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;

    while (!atomic_load(&is_over)) {
        uint64_t oldest = atomic_load(&oldest_allowed), value;
        bool is_success = user_copy(&value, page, sizeof(value)) == 0;
        if (is_success)
            TEST_CHECK(value != POISON && value >= oldest);
        count_access(cpu, is_success);
    }
}

static void write_page(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;

    for (uint64_t value = 1; !atomic_load(&is_over); value++)
        count_access(cpu, user_copy(page, &value, sizeof(value)) == 0);
}

/* Wait until each CPU has counted once more at least: twice, as the first may have begun before. */
static void wait_for_all(const atomic_uint *counts)
{
    unsigned before[CPUS_MAX];

    for (unsigned cpu = 0; cpu < cpus_used(); cpu++)
        before[cpu] = atomic_load(&counts[cpu]);
    for (unsigned cpu = 0; cpu < cpus_used(); cpu++) {
        while (atomic_load(&counts[cpu]) - before[cpu] < 2)
            thread_yield();
    }
}

static void shoot_down(void)
{
    tlb_shootdown_kernel((vaddr_t)page, 1);
}

/* Map the page to the other frame; on the way it stays unmapped until all have forgotten the old one, or not.
 */
static void remap(uint64_t value, bool waits_unmapped)
{
    unsigned next = value % 2;
    paddr_t old;

    *frame_contents(next) = value;
    TEST_CHECK(page_table_unmap(&table, (vaddr_t)page, &old) == 0 && old == frames[!next]);
    if (waits_unmapped) {
        shoot_down();
        *frame_contents(!next) = POISON;
    }
    TEST_CHECK(page_table_map(&table, (vaddr_t)page, frames[next], MAP_READ_WRITE) == 0);
    if (!waits_unmapped) {
        shoot_down();
        *frame_contents(!next) = POISON;
    }
    atomic_store(&oldest_allowed, value);
}

/* The page is mapped and nobody uses it: let the threads of all CPUs do so. */
static void accessors_start(void (*access)(void *argument), struct thread **threads)
{
    atomic_store(&is_over, false);
    for (uintptr_t cpu = 0; cpu < cpus_used(); cpu++) {
        struct cpu_set cpus = test_one_cpu((unsigned)cpu);
        struct thread_options options = {.cpus = &cpus};
        threads[cpu] = test_start("accesses", access, (void *)cpu, &options);
    }
    wait_for_all(accesses);
}

static void accessors_stop(struct thread *const *threads)
{
    atomic_store(&is_over, true);
    test_join_all(threads, cpus_used());
}

static void page_changes_frames(void)
{
    struct thread *threads[CPUS_MAX];
    uint64_t start_ns = clock_monotonic_ns(), value = 2;
    unsigned rounds = 0;

    *frame_contents(0) = value; /* even values lie in frame 0 */
    atomic_store(&oldest_allowed, value);
    accessors_start(read_page, threads);
    for (; must_go_on(rounds, start_ns); rounds++) {
        value++;
        remap(value, value % 3 == 0);
        wait_for_all(successes); /* the new frame is in all translation caches */
    }
    accessors_stop(threads);
    if (value % 2 != 0)
        remap(value + 1, true); /* as it was */
    log_info("test tlb: mapped %u times", rounds);
}

static void page_becomes_read_only(void)
{
    struct thread *threads[CPUS_MAX];
    uint64_t start_ns = clock_monotonic_ns();
    volatile uint64_t *contents = frame_contents(0);
    unsigned rounds = 0;

    accessors_start(write_page, threads);
    for (; must_go_on(rounds, start_ns); rounds++) {
        TEST_CHECK(page_table_protect(&table, (vaddr_t)page, MAP_READ) == 0);
        shoot_down();
        uint64_t value = *contents;
        wait_for_all(accesses);
        TEST_CHECK(*contents == value);
        TEST_CHECK(page_table_protect(&table, (vaddr_t)page, MAP_READ_WRITE) == 0);
        shoot_down();
        wait_for_all(successes);
    }
    accessors_stop(threads);
    log_info("test tlb: protected %u times", rounds);
}

/* Calls of all to all. */
static struct spinlock call_lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST);

static void count_call(void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
}

/* How the caller is while it calls. */
enum call_manner { CALL_PLAINLY, CALL_WITH_INTERRUPTS_OFF, CALL_WITH_LOCK, CALL_MANNERS };

static void call_in_manner(enum call_manner manner, const struct cpu_set *cpus, atomic_uint *count)
{
    if (manner == CALL_WITH_LOCK) {
        struct spinlock_state state = spin_lock(&call_lock);
        ipi_call(cpus, count_call, count);
        spin_unlock(&call_lock, state);
    } else if (manner == CALL_WITH_INTERRUPTS_OFF) {
        bool were_enabled = cpu_interrupts_save();
        ipi_call(cpus, count_call, count);
        cpu_interrupts_restore(were_enabled);
    } else {
        ipi_call(cpus, count_call, count);
    }
}

static void call_all(void *argument)
{
    struct cpu_set all = test_all_cpus();
    uint64_t start_ns = clock_monotonic_ns();
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    for (unsigned i = 0; must_go_on(i, start_ns); i++) {
        atomic_uint count = 0;
        call_in_manner((enum call_manner)test_random_below(&random, CALL_MANNERS), &all, &count);
        TEST_CHECK(atomic_load(&count) == cpu_count_online());
    }
}

static void all_call_all(void)
{
    struct thread *threads[CPUS_MAX];

    for (uintptr_t cpu = 0; cpu < cpus_used(); cpu++) {
        struct cpu_set cpus = test_one_cpu((unsigned)cpu);
        struct thread_options options = {.cpus = &cpus};
        threads[cpu] = test_start("calls", call_all, (void *)cpu, &options);
    }
    test_join_all(threads, cpus_used());
}

/* A page of its own, once: the kernel heap takes nothing back. */
static void page_setup(void)
{
    struct page_mapping mapping;

    if (page != NULL)
        return;
    table = *kernel_map_table();
    page = kernel_map_alloc(1);
    if (page == NULL || page_table_lookup(&table, (vaddr_t)page, &mapping) != 0 ||
        frames_alloc_zeroed(&frames[1]) != 0)
        test_give_up("no memory for a page");
    frames[0] = mapping.address;
}

void test_tlb(void)
{
    page_setup();
    page_changes_frames();
    page_becomes_read_only();
    all_call_all();
}
