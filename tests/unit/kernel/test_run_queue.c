/* The scheduler's policy, call by call: who goes first, who gives way, what is charged and what is kept. */
#include "sched/run_queue.h"

#include <stdio.h>

#include "test.h"

#define MS 1000000ll
#define NEVER UINT64_MAX
#define ENTITIES_MAX 40
#define NICE_LEVELS (NICE_MAX - NICE_MIN + 1)

static struct run_queue queue;
static struct run_entity entities[ENTITIES_MAX];

static int start_empty(void **state)
{
    (void)state;
    memset(&queue, 0xcc, sizeof(queue));
    memset(entities, 0xcc, sizeof(entities));
    run_queue_init(&queue);
    return 0;
}

/* An entity as a table has it; the lag is a fair one's. */
struct setting {
    enum sched_policy policy;
    int nice_or_priority;
    int64_t lag_ns;
    uint64_t slice_left_ns; /* 0: a whole one */
};

#define FAIR(nice, lag_ns)            \
    {                                 \
        SCHED_NORMAL, nice, lag_ns, 0 \
    }
#define FIFO(priority)             \
    {                              \
        SCHED_FIFO, priority, 0, 0 \
    }
#define RR(priority)             \
    {                            \
        SCHED_RR, priority, 0, 0 \
    }
#define RR_LEFT(priority, slice_left_ns)     \
    {                                        \
        SCHED_RR, priority, 0, slice_left_ns \
    }
#define NOBODY                  \
    {                           \
        SCHED_NORMAL, 100, 0, 0 \
    }

static struct run_entity *make(struct run_entity *entity, struct setting setting)
{
    run_entity_init(entity, setting.policy, setting.nice_or_priority, (unsigned)setting.nice_or_priority);
    entity->node.key = (uint64_t)setting.lag_ns;
    return entity;
}

static bool is_nobody(struct setting setting)
{
    return setting.policy == SCHED_NORMAL && setting.nice_or_priority > NICE_MAX;
}

/* Make entities[0], which runs, and entities[1], [2] ..., which wait. */
static struct run_entity *make_running(struct setting setting)
{
    run_queue_join(&queue, make(&entities[0], setting));
    if (setting.slice_left_ns != 0)
        entities[0].slice_left_ns = setting.slice_left_ns;
    return &entities[0];
}

static void make_waiting(size_t index, struct setting setting)
{
    run_queue_add(&queue, make(&entities[index], setting));
}

/* Take all out, in order, and compare with a text of their indices: "20 1". */
static void check_drained(const char *name, const char *expected)
{
    char order[3 * ENTITIES_MAX + 1] = "";
    size_t length = 0;

    for (struct run_entity *entity; (entity = run_queue_pick(&queue)) != NULL;) {
        length += (size_t)snprintf(order + length, sizeof(order) - length, "%s%zu", length == 0 ? "" : " ",
                                   (size_t)(entity - entities));
        run_queue_leave(&queue, entity);
    }
    if (strcmp(order, expected) != 0)
        fail_msg("%s: order is \"%s\", not \"%s\"", name, order, expected);
    assert_int_equal(queue.ready_count, 0);
}

static void run_time_counts_by_weight(void **state)
{
    static const uint64_t run_times[] = {1, 999, 1000000, 1024000000, 3600000000000, 864000000000000};
    uint32_t lighter = 12;

    (void)state;
    for (int nice = NICE_MAX; nice >= NICE_MIN; nice--) {
        struct run_entity *entity = make_running((struct setting)FAIR(nice, 0));
        assert_in_range(entity->weight * 100ull / lighter, 119, 130);
        lighter = entity->weight;
        for (size_t i = 0; i < COUNT_OF(run_times); i++) {
            uint64_t before = entity->node.key;
            long double exact = (long double)run_times[i] * 1024 / entity->weight;
            run_queue_account(&queue, entity, run_times[i]);
            long double charged = entity->node.key - before;
            if (charged < exact * 0.9999L || charged > exact * 1.0001L + 1)
                fail_msg("nice %d: %.0Lf ns for %lu, not %.0Lf", nice, charged, run_times[i], exact);
            if (charged < 1)
                fail_msg("nice %d: %lu ns for nothing", nice, run_times[i]);
        }
    }
    assert_int_equal(make(&entities[0], (struct setting)FAIR(-20, 0))->weight, 88761);
    assert_int_equal(make(&entities[0], (struct setting)FAIR(0, 0))->weight, 1024);
    assert_int_equal(make(&entities[0], (struct setting)FAIR(19, 0))->weight, 15);
}

