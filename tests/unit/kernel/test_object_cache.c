/* Object caches against an oracle that knows each object's contents. */
#include "mm/object_cache.h"

#include <stdbool.h>
#include <stdlib.h>

#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_panic.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"
#include "test.h"

#define MEMORY_END (64 * MIB)

static struct object_cache cache;
static uint64_t free_before;

static int set_up(void **state)
{
    (void)state;
    fake_memory_start(MEMORY_END);
    paddr_t frame;
    if (frames_alloc(0, &frame) != 0) /* opens the section, which has its price */
        return -1;
    frames_free(frame, 0);
    free_before = frames_get_stats().free;
    return 0;
}

/* Every test gives back every object; then trimming must give back every frame. */
static int tear_down(void **state)
{
    (void)state;
    object_cache_trim(&cache);
    assert_int_equal(object_cache_used(&cache), 0);
    assert_int_equal(cache.slab_count, 0);
    assert_int_equal(frames_get_stats().free, free_before);
    assert_true(fake_cpu.interrupts_are_enabled);
    return 0;
}

static uint64_t slab_size(void)
{
    return PAGE_SIZE << cache.slab_order;
}

static uint64_t list_length(const struct list *head)
{
    uint64_t length = 0;

    for (const struct list *link = head->next; link != head; link = link->next)
        length++;
    return length;
}

static void assert_lists_are_as_said(void)
{
    assert_int_equal(list_length(&cache.empty), cache.empty_count);
    assert_true(cache.empty_count <= OBJECT_CACHE_EMPTY_MAX);
    assert_int_equal(list_length(&cache.partial) + list_length(&cache.full) + cache.empty_count,
                     cache.slab_count);
    assert_int_equal(frames_get_stats().free, free_before - (cache.slab_count << cache.slab_order));
}

static void slabs_hold_enough_and_waste_little(void **state)
{
    static const size_t alignments[] = {8, 16, 64, 512, 4096};
    static const struct {
        size_t size, alignment, object_size;
        unsigned order, objects;
    } cases[] = {
        {1, 8, 8, 0, 500},         {64, 64, 64, 0, 62},        {65, 64, 128, 0, 31},   {500, 8, 504, 1, 16},
        {4096, 4096, 4096, 4, 15}, {16384, 4096, 16384, 5, 7}, {1, 4096, 4096, 4, 15},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        object_cache_init(&cache, "test", cases[i].size, cases[i].alignment);
        assert_int_equal(cache.object_size, cases[i].object_size);
        assert_int_equal(cache.slab_order, cases[i].order);
        assert_int_equal(cache.objects_a_slab, cases[i].objects);
    }
    for (size_t size = 1; size <= 16384; size++) {
        for (size_t i = 0; i < COUNT_OF(alignments); i++) {
            object_cache_init(&cache, "test", size, alignments[i]);
            uint64_t objects = cache.objects_a_slab * cache.object_size;
            assert_true(cache.object_size >= size && cache.object_size < size + alignments[i]);
            assert_int_equal(cache.object_size % alignments[i], 0);
            assert_int_equal(cache.first_offset % alignments[i], 0);
            assert_true(cache.first_offset + objects <= slab_size());
            assert_true(cache.objects_a_slab >= 7 && cache.objects_a_slab <= 512);
            assert_true(slab_size() - objects <= slab_size() / 8 || cache.slab_order == 5);
        }
    }
}

static void sizes_that_make_no_sense_panic(void **state)
{
    static const struct {
        size_t size, alignment;
    } cases[] = {{0, 8}, {16385, 8}, {SIZE_MAX, 8}, {64, 0}, {64, 4}, {64, 24}, {64, 8192}};

    (void)state;
    object_cache_init(&cache, "test", 16384, 8);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_panics("object cache odd",
                      object_cache_init(&cache, "odd", cases[i].size, cases[i].alignment));
}

/* What a test holds. */
struct holding {
    unsigned char *object;
    unsigned char fill;
};

static bool holding_take(struct holding *holding, size_t size, size_t alignment)
{
    unsigned char *object = object_cache_alloc(&cache);

    assert_true(fake_cpu.interrupts_are_enabled);
    if (object == NULL)
        return false;
    assert_int_equal((uintptr_t)object % alignment, 0);
    *holding = (struct holding){object, (unsigned char)random_below(256)};
    memset(object, holding->fill, size);
    return true;
}

/* Whoever else has written there, or the cache itself, is found out. */
static void holding_give_back(struct holding *holding, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (holding->object[i] != holding->fill)
            fail_msg("byte %zu of an object of %zu has changed", i, size);
    }
    object_cache_free(&cache, holding->object);
    assert_true(fake_cpu.interrupts_are_enabled);
}

#define RANDOM_STEPS 40000
#define RANDOM_OBJECTS 4000

