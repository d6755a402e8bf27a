#include "core/ref_count.h"

#include <pthread.h>

#include "fake_panic.h"
#include "test.h"

#define THREADS 4
#define ROUNDS 200

static void the_last_one_is_told(void **state)
{
    struct ref_count references;

    (void)state;
    ref_count_init(&references, 1);
    ref_count_take(&references);
    ref_count_take(&references);
    assert_false(ref_count_drop(&references));
    assert_false(ref_count_drop(&references));
    assert_true(ref_count_drop(&references));
}

static void misuse_panics(void **state)
{
    struct ref_count references;

    (void)state;
    ref_count_init(&references, 1);
    assert_true(ref_count_drop(&references));
    assert_panics("taken when there are 0", ref_count_take(&references));
    assert_panics("dropped when there are 0", (void)ref_count_drop(&references));
    ref_count_init(&references, REF_COUNT_MAX);
    assert_panics("taken when there are 2147483647", ref_count_take(&references));
}

static void there_may_be_none_at_first(void **state)
{
    struct ref_count references;

    (void)state;
    ref_count_init(&references, 0);
    for (int round = 0; round < 2; round++) {
        assert_true(ref_count_take_first(&references));
        assert_false(ref_count_take_first(&references));
        assert_int_equal(ref_count_get(&references), 2);
        assert_false(ref_count_drop(&references));
        assert_true(ref_count_drop(&references));
    }
    ref_count_init(&references, REF_COUNT_MAX);
    assert_panics("taken when there are 2147483647", (void)ref_count_take_first(&references));
}

struct shared {
    struct ref_count references;
    unsigned value[THREADS]; /* not atomic: each thread writes its own before it drops its reference */
    atomic_uint last_count;
};

struct share {
    struct shared *shared;
    unsigned index;
};

static void *drop_share(void *argument)
{
    struct share *share = argument;

    share->shared->value[share->index]++;
    if (ref_count_drop(&share->shared->references)) {
        unsigned sum = 0;
        for (unsigned i = 0; i < THREADS; i++)
            sum += share->shared->value[i];
        atomic_fetch_add(&share->shared->last_count, sum == THREADS);
    }
    return NULL;
}

static void one_of_many_is_the_last_and_sees_all(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct shared shared = {.last_count = 0};
        struct share shares[THREADS];
        pthread_t threads[THREADS];
        ref_count_init(&shared.references, THREADS);
        for (unsigned i = 0; i < THREADS; i++) {
            shares[i] = (struct share){&shared, i};
            assert_int_equal(pthread_create(&threads[i], NULL, drop_share, &shares[i]), 0);
        }
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(shared.last_count, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_one_is_told),
        cmocka_unit_test(misuse_panics),
        cmocka_unit_test(there_may_be_none_at_first),
        cmocka_unit_test(one_of_many_is_the_last_and_sees_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