static void who_waits_comes_in_order(void **state)
{
    static const struct {
        const char *name;
        struct setting waiting[6];
        const char *order;
    } cases[] = {
        {"nobody", {NOBODY}, ""},
        {"one", {FAIR(0, 0), NOBODY}, "1"},
        {"by virtual run time", {FAIR(0, 3), FAIR(0, 1), FAIR(0, -1), FAIR(0, 2), NOBODY}, "3 2 4 1"},
        {"not by nice", {FAIR(19, 0), FAIR(-20, 1), NOBODY}, "1 2"},
        {"equals: first come", {FAIR(0, 0), FAIR(5, 0), FAIR(-5, 0), FAIR(0, 0), NOBODY}, "1 2 3 4"},
        {"by priority", {FIFO(1), RR(99), FIFO(50), RR(64), FIFO(63), NOBODY}, "2 4 5 3 1"},
        {"equal priority: first come", {FIFO(7), RR(7), FIFO(7), RR(7), NOBODY}, "1 2 3 4"},
        {"all above the fair", {FAIR(-20, -MS), FIFO(1), FAIR(0, 0), RR(1), NOBODY}, "2 4 1 3"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t count = 0;
        start_empty(state);
        for (; !is_nobody(cases[i].waiting[count]); count++) {
            make_waiting(count + 1, cases[i].waiting[count]);
            assert_int_equal(queue.ready_count, count + 1);
        }
        check_drained(cases[i].name, cases[i].order);
    }
}

static void every_priority_has_its_place(void **state)
{
    static struct run_entity all[REALTIME_PRIORITY_MAX + 1];

    (void)state;
    for (unsigned i = 0; i < REALTIME_PRIORITY_MAX; i++) {
        unsigned priority = 1 + i * 37 % REALTIME_PRIORITY_MAX; /* each, in a jumbled order */
        run_entity_init(&all[priority], i % 2 == 0 ? SCHED_FIFO : SCHED_RR, 0, priority);
        run_queue_add(&queue, &all[priority]);
    }
    run_queue_remove(&queue, &all[64]);
    run_queue_remove(&queue, &all[1]);
    for (unsigned priority = REALTIME_PRIORITY_MAX; priority > 1; priority--) {
        if (priority != 64)
            assert_ptr_equal(run_queue_pick(&queue), &all[priority]);
    }
    assert_null(run_queue_pick(&queue));
    assert_int_equal(queue.realtime_ready[0] | queue.realtime_ready[1], 0);
}

/* What is kept of a lag, and paid off or credited, when virtual time passed in the queue meanwhile. */
static void lags_are_kept_and_credit_is_bounded(void **state)
{
    static const struct {
        int64_t left_with, passed, same_queue, other_queue;
    } cases[] = {
        {0, 0, 0, 0},
        {2 * MS, 0, 2 * MS, 2 * MS},
        {2 * MS, MS, MS, 2 * MS},
        {2 * MS, 4 * MS, -2 * MS, 2 * MS},
        {2 * MS, 5 * MS, -3 * MS, 2 * MS},
        {2 * MS, 5 * MS + 1, -3 * MS, 2 * MS},
        {0, 3600000 * MS, -3 * MS, 0},
        {3600000 * MS, 0, 3600000 * MS, 3600000 * MS},
        {-MS, 0, -MS, -MS},
        {-MS, 5 * MS, -3 * MS, -MS},
    };
    static const uint64_t starts[] = {0, 500 * MS, (1ull << 63) - MS, -1ull * MS};
    static struct run_queue other;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(starts) * 4; i++) {
        bool is_same = i % 2 == 0, was_running = i / 2 % 2 == 0;
        size_t row = i / 4 % COUNT_OF(cases);
        struct run_entity *entity = &entities[1];

        start_empty(state);
        run_queue_init(&other);
        queue.virtual_time_ns = starts[i / 4 / COUNT_OF(cases)];
        other.virtual_time_ns = 77 * MS;
        make(entity, (struct setting)FAIR(0, cases[row].left_with));
        if (was_running) {
            run_queue_join(&queue, entity);
            run_queue_leave(&queue, entity);
        } else {
            run_queue_add(&queue, entity);
            run_queue_remove(&queue, entity);
        }
        assert_int_equal(entity->node.key, cases[row].left_with);
        run_queue_account(&queue, make_running((struct setting)FAIR(0, 0)), (uint64_t)cases[row].passed);
        run_queue_leave(&queue, &entities[0]);

        struct run_queue *target = is_same ? &queue : &other;
        run_queue_add(target, entity);
        assert_int_equal(entity->node.key - target->virtual_time_ns,
                         is_same ? cases[row].same_queue : cases[row].other_queue);
    }
}

