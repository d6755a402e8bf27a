/* Kernel stacks that come and go, on tables in memory. The map is set up once, as in the kernel; each test
 * but the last ends with no stack mapped. */
#include <sys/mman.h>

#include "abi/errno.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_panic.h"
#include "fake_tlb.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "test.h"

#define STACK_SIZE (KERNEL_STACK_PAGES * PAGE_SIZE)
#define SLOT_PAGES (1 + KERNEL_STACK_PAGES)
#define SLOTS_BASE (KERNEL_STACKS_BASE + (1 + BOOT_STACK_PAGES) * PAGE_SIZE)
#define BATCH (KERNEL_STACKS_FREE_MAX / 2)
#define MANY 400

static vaddr_t tops[MANY];
static uint64_t free_before; /* with the page tables that MANY stacks need already made */

static uint64_t frames_free_now(void)
{
    return frames_get_stats().free;
}

static vaddr_t slot_top(unsigned slot)
{
    return SLOTS_BASE + (slot + 1) * SLOT_PAGES * PAGE_SIZE;
}

static bool stack_is_mapped(vaddr_t top)
{
    unsigned mapped = 0;

    assert_true(kernel_map_is_guard(top - STACK_SIZE - 1));
    assert_true(kernel_map_is_guard(top));
    for (vaddr_t page = top - STACK_SIZE; page < top; page += PAGE_SIZE)
        mapped += !kernel_map_is_guard(page);
    assert_true(mapped == 0 || mapped == KERNEL_STACK_PAGES);
    return mapped > 0;
}

static void create(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_not_equal(tops[i] = kernel_stack_create(), 0);
}

static void destroy(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        kernel_stack_destroy(tops[i]);
}

static int set_up(void **state)
{
    struct boot_info boot = {0};
    struct page_table table;

    (void)state;
    fake_memory_start(1536 * MIB);
    if (frames_alloc_zeroed(&table.root) != 0 || frames_alloc_zeroed(&boot.memory_map_physical) != 0)
        return -1;
    fake_cpu.cr3 = table.root;
    if (kernel_map_setup(&boot) != 0)
        return -1;
    create(MANY);
    destroy(0, MANY);
    kernel_stacks_trim();
    free_before = frames_free_now();
    return 0;
}

