/* Allocations that fail on purpose: which one fails, and that each allocator asks once a call. */
#include "mm/alloc_failure.h"

#include "abi/errno.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "test.h"

static struct object_cache cache;

static int set_up(void **state)
{
    struct boot_info boot = {0};
    struct page_table table;

    (void)state;
    fake_memory_start(8 * MIB);
    if (frames_alloc_zeroed(&table.root) != 0 || frames_alloc_zeroed(&boot.memory_map_physical) != 0)
        return -1;
    fake_cpu.cr3 = table.root;
    object_cache_init(&cache, "test", 64, 8);
    return kernel_map_setup(&boot);
}

static void exactly_the_chosen_one_fails(void **state)
{
    (void)state;
    assert_false(alloc_failure_has_happened());
    for (uint64_t successes = 0; successes < 20; successes++) {
        alloc_failure_set(successes);
        for (uint64_t i = 0; i < successes; i++) {
            assert_false(alloc_failure_is_due());
            assert_false(alloc_failure_has_happened());
        }
        assert_true(alloc_failure_is_due());
        for (int i = 0; i < 3; i++) {
            assert_true(alloc_failure_has_happened());
            assert_false(alloc_failure_is_due());
        }
    }
}

static void a_failure_can_be_called_off(void **state)
{
    (void)state;
    alloc_failure_set(1);
    assert_false(alloc_failure_is_due());
    alloc_failure_set(UINT64_MAX);
    for (int i = 0; i < 3; i++)
        assert_false(alloc_failure_is_due());
    assert_false(alloc_failure_has_happened());

    assert_false(alloc_failure_count_down()); /* as if another CPU had got there first */
    assert_int_equal(atomic_load(&alloc_failure_successes), UINT64_MAX);

    alloc_failure_set(0);
    assert_true(alloc_failure_is_due());
    alloc_failure_set(UINT64_MAX);
    assert_false(alloc_failure_has_happened()); /* since then */
}

static bool is_meant;

static bool tell_whether_meant(void)
{
    return is_meant;
}

static void only_those_that_are_meant_count(void **state)
{
    (void)state;
    alloc_failure_set_for(tell_whether_meant, 1);
    for (int i = 0; i < 3; i++)
        assert_false(alloc_failure_is_due());
    assert_int_equal(alloc_failure_successes_left(), 1);
    is_meant = true;
    assert_false(alloc_failure_is_due());
    assert_int_equal(alloc_failure_successes_left(), 0);
    is_meant = false;
    assert_false(alloc_failure_is_due());
    assert_false(alloc_failure_has_happened());
    is_meant = true;
    assert_true(alloc_failure_is_due());
    assert_true(alloc_failure_has_happened());
    assert_int_equal(alloc_failure_successes_left(), UINT64_MAX);

    is_meant = false;
    alloc_failure_set(0); /* any */
    assert_true(alloc_failure_is_due());
}

static bool take_frames(void)
{
    paddr_t block;

    return frames_alloc(1, &block) == 0;
}

static bool take_zeroed_frame(void)
{
    paddr_t frame;

    return frames_alloc_zeroed(&frame) == 0;
}

static bool take_object(void)
{
    return object_cache_alloc(&cache) != NULL;
}

static bool take_pages(void)
{
    return kernel_map_alloc(3) != NULL;
}

static bool take_stack(void)
{
    return kernel_stack_create() != 0;
}

static bool take_recycled_stack(void)
{
    vaddr_t top = kernel_stack_create();

    if (top != 0)
        kernel_stack_destroy(top);
    return top != 0;
}

/* Each was done before: slabs and page tables are there. The one that comes after all that are counted
 * succeeds, and the failure is still to come. */
static void each_allocator_counts_each_call_once(void **state)
{
    static const struct {
        const char *name;
        bool (*take)(void);
        uint64_t counted;
    } cases[] = {
        {"frames_alloc", take_frames, 1},
        {"frames_alloc_zeroed", take_zeroed_frame, 1},
        {"object_cache_alloc", take_object, 1},
        {"kernel_map_alloc of 3 pages", take_pages, 1 + 3},
        {"kernel_stack_create", take_stack, 1 + KERNEL_STACK_PAGES},
        {"kernel_stack_create of a recycled one", take_recycled_stack, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        alloc_failure_set(UINT64_MAX);
        assert_true(cases[i].take());
        for (uint64_t successes = 0; successes <= cases[i].counted; successes++) {
            alloc_failure_set(successes);
            bool is_taken = cases[i].take();
            if (is_taken != (successes == cases[i].counted) || alloc_failure_has_happened() == is_taken)
                fail_msg("%s with %lu successes: %d", cases[i].name, successes, is_taken);
            assert_true(fake_cpu.interrupts_are_enabled);
        }
    }
    alloc_failure_set(UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_chosen_one_fails),
        cmocka_unit_test(a_failure_can_be_called_off),
        cmocka_unit_test(only_those_that_are_meant_count),
        cmocka_unit_test(each_allocator_counts_each_call_once),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