static void a_new_lag_beyond_the_credit_is_cut(void **state)
{
    (void)state;
    make_waiting(1, (struct setting)FAIR(0, -10 * MS));
    assert_int_equal(entities[1].node.key - queue.virtual_time_ns, -RUN_QUEUE_SLEEP_CREDIT_NS);
}

static void virtual_time_follows_the_lowest(void **state)
{
    struct run_entity *running = make_running((struct setting)FAIR(0, 0));

    (void)state;
    run_queue_account(&queue, running, 5);
    assert_int_equal(queue.virtual_time_ns, 5); /* alone */
    make_waiting(1, (struct setting)FAIR(0, 10));
    run_queue_account(&queue, running, 7);
    assert_int_equal(queue.virtual_time_ns, 12); /* still the lowest */
    run_queue_account(&queue, running, 100);
    assert_int_equal(queue.virtual_time_ns, 15); /* the other is */
    make_waiting(2, (struct setting)FAIR(0, -5));
    run_queue_account(&queue, running, 1);
    assert_int_equal(queue.virtual_time_ns, 15); /* never goes back */
    run_queue_leave(&queue, running);
    assert_ptr_equal(run_queue_pick(&queue), &entities[2]);
    run_queue_leave(&queue, &entities[2]);
    make_waiting(3, (struct setting)FAIR(0, 1000));
    run_queue_remove(&queue, &entities[1]);
    assert_ptr_equal(run_queue_pick(&queue), &entities[3]);
    assert_int_equal(queue.virtual_time_ns, 1015); /* it comes alone: the lowest at once */
}

static void realtime_does_not_touch_virtual_time(void **state)
{
    struct run_entity *running = make_running((struct setting)FIFO(3));

    (void)state;
    make_waiting(1, (struct setting)FAIR(0, 10));
    run_queue_account(&queue, running, 1000);
    run_queue_leave(&queue, running);
    assert_int_equal(queue.virtual_time_ns, 0);
    assert_int_equal(running->node.key, 0);
    assert_null(running->last_queue);
}

