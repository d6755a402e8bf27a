/* The checker of locks, as spin locks and mutexes use it. Each misuse must be told by a panic that names the
 * locks and the places. Compiled with LINTEL_DEBUG_LOCKS. */
#include "core/lock_rank.h"

#include <stdbool.h>
#include <stdio.h>

#include "arch/x86_64/percpu.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/symbols.h"
#include "fake_cpu.h"
#include "fake_panic.h"
#include "test.h"

#define NS_PER_SECOND 1000000000ull

/* Places in mutex_lock()'s callers. */
#define PLACE_A ((const void *)0x1013)
#define PLACE_B ((const void *)0x2001)

struct mutex {
    LOCK_RANK_FIELD
};

static struct spinlock outer = SPINLOCK_INITIALIZER(LOCK_RANK_RUN_QUEUE);
static struct spinlock other_outer = SPINLOCK_INITIALIZER(LOCK_RANK_RUN_QUEUE);
static struct spinlock inner = SPINLOCK_INITIALIZER(LOCK_RANK_FRAMES);
static struct spinlock inner_too = SPINLOCK_INITIALIZER(LOCK_RANK_FRAMES);
static struct mutex mutex = {LOCK_RANK_INITIALIZER(LOCK_RANK_TEST_MUTEX)};
static struct mutex mutex_too = {LOCK_RANK_INITIALIZER(LOCK_RANK_TEST_MUTEX)};

/* Two CPUs and two threads; here is what runs now. */
static struct percpu cpus[2] = {{.cpu_index = 0}, {.cpu_index = 1}};
static unsigned cpu;
static struct lock_rank_list threads[2];
static struct lock_rank_list *thread;

static char log_text[1000]; /* the log's lines, each with a newline */

struct percpu *percpu_get(void)
{
    return &cpus[cpu];
}

static struct lock_rank_list *current_list(void)
{
    assert_false(fake_cpu.interrupts_are_enabled); /* the list may not change meanwhile */
    return thread;
}

void log_line(enum log_level level, const char *format, ...)
{
    size_t length = strlen(log_text);
    va_list arguments;

    assert_int_equal(level, LOG_ERROR);
    va_start(arguments, format);
    length += (size_t)vsnprintf(log_text + length, sizeof(log_text) - length, format, arguments);
    va_end(arguments);
    snprintf(log_text + length, sizeof(log_text) - length, "\n");
}

__attribute__((noinline)) static struct spinlock_state take(struct spinlock *lock)
{
    struct spinlock_state state = spin_lock(lock);

    __asm__ volatile("" ::: "memory"); /* the call before is not the last one */
    return state;
}

__attribute__((noinline)) static struct spinlock_state take_again(struct spinlock *lock)
{
    struct spinlock_state state = spin_lock(lock);

    __asm__ volatile("nop" ::: "memory");
    return state;
}

__attribute__((noinline)) static bool try(struct spinlock *lock)
{
    struct spinlock_state state;
    bool is_taken = spin_try_lock(lock, &state);

    __asm__ volatile("nop; nop" ::: "memory");
    return is_taken;
}

__attribute__((noinline)) static void release(struct spinlock *lock, struct spinlock_state state)
{
    spin_unlock(lock, state);
}

__attribute__((noinline)) static void sleep_here(void)
{
    lock_rank_check_may_sleep();
    __asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void wait_here(void)
{
    lock_rank_check_may_wait((uint64_t)wait_here);
    __asm__ volatile("" ::: "memory");
}

/* The function among those above, or the round number below, that lies last before the address. */
const char *symbols_lookup(uint64_t address, uint64_t *ret_offset)
{
    static const struct {
        const char *name;
        uint64_t address;
    } symbols[] = {
        {"place_a", 0x1000},
        {"place_b", 0x2000},
        {"take", (uint64_t)take},
        {"take_again", (uint64_t)take_again},
        {"try", (uint64_t)try},
        {"release", (uint64_t)release},
        {"sleep_here", (uint64_t)sleep_here},
        {"wait_here", (uint64_t)wait_here},
    };
    size_t best = COUNT_OF(symbols);

    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        if (symbols[i].address <= address && address - symbols[i].address < 0x400 &&
            (best == COUNT_OF(symbols) || symbols[i].address > symbols[best].address))
            best = i;
    }
    if (best == COUNT_OF(symbols))
        return NULL;
    *ret_offset = address < 0x10000 ? address - symbols[best].address : 0x99;
    return symbols[best].name;
}