static void random_steps_keep_to_the_oracle(void **state)
{
    static struct holding live[RANDOM_OBJECTS];
    static const struct {
        size_t size, alignment;
    } cases[] = {{1, 8}, {24, 8}, {100, 64}, {640, 64}, {1500, 8}, {4096, 4096}, {9000, 16}, {16384, 8}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t size = cases[i].size, count = 0;
        size_t limit = 16 * MIB / size < RANDOM_OBJECTS ? 16 * MIB / size : RANDOM_OBJECTS;

        object_cache_init(&cache, "test", size, cases[i].alignment);
        for (int step = 0; step < RANDOM_STEPS; step++) {
            bool is_growing = step / 5000 % 2 == 0;
            if (count < limit && (count == 0 || random_below(8) < (is_growing ? 7 : 1))) {
                assert_true(holding_take(&live[count++], size, cases[i].alignment));
            } else {
                size_t victim = random_below(count);
                holding_give_back(&live[victim], size);
                live[victim] = live[--count];
            }
            assert_int_equal(cache.used_count, count);
            if (step % 100 == 0)
                assert_lists_are_as_said();
        }
        assert_int_equal(object_cache_used(&cache), count);
        while (count > 0)
            holding_give_back(&live[--count], size);
        assert_lists_are_as_said();
        assert_true(cache.empty_count > 0);
        tear_down(NULL);
    }
}

/* Objects of some whole slabs; the caller frees the array. */
static void **take_slabs(unsigned slabs, size_t *ret_count)
{
    *ret_count = slabs * cache.objects_a_slab;
    void **objects = malloc(*ret_count * sizeof(objects[0]));

    for (size_t i = 0; i < *ret_count; i++) {
        objects[i] = object_cache_alloc(&cache);
        assert_non_null(objects[i]);
    }
    return objects;
}

static void slabs_go_from_list_to_list(void **state)
{
    size_t count;

    (void)state;
    object_cache_init(&cache, "test", 512, 8);
    void **objects = take_slabs(2, &count);
    assert_int_equal(cache.slab_count, 2);
    assert_int_equal(list_length(&cache.full), 2);

    object_cache_free(&cache, objects[3]);
    assert_int_equal(list_length(&cache.full), 1);
    assert_int_equal(list_length(&cache.partial), 1);
    assert_ptr_equal(object_cache_alloc(&cache), objects[3]);
    assert_int_equal(list_length(&cache.full), 2);

    for (size_t i = 0; i < count / 2; i++)
        object_cache_free(&cache, objects[i]);
    assert_int_equal(cache.empty_count, 1);
    assert_int_equal(list_length(&cache.partial), 0);
    assert_non_null(objects[0] = object_cache_alloc(&cache)); /* the empty one before a new one */
    assert_int_equal(cache.slab_count, 2);
    assert_int_equal(cache.empty_count, 0);
    assert_lists_are_as_said();

    object_cache_free(&cache, objects[0]);
    for (size_t i = count / 2; i < count; i++)
        object_cache_free(&cache, objects[i]);
    free(objects);
}

/* An object of a partial slab goes out before one of an empty slab. */
static void partial_slabs_are_filled_first(void **state)
{
    size_t count;

    (void)state;
    object_cache_init(&cache, "test", 200, 8);
    void **objects = take_slabs(2, &count);
    for (size_t i = 0; i < count / 2; i++)
        object_cache_free(&cache, objects[i]);
    object_cache_free(&cache, objects[count - 1]);
    assert_ptr_equal(object_cache_alloc(&cache), objects[count - 1]);
    assert_int_equal(cache.empty_count, 1);
    for (size_t i = count / 2; i < count; i++)
        object_cache_free(&cache, objects[i]);
    free(objects);
}

static void few_empty_slabs_are_kept(void **state)
{
    size_t count;

    (void)state;
    object_cache_init(&cache, "test", 300, 4096);
    void **objects = take_slabs(3 * OBJECT_CACHE_EMPTY_MAX, &count);
    for (size_t i = 0; i < count; i++)
        object_cache_free(&cache, objects[i]);
    free(objects);
    assert_int_equal(cache.empty_count, OBJECT_CACHE_EMPTY_MAX);
    assert_int_equal(cache.slab_count, OBJECT_CACHE_EMPTY_MAX);
    assert_lists_are_as_said();

    void *object = object_cache_alloc(&cache);
    object_cache_trim(&cache);
    assert_int_equal(cache.slab_count, 1);
    assert_int_equal(cache.empty_count, 0);
    assert_lists_are_as_said();
    object_cache_free(&cache, object);
}

static void all_caches_are_trimmed_and_counted(void **state)
{
    static struct object_cache other;
    void *objects[2];

    (void)state;
    object_cache_init(&cache, "test", 64, 8);
    object_cache_init(&other, "other", 100, 8);
    object_cache_init(&other, "other", 100, 8); /* known already */
    uint64_t free_then = frames_get_stats().free;
    objects[0] = object_cache_alloc(&cache);
    objects[1] = object_cache_alloc(&other);
    assert_int_equal(object_cache_used_in_all(), 2);
    object_cache_free(&cache, objects[0]);
    object_cache_trim_all();
    assert_int_equal(cache.slab_count, 0);
    assert_int_equal(other.slab_count, 1);
    object_cache_free(&other, objects[1]);
    object_cache_trim_all();
    assert_int_equal(object_cache_used_in_all(), 0);
    assert_int_equal(frames_get_stats().free, free_then);
}