/* The entity that ran goes back to two that wait at its priority. */
static void who_is_put_back_keeps_its_turn_or_not(void **state)
{
    static const struct {
        const char *name;
        struct setting running, waiting;
        uint64_t ran_ns;
        const char *order;
        uint64_t slice_left_ns;
    } cases[] = {
        {"FIFO", FIFO(9), FIFO(9), 500 * MS, "0 1 2", 0},
        {"RR with time left", RR(9), RR(9), 99 * MS, "0 1 2", MS},
        {"RR at its end", RR(9), RR(9), 100 * MS, "1 2 0", 100 * MS},
        {"RR beyond its end", RR(9), FIFO(9), 101 * MS, "1 2 0", 100 * MS},
        {"RR among lower ones", RR(9), RR(8), 101 * MS, "0 1 2", 100 * MS},
        {"fair, ahead", FAIR(0, 0), FAIR(0, 2 * MS), 3 * MS, "1 2 0", 0},
        {"fair, even", FAIR(0, 0), FAIR(0, 2 * MS), 2 * MS, "1 2 0", 0},
        {"fair, behind", FAIR(0, 0), FAIR(0, 2 * MS), MS, "0 1 2", 0},
        {"fair, light", FAIR(19, 0), FAIR(0, 2 * MS), MS, "1 2 0", 0},
        {"fair, heavy", FAIR(-20, 0), FAIR(0, 2 * MS), 100 * MS, "0 1 2", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_empty(state);
        struct run_entity *running = make_running(cases[i].running);
        make_waiting(1, cases[i].waiting);
        make_waiting(2, cases[i].waiting);
        run_queue_account(&queue, running, cases[i].ran_ns);
        run_queue_put_back(&queue, running);
        assert_int_equal(queue.ready_count, 3);
        if (running->policy == SCHED_RR)
            assert_int_equal(running->slice_left_ns, cases[i].slice_left_ns);
        check_drained(cases[i].name, cases[i].order);
    }
}

static void a_round_robin_slice_counts_down(void **state)
{
    static const struct {
        struct setting waiting;
        uint64_t ran_ns, left_ns;
    } cases[] = {
        {NOBODY, 30 * MS, 70 * MS},
        {NOBODY, 100 * MS, 100 * MS},
        {NOBODY, 250 * MS, 100 * MS},
        {RR(20), 30 * MS, 70 * MS},
        {RR(20), 100 * MS, 0},
        {RR(20), 250 * MS, 0},
        {FIFO(20), 100 * MS, 0},
        {RR(21), 100 * MS, 100 * MS},
        {RR(19), 100 * MS, 100 * MS},
        {RR(84), 100 * MS, 100 * MS},
        {FAIR(0, 0), 100 * MS, 100 * MS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_empty(state);
        struct run_entity *running = make_running((struct setting)RR(20));
        if (!is_nobody(cases[i].waiting))
            make_waiting(1, cases[i].waiting);
        run_queue_account(&queue, running, cases[i].ran_ns);
        assert_int_equal(running->slice_left_ns, cases[i].left_ns);
    }
}

/* One runs, one was just added: must the first give way, at once or when? */
static void who_runs_gives_way(void **state)
{
    static const struct {
        const char *name;
        struct setting running, waiting;
        bool must_switch, preempts;
        uint64_t slice_ns;
    } cases[] = {
        {"alone", FAIR(0, 0), NOBODY, false, false, NEVER},
        {"fair, even", FAIR(0, 0), FAIR(0, 0), false, false, 3 * MS},
        {"a little ahead", FAIR(0, MS), FAIR(0, 0), false, false, 2 * MS},
        {"ahead by more than the wake granule", FAIR(0, MS + 1), FAIR(0, 0), false, true, 2 * MS - 1},
        {"nearly a granule ahead", FAIR(0, 2812499), FAIR(0, 0), false, true, 750000},
        {"as good as a granule ahead", FAIR(0, 2812500), FAIR(0, 0), true, true, 750000},
        {"far ahead", FAIR(0, 100 * MS), FAIR(0, 0), true, true, 750000},
        {"behind", FAIR(0, 0), FAIR(0, 5 * MS), false, false, 8 * MS},
        {"far behind", FAIR(0, 0), FAIR(0, 1000 * MS), false, false, 12 * MS},
        {"days behind", FAIR(0, 0), FAIR(0, 1000000000 * MS), false, false, 12 * MS},
        {"heavy, even", FAIR(-20, 0), FAIR(0, 0), false, false, 12 * MS},
        {"heavy, ahead by its longest slice", FAIR(-20, 140000), FAIR(0, 0), true, false, 750000},
        {"heavy, days behind", FAIR(-20, 0), FAIR(0, 1000000000 * MS), false, false, 12 * MS},
        {"heavy, behind by 2^64 / weight", FAIR(-20, 0), FAIR(0, 207824878873713 - 138440), false, false,
         12 * MS},
        {"less heavy, even", FAIR(-5, 0), FAIR(0, 0), false, false, 9143555},
        {"light, even", FAIR(19, 0), FAIR(0, 0), false, false, 750000},
        {"less light, even", FAIR(5, 0), FAIR(0, 0), false, false, 981446},
        {"light, far behind", FAIR(19, 0), FAIR(0, 997 * MS), false, false, 12 * MS},
        {"the other is heavy", FAIR(0, 0), FAIR(-20, 0), false, false, 3 * MS},
        {"fair and FIFO", FAIR(-20, -MS), FIFO(1), true, true, 1},
        {"fair and RR", FAIR(-20, -MS), RR(99), true, true, 1},
        {"FIFO alone", FIFO(5), NOBODY, false, false, NEVER},
        {"FIFO and fair", FIFO(1), FAIR(-20, -MS), false, false, NEVER},
        {"FIFO and equal", FIFO(5), RR(5), false, false, NEVER},
        {"FIFO and lower", FIFO(5), RR(4), false, false, NEVER},
        {"FIFO and higher", FIFO(5), RR(6), true, true, 1},
        {"FIFO 63 and 64", FIFO(63), FIFO(64), true, true, 1},
        {"FIFO 64 and 63", FIFO(64), FIFO(63), false, false, NEVER},
        {"RR alone", RR(5), NOBODY, false, false, NEVER},
        {"RR and fair", RR(5), FAIR(0, 0), false, false, NEVER},
        {"RR and lower", RR(5), RR(4), false, false, NEVER},
        {"RR and higher", RR(5), RR(6), true, true, 1},
        {"RR and equal", RR_LEFT(5, 40 * MS), RR(5), false, false, 40 * MS},
        {"RR and equal FIFO", RR_LEFT(5, 1), FIFO(5), false, false, 1},
        {"RR and one 64 above", RR(5), RR(69), true, true, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_empty(state);
        queue.virtual_time_ns = i % 2 == 0 ? 0 : -1ull * MS; /* around the wrap, too */
        struct run_entity *running = make_running(cases[i].running);
        if (!is_nobody(cases[i].waiting)) {
            make_waiting(1, cases[i].waiting);
            if (run_queue_preempts(&entities[1], running) != cases[i].preempts)
                fail_msg("%s: preempts", cases[i].name);
        }
        if (run_queue_must_switch(&queue, running) != cases[i].must_switch)
            fail_msg("%s: must switch", cases[i].name);
        uint64_t slice_ns = run_queue_slice_ns(&queue, running);
        if (slice_ns != cases[i].slice_ns)
            fail_msg("%s: slice of %lu ns, not %lu", cases[i].name, slice_ns, cases[i].slice_ns);
    }
}

static void a_slice_that_is_over_ends_only_for_equals(void **state)
{
    struct run_entity *running = make_running((struct setting)RR(5));

    (void)state;
    make_waiting(1, (struct setting)RR(5));
    make_waiting(2, (struct setting)RR(4));
    run_queue_account(&queue, running, 100 * MS);
    assert_true(run_queue_must_switch(&queue, running));
    assert_int_equal(run_queue_slice_ns(&queue, running), 1);
    run_queue_remove(&queue, &entities[1]);
    assert_false(run_queue_must_switch(&queue, running));
    assert_true(run_queue_slice_ns(&queue, running) == NEVER);

    running->policy = SCHED_FIFO; /* whose time never counts */
    make_waiting(1, (struct setting)RR(5));
    assert_false(run_queue_must_switch(&queue, running));
}

/* After its slice an entity gives way, whatever its weight; or it is still behind. */
static void a_slice_makes_progress(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int nice = NICE_MIN + i % NICE_LEVELS;
        start_empty(state);
        struct run_entity *running = make_running((struct setting)FAIR(nice, (int64_t)random_below(20 * MS)));
        make_waiting(1, (struct setting)FAIR(0, (int64_t)random_below(20 * MS)));

        uint64_t slice_ns = run_queue_slice_ns(&queue, running);
        assert_in_range(slice_ns, RUN_QUEUE_SLICE_MIN_NS, RUN_QUEUE_SLICE_MAX_NS);
        run_queue_account(&queue, running, slice_ns);
        if (!run_queue_must_switch(&queue, running)) {
            assert_int_equal(slice_ns, RUN_QUEUE_SLICE_MAX_NS);
            assert_true(tree_key_is_before(running->node.key, entities[1].node.key + RUN_QUEUE_GRANULE_NS));
        }
    }
}

/* Entity 0 yields; who is next, and who afterwards? */
static void who_yields_goes_behind(void **state)
{
    static const struct {
        const char *name;
        struct setting running, waiting[3];
        size_t next;
        const char *order;
    } cases[] = {
        {"nobody waits", FAIR(0, 0), {NOBODY}, 0, ""},
        {"fair, ahead", FAIR(0, 5), {FAIR(0, 0), NOBODY}, 1, "0"},
        {"fair, behind", FAIR(0, 0), {FAIR(0, 5), NOBODY}, 1, "0"},
        {"fits before the second", FAIR(0, 1), {FAIR(0, 0), FAIR(0, 2), NOBODY}, 1, "0 2"},
        {"even with the second", FAIR(0, 2), {FAIR(0, 0), FAIR(0, 2), NOBODY}, 1, "2 0"},
        {"behind the second", FAIR(0, 3), {FAIR(0, 0), FAIR(0, 2), NOBODY}, 1, "2 0"},
        {"even with all", FAIR(0, 0), {FAIR(0, 0), FAIR(0, 0), NOBODY}, 1, "2 0"},
        {"lowest of three", FAIR(0, -3), {FAIR(0, 0), FAIR(0, 2), NOBODY}, 1, "0 2"},
        {"lowest of three, two even", FAIR(0, -3), {FAIR(0, 2), FAIR(0, 2), NOBODY}, 1, "2 0"},
        {"fair, FIFO waits", FAIR(0, -3), {FAIR(0, 0), FIFO(1), NOBODY}, 2, "1 0"},
        {"fair, only FIFO waits", FAIR(0, 0), {FIFO(1), NOBODY}, 1, "0"},
        {"FIFO, equals wait", FIFO(5), {FIFO(5), RR(5), NOBODY}, 1, "2 0"},
        {"RR, an equal waits", RR_LEFT(5, MS), {FIFO(5), NOBODY}, 1, "0"},
        {"FIFO, lower waits", FIFO(5), {RR(4), FAIR(0, 0), NOBODY}, 0, "1 2"},
        {"RR, higher waits", RR(5), {RR(5), RR(6), NOBODY}, 2, "1 0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned count = 0;
        start_empty(state);
        queue.virtual_time_ns = -1ull;
        struct run_entity *running = make_running(cases[i].running);
        for (; !is_nobody(cases[i].waiting[count]); count++)
            make_waiting(count + 1, cases[i].waiting[count]);

        struct run_entity *next = run_queue_exchange(&queue, running);
        if (next != &entities[cases[i].next])
            fail_msg("%s: entity %zu is next", cases[i].name, (size_t)(next - entities));
        assert_int_equal(queue.ready_count, count);
        if (running->policy == SCHED_RR)
            assert_int_equal(running->slice_left_ns, RUN_QUEUE_RR_SLICE_NS);
        check_drained(cases[i].name, cases[i].order);
    }
}

static void who_yields_gives_up_its_lag(void **state)
{
    struct run_entity *running = make_running((struct setting)FAIR(0, 0));

    (void)state;
    run_queue_exchange(&queue, running);
    assert_int_equal(running->node.key, 0); /* nobody to give way to */
    make_waiting(1, (struct setting)FAIR(0, 9));
    run_queue_exchange(&queue, running);
    assert_int_equal(running->node.key, 9);
    assert_int_equal(queue.virtual_time_ns, 9);
}

struct search_log {
    size_t asked[ENTITIES_MAX], count;
    size_t wanted; /* ENTITIES_MAX: none */
};

static bool log_and_take_wanted(const struct run_entity *entity, void *argument)
{
    struct search_log *log = argument;

    log->asked[log->count++] = (size_t)(entity - entities);
    return log->asked[log->count - 1] == log->wanted;
}

static void a_spare_is_the_one_that_would_be_next(void **state)
{
    static const struct setting waiting[] = {FAIR(0, 5), FIFO(3), FAIR(0, 1), RR(70), FIFO(3), FAIR(19, 3)};
    static const size_t order[] = {4, 2, 5, 3, 6, 1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        make_waiting(i + 1, waiting[i]);
    for (unsigned tries = 0; tries <= COUNT_OF(order) + 1; tries++) {
        for (size_t wanted = 0; wanted <= COUNT_OF(order); wanted++) {
            struct search_log log = {.wanted = wanted < COUNT_OF(order) ? order[wanted] : ENTITIES_MAX};
            struct run_entity *spare = run_queue_find_spare(&queue, log_and_take_wanted, &log, tries);
            size_t asked = wanted < COUNT_OF(order) ? wanted + 1 : wanted;
            bool is_found = wanted < COUNT_OF(order) && tries > wanted;

            assert_int_equal(log.count, tries < asked ? tries : asked);
            assert_memory_equal(log.asked, order, log.count * sizeof(order[0]));
            assert_ptr_equal(spare, is_found ? &entities[order[wanted]] : NULL);
        }
    }
    assert_int_equal(queue.ready_count, COUNT_OF(waiting));
    check_drained("after the search", "4 2 5 3 6 1");
}

static void a_new_policy_keeps_the_lag(void **state)
{
    struct run_entity *entity = make_running((struct setting)FAIR(-3, 2 * MS));

    (void)state;
    run_queue_leave(&queue, entity);
    run_entity_set_policy(entity, SCHED_RR, 1000, 50); /* nice does not count */
    run_queue_add(&queue, entity);
    assert_ptr_equal(run_queue_pick(&queue), entity);
    run_queue_account(&queue, entity, 60 * MS);
    run_queue_leave(&queue, entity);
    run_entity_set_policy(entity, SCHED_RR, 0, 51);
    assert_int_equal(entity->slice_left_ns, RUN_QUEUE_RR_SLICE_NS);
    run_entity_set_policy(entity, SCHED_NORMAL, 19, 1000); /* nor does priority */
    run_queue_join(&queue, entity);
    assert_int_equal(entity->node.key, queue.virtual_time_ns + 2 * MS);
    assert_int_equal(entity->weight, 15);
    make_waiting(1, (struct setting)FIFO(1));
    assert_true(run_queue_preempts(&entities[1], entity));
}

/* The oracle: an array in which it looks for the best one, by class, virtual run time or place in line. */
static struct {
    enum { IS_OUT, IS_WAITING, IS_RUNNING } state;
    int64_t place;
} oracle[ENTITIES_MAX];
static int64_t oracle_front, oracle_back;

static bool oracle_goes_before(size_t a, size_t b)
{
    if (entities[a].priority != entities[b].priority)
        return entities[a].priority > entities[b].priority;
    if (entities[a].priority == 0 && entities[a].node.key != entities[b].node.key)
        return (int64_t)(entities[a].node.key - entities[b].node.key) < 0;
    return oracle[a].place < oracle[b].place;
}

static struct run_entity *oracle_best(void)
{
    size_t best = ENTITIES_MAX;

    for (size_t i = 0; i < ENTITIES_MAX; i++) {
        if (oracle[i].state == IS_WAITING && (best == ENTITIES_MAX || oracle_goes_before(i, best)))
            best = i;
    }
    return best == ENTITIES_MAX ? NULL : &entities[best];
}

static unsigned oracle_waiting(void)
{
    unsigned count = 0;

    for (size_t i = 0; i < ENTITIES_MAX; i++)
        count += oracle[i].state == IS_WAITING;
    return count;
}

static void random_add_or_remove(size_t i)
{
    if (oracle[i].state == IS_WAITING) {
        run_queue_remove(&queue, &entities[i]);
        oracle[i].state = IS_OUT;
    } else if (oracle[i].state == IS_OUT) {
        bool is_fair = random_below(3) != 0;
        run_entity_set_policy(&entities[i], is_fair ? SCHED_NORMAL : (enum sched_policy)(1 + random_below(2)),
                              NICE_MIN + (int)random_below(NICE_LEVELS), 60 + (unsigned)random_below(8));
        run_queue_add(&queue, &entities[i]);
        oracle[i].state = IS_WAITING;
        oracle[i].place = oracle_back++;
    }
}

static void oracle_line_up(const struct run_entity *running)
{
    bool keeps_its_turn =
        running->policy == SCHED_FIFO || (running->policy == SCHED_RR && running->slice_left_ns > 0);

    oracle[running - entities].state = IS_WAITING;
    oracle[running - entities].place = keeps_its_turn ? oracle_front-- : oracle_back++;
}

/* It yields: a fair one gives way to the best of the others, whatever its own virtual run time is. */
static struct run_entity *random_yield(struct run_entity *running)
{
    struct run_entity *expected = oracle_best();
    bool is_fair = running->priority == 0 && expected != NULL && expected->priority == 0;
    struct run_entity *next = run_queue_exchange(&queue, running);

    oracle[running - entities].state = IS_WAITING;
    oracle[running - entities].place = oracle_back++;
    assert_ptr_equal(next, is_fair ? expected : oracle_best());
    oracle[next - entities].state = IS_RUNNING;
    return next;
}

/* The running one stops, in one of four ways; returns who runs next. */
static struct run_entity *random_switch(struct run_entity *running)
{
    uint64_t way = random_below(4);

    if (way == 0)
        return random_yield(running);
    if (way == 1) {
        run_queue_leave(&queue, running);
        oracle[running - entities].state = IS_OUT;
    } else {
        oracle_line_up(running);
        if (way == 2)
            run_queue_put_back(&queue, running);
    }
    struct run_entity *expected = oracle_best();
    struct run_entity *next = way == 3 ? run_queue_replace(&queue, running) : run_queue_pick(&queue);
    assert_ptr_equal(next, expected);
    if (next != NULL)
        oracle[next - entities].state = IS_RUNNING;
    return next;
}

static void random_steps(size_t entity_count)
{
    struct run_entity *running = NULL;

    queue.virtual_time_ns = -100ull * MS;
    memset(oracle, 0, sizeof(oracle));
    for (size_t i = 0; i < ENTITIES_MAX; i++)
        run_entity_init(&entities[i], SCHED_NORMAL, 0, 0);
    for (int step = 0; step < 200000; step++) {
        uint64_t before = queue.virtual_time_ns;
        if (running == NULL && (running = run_queue_pick(&queue)) != NULL)
            oracle[running - entities].state = IS_RUNNING;
        if (random_below(2) == 0 || running == NULL) {
            random_add_or_remove(random_below(entity_count));
        } else {
            run_queue_account(&queue, running, random_below(running->policy == SCHED_NORMAL ? 4 : 60 * MS));
            running = random_switch(running);
        }
        assert_false(tree_key_is_before(queue.virtual_time_ns, before));
        assert_int_equal(queue.ready_count, oracle_waiting());
    }
}

static void random_steps_keep_to_the_oracle(void **state)
{
    (void)state;
    random_steps(ENTITIES_MAX);
}

/* Mostly nobody waits, or one. */
static void random_steps_of_few_keep_to_the_oracle(void **state)
{
    (void)state;
    random_steps(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(run_time_counts_by_weight, start_empty),
        cmocka_unit_test_setup(who_waits_comes_in_order, start_empty),
        cmocka_unit_test_setup(every_priority_has_its_place, start_empty),
        cmocka_unit_test_setup(lags_are_kept_and_credit_is_bounded, start_empty),
        cmocka_unit_test_setup(a_new_lag_beyond_the_credit_is_cut, start_empty),
        cmocka_unit_test_setup(virtual_time_follows_the_lowest, start_empty),
        cmocka_unit_test_setup(realtime_does_not_touch_virtual_time, start_empty),
        cmocka_unit_test_setup(who_is_put_back_keeps_its_turn_or_not, start_empty),
        cmocka_unit_test_setup(a_round_robin_slice_counts_down, start_empty),
        cmocka_unit_test_setup(who_runs_gives_way, start_empty),
        cmocka_unit_test_setup(a_slice_that_is_over_ends_only_for_equals, start_empty),
        cmocka_unit_test_setup(a_slice_makes_progress, start_empty),
        cmocka_unit_test_setup(who_yields_goes_behind, start_empty),
        cmocka_unit_test_setup(who_yields_gives_up_its_lag, start_empty),
        cmocka_unit_test_setup(a_spare_is_the_one_that_would_be_next, start_empty),
        cmocka_unit_test_setup(a_new_policy_keeps_the_lag, start_empty),
        cmocka_unit_test_setup(random_steps_keep_to_the_oracle, start_empty),
        cmocka_unit_test_setup(random_steps_of_few_keep_to_the_oracle, start_empty),
    };

    return cmocka_run_group_tests_name("run_queue", tests, NULL, NULL);
}
