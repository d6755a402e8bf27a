/* ping-pong: two threads hand a token back and forth through wait queues, on one CPU, on two, and wherever
 * the scheduler puts them. */
#include <stddef.h>

#include "core/clock.h"
#include "core/log.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define HAND_OVERS 10000
#define GAME_MS                                                                                 \
    2000 /* at most: between emulated CPUs of a busy machine a hand-over may take a millisecond \
          */
#define LOST_AFTER_S 10

/* Locks: t = lock */
static struct {
    struct spinlock lock;
    struct wait_queue players[2]; /* [t] */
    unsigned holder;              /* [t] the player whose turn it is */
    unsigned hand_overs;          /* [t] */
    bool is_over;                 /* [t] */
    uint64_t start_ns;
} table = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST)};

static bool game_is_over_locked(void)
{
    return table.is_over || table.hand_overs == HAND_OVERS || test_has_passed(table.start_ns, GAME_MS);
}

/* Wait for the token, and hand it over. */
static void play_once_locked(unsigned player, struct spinlock_state *state)
{
    uint64_t deadline_ns = clock_monotonic_ns() + LOST_AFTER_S * 1000 * TEST_NS_PER_MS;

    while (table.holder != player && !table.is_over) {
        if (!TEST_CHECK(wait_queue_sleep_until(&table.players[player], &table.lock, state, deadline_ns) == 0))
            table.is_over = true;
    }
    if (game_is_over_locked()) {
        table.is_over = true;
    } else {
        table.holder = !player;
        table.hand_overs++;
    }
    (void)wait_queue_wake_one(&table.players[!player]);
}

static void play(void *argument)
{
    unsigned player = (unsigned)(uintptr_t)argument;
    struct spinlock_state state = spin_lock(&table.lock);

    while (!table.is_over) {
        play_once_locked(player, &state);
        spin_unlock(&table.lock, state);
        state = spin_lock(&table.lock);
    }
    spin_unlock(&table.lock, state);
}

static void game(const char *where, const struct cpu_set *first, const struct cpu_set *second)
{
    struct thread_options options[2] = {{.cpus = first}, {.cpus = second}};
    struct thread *threads[2];

    table.holder = 0;
    table.hand_overs = 0;
    table.is_over = false;
    table.start_ns = clock_monotonic_ns();
    wait_queue_init(&table.players[0]);
    wait_queue_init(&table.players[1]);
    for (unsigned i = 0; i < 2; i++)
        threads[i] = test_start("player", play, (void *)(uintptr_t)i, &options[i]);
    test_join_all(threads, 2);
    if (TEST_CHECK(table.hand_overs > 0))
        log_info("test ping-pong: %s: %u hand-overs, %lu ns each", where, table.hand_overs,
                 (clock_monotonic_ns() - table.start_ns) / table.hand_overs);
}

void test_ping_pong(void)
{
    struct cpu_set first = test_one_cpu(0), last = test_one_cpu(cpu_count_online() - 1),
                   all = test_all_cpus();

    game("one CPU", &first, &first);
    if (cpu_count_online() > 1)
        game("two CPUs", &first, &last);
    game("anywhere", &all, &all);
}
