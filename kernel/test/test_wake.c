/* wake-storm: many threads sleep in wait queues and are woken at a high rate, by threads and by timers, one
 * or all, with and without timeouts that come at the same moment. No wake-up gets lost. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define STORM_MS 300    /* each part lasts so long, or until its count is reached */
#define LOST_AFTER_S 10 /* who sleeps longer was not woken */
#define TAKERS 16
#define GIVERS 8
#define TOKENS_EACH 2000
#define TIMER_PERIOD_NS 50000ull
#define GENERATIONS 300
#define RACE_ROUNDS 1000
#define RACE_WINDOW_NS 100000ull

/* Locks: b = box.lock */
static struct {
    struct spinlock lock;
    struct wait_queue takers; /* [b] */
    struct wait_queue giver;  /* [b] who waits for all takers */
    unsigned tokens;          /* [b] */
    unsigned generation;      /* [b] */
    unsigned answers;         /* [b] of takers to this generation */
    bool is_over;             /* [b] */
} box = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST)};

static atomic_uint given, taken, races_woken, races_waking;
static uint64_t storm_start_ns;

static uint64_t lost_deadline_ns(void)
{
    return clock_monotonic_ns() + LOST_AFTER_S * 1000 * TEST_NS_PER_MS;
}

static void box_reset(void)
{
    wait_queue_init(&box.takers);
    wait_queue_init(&box.giver);
    box.tokens = 0;
    box.generation = 0;
    box.answers = 0;
    box.is_over = false;
    atomic_store(&given, 0);
    atomic_store(&taken, 0);
    storm_start_ns = clock_monotonic_ns();
}

static void box_end(void)
{
    struct spinlock_state state = spin_lock(&box.lock);

    box.is_over = true;
    (void)wait_queue_wake_all(&box.takers);
    spin_unlock(&box.lock, state);
}

/* Sleep in a queue of the box; says whether somebody woke us. */
static bool box_sleep(struct wait_queue *queue, struct spinlock_state *state)
{
    return TEST_CHECK(wait_queue_sleep_until(queue, &box.lock, state, lost_deadline_ns()) == 0);
}

/* Whoever was woken for a token that another one took meanwhile sleeps again: the token is taken all the
 * same. */
static void take_tokens(void *argument)
{
    struct spinlock_state state = spin_lock(&box.lock);
    bool was_woken = true;

    (void)argument;
    while (was_woken && !(box.is_over && box.tokens == 0)) {
        if (box.tokens == 0) {
            was_woken = box_sleep(&box.takers, &state);
            continue;
        }
        box.tokens--;
        spin_unlock(&box.lock, state);
        atomic_fetch_add(&taken, 1);
        state = spin_lock(&box.lock);
    }
    spin_unlock(&box.lock, state);
}

static void give_token(void)
{
    struct spinlock_state state = spin_lock(&box.lock);

    box.tokens++;
    (void)wait_queue_wake_one(&box.takers);
    spin_unlock(&box.lock, state);
    atomic_fetch_add(&given, 1);
}

static void give_tokens(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    for (unsigned i = 0; i < TOKENS_EACH && !test_has_passed(storm_start_ns, STORM_MS); i++) {
        give_token();
        if (test_random_below(&random, 4) == 0)
            thread_yield();
    }
}

/* A timer that gives tokens, too; the thread that started it stays on that CPU. */
struct giving_timer {
    struct timer timer;
    uint64_t next_ns;
    atomic_uint left;
};

static void giving_timer_expired(struct timer *timer)
{
    struct giving_timer *self = (struct giving_timer *)((char *)timer - offsetof(struct giving_timer, timer));

    give_token();
    if (atomic_fetch_sub(&self->left, 1) == 1)
        return;
    if (test_has_passed(storm_start_ns, STORM_MS)) {
        atomic_store(&self->left, 0);
        return;
    }
    self->next_ns += TIMER_PERIOD_NS;
    timer_start(timer, self->next_ns);
}

static void give_tokens_by_timer(void)
{
    static struct giving_timer giving;

    timer_init(&giving.timer, giving_timer_expired);
    atomic_store(&giving.left, TOKENS_EACH);
    giving.next_ns = clock_monotonic_ns() + TIMER_PERIOD_NS;
    timer_start(&giving.timer, giving.next_ns);
    while (atomic_load(&giving.left) != 0)
        thread_sleep_ns(TEST_NS_PER_MS);
}