/* The text with N for each number of a rank: that changes whenever a rank is added. */
static const char *without_numbers(const char *from)
{
    static char text[512];
    char *to = text;

    while (*from != '\0' && to < text + sizeof(text) - 1) {
        *to++ = *from++;
        if (to - text < 5 || memcmp(to - 5, "rank ", 5) != 0 || *from < '0' || *from > '9')
            continue;
        *to++ = 'N';
        from += strspn(from, "0123456789");
    }
    *to = '\0';
    return text;
}

#undef assert_panics
#define assert_panics(text, call)                                  \
    do {                                                           \
        if (fake_panic_fork()) {                                   \
            call;                                                  \
            _exit(0);                                              \
        }                                                          \
        assert_contains(without_numbers(fake_panic_wait()), text); \
    } while (0)

static void take_mutex(struct mutex *taken, const void *at)
{
    lock_rank_want_mutex(&taken->lock_rank, at);
    lock_rank_take_mutex(&taken->lock_rank, at);
}

static void locks_may_be_taken_upwards_and_released_in_any_order(void **state)
{
    (void)state;
    struct spinlock_state a = take(&outer), b = take(&inner);
    spin_unlock(&outer, b);
    assert_panics("while frames (rank N), taken at take+0x99, is held: wrong order", take(&outer));
    spin_unlock(&inner, a);
    a = take(&outer);
    spin_unlock(&outer, a);

    take_mutex(&mutex, PLACE_A);
    a = take(&outer);
    assert_int_equal(threads[0].count, 1);
    spin_unlock(&outer, a);
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_B);
    assert_int_equal(threads[0].count, 0);
    assert_true(fake_cpu.interrupts_are_enabled);
}

static void the_wrong_order_names_both_locks_and_places(void **state)
{
    (void)state;
    struct spinlock_state held = take(&inner);
    assert_panics(
        "lock: run-queue (rank N) wanted at take_again+0x99 while frames (rank N), taken at take+0x99, "
        "is held: wrong order",
        take_again(&outer));
    assert_panics(
        "lock: frames (rank N) wanted at take_again+0x99 while frames (rank N), taken at take+0x99, is "
        "held: two of one rank",
        take_again(&inner_too));
    assert_panics(
        "lock: frames (rank N) wanted at take_again+0x99 while frames (rank N), taken at take+0x99, is "
        "held: recursion",
        take_again(&inner));
    spin_unlock(&inner, held);
}

static void every_rank_has_a_name(void **state)
{
    static const char *const names[] = {
        "test (",       "keyboard (",     "tty-input (",   "process-tree (", "signal (",       "alarm (",
        "watch (",      "user-account (", "futex (",       "fs-context (",   "socket-names (", "fd-table (",
        "file-lock (",  "pseudo-nodes (", "node (",        "space-list (",   "fs-deferred (",  "cpu-time (",
        "wait-queue (", "epoll-ready (",  "inheritance (", "thread (",       "thread-list (",  "timer (",
        "run-queue (",  "object-cache (", "kernel-map (",  "table-pool (",   "frames (",       "random (",
        "log (",        "screen (",       "device ("};

    (void)state;
    assert_int_equal(COUNT_OF(names), LOCK_RANK_COUNT - LOCK_RANK_FIRST_SPIN);
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        struct spinlock lock = SPINLOCK_INITIALIZER(LOCK_RANK_FIRST_SPIN + i);
        struct spinlock_state held = spin_lock(&lock);
        assert_panics(names[i], take(&lock));
        spin_unlock(&lock, held);
    }
}

/* Each pair of ranks, for locks that are made at run time: only upwards. */
static void all_pairs_of_ranks_are_judged(void **state)
{
    (void)state;
    for (unsigned first = LOCK_RANK_FIRST_SPIN; first < LOCK_RANK_COUNT; first++) {
        for (unsigned second = LOCK_RANK_FIRST_SPIN; second < LOCK_RANK_COUNT; second++) {
            struct spinlock a, b;
            spinlock_init(&a, first);
            spinlock_init(&b, second);
            struct spinlock_state held = spin_lock(&a);
            if (fake_panic_fork()) {
                spin_unlock(&b, spin_lock(&b));
                spin_unlock(&a, held);
                _exit(0);
            }
            assert_int_equal(fake_panic_wait()[0] == '\0', first < second);
            spin_unlock(&a, held);
        }
    }
}

