/* Queues of signals: order, what waits once and what as often as it was sent, limits, timers. */
#include "signal/signal_queue.h"

#include <stdlib.h>

#include "abi/errno.h"
#include "mm/object_cache.h"
#include "proc/user_account.h"
#include "test.h"

#define NO_LIMIT UINT64_MAX

static struct signal_queue queue;
static struct signal_memory memory;
static struct user_account *account;
static unsigned allocations_left;

/* Object caches stand on the host's malloc() here. */
void object_cache_init(struct object_cache *cache, const char *name, size_t size_bytes, size_t alignment)
{
    (void)name;
    (void)alignment;
    cache->object_size = size_bytes;
}

void *object_cache_alloc(struct object_cache *cache)
{
    return allocations_left-- > 0 ? malloc(cache->object_size) : NULL;
}

void object_cache_free(struct object_cache *cache, void *object)
{
    (void)cache;
    free(object);
}

static int set_up(void **state)
{
    (void)state;
    signal_queue_setup();
    signal_queue_init(&queue);
    allocations_left = 1000;
    user_account_setup();
    account = user_account_get(1000);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    signal_queue_discard(&queue, UINT64_MAX, &memory);
    assert_int_equal(user_account_used(account, USER_SIGNALS), 0);
    assert_int_equal(queue.set, 0);
    signal_memory_release(&memory);
    assert_int_equal(ref_count_get(&account->references), 1);
    user_account_unref(account);
    return 0;
}

static int add(int signal, int code, int value, uint64_t limit)
{
    struct siginfo info = {.signal = signal, .code = code};

    info.sender.value.number = value;
    return signal_queue_add(&queue, &info, &memory, &(struct signal_payer){account, limit});
}

static void expect_taken(signal_set wanted, int signal, int value)
{
    struct siginfo info;

    assert_int_equal(signal_queue_take(&queue, wanted, &info, &memory), signal);
    if (signal == 0)
        return;
    assert_int_equal(info.signal, signal);
    assert_int_equal(info.sender.value.number, value);
}

static void standard_ones_wait_once(void **state)
{
    (void)state;
    assert_int_equal(add(SIGUSR1, SI_USER, 1, NO_LIMIT), 1);
    assert_int_equal(add(SIGUSR1, SI_USER, 2, NO_LIMIT), 0);
    assert_int_equal(user_account_used(account, USER_SIGNALS), 1);
    expect_taken(UINT64_MAX, SIGUSR1, 1);
    expect_taken(UINT64_MAX, 0, 0);
}

static void real_time_ones_queue(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(add(40, SI_QUEUE, i, NO_LIMIT), 1);
        assert_int_equal(add(34, SI_QUEUE, 10 + i, NO_LIMIT), 1);
    }
    expect_taken(SIGNAL_BIT(40), 40, 0);
    for (int i = 0; i < 3; i++)
        expect_taken(UINT64_MAX, 34, 10 + i);
    expect_taken(UINT64_MAX, 40, 1);
    expect_taken(SIGNAL_BIT(34), 0, 0);
    expect_taken(UINT64_MAX, 40, 2);
    expect_taken(UINT64_MAX, 0, 0);
}

static void faults_come_first(void **state)
{
    (void)state;
    assert_int_equal(add(SIGHUP, SI_USER, 1, NO_LIMIT), 1);
    assert_int_equal(add(SIGSEGV, SI_USER, 2, NO_LIMIT), 1);
    assert_int_equal(add(SIGILL, SI_USER, 3, NO_LIMIT), 1);
    expect_taken(UINT64_MAX, SIGILL, 3);
    expect_taken(UINT64_MAX, SIGSEGV, 2);
    expect_taken(UINT64_MAX, SIGHUP, 1);
}

static void without_memory_the_signal_comes_all_the_same(void **state)
{
    (void)state;
    allocations_left = 0;
    assert_int_equal(add(SIGTERM, SI_USER, 5, NO_LIMIT), 1);
    allocations_left = 0;
    assert_int_equal(add(50, SI_USER, 5, NO_LIMIT), 1);
    allocations_left = 0;
    assert_int_equal(add(51, SI_QUEUE, 5, NO_LIMIT), -EAGAIN);
    expect_taken(UINT64_MAX, SIGTERM, 0);
    expect_taken(UINT64_MAX, 50, 0);
    expect_taken(UINT64_MAX, 0, 0);
}

