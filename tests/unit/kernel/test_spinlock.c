/* Spin locks, without the checks of the debug build. */
#include "core/spinlock.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "fake_cpu.h"
#include "test.h"

#define THREADS 3
#define ROUNDS 3000

static struct spinlock first = SPINLOCK_INITIALIZER(LOCK_RANK_TEST);
static struct spinlock second = SPINLOCK_INITIALIZER(LOCK_RANK_DEVICE);

static void a_lock_is_two_words_where_nothing_is_checked(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct spinlock), 2 * sizeof(unsigned));
}

static void interrupts_stay_off_until_the_last_lock_is_released(void **state)
{
    (void)state;
    struct spinlock_state outer = spin_lock(&first);
    assert_false(fake_cpu.interrupts_are_enabled);
    struct spinlock_state inner = spin_lock(&second);
    spin_unlock(&second, inner);
    assert_false(fake_cpu.interrupts_are_enabled);
    spin_unlock(&first, outer);
    assert_true(fake_cpu.interrupts_are_enabled);
}

static void the_cpu_may_switch_only_where_interrupts_get_enabled(void **state)
{
    (void)state;
    fake_cpu.preemption_points = 0;
    struct spinlock_state outer = spin_lock(&first), inner = spin_lock(&second);
    spin_unlock(&second, inner);
    assert_int_equal(fake_cpu.preemption_points, 0);
    spin_unlock(&first, outer);
    assert_int_equal(fake_cpu.preemption_points, 1);

    spin_lock_raw(&first);
    spin_unlock_raw(&first);
    assert_int_equal(fake_cpu.preemption_points, 1);
    assert_true(fake_cpu.interrupts_are_enabled);
}

static void trying_takes_a_free_lock_and_leaves_a_held_one(void **state)
{
    struct spinlock_state holder, other = {true};

    (void)state;
    assert_true(spin_try_lock(&first, &holder));
    assert_false(fake_cpu.interrupts_are_enabled);
    assert_true(holder.interrupts_were_enabled);
    assert_false(spin_try_lock(&first, &other));
    assert_false(fake_cpu.interrupts_are_enabled);
    assert_true(other.interrupts_were_enabled);
    spin_unlock(&first, holder);
    assert_true(fake_cpu.interrupts_are_enabled);

    holder = spin_lock(&first);
    fake_cpu.interrupts_are_enabled = true;
    assert_false(spin_try_lock(&first, &other));
    assert_true(fake_cpu.interrupts_are_enabled);
    spin_unlock(&first, holder);

    assert_true(spin_try_lock(&first, &holder));
    spin_unlock(&first, holder);
}

static void a_lock_may_be_made_anew_and_its_tickets_may_wrap(void **state)
{
    struct spinlock lock;

    (void)state;
    memset(&lock, 0x5a, sizeof(lock));
    spinlock_init(&lock, LOCK_RANK_TEST);
    lock.next = lock.serving = UINT32_MAX - 2;
    for (int i = 0; i < 6; i++) {
        struct spinlock_state holder = spin_lock(&lock), other;
        assert_false(spin_try_lock(&lock, &other));
        spin_unlock(&lock, holder);
    }
    for (int i = 0; i < 6; i++) {
        struct spinlock_state holder;
        assert_true(spin_try_lock(&lock, &holder));
        spin_unlock(&lock, holder);
    }
}

static unsigned long shared; /* guarded by first */

static void *add_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        spin_lock_raw(&first);
        unsigned long seen = *(volatile unsigned long *)&shared;
        if (i % 16 == 0)
            sched_yield();
        *(volatile unsigned long *)&shared = seen + 1;
        spin_unlock_raw(&first);
    }
    return NULL;
}

static void one_at_a_time_holds_it(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(shared, THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_is_two_words_where_nothing_is_checked),
        cmocka_unit_test(interrupts_stay_off_until_the_last_lock_is_released),
        cmocka_unit_test(the_cpu_may_switch_only_where_interrupts_get_enabled),
        cmocka_unit_test(trying_takes_a_free_lock_and_leaves_a_held_one),
        cmocka_unit_test(a_lock_may_be_made_anew_and_its_tickets_may_wrap),
        cmocka_unit_test(one_at_a_time_holds_it),
    };
    alarm(60); /* ends a deadlock */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