static void a_lock_that_was_tried_may_be_of_any_rank_but_counts(void **state)
{
    struct spinlock_state held, low;

    (void)state;
    held = take(&inner);
    assert_true(spin_try_lock(&outer, &low));
    assert_panics("taken at take+0x99, is held: wrong order", take_again(&outer));
    spin_unlock(&inner, held);
    fake_cpu.interrupts_are_enabled = false;
    assert_false(try(&outer));
    assert_panics("run-queue (rank N) wanted at take_again+0x99 while run-queue", take_again(&outer));
    spin_unlock(&outer, (struct spinlock_state){true});

    assert_true(try(&inner));
    assert_panics("while frames (rank N), taken at try+0x99, is held: wrong order", take(&outer));
    spin_unlock(&inner, (struct spinlock_state){true});
}

static void other_cpus_and_threads_do_not_matter(void **state)
{
    (void)state;
    take_mutex(&mutex, PLACE_A);
    struct spinlock_state held = take(&inner);
    cpu = 1;
    thread = &threads[1];
    struct spinlock_state other = take(&outer);
    spin_unlock(&outer, other);
    take_mutex(&mutex_too, PLACE_B);
    lock_rank_release_mutex(&mutex_too.lock_rank, PLACE_B);
    assert_panics("lock: frames (rank N) released at release+0x99 is not held here", release(&inner, held));
    cpu = 0;
    thread = &threads[0];
    spin_unlock(&inner, held);
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_B);
}

/* The scheduler's way: one thread takes the lock and the next one on this CPU releases it. */
static void a_spin_lock_belongs_to_the_cpu(void **state)
{
    (void)state;
    fake_cpu.interrupts_are_enabled = false;
    spin_lock_raw(&outer);
    thread = &threads[1];
    assert_panics("recursion", spin_lock_raw(&outer));
    spin_unlock_raw(&outer);
    thread = NULL; /* an idle CPU before the scheduler is set up */
    spin_lock_raw(&outer);
    spin_unlock_raw(&outer);
    thread = &threads[0];
    assert_panics("lock: run-queue (rank N) released at release+0x99 is not held here",
                  release(&outer, (struct spinlock_state){true}));
    fake_cpu.interrupts_are_enabled = true;
    assert_panics("lock: run-queue (rank N) wanted at 0x", spin_lock_raw(&outer));
    assert_panics(" with interrupts enabled", spin_lock_raw(&outer));
}

static void mutexes_come_before_spin_locks_and_belong_to_threads(void **state)
{
    (void)state;
    take_mutex(&mutex, PLACE_A);
    assert_panics("lock: test-mutex (rank N) wanted at place_b+0x0 while test-mutex (rank N), taken at "
                  "place_a+0x12, is held: recursion",
                  take_mutex(&mutex, PLACE_B));
    assert_panics("two of one rank", take_mutex(&mutex_too, PLACE_B));
    cpu = 1; /* the thread has moved */
    assert_panics("recursion", take_mutex(&mutex, PLACE_B));
    thread = &threads[1];
    take_mutex(&mutex_too, PLACE_B);
    assert_panics("lock: test-mutex (rank N) released at place_b+0x0 is not held here",
                  lock_rank_release_mutex(&mutex.lock_rank, PLACE_B));
    lock_rank_release_mutex(&mutex_too.lock_rank, PLACE_A);
    thread = &threads[0];
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_B);
    cpu = 0;

    struct spinlock_state held = take(&outer);
    assert_panics(
        "lock: test-mutex (rank N) wanted at place_a+0x12 while run-queue (rank N), taken at take+0x99, "
        "is held: wrong order",
        take_mutex(&mutex, PLACE_A));
    assert_false(fake_cpu.interrupts_are_enabled);
    spin_unlock(&outer, held);

    thread = NULL;
    take_mutex(&mutex, PLACE_A);
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_A);
    thread = &threads[0];
}