/* Try with the allocation after `successes` failing; what fails must leave all as it was. */
static void *alloc_with_failure(uint64_t successes)
{
    uint64_t free_then = frames_get_stats().free, used_then = object_cache_used(&cache);

    alloc_failure_set(successes);
    void *object = object_cache_alloc(&cache);
    assert_int_equal(object == NULL, alloc_failure_has_happened());
    alloc_failure_set(UINT64_MAX);
    assert_true(fake_cpu.interrupts_are_enabled);
    if (object == NULL) {
        assert_int_equal(object_cache_used(&cache), used_then);
        assert_int_equal(frames_get_stats().free, free_then);
        assert_lists_are_as_said();
    }
    return object;
}

static void each_failure_leaves_all_as_it_was(void **state)
{
    void *objects[40];
    unsigned slabs_refused = 0;

    (void)state;
    object_cache_init(&cache, "test", 1000, 8);
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        assert_null(alloc_with_failure(0));
        objects[i] = alloc_with_failure(1); /* fails where a slab is needed */
        if (objects[i] == NULL) {
            slabs_refused++;
            assert_int_equal(i % cache.objects_a_slab, 0);
            assert_non_null(objects[i] = object_cache_alloc(&cache));
        }
    }
    assert_int_equal(slabs_refused, cache.slab_count);
    for (size_t i = 0; i < COUNT_OF(objects); i++)
        object_cache_free(&cache, objects[i]);
}

static void exhausted_memory_comes_back(void **state)
{
    static void *objects[MEMORY_END / 4096];
    size_t count = 0;

    (void)state;
    object_cache_init(&cache, "test", 5000, 8);
    while ((objects[count] = object_cache_alloc(&cache)) != NULL)
        count++;
    assert_true(count > 10000);
    assert_null(object_cache_alloc(&cache));
    assert_int_equal(object_cache_used(&cache), count);
    object_cache_free(&cache, objects[count / 2]);
    assert_ptr_equal(object_cache_alloc(&cache), objects[count / 2]);
    while (count > 0)
        object_cache_free(&cache, objects[--count]);
}

static void frees_of_what_is_no_object_in_use_panic(void **state)
{
    static struct object_cache other;
    static const char message[] = "object cache test: 0x";
    size_t count;

    (void)state;
    object_cache_init(&cache, "test", 100, 8);
    object_cache_init(&other, "other", 100, 8);
    void **objects = take_slabs(3 + OBJECT_CACHE_EMPTY_MAX, &count);
    char *object = objects[5], *stranger = object_cache_alloc(&other);
    char *slab = (char *)objects[0] - cache.first_offset;

    assert_panics("", object_cache_free(&cache, object)); /* the test's own test: no panic */
    const struct {
        const char *what;
        void *pointer;
    } cases[] = {
        {"inside an object", object + 8},
        {"not aligned", object + 1},
        {"the slab's header", slab},
        {"just before the first object", (char *)objects[0] - 8},
        {"behind the last object", slab + cache.first_offset + cache.objects_a_slab * cache.object_size},
        {"another cache's", stranger},
        {"a frame that was never used", direct_map(MEMORY_END - PAGE_SIZE)},
        {"before the direct map", (void *)(direct_map_base - 64)},
        {"behind the direct map", (void *)(direct_map_base + DIRECT_MAP_SIZE)},
        {"the end of all addresses", (void *)UINTPTR_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (fake_panic_fork()) {
            object_cache_free(&cache, cases[i].pointer);
            _exit(0);
        }
        if (strstr(fake_panic_wait(), message) == NULL)
            fail_msg("%s: no panic", cases[i].what);
    }
    assert_panics("object cache test: ", object_cache_free(&cache, NULL));

    object_cache_free(&cache, object);
    assert_panics(message, object_cache_free(&cache, object));
    assert_ptr_equal(object_cache_alloc(&cache), object);
    for (size_t i = 0; i < count; i++)
        object_cache_free(&cache, objects[i]);
    assert_panics(message, object_cache_free(&cache, objects[0]));         /* of a slab that is empty */
    assert_panics(message, object_cache_free(&cache, objects[count - 1])); /* of one given back */
    object_cache_free(&other, stranger);
    object_cache_trim(&other);
    free(objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slabs_hold_enough_and_waste_little),
        cmocka_unit_test(sizes_that_make_no_sense_panic),
        cmocka_unit_test_teardown(random_steps_keep_to_the_oracle, tear_down),
        cmocka_unit_test_teardown(slabs_go_from_list_to_list, tear_down),
        cmocka_unit_test_teardown(partial_slabs_are_filled_first, tear_down),
        cmocka_unit_test_teardown(few_empty_slabs_are_kept, tear_down),
        cmocka_unit_test_teardown(all_caches_are_trimmed_and_counted, tear_down),
        cmocka_unit_test_teardown(each_failure_leaves_all_as_it_was, tear_down),
        cmocka_unit_test_teardown(exhausted_memory_comes_back, tear_down),
        cmocka_unit_test_teardown(frees_of_what_is_no_object_in_use_panic, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
