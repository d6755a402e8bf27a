/* lintel: timeout=60 */
/* Locks that pass the priorities of those who wait on to who has them. */
#include "actor.h"

static uint32_t first, second, third, word, other_word;

static void wait_until_waited_for(uint32_t *lock)
{
    while ((__atomic_load_n(lock, __ATOMIC_SEQ_CST) & FUTEX_WAITERS) == 0)
        usleep(500);
}

static int asked_priority(uint32_t id)
{
    struct sched_param param = {.sched_priority = -1};

    syscall(SYS_sched_getparam, id, &param);
    return param.sched_priority;
}

/* What the owner has while one after the other waits, changes its priority, and gives up. */
static void owner_follows_its_waiters(void)
{
    struct actor owner, low, high, brief;
    struct timespec deadline;

    actor_begin(&owner, 0);
    actor_begin(&low, 20);
    actor_begin(&high, 30);
    actor_begin(&brief, 40);
    expect_value("lock", actor_have(&owner, ORDER_LOCK, &first), 0);
    expect_priority("owner alone", owner.id, 0);
    actor_tell(&low, ORDER_LOCK, &first);
    wait_until_waited_for(&first);
    expect_priority("20 waits", owner.id, 20);
    actor_tell(&high, ORDER_LOCK, &first);
    expect_priority("30 waits", owner.id, 30);
    expect_value("its policy", syscall(SYS_sched_getscheduler, owner.id), SCHED_OTHER);
    expect_value("its own priority", asked_priority(owner.id), 0);
    expect_value("a child's priority", actor_have(&owner, ORDER_FORK, NULL), 0);
    deadline = soon();
    brief.deadline = &deadline;
    expect_value("40 waits for a moment", actor_have(&brief, ORDER_LOCK, &first), -ETIMEDOUT);
    expect_priority("afterwards", owner.id, 30);
    set_priority(high.id, 50);
    expect_priority("the waiter is raised", owner.id, 50);
    set_priority(high.id, 10);
    expect_priority("the waiter is lowered", owner.id, 20);
    set_priority(low.id, 0);
    expect_priority("the other one has none", owner.id, 10);
    set_priority(high.id, 30);
    set_priority(low.id, 20);
    set_priority(owner.id, 35);
    expect_priority("its own one is higher", owner.id, 35);
    set_priority(owner.id, 0);
    expect_priority("its own one has gone", owner.id, 30);
    expect_value("unlock", actor_have(&owner, ORDER_UNLOCK, &first), 0);
    expect_priority("owner before", owner.id, 0);
    expect_value("the most important has it", actor_finish(realtime_is_allowed ? &high : &low), 0);
    expect_priority("its priority", high.id, 30);
    expect_value("unlock", actor_have(realtime_is_allowed ? &high : &low, ORDER_UNLOCK, &first), 0);
    expect_value("the other one has it", actor_finish(realtime_is_allowed ? &low : &high), 0);
    expect_value("unlock", actor_have(realtime_is_allowed ? &low : &high, ORDER_UNLOCK, &first), 0);
    expect_value("the lock", first, 0);
    actor_end(&owner);
    actor_end(&low);
    actor_end(&high);
    actor_end(&brief);
}

static void expect_chain(const char *what, struct actor actors[3], int wanted)
{
    printf("%s\n", what);
    for (unsigned i = 0; i < 3; i++)
        expect_priority("  priority", actors[i].id, wanted);
}

/* Actor 2 waits for actor 1, which waits for actor 0; then one comes that waits for actor 2. */
static void priorities_go_through_chains(void)
{
    uint32_t *locks[] = {&first, &second, &third};
    struct actor actors[3], high, brief;
    struct timespec deadline;

    actor_begin(&high, 45);
    actor_begin(&brief, 48);
    for (unsigned i = 0; i < 3; i++) {
        actor_begin(&actors[i], 0);
        expect_value("lock", actor_have(&actors[i], ORDER_LOCK, locks[i]), 0);
    }
    for (unsigned i = 1; i < 3; i++) {
        actor_tell(&actors[i], ORDER_LOCK, locks[i - 1]);
        wait_until_waited_for(locks[i - 1]);
    }
    for (unsigned i = 0; i < 3; i++)
        expect_value("a ring", actor_have(&actors[0], ORDER_LOCK, locks[i]), -EDEADLK);
    actor_tell(&high, ORDER_LOCK, &third);
    wait_until_waited_for(&third);
    expect_chain("45 waits", actors, 45);
    expect_value("a ring", actor_have(&actors[0], ORDER_LOCK, &third), -EDEADLK);
    deadline = soon();
    brief.deadline = &deadline;
    expect_value("48 waits for a moment", actor_have(&brief, ORDER_LOCK, &third), -ETIMEDOUT);
    expect_chain("45 waits still", actors, 45);
    set_priority(high.id, 33);
    expect_chain("which is 33 now", actors, 33);
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0) {
            expect_value("unlock", actor_have(&actors[i], ORDER_UNLOCK, locks[i - 1]), 0);
            expect_priority("it has the other one still", actors[i].id, 33);
        }
        expect_value("unlock", actor_have(&actors[i], ORDER_UNLOCK, locks[i]), 0);
        expect_priority("it has none", actors[i].id, 0);
        expect_value("the next one", actor_finish(i < 2 ? &actors[i + 1] : &high), 0);
    }
    expect_value("unlock", actor_have(&high, ORDER_UNLOCK, &third), 0);
    for (unsigned i = 0; i < 3; i++) {
        expect_value("the lock", *locks[i], 0);
        actor_end(&actors[i]);
    }
    actor_end(&high);
    actor_end(&brief);
}