static void who_sleeps_holds_no_spin_lock(void **state)
{
    (void)state;
    take_mutex(&mutex, PLACE_A);
    sleep_here();
    assert_true(fake_cpu.interrupts_are_enabled);
    struct spinlock_state held = take(&outer);
    assert_panics("lock: sleep at sleep_here+0x99 while run-queue (rank N), taken at take+0x99, is held",
                  sleep_here());
    cpu = 1;
    sleep_here();
    cpu = 0;
    spin_unlock(&outer, held);
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_B);
}

/* wait_here() stands for a timer's function, too. */
static void who_waits_for_a_function_holds_no_lock_that_it_takes(void **state)
{
    (void)state;
    struct spinlock_state held = take(&outer);
    wait_here(); /* it has not been seen to take any */
    cpu = 1;
    lock_rank_begin_call((uint64_t)wait_here);
    spin_unlock(&inner, take(&inner));
    lock_rank_end_call();
    spin_unlock(&other_outer, take(&other_outer)); /* is not the function's */
    cpu = 0;
    wait_here();
    spin_unlock(&outer, held);

    held = take(&inner_too);
    assert_panics(
        "lock: wait at wait_here+0x99 for wait_here+0x99 while frames (rank N), taken at take+0x99, is held",
        wait_here());
    spin_unlock(&inner_too, held);

    held = take(&outer);
    cpu = 1;
    lock_rank_begin_call((uint64_t)wait_here);
    spin_unlock(&other_outer, take(&other_outer));
    lock_rank_end_call();
    cpu = 0;
    assert_panics("lock: wait at wait_here+0x99 for wait_here+0x99 while run-queue (rank N), taken at "
                  "take+0x99, is held",
                  wait_here());
    spin_unlock(&outer, held);
    wait_here();
}

static void a_lock_without_a_rank_of_its_kind_is_not_initialised(void **state)
{
    static struct spinlock zero, garbage;
    static struct mutex strange = {LOCK_RANK_INITIALIZER(LOCK_RANK_DEVICE)};

    (void)state;
    garbage.lock_rank.rank = LOCK_RANK_COUNT;
    assert_panics("lock: a spin lock wanted at take+0x99 has rank N: not initialised?", take(&zero));
    assert_panics("lock: a spin lock wanted at try+0x99 has rank N: not initialised?", try(&zero));
    assert_panics("lock: a spin lock wanted at take+0x99 has rank N: not initialised?", take(&garbage));
    assert_panics("lock: a mutex wanted at place_b+0x0 has rank N: not initialised?",
                  take_mutex(&strange, PLACE_B));
}

static void there_is_a_limit_to_locks_held(void **state)
{
    static struct spinlock locks[LOCK_RANK_HELD_MAX + 1];

    (void)state;
    for (unsigned i = 0; i < COUNT_OF(locks); i++)
        spinlock_init(&locks[i], LOCK_RANK_TEST);
    for (unsigned i = 0; i < LOCK_RANK_HELD_MAX; i++)
        assert_true(try(&locks[i]));
    assert_panics("lock: test (rank N) taken at try+0x99 is one too many", try(&locks[LOCK_RANK_HELD_MAX]));
    for (unsigned i = 0; i < LOCK_RANK_HELD_MAX; i++)
        spin_unlock_raw(&locks[i * 5 % LOCK_RANK_HELD_MAX]);
    fake_cpu.interrupts_are_enabled = true;
}

/* CPU 1 holds the lock and does not let go of it; each look at the clock takes 10 ms. */
static void a_lock_that_does_not_get_free_is_reported_after_two_seconds(void **state)
{
    (void)state;
    clock_start(NS_PER_SECOND, 0, 0, 0);
    cpu = 1;
    struct spinlock_state held = take(&outer);
    cpu = 0;
    fake_cpu.timestamp_step = NS_PER_SECOND / 100;
    assert_panics(
        "lock: run-queue (rank N) wanted at take_again+0x99 does not get free: held by cpu 1, taken at "
        "take+0x99",
        take_again(&outer));
    fake_cpu.timestamp_step = 0;
    cpu = 1;
    spin_unlock(&outer, held);
    cpu = 0;
}