static void storm_of_tokens(void)
{
    struct thread *takers[TAKERS], *givers[GIVERS];

    box_reset();
    for (unsigned i = 0; i < TAKERS; i++)
        takers[i] = test_start("taker", take_tokens, NULL, NULL);
    for (unsigned i = 0; i < GIVERS; i++)
        givers[i] = test_start("giver", give_tokens, (void *)(uintptr_t)i, NULL);
    give_tokens_by_timer();
    test_join_all(givers, GIVERS);
    box_end();
    test_join_all(takers, TAKERS);
    TEST_CHECK(atomic_load(&given) > 0);
    TEST_CHECK(atomic_load(&taken) == atomic_load(&given));
    log_info("test wake-storm: %u tokens", atomic_load(&taken));
}

/* Each taker answers each generation once. */
static void answer_generations(void *argument)
{
    struct spinlock_state state = spin_lock(&box.lock);
    unsigned seen = 0;

    (void)argument;
    while (!box.is_over) {
        if (box.generation == seen) {
            if (!box_sleep(&box.takers, &state))
                break;
            continue;
        }
        TEST_CHECK(box.generation == seen + 1);
        seen = box.generation;
        if (++box.answers == TAKERS)
            (void)wait_queue_wake_one(&box.giver);
    }
    spin_unlock(&box.lock, state);
}

static bool announce_generation(void)
{
    struct spinlock_state state = spin_lock(&box.lock);
    bool was_woken = true;

    box.answers = 0;
    box.generation++;
    (void)wait_queue_wake_all(&box.takers);
    while (was_woken && box.answers < TAKERS)
        was_woken = box_sleep(&box.giver, &state);
    spin_unlock(&box.lock, state);
    return was_woken;
}

static void storm_of_wake_all(void)
{
    struct thread *takers[TAKERS];
    unsigned count = 0;

    box_reset();
    for (unsigned i = 0; i < TAKERS; i++)
        takers[i] = test_start("answerer", answer_generations, NULL, NULL);
    while (announce_generation() && ++count < GENERATIONS && !test_has_passed(storm_start_ns, STORM_MS))
        ;
    box_end();
    test_join_all(takers, TAKERS);
    TEST_CHECK(count > 0);
    log_info("test wake-storm: %u times %u threads at once", count, TAKERS);
}

/* Sleep for about as long as the waker takes: a wake-up and a timeout come at the same moment. */
static void race_sleeper(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    for (unsigned i = 0; i < RACE_ROUNDS && !test_has_passed(storm_start_ns, STORM_MS); i++) {
        uint64_t deadline_ns = clock_monotonic_ns() + test_random_below(&random, RACE_WINDOW_NS);
        struct spinlock_state state = spin_lock(&box.lock);
        int result = wait_queue_sleep_until(&box.takers, &box.lock, &state, deadline_ns);
        spin_unlock(&box.lock, state);
        TEST_CHECK(result == 0 || result == -ETIMEDOUT);
        TEST_CHECK(result == 0 || clock_monotonic_ns() >= deadline_ns);
        atomic_fetch_add(&races_woken, result == 0);
    }
}

static void race_waker(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    while (!test_has_passed(storm_start_ns, STORM_MS)) {
        struct spinlock_state state = spin_lock(&box.lock);
        atomic_fetch_add(&races_waking, wait_queue_wake_one(&box.takers));
        spin_unlock(&box.lock, state);
        thread_sleep_ns(test_random_below(&random, RACE_WINDOW_NS));
    }
}

/* Who is woken and who is told so are the same. */
static void storm_of_timeouts(void)
{
    struct thread *sleepers[TAKERS], *wakers[GIVERS];

    box_reset();
    atomic_store(&races_woken, 0);
    atomic_store(&races_waking, 0);
    for (unsigned i = 0; i < TAKERS; i++)
        sleepers[i] = test_start("sleeper", race_sleeper, (void *)(uintptr_t)i, NULL);
    for (unsigned i = 0; i < GIVERS; i++)
        wakers[i] = test_start("waker", race_waker, (void *)(uintptr_t)(TAKERS + i), NULL);
    test_join_all(sleepers, TAKERS);
    test_join_all(wakers, GIVERS);
    TEST_CHECK(atomic_load(&races_waking) == atomic_load(&races_woken));
    TEST_CHECK(wait_queue_first(&box.takers) == NULL);
    log_info("test wake-storm: %u woken before their timeout", atomic_load(&races_woken));
}

void test_wake_storm(void)
{
    storm_of_tokens();
    storm_of_wake_all();
    storm_of_timeouts();
}