static void the_limit_is_for_programs(void **state)
{
    (void)state;
    assert_int_equal(add(40, SI_QUEUE, 1, 2), 1);
    assert_int_equal(add(40, SI_QUEUE, 2, 2), 1);
    assert_int_equal(add(40, SI_QUEUE, 3, 2), -EAGAIN);
    assert_int_equal(add(SIGUSR1, SI_QUEUE, 4, 2), 1); /* without its siginfo */
    assert_int_equal(add(SIGCHLD, CLD_EXITED, 5, 2), 1);
    expect_taken(SIGNAL_BIT(SIGUSR1), SIGUSR1, 0);
    expect_taken(SIGNAL_BIT(SIGCHLD), SIGCHLD, 5);
    expect_taken(UINT64_MAX, 40, 1);
    expect_taken(UINT64_MAX, 40, 2);
}

/* What other processes of the user have queued counts, and stays counted until it is taken. */
static void the_limit_is_of_a_user(void **state)
{
    struct user_account *same = user_account_get(1000), *other = user_account_get(1001);

    (void)state;
    assert_ptr_equal(same, account);
    assert_ptr_not_equal(other, account);
    assert_true(user_account_charge_within(same, USER_SIGNALS, 2));
    assert_int_equal(add(40, SI_QUEUE, 1, 2), 1);
    assert_int_equal(add(40, SI_QUEUE, 2, 2), -EAGAIN);
    assert_false(user_account_charge_within(same, USER_SIGNALS, 2));
    assert_true(user_account_charge_within(other, USER_SIGNALS, 1));
    user_account_give_back(other, USER_SIGNALS, 1);
    user_account_give_back(same, USER_SIGNALS, 1);
    assert_int_equal(add(40, SI_QUEUE, 2, 2), 1);
    user_account_unref(same);
    user_account_unref(other);
    expect_taken(UINT64_MAX, 40, 1);
    expect_taken(UINT64_MAX, 40, 2);
}

/* An account is gone with what is charged to it last, not before. */
static void an_account_stays_while_it_is_charged(void **state)
{
    struct user_account *other = user_account_get(7);

    (void)state;
    user_account_charge(other, USER_FILES_IN_FLIGHT, 5);
    user_account_unref(other);
    struct user_account *again = user_account_get(7);
    assert_ptr_equal(again, other);
    assert_int_equal(user_account_used(again, USER_FILES_IN_FLIGHT), 5);
    user_account_unref(again);
    user_account_give_back(other, USER_FILES_IN_FLIGHT, 5);
    allocations_left = 0;
    assert_null(user_account_get(7));
}

static int add_timer(int signal, int timer)
{
    const struct siginfo info = {.signal = signal, .code = SI_TIMER, .timer = {.timer = timer}};

    return signal_queue_add(&queue, &info, &memory, &(struct signal_payer){account, 0});
}

static void timers_overrun(void **state)
{
    struct siginfo info;

    (void)state;
    assert_int_equal(add_timer(40, 1), 1);
    assert_int_equal(add_timer(40, 2), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(add_timer(40, 1), 0);
    assert_int_equal(signal_queue_take(&queue, UINT64_MAX, &info, &memory), 40);
    assert_int_equal(info.timer.timer, 1);
    assert_int_equal(info.timer.overrun, 3);
    signal_queue_discard_timer(&queue, 1, &memory);
    signal_queue_discard_timer(&queue, 2, &memory);
    assert_int_equal(queue.set, 0);
}

static void discarded_ones_are_gone(void **state)
{
    (void)state;
    assert_int_equal(add(SIGCONT, SI_USER, 1, NO_LIMIT), 1);
    assert_int_equal(add(40, SI_QUEUE, 2, NO_LIMIT), 1);
    assert_int_equal(add(40, SI_QUEUE, 3, NO_LIMIT), 1);
    signal_queue_discard(&queue, SIGNAL_BIT(40), &memory);
    assert_int_equal(user_account_used(account, USER_SIGNALS), 1);
    expect_taken(UINT64_MAX, SIGCONT, 1);
    expect_taken(UINT64_MAX, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(standard_ones_wait_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(real_time_ones_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_the_signal_comes_all_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limit_is_for_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limit_is_of_a_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_account_stays_while_it_is_charged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timers_overrun, set_up, tear_down),
        cmocka_unit_test_setup_teardown(discarded_ones_are_gone, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