static void the_limit_counts_from_the_later_of_wish_and_hold(void **state)
{
    static const struct {
        uint64_t wanted_ns, taken_ns, now_ns;
        bool is_too_long;
    } cases[] = {
        {5, 5, 6, false}, {5, 5, 7, true}, {5, 1, 6, false}, {5, 1, 7, true},
        {1, 5, 6, false}, {1, 5, 7, true}, {1, 9, 8, false},
    };

    (void)state;
    clock_start(NS_PER_SECOND, 0, 0, 0);
    fake_cpu.timestamp_step = 0;
    fake_cpu.interrupts_are_enabled = false;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fake_cpu.timestamp = cases[i].taken_ns * NS_PER_SECOND;
        cpu = 1;
        lock_rank_take(&outer.lock_rank);
        cpu = 0;
        fake_cpu.timestamp = cases[i].wanted_ns * NS_PER_SECOND;
        lock_rank_want(&outer.lock_rank);
        fake_cpu.timestamp = cases[i].now_ns * NS_PER_SECOND + 1000;
        if (fake_panic_fork()) {
            lock_rank_wait(&outer.lock_rank);
            _exit(0);
        }
        assert_int_equal(fake_panic_wait()[0] != '\0', cases[i].is_too_long);
        cpu = 1;
        lock_rank_release(&outer.lock_rank);
        cpu = 0;
    }
    fake_cpu.interrupts_are_enabled = true;
}

static void the_locks_held_are_listed_outermost_first(void **state)
{
    (void)state;
    fake_cpu.interrupts_are_enabled = false; /* as in a panic */
    lock_rank_log_held();
    assert_string_equal(log_text, "");
    fake_cpu.interrupts_are_enabled = true;
    take_mutex(&mutex, PLACE_A);
    struct spinlock_state low = take(&outer), high = take_again(&inner);
    lock_rank_log_held();
    assert_string_equal(without_numbers(log_text),
                        "lock held by this thread: test-mutex (rank N), taken at place_a+0x12\n"
                        "lock held by this cpu: run-queue (rank N), taken at take+0x99\n"
                        "lock held by this cpu: frames (rank N), taken at take_again+0x99\n");
    spin_unlock(&inner, high);
    spin_unlock(&outer, low);
    lock_rank_release_mutex(&mutex.lock_rank, PLACE_A);
}

/* The last test: there is no way back. */
static void in_a_panic_nothing_is_checked(void **state)
{
    (void)state;
    struct spinlock_state held = take(&inner);
    lock_rank_stop_checking();
    struct spinlock_state other = take(&outer);
    lock_rank_want(&inner.lock_rank);
    lock_rank_wait(&inner.lock_rank);
    lock_rank_release(&inner_too.lock_rank);
    take_mutex(&mutex, PLACE_A);
    take_mutex(&mutex, PLACE_A);
    lock_rank_release_mutex(&mutex_too.lock_rank, PLACE_A);
    sleep_here();
    spin_unlock(&outer, other);
    spin_unlock(&inner, held);
    log_text[0] = '\0';
    fake_cpu.interrupts_are_enabled = false;
    lock_rank_log_held();
    assert_string_equal(without_numbers(log_text),
                        "lock held by this cpu: frames (rank N), taken at take+0x99\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_may_be_taken_upwards_and_released_in_any_order),
        cmocka_unit_test(the_wrong_order_names_both_locks_and_places),
        cmocka_unit_test(every_rank_has_a_name),
        cmocka_unit_test(all_pairs_of_ranks_are_judged),
        cmocka_unit_test(a_lock_that_was_tried_may_be_of_any_rank_but_counts),
        cmocka_unit_test(other_cpus_and_threads_do_not_matter),
        cmocka_unit_test(a_spin_lock_belongs_to_the_cpu),
        cmocka_unit_test(mutexes_come_before_spin_locks_and_belong_to_threads),
        cmocka_unit_test(who_sleeps_holds_no_spin_lock),
        cmocka_unit_test(who_waits_for_a_function_holds_no_lock_that_it_takes),
        cmocka_unit_test(a_lock_without_a_rank_of_its_kind_is_not_initialised),
        cmocka_unit_test(there_is_a_limit_to_locks_held),
        cmocka_unit_test(a_lock_that_does_not_get_free_is_reported_after_two_seconds),
        cmocka_unit_test(the_limit_counts_from_the_later_of_wish_and_hold),
        cmocka_unit_test(the_locks_held_are_listed_outermost_first),
        cmocka_unit_test(in_a_panic_nothing_is_checked),
    };

    alarm(60); /* ends a deadlock */
    thread = &threads[0];
    lock_rank_set_thread_list(current_list);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