static int start(void **state)
{
    (void)state;
    fake_tlb = (struct fake_tlb){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    fake_tlb.on_shootdown = NULL;
    kernel_stacks_trim();
    assert_int_equal(kernel_stacks_in_use(), 0);
    assert_int_equal(frames_free_now(), free_before);
    assert_true(fake_cpu.interrupts_are_enabled);
    for (unsigned slot = 0; slot < MANY; slot++)
        assert_false(stack_is_mapped(slot_top(slot)));
    return 0;
}

static void the_last_given_back_is_the_next_handed_out(void **state)
{
    (void)state;
    create(5);
    assert_int_equal(kernel_stacks_in_use(), 5);
    uint64_t free_then = frames_free_now();
    static const unsigned order[] = {3, 0, 4};
    for (size_t i = 0; i < COUNT_OF(order); i++)
        kernel_stack_destroy(tops[order[i]]);
    assert_int_equal(kernel_stacks_in_use(), 2);
    for (size_t i = COUNT_OF(order); i > 0; i--) {
        assert_true(stack_is_mapped(tops[order[i - 1]])); /* all the time */
        assert_int_equal(kernel_stack_create(), tops[order[i - 1]]);
    }
    assert_int_equal(frames_free_now(), free_then);
    assert_int_equal(fake_tlb.shootdowns, 0);
    destroy(0, 5);
}

static void new_stacks_are_zeroed_and_recycled_ones_are_not(void **state)
{
    static const char zeros[PAGE_SIZE];
    struct page_mapping mapping;

    (void)state;
    for (int round = 0; round < 2; round++) {
        create(1);
        assert_int_equal(page_table_lookup(kernel_map_table(), tops[0] - PAGE_SIZE, &mapping), 0);
        assert_int_equal(mapping.protection, MAP_READ | MAP_WRITE);
        assert_memory_equal(direct_map(mapping.address), zeros, PAGE_SIZE);
        memset(direct_map(mapping.address), 0xa5, PAGE_SIZE);
        destroy(0, 1);
        assert_int_equal(kernel_stack_create(), tops[0]);
        assert_int_equal(*((unsigned char *)direct_map(mapping.address) + PAGE_SIZE - 1), 0xa5);
        destroy(0, 1);
        kernel_stacks_trim();
    }
}

static vaddr_t gone_first, gone_last; /* what the shootdown under test must cover */
static unsigned gone_count;
static uint64_t free_at_start;

/* At the time of a shootdown: unmapped, not yet free, and no lock is held. */
static void check_shootdown(void)
{
    unsigned unmapped = 0;

    for (vaddr_t top = gone_first; top <= gone_last; top += SLOT_PAGES * PAGE_SIZE)
        unmapped += !stack_is_mapped(top);
    assert_int_equal(unmapped, gone_count);
    assert_int_equal(frames_free_now(), free_at_start);
    assert_true(fake_cpu.interrupts_are_enabled);

    /* The slots are not free either: a stack created now must not lie in one of them. */
    vaddr_t top = kernel_stack_create();
    assert_int_not_equal(top, 0);
    assert_true(top < gone_first || top > gone_last);
    kernel_stack_destroy(top);
}

static void expect_shootdown(vaddr_t first, vaddr_t last, unsigned count)
{
    gone_first = first;
    gone_last = last;
    gone_count = count;
    free_at_start = frames_free_now();
    fake_tlb.on_shootdown = check_shootdown;
}

static void assert_shootdown_was_right(void)
{
    assert_int_equal(fake_tlb.shootdowns, 1);
    assert_true(fake_tlb.start <= gone_first - STACK_SIZE);
    assert_true(fake_tlb.start + fake_tlb.size_pages * PAGE_SIZE >= gone_last);
    assert_true(fake_tlb.size_pages <= (gone_last - gone_first) / PAGE_SIZE + SLOT_PAGES);
    fake_tlb = (struct fake_tlb){0};
}

static void too_many_are_unmapped_by_halves_the_oldest_first(void **state)
{
    const unsigned count = KERNEL_STACKS_FREE_MAX + 1;

    (void)state;
    create(count);
    destroy(0, KERNEL_STACKS_FREE_MAX);
    assert_int_equal(fake_tlb.shootdowns, 0);
    expect_shootdown(tops[0], tops[BATCH - 1], BATCH);
    kernel_stack_destroy(tops[KERNEL_STACKS_FREE_MAX]);
    assert_shootdown_was_right();
    assert_int_equal(frames_free_now(), free_at_start + BATCH * KERNEL_STACK_PAGES);
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(stack_is_mapped(tops[i]), i >= BATCH);

    /* Those that are left come back in their order, then the lowest slots again. */
    for (unsigned i = count; i > BATCH; i--)
        assert_int_equal(kernel_stack_create(), tops[i - 1]);
    for (unsigned i = 0; i < BATCH; i++)
        assert_int_equal(kernel_stack_create(), tops[i]);
    destroy(0, count);
    assert_int_equal(fake_tlb.shootdowns, 1);
}

/* Also with interrupts disabled, which is how the scheduler calls. */
static void the_range_covers_slots_in_any_order(void **state)
{
    (void)state;
    create(200);
    kernel_stack_destroy(tops[150]);
    kernel_stack_destroy(tops[20]);
    kernel_stack_destroy(tops[100]);
    expect_shootdown(tops[20], tops[150], 3);
    fake_tlb.on_shootdown = NULL;
    fake_cpu.interrupts_are_enabled = false;
    kernel_stacks_trim();
    assert_false(fake_cpu.interrupts_are_enabled);
    fake_cpu.interrupts_are_enabled = true;
    assert_shootdown_was_right();
    assert_int_equal(frames_free_now(), free_at_start + 3 * KERNEL_STACK_PAGES);

    assert_int_equal(kernel_stack_create(), tops[20]); /* the holes first */
    assert_int_equal(kernel_stack_create(), tops[100]);
    assert_int_equal(kernel_stack_create(), tops[150]);
    assert_int_equal(kernel_stack_create(), slot_top(200));
    destroy(0, 200);
    kernel_stack_destroy(slot_top(200));
}

static void trim_gives_back_all_that_are_kept(void **state)
{
    (void)state;
    create(KERNEL_STACKS_FREE_MAX + 3);
    destroy(3, KERNEL_STACKS_FREE_MAX);
    expect_shootdown(tops[3], tops[KERNEL_STACKS_FREE_MAX + 2], KERNEL_STACKS_FREE_MAX);
    fake_tlb.on_shootdown = NULL;
    kernel_stacks_trim();
    assert_shootdown_was_right();
    assert_int_equal(frames_free_now(), free_before - 3 * KERNEL_STACK_PAGES);
    assert_int_equal(kernel_stacks_in_use(), 3);
    kernel_stacks_trim(); /* nothing is left to do */
    assert_int_equal(fake_tlb.shootdowns, 0);
    destroy(0, 3);
}

/* The frames and slots of a batch are nobody's until the shootdown is over, whoever asks meanwhile. */
static void nothing_is_reused_during_the_shootdown(void **state)
{
    (void)state;
    create(10);
    destroy(0, 10);
    expect_shootdown(tops[0], tops[9], 10);
    kernel_stacks_trim();
    assert_shootdown_was_right();
}

static void each_failure_leaves_nothing_behind(void **state)
{
    uint64_t failures = 0;

    (void)state;
    for (;; failures++) {
        alloc_failure_set(failures);
        vaddr_t top = kernel_stack_create();
        bool has_failed = alloc_failure_has_happened();
        alloc_failure_set(UINT64_MAX);
        assert_true(fake_cpu.interrupts_are_enabled);
        assert_int_equal(top == 0, has_failed);
        if (top != 0) {
            assert_int_equal(top, slot_top(0)); /* failures have used up no slot */
            kernel_stack_destroy(top);
            break;
        }
        assert_int_equal(kernel_stacks_in_use(), 0);
        assert_int_equal(frames_free_now(), free_before);
        assert_false(stack_is_mapped(slot_top(0)));
    }
    assert_int_equal(failures, 1 + KERNEL_STACK_PAGES);
    assert_int_equal(fake_tlb.shootdowns, KERNEL_STACK_PAGES - 1); /* whenever a page had been mapped */
}

static void what_is_no_stack_in_use_cannot_be_given_back(void **state)
{
    (void)state;
    create(3);
    kernel_stack_destroy(tops[1]);
    assert_panics("", kernel_stack_destroy(tops[0])); /* the test's own test: no panic */
    const vaddr_t cases[] = {
        0,
        tops[0] - 8,
        tops[0] - STACK_SIZE,
        tops[0] + PAGE_SIZE,
        tops[1],     /* given back already */
        slot_top(3), /* never made */
        slot_top(KERNEL_STACKS_MAX - 1),
        slot_top(KERNEL_STACKS_MAX),
        SLOTS_BASE,
        KERNEL_STACKS_BASE,
        SLOTS_BASE - SLOT_PAGES * PAGE_SIZE,
        DIRECT_MAP_BASE,
        UINT64_MAX,
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (fake_panic_fork()) {
            kernel_stack_destroy(cases[i]);
            _exit(0);
        }
        if (strstr(fake_panic_wait(), "no stack in use ends at") == NULL)
            fail_msg("case %zu: no panic", i);
    }
    kernel_stacks_trim();
    assert_panics("no stack in use", kernel_stack_destroy(tops[1])); /* unmapped */
    kernel_stack_destroy(tops[0]);
    kernel_stack_destroy(tops[2]);
}

static void random_steps_keep_to_the_oracle(void **state)
{
    static bool is_used[MANY];
    unsigned count = 0;

    (void)state;
    for (int step = 0; step < 60000; step++) {
        bool is_growing = step / 3000 % 2 == 0;
        if (count < MANY && (count == 0 || random_below(8) < (is_growing ? 6 : 2))) {
            vaddr_t top = kernel_stack_create();
            uint64_t slot = (top - SLOTS_BASE) / (SLOT_PAGES * PAGE_SIZE) - 1;
            assert_true(slot < MANY && top == slot_top((unsigned)slot));
            assert_false(is_used[slot]);
            is_used[slot] = true;
            tops[count++] = top;
        } else {
            unsigned victim = (unsigned)random_below(count);
            is_used[(tops[victim] - SLOTS_BASE) / (SLOT_PAGES * PAGE_SIZE) - 1] = false;
            kernel_stack_destroy(tops[victim]);
            tops[victim] = tops[--count];
        }
        assert_int_equal(kernel_stacks_in_use(), count);
        uint64_t kept = (free_before - frames_free_now()) / KERNEL_STACK_PAGES - count;
        assert_true(kept <= KERNEL_STACKS_FREE_MAX);
        if (step % 1000 == 0)
            kernel_stacks_trim();
    }
    for (unsigned i = 0; i < count; i++)
        assert_true(stack_is_mapped(tops[i]));
    destroy(0, count);
}

/* The frames' contents matter to nobody here: a gigabyte of host memory need not hold them. */
static void forget_contents(vaddr_t top)
{
    struct page_mapping mapping;

    for (vaddr_t page = top - STACK_SIZE; page < top; page += PAGE_SIZE) {
        assert_int_equal(page_table_lookup(kernel_map_table(), page, &mapping), 0);
        assert_int_equal(madvise(direct_map(mapping.address), PAGE_SIZE, MADV_DONTNEED), 0);
    }
}

/* Last, since the stacks stay. */
static void slots_run_out_before_memory_and_come_back(void **state)
{
    static vaddr_t all[KERNEL_STACKS_MAX];

    (void)state;
    for (unsigned i = 0; i < KERNEL_STACKS_MAX; i++) {
        all[i] = kernel_stack_create();
        assert_int_equal(all[i], slot_top(i));
        forget_contents(all[i]);
    }
    uint64_t free_then = frames_free_now();
    assert_true(free_then > KERNEL_STACK_PAGES + 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(kernel_stack_create(), 0);
    assert_int_equal(frames_free_now(), free_then);
    assert_int_equal(kernel_stacks_in_use(), KERNEL_STACKS_MAX);

    kernel_stack_destroy(all[700]);
    assert_int_equal(kernel_stack_create(), all[700]);
    static const unsigned slots[] = {KERNEL_STACKS_MAX - 1, 700, 64, 701};
    for (size_t i = 0; i < COUNT_OF(slots); i++)
        kernel_stack_destroy(all[slots[i]]);
    kernel_stacks_trim();
    static const unsigned sorted[] = {64, 700, 701, KERNEL_STACKS_MAX - 1};
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        assert_int_equal(kernel_stack_create(), all[sorted[i]]);
    assert_int_equal(kernel_stack_create(), 0);
    assert_int_equal(frames_free_now(), free_then);
}

#define STACKS_TEST(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STACKS_TEST(the_last_given_back_is_the_next_handed_out),
        STACKS_TEST(new_stacks_are_zeroed_and_recycled_ones_are_not),
        STACKS_TEST(too_many_are_unmapped_by_halves_the_oldest_first),
        STACKS_TEST(the_range_covers_slots_in_any_order),
        STACKS_TEST(trim_gives_back_all_that_are_kept),
        STACKS_TEST(nothing_is_reused_during_the_shootdown),
        STACKS_TEST(each_failure_leaves_nothing_behind),
        STACKS_TEST(what_is_no_stack_in_use_cannot_be_given_back),
        STACKS_TEST(random_steps_keep_to_the_oracle),
        cmocka_unit_test(slots_run_out_before_memory_and_come_back),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
