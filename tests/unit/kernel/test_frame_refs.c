/* Counts of frames, and shared memory, which uses them. */
#include "mm/frame_refs.h"

#include "abi/errno.h"
#include "fake_memory.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"
#include "mm/memory_object.h"
#include "mm/object_cache.h"
#include "test.h"

#define FRAMES_A_NODE 1024

static uint64_t free_before;

static uint64_t frames_free_now(void)
{
    object_cache_trim_all();
    struct frames_stats stats = frames_get_stats();
    return stats.free + stats.overhead + frame_refs_overhead();
}

static int start(void **state)
{
    (void)state;
    fake_memory_start(64 * MIB);
    frame_refs_init();
    memory_object_setup();
    free_before = frames_free_now();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return frames_free_now() == free_before ? 0 : -1;
}

static void the_last_reference_frees_the_frame(void **state)
{
    paddr_t frame, other;

    (void)state;
    assert_int_equal(frames_alloc(0, &frame), 0);
    assert_int_equal(frames_alloc(0, &other), 0);
    assert_false(frame_is_shared(frame));
    assert_int_equal(frame_refs_overhead(), 0); /* one owner costs nothing */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(frame_ref(frame), 0);
    assert_int_equal(frame_refs_overhead(), 3);
    assert_false(frame_is_shared(other));
    uint64_t free = frames_get_stats().free;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(frame_is_shared(frame));
        frame_unref(frame);
    }
    assert_false(frame_is_shared(frame));
    assert_int_equal(frames_get_stats().free, free);
    frame_unref(frame);
    frame_unref(other);
    assert_int_equal(frames_get_stats().free, free + 2);
}

static void frames_do_not_share_counts(void **state)
{
    static paddr_t taken[3 * FRAMES_A_NODE];

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(taken); i++) {
        assert_int_equal(frames_alloc(0, &taken[i]), 0);
        for (unsigned count = 0; count < i % 3; count++)
            assert_int_equal(frame_ref(taken[i]), 0);
    }
    for (unsigned i = 0; i < COUNT_OF(taken); i++) {
        for (unsigned count = 0; count < i % 3; count++) {
            assert_true(frame_is_shared(taken[i]));
            frame_unref(taken[i]);
        }
        assert_false(frame_is_shared(taken[i]));
        frame_unref(taken[i]);
    }
}

static void counts_may_find_no_memory(void **state)
{
    paddr_t frame;
    uint64_t successes;

    (void)state;
    assert_int_equal(frames_alloc(0, &frame), 0);
    for (successes = 0; successes < 3; successes++) {
        alloc_failure_set(0); /* each try leaves one node more */
        assert_int_equal(frame_ref(frame), -ENOMEM);
        assert_false(frame_is_shared(frame));
        alloc_failure_set(1);
        assert_int_equal(frame_ref(frame), successes < 2 ? -ENOMEM : 0);
        alloc_failure_set(UINT64_MAX);
    }
    assert_true(frame_is_shared(frame));
    frame_unref(frame);
    frame_unref(frame);
}

static void shared_memory_keeps_its_pages(void **state)
{
    static const uint64_t sizes[] = {1, 2, 512, 513, 512 * 512 + 1, 1ull << 35};
    struct memory_object *object;
    paddr_t frame, again;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        const uint64_t indices[] = {0, sizes[i] / 2, sizes[i] - 1};
        assert_int_equal(memory_object_create_anonymous(sizes[i], &object), 0);
        for (size_t j = 0; j < COUNT_OF(indices); j++) {
            assert_int_equal(memory_object_get_page(object, indices[j], true, &frame), 0);
            uint64_t *word = direct_map(frame);
            if (j == 0 || indices[j] != indices[j - 1])
                assert_int_equal(*word, 0);
            *word = indices[j] + 1;
            frame_unref(frame);
        }
        for (size_t j = 0; j < COUNT_OF(indices); j++) {
            assert_int_equal(memory_object_get_page(object, indices[j], false, &frame), 0);
            assert_int_equal(memory_object_get_page(object, indices[j], true, &again), 0);
            assert_int_equal(frame, again);
            assert_int_equal(*(uint64_t *)direct_map(frame), indices[j] + 1);
            frame_unref(frame);
            frame_unref(again);
        }
        assert_int_equal(memory_object_get_page(object, sizes[i], false, &frame), -ENXIO);
        assert_int_equal(memory_object_get_page(object, UINT64_MAX, false, &frame), -ENXIO);
        memory_object_ref(object);
        memory_object_unref(object);
        memory_object_unref(object);
        assert_int_equal(frames_free_now(), free_before);
    }
}

static void pages_outlive_their_object(void **state)
{
    struct memory_object *object;
    paddr_t frame;

    (void)state;
    assert_int_equal(memory_object_create_anonymous(7, &object), 0);
    assert_int_equal(memory_object_get_page(object, 6, true, &frame), 0);
    assert_true(frame_is_shared(frame));
    memory_object_unref(object);
    assert_false(frame_is_shared(frame));
    frame_unref(frame);
}

static void shared_memory_may_find_no_memory(void **state)
{
    struct memory_object *object;
    paddr_t frame;
    uint64_t successes = 0;

    (void)state;
    alloc_failure_set(0);
    assert_int_equal(memory_object_create_anonymous(600, &object), -ENOMEM);
    assert_int_equal(memory_object_create_anonymous(600, &object), 0);
    for (;; successes++) {
        alloc_failure_set(0);
        int error = memory_object_get_page(object, 599, true, &frame);
        if (error == 0)
            break;
        assert_int_equal(error, -ENOMEM);
        alloc_failure_set(1); /* one step further */
        if (memory_object_get_page(object, 599, true, &frame) == 0)
            break;
    }
    alloc_failure_set(UINT64_MAX);
    assert_in_range(successes, 2, 8);
    frame_unref(frame);
    memory_object_unref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_reference_frees_the_frame, start, finish),
        cmocka_unit_test_setup_teardown(frames_do_not_share_counts, start, finish),
        cmocka_unit_test_setup_teardown(counts_may_find_no_memory, start, finish),
        cmocka_unit_test_setup_teardown(shared_memory_keeps_its_pages, start, finish),
        cmocka_unit_test_setup_teardown(pages_outlive_their_object, start, finish),
        cmocka_unit_test_setup_teardown(shared_memory_may_find_no_memory, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