#define RUNNERS 4
static const int runner_priorities[RUNNERS] = {11, 14, 12, 13};

/* The n-th in the order of priority had the n-th turn. */
static void expect_turns(struct actor runners[RUNNERS])
{
    for (unsigned i = 0; i < RUNNERS; i++) {
        expect_value("its wait", actor_finish(&runners[i]), 0);
        expect_ranked("its turn", runners[i].turn, 14 - runner_priorities[i]);
        actor_end(&runners[i]);
    }
}

static void begin_runners(struct actor runners[RUNNERS])
{
    actor_turns = 0;
    for (unsigned i = 0; i < RUNNERS; i++)
        actor_begin(&runners[i], runner_priorities[i]);
}

/* At each step somebody waits who is more important than all before. */
static void begin_turns(struct actor runners[RUNNERS], const struct actor *owner)
{
    static const unsigned order[RUNNERS] = {0, 2, 3, 1};

    begin_runners(runners);
    for (unsigned i = 0; i < RUNNERS; i++) {
        actor_tell(&runners[order[i]], ORDER_TAKE_TURN, &first);
        expect_priority("owner", owner->id, runner_priorities[order[i]]);
    }
}

static void turns_by_priority(void)
{
    struct actor owner, runners[RUNNERS];

    actor_begin(&owner, 0);
    expect_value("lock", actor_have(&owner, ORDER_LOCK, &first), 0);
    begin_turns(runners, &owner);
    expect_value("unlock", actor_have(&owner, ORDER_UNLOCK, &first), 0);
    expect_turns(runners);
    expect_value("the lock", first, 0);
    actor_end(&owner);
}

static void turns_after_the_owners_end(void)
{
    struct actor owner, runners[RUNNERS];

    actor_begin(&owner, 0);
    expect_value("lock", actor_have(&owner, ORDER_LOCK, &first), 0);
    begin_turns(runners, &owner);
    actor_end(&owner);
    for (unsigned i = 0; i < RUNNERS; i++) {
        long result = actor_finish(&runners[i]);
        expect_true("its wait",
                    result == 0 || result == -EINVAL); /* of Linux, if it looks in the middle of the end */
        expect_ranked("its turn", runners[i].turn, 14 - runner_priorities[i]);
        actor_end(&runners[i]);
    }
    expect_value("the lock", first, 0);
}

/* A broadcast: who waited at a word waits for the lock. */
static void turns_after_requeue(void)
{
    struct actor owner, runners[RUNNERS];
    long moved = 0;

    actor_begin(&owner, 0);
    expect_value("lock", actor_have(&owner, ORDER_LOCK, &first), 0);
    begin_runners(runners);
    for (unsigned i = 0; i < RUNNERS; i++) {
        runners[i].word = &word;
        actor_tell(&runners[i], ORDER_WAIT_TURN, &first);
    }
    while (moved < RUNNERS)
        moved += futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE, 1, (void *)100L, &first, 0);
    expect_value("requeued", moved, RUNNERS);
    expect_priority("owner", owner.id, 14);
    expect_value("unlock", actor_have(&owner, ORDER_UNLOCK, &first), 0);
    expect_priority("owner before", owner.id, 0);
    expect_turns(runners);
    expect_value("the lock", first, 0);
    actor_end(&owner);
}

/* Plain waits, too, end in the order of priority. */
static void wakes_by_priority(void)
{
    static const unsigned order[RUNNERS] = {1, 3, 2, 0};
    struct actor runners[RUNNERS];
    long moved = 0;

    begin_runners(runners);
    for (unsigned i = 0; i < RUNNERS; i++) {
        runners[i].word = &word;
        actor_tell(&runners[i], ORDER_WAIT, NULL);
    }
    while (moved < RUNNERS)
        moved += futex(&word, FUTEX_REQUEUE | FUTEX_PRIVATE, 0, (void *)100L, &other_word, 0);
    expect_value("all wait", moved, RUNNERS);
    for (unsigned i = 0; i < RUNNERS; i++) {
        expect_value("wake", futex(&other_word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), 1);
        if (realtime_is_allowed)
            actor_finish(&runners[order[i]]);
        printf("woken in turn: %d\n", runner_priorities[order[i]]);
    }
    for (unsigned i = 0; i < RUNNERS; i++) {
        expect_value("its wait", actor_finish(&runners[i]), 0);
        actor_end(&runners[i]);
    }
}

int main(void)
{
    realtime_begin();
    owner_follows_its_waiters();
    priorities_go_through_chains();
    turns_by_priority();
    turns_after_the_owners_end();
    turns_after_requeue();
    wakes_by_priority();
    return program_end();
}
