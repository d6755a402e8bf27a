/* The scheduler's policy in simulation: CPUs with tasks that compute, sleep and yield, and with timers that
 * come early or late. What is asked for is what users see: shares, waiting times, numbers of switches. */
#include "sched/run_queue.h"

#include <stdbool.h>
#include <stdlib.h>

#include "test.h"

#define US 1000ull
#define MS 1000000ull
#define SECOND 1000000000ull
#define NEVER UINT64_MAX
#define NICE_LEVELS (NICE_MAX - NICE_MIN + 1)

#define TASKS_MAX 1000
#define CPUS_MAX 4
#define TIMER_EARLY_NS (20 * US)
#define TIMER_LATE_NS (50 * US)

/* Priorities in use, so that the oracle has few to look at */
#define PRIORITY_STEP 12
#define PRIORITY_LEVELS 8

/* What a task does: it computes, then sleeps or yields. */
struct behaviour {
    uint64_t run_min_ns, run_max_ns; /* NEVER: it computes without end */
    uint64_t sleep_min_ns, sleep_max_ns;
    unsigned yield_percent; /* how often it yields instead of sleeping */
};

static const struct behaviour hog = {NEVER, NEVER, 0, 0, 0};

struct task {
    struct run_entity entity;
    struct tree_node wake; /* in cpu.sleepers; the key is the time */
    struct behaviour behaviour;
    uint64_t burst_left_ns;
    uint64_t cpu_ns;          /* what it got */
    uint64_t left_key;        /* its virtual run time when it went to sleep */
    uint64_t wait_start_ns;   /* the CPU's time ... */
    uint64_t wait_virtual_ns; /* its queue's virtual time ... */
    uint64_t wait_fair_ns;    /* and what its fair tasks had got, when it began to wait */
    uint64_t wait_longest_ns;
};

struct cpu {
    struct run_queue queue;
    struct task *running;
    struct tree sleepers;
    uint64_t now_ns, timer_ns;
    uint64_t fair_ns;    /* what all fair tasks got */
    uint64_t weight_sum; /* of all fair tasks */
    uint64_t fair_count; /* their number */
    uint64_t switches;
    unsigned waiting_realtime[PRIORITY_LEVELS];
};

static struct task tasks[TASKS_MAX];
static struct cpu cpus[CPUS_MAX];
static uint64_t tick_count;

static struct task *task_of(struct run_entity *entity)
{
    return tree_entry(entity, struct task, entity);
}

static uint64_t random_between(uint64_t low, uint64_t high)
{
    return low >= high ? low : low + random_below(high - low + 1);
}

/* Queues of different age, one of them about to wrap */
static int start_idle(void **state)
{
    (void)state;
    memset(cpus, 0, sizeof(cpus));
    for (size_t i = 0; i < CPUS_MAX; i++) {
        run_queue_init(&cpus[i].queue);
        cpus[i].queue.virtual_time_ns = i * 1000 * SECOND - SECOND;
        tree_init(&cpus[i].sleepers);
        cpus[i].timer_ns = NEVER;
    }
    return 0;
}

/* That nobody waits who goes before the one that runs. */
static void check_classes(const struct cpu *cpu)
{
    unsigned level = PRIORITY_LEVELS;

    while (level > 0 && cpu->waiting_realtime[level - 1] == 0)
        level--;
    if (cpu->running == NULL)
        assert_int_equal(cpu->queue.ready_count, 0);
    else if (level > 0)
        assert_true(cpu->running->entity.priority >= level * PRIORITY_STEP);
}

/* That others did not get more, while this fair task waited, than takes them from the least virtual run time
 * they can have had to the most that they may have ahead of it. */
static void check_fair_wait(const struct cpu *cpu, const struct task *task)
{
    uint64_t until_ns = task->entity.node.key - task->wait_virtual_ns;
    uint64_t virtual_ns = until_ns + RUN_QUEUE_SLEEP_CREDIT_NS + RUN_QUEUE_GRANULE_NS;
    uint64_t most_ns =
        virtual_ns * cpu->weight_sum / 1024 + cpu->fair_count * (RUN_QUEUE_SLICE_MIN_NS + TIMER_LATE_NS);

    assert_true(cpu->fair_ns - task->wait_fair_ns <= most_ns);
    if (tree_key_is_before(task->wait_virtual_ns, cpu->queue.virtual_time_ns))
        assert_false(tree_key_is_before(task->entity.node.key, cpu->queue.virtual_time_ns));
}

static void task_begins_to_wait(struct cpu *cpu, struct task *task)
{
    task->wait_start_ns = cpu->now_ns;
    task->wait_virtual_ns = cpu->queue.virtual_time_ns;
    task->wait_fair_ns = cpu->fair_ns;
    if (task->entity.policy != SCHED_NORMAL)
        cpu->waiting_realtime[task->entity.priority / PRIORITY_STEP - 1]++;
}

static void task_ends_to_wait(struct cpu *cpu, struct task *task)
{
    uint64_t waited_ns = cpu->now_ns - task->wait_start_ns;

    if (waited_ns > task->wait_longest_ns)
        task->wait_longest_ns = waited_ns;
    if (task->entity.policy == SCHED_NORMAL)
        check_fair_wait(cpu, task);
    else
        cpu->waiting_realtime[task->entity.priority / PRIORITY_STEP - 1]--;
}

static void cpu_set_timer(struct cpu *cpu)
{
    uint64_t slice_ns = run_queue_slice_ns(&cpu->queue, &cpu->running->entity);

    cpu->timer_ns = NEVER;
    if (slice_ns != NEVER) {
        uint64_t early_ns = slice_ns > TIMER_EARLY_NS ? TIMER_EARLY_NS : 0;
        cpu->timer_ns = cpu->now_ns + slice_ns - early_ns + random_below(early_ns + TIMER_LATE_NS);
    }
}

static void cpu_run_next(struct cpu *cpu, struct run_entity *next)
{
    cpu->timer_ns = NEVER;
    cpu->running = NULL;
    if (next == NULL)
        return;
    cpu->running = task_of(next);
    cpu->switches++;
    task_ends_to_wait(cpu, cpu->running);
    cpu_set_timer(cpu);
}

static void cpu_preempt(struct cpu *cpu)
{
    task_begins_to_wait(cpu, cpu->running);
    cpu_run_next(cpu, run_queue_replace(&cpu->queue, &cpu->running->entity));
}

static void task_begins_burst(struct task *task)
{
    task->burst_left_ns = random_between(task->behaviour.run_min_ns, task->behaviour.run_max_ns);
}

static void cpu_add_task(struct cpu *cpu, struct task *task)
{
    run_queue_add(&cpu->queue, &task->entity);
    task_begins_to_wait(cpu, task);
    if (cpu->running == NULL)
        cpu_run_next(cpu, run_queue_pick(&cpu->queue));
    else if (run_queue_preempts(&task->entity, &cpu->running->entity))
        cpu_preempt(cpu);
    else
        cpu_set_timer(cpu);
}

/* A task comes back with the virtual run time that it left with, or, after a longer sleep, with the credit.
 */
static void cpu_wake_task(struct cpu *cpu, struct task *task)
{
    uint64_t expected_key = cpu->queue.virtual_time_ns - RUN_QUEUE_SLEEP_CREDIT_NS;

    if (tree_key_is_before(expected_key, task->left_key))
        expected_key = task->left_key;
    tree_remove(&cpu->sleepers, &task->wake);
    task_begins_burst(task);
    cpu_add_task(cpu, task);
    if (task->entity.policy == SCHED_NORMAL)
        assert_int_equal(task->entity.node.key, expected_key);
}

static void cpu_yield(struct cpu *cpu)
{
    struct task *task = cpu->running;

    task_begins_burst(task);
    struct run_entity *next = run_queue_exchange(&cpu->queue, &task->entity);
    if (next != &task->entity) {
        task_begins_to_wait(cpu, task);
        cpu_run_next(cpu, next);
    }
}

static void cpu_sleep(struct cpu *cpu)
{
    struct task *task = cpu->running;

    task->left_key = task->entity.node.key;
    run_queue_leave(&cpu->queue, &task->entity);
    task->wake.key = cpu->now_ns + random_between(task->behaviour.sleep_min_ns, task->behaviour.sleep_max_ns);
    tree_insert(&cpu->sleepers, &task->wake);
    cpu_run_next(cpu, run_queue_pick(&cpu->queue));
}

/* When something happens next: the timer comes, a burst ends, a sleeper wakes. */
static uint64_t cpu_next_event(const struct cpu *cpu, uint64_t end_ns)
{
    const struct tree_node *wake = tree_first(&cpu->sleepers);
    uint64_t next_ns = end_ns;

    if (wake != NULL && wake->key < next_ns)
        next_ns = wake->key;
    if (cpu->running != NULL && cpu->running->burst_left_ns < next_ns - cpu->now_ns)
        next_ns = cpu->now_ns + cpu->running->burst_left_ns;
    return cpu->timer_ns < next_ns ? cpu->timer_ns : next_ns;
}

static void cpu_charge(struct cpu *cpu, uint64_t ran_ns)
{
    struct task *task = cpu->running;

    run_queue_account(&cpu->queue, &task->entity, ran_ns);
    task->cpu_ns += ran_ns;
    if (task->burst_left_ns != NEVER)
        task->burst_left_ns -= ran_ns;
    if (task->entity.policy == SCHED_NORMAL)
        cpu->fair_ns += ran_ns;
}

static void cpu_tick(struct cpu *cpu, uint64_t end_ns)
{
    uint64_t next_ns = cpu_next_event(cpu, end_ns);
    uint64_t ran_ns = next_ns - cpu->now_ns;
    struct tree_node *wake = tree_first(&cpu->sleepers);

    tick_count++;
    cpu->now_ns = next_ns;
    if (cpu->running != NULL)
        cpu_charge(cpu, ran_ns);
    if (wake != NULL && wake->key <= next_ns)
        cpu_wake_task(cpu, tree_entry(wake, struct task, wake));
    else if (cpu->running != NULL && cpu->running->burst_left_ns == 0)
        random_below(100) < cpu->running->behaviour.yield_percent ? cpu_yield(cpu) : cpu_sleep(cpu);
    else if (cpu->timer_ns <= next_ns && run_queue_must_switch(&cpu->queue, &cpu->running->entity))
        cpu_preempt(cpu);
    else if (cpu->timer_ns <= next_ns)
        cpu_set_timer(cpu);
    check_classes(cpu);
}

static void cpu_simulate(struct cpu *cpu, uint64_t for_ns)
{
    uint64_t end_ns = cpu->now_ns + for_ns;

    while (cpu->now_ns < end_ns)
        cpu_tick(cpu, end_ns);
}

static struct task *start_task(struct cpu *cpu, struct task *task, enum sched_policy policy,
                               int nice_or_level, struct behaviour behaviour)
{
    unsigned priority = (unsigned)(nice_or_level + 1) * PRIORITY_STEP;

    memset(task, 0, sizeof(*task));
    run_entity_init(&task->entity, policy, nice_or_level, priority);
    task->behaviour = behaviour;
    task_begins_burst(task);
    if (policy == SCHED_NORMAL) {
        cpu->weight_sum += task->entity.weight;
        cpu->fair_count++;
    }
    cpu_add_task(cpu, task);
    return task;
}

static void start_fair(struct cpu *cpu, struct task *task, int nice, struct behaviour behaviour)
{
    start_task(cpu, task, SCHED_NORMAL, nice, behaviour);
}

/* That these tasks got run time in proportion to their weights, but for so many thousandths. */
static void check_shares(const struct task *first, size_t count, unsigned tolerance_permille)
{
    long double per_weight = 0;

    for (size_t i = 0; i < count; i++)
        per_weight += (long double)first[i].cpu_ns / first[i].entity.weight / count;
    for (size_t i = 0; i < count; i++) {
        long double permille = first[i].cpu_ns * 1000 / (per_weight * first[i].entity.weight);
        if (permille < 1000 - tolerance_permille || permille > 1000 + tolerance_permille)
            fail_msg("task %zu of nice %d: %.2Lf permille of its share", i, first[i].entity.nice, permille);
    }
}

static void every_nice_level_gets_its_share(void **state)
{
    (void)state;
    for (int i = 0; i < NICE_LEVELS; i++)
        start_fair(&cpus[0], &tasks[i], NICE_MIN + i, hog);
    cpu_simulate(&cpus[0], 6000 * SECOND);
    check_shares(tasks, NICE_LEVELS, 10);
}

/* A pair takes turns: each timer that finds the running one ahead switches, and it finds that nearly always.
 */
static void two_hogs_switch_a_few_hundred_times_a_second(void **state)
{
    for (int round = 0; round < 20; round++) {
        start_idle(state);
        start_fair(&cpus[0], &tasks[0], 0, hog);
        start_fair(&cpus[0], &tasks[1], 0, hog);
        uint64_t ticks_before = tick_count;
        cpu_simulate(&cpus[0], SECOND);
        assert_in_range(cpus[0].switches, 150, 400);
        assert_true(tick_count - ticks_before <= cpus[0].switches + 5); /* no timer for nothing */
        check_shares(tasks, 2, 10);
        assert_true(tasks[0].wait_longest_ns < 7 * MS && tasks[1].wait_longest_ns < 7 * MS);
    }
}

static void any_two_hogs_share_without_a_storm_of_timers(void **state)
{
    for (int i = 0; i < NICE_LEVELS; i++) {
        for (int j = i; j < NICE_LEVELS; j += 3) {
            start_idle(state);
            start_fair(&cpus[0], &tasks[0], NICE_MIN + i, hog);
            start_fair(&cpus[0], &tasks[1], NICE_MIN + j, hog);
            uint64_t ticks_before = tick_count;
            cpu_simulate(&cpus[0], 10 * SECOND);
            assert_true(tick_count - ticks_before < 10 * SECOND / (RUN_QUEUE_SLICE_MIN_NS - TIMER_EARLY_NS));
            assert_true(cpus[0].switches > 2);
        }
    }
}

/* A thousand tasks of all kinds, of which the sleepers want about a third of the CPU. Those that compute
 * without end must share the rest. */
#define MIX_HOGS 100
#define MIX_REALTIME 60
#define MIX_TICKS 8000000

static void start_mix(struct cpu *cpu)
{
    for (size_t i = 0; i < TASKS_MAX; i++) {
        uint64_t run_ns = 20 * US << random_below(8), sleep_ns = run_ns << (10 + random_below(5));
        struct behaviour sleeper = {run_ns / 2, run_ns, sleep_ns / 2, sleep_ns, (unsigned)random_below(40)};
        if (i < MIX_HOGS)
            start_fair(cpu, &tasks[i], -10 + (int)(i % 21), hog);
        else if (i >= TASKS_MAX - MIX_REALTIME)
            start_task(cpu, &tasks[i], i % 2 == 0 ? SCHED_FIFO : SCHED_RR, (int)random_below(PRIORITY_LEVELS),
                       (struct behaviour){10 * US, 500 * US, 20 * MS, 200 * MS, 20});
        else
            start_fair(cpu, &tasks[i], NICE_MIN + (int)random_below(NICE_LEVELS), sleeper);
    }
}

static void a_thousand_tasks_live_together(void **state)
{
    struct cpu *cpu = &cpus[0];
    uint64_t ticks_before = tick_count, total_ns = 0;

    (void)state;
    start_mix(cpu);
    while (tick_count - ticks_before < MIX_TICKS)
        cpu_tick(cpu, cpu->now_ns + SECOND);
    for (size_t i = 0; i < TASKS_MAX; i++) {
        assert_true(tasks[i].cpu_ns > 0);
        total_ns += tasks[i].cpu_ns;
    }
    assert_int_equal(total_ns, cpu->now_ns); /* never idle */
    check_shares(tasks, MIX_HOGS, 10);
}

/* One sleeper, one to three hogs. */
static void sleepers_run_at_once_but_get_no_more_than_their_share(void **state)
{
    static const struct {
        const char *name;
        struct behaviour sleeper;
        size_t hogs;
        unsigned least_permille, most_permille;
        uint64_t wait_longest_ns;
    } cases[] = {
        {"keyboard", {500 * US, 500 * US, 100 * MS, 100 * MS, 0}, 3, 4, 6, 100},
        {"player", {MS, MS, 10 * MS, 10 * MS, 0}, 3, 88, 92, 100},
        {"half the time", {MS, MS, MS, MS, 0}, 1, 430, 500, 4 * MS},
        {"more than its share", {10 * MS, 10 * MS, MS, MS, 0}, 3, 230, 252, 30 * MS},
        {"short sleeps", {100 * US, 100 * US, 100 * US, 100 * US, 0}, 3, 200, 252, 30 * MS},
        {"long sleeps, long bursts", {SECOND, SECOND, SECOND, SECOND, 0}, 1, 320, 340, 20 * MS},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start_idle(state);
        for (size_t j = 1; j <= cases[i].hogs; j++)
            start_fair(&cpus[0], &tasks[j], 0, hog);
        cpu_simulate(&cpus[0], 100 * MS); /* so that it starts into a queue of some age */
        start_fair(&cpus[0], &tasks[0], 0, cases[i].sleeper);
        cpu_simulate(&cpus[0], SECOND);
        tasks[0].wait_longest_ns = 0;
        tasks[0].cpu_ns = 0;
        cpu_simulate(&cpus[0], 300 * SECOND);
        uint64_t permille = tasks[0].cpu_ns * 1000 / (300 * SECOND);
        if (permille < cases[i].least_permille || permille > cases[i].most_permille)
            fail_msg("%s: %lu permille", cases[i].name, permille);
        if (tasks[0].wait_longest_ns > cases[i].wait_longest_ns)
            fail_msg("%s: waited %lu ns", cases[i].name, tasks[0].wait_longest_ns);
        check_shares(&tasks[1], cases[i].hogs, 10);
    }
}

static void realtime_runs_alone_and_in_turns(void **state)
{
    struct cpu *cpu = &cpus[0];

    (void)state;
    start_fair(cpu, &tasks[4], -20, hog);
    start_task(cpu, &tasks[3], SCHED_FIFO, 1, hog);
    for (size_t i = 0; i < 3; i++)
        start_task(cpu, &tasks[i], SCHED_RR, 2, hog);
    uint64_t lower_ns = tasks[3].cpu_ns + tasks[4].cpu_ns, switches = cpu->switches;
    cpu_simulate(cpu, 30 * SECOND);
    assert_int_equal(tasks[3].cpu_ns + tasks[4].cpu_ns, lower_ns);
    assert_in_range(cpu->switches - switches, 295, 305); /* a slice is 100 ms */
    for (size_t i = 0; i < 3; i++) {
        assert_in_range(tasks[i].cpu_ns, 9900 * MS, 10100 * MS);
        assert_true(tasks[i].wait_longest_ns < 201 * MS);
    }
}

/* A task of a higher class that comes often does not cost an RR task its turn, nor gives it a longer one. */
static void preempted_round_robin_tasks_go_on_with_their_slice(void **state)
{
    struct cpu *cpu = &cpus[0];

    (void)state;
    start_task(cpu, &tasks[0], SCHED_RR, 0, hog);
    start_task(cpu, &tasks[1], SCHED_RR, 0, hog);
    start_task(cpu, &tasks[2], SCHED_FIFO, 1, (struct behaviour){MS, MS, 9 * MS, 9 * MS, 0});
    cpu_simulate(cpu, 60 * SECOND);
    assert_in_range(tasks[2].cpu_ns, 5990 * MS, 6010 * MS);
    assert_in_range(tasks[0].cpu_ns, 26850 * MS, 27150 * MS);
    assert_in_range(tasks[1].wait_longest_ns, 109 * MS, 114 * MS);
    assert_in_range(tasks[0].wait_longest_ns, 109 * MS, 114 * MS);
}

/* The CPUs have like sets of tasks; ever again two of a nice level change places. */
static void migration_keeps_shares(void **state)
{
    static const int nices[] = {-5, 0, 0, 5, 10};
    enum { PER_CPU = COUNT_OF(nices) };
    struct task *place[CPUS_MAX][PER_CPU];

    (void)state;
    for (size_t i = 0; i < CPUS_MAX * PER_CPU; i++) {
        place[i / PER_CPU][i % PER_CPU] = &tasks[i];
        start_fair(&cpus[i / PER_CPU], &tasks[i], nices[i % PER_CPU], hog);
    }
    for (int round = 0; round < 60000; round++) {
        for (size_t i = 0; i < CPUS_MAX; i++)
            cpu_simulate(&cpus[i], 2 * MS);
        size_t nice = random_below(PER_CPU), a = random_below(CPUS_MAX), b = random_below(CPUS_MAX);
        struct task *one = place[a][nice], *other = place[b][nice];
        if (a == b || cpus[a].running == one || cpus[b].running == other)
            continue;
        run_queue_remove(&cpus[a].queue, &one->entity);
        run_queue_remove(&cpus[b].queue, &other->entity);
        cpu_add_task(&cpus[a], other);
        cpu_add_task(&cpus[b], one);
        place[a][nice] = other;
        place[b][nice] = one;
    }
    check_shares(tasks, CPUS_MAX * PER_CPU, 10);
}

/* Whatever their weights: who yields lets the other run. */
static void yielding_tasks_alternate(void **state)
{
    static const struct behaviour yields = {US, 3 * US, 0, 0, 100};

    for (int nice = NICE_MIN; nice <= NICE_MAX; nice++) {
        start_idle(state);
        start_fair(&cpus[0], &tasks[0], nice, yields);
        start_fair(&cpus[0], &tasks[1], 0, yields);
        cpu_simulate(&cpus[0], 100 * MS);
        uint64_t total_ns = tasks[0].cpu_ns + tasks[1].cpu_ns;
        assert_in_range(tasks[0].cpu_ns * 1000 / total_ns, 450, 550);
        if (nice == 0)
            assert_true(tasks[0].wait_longest_ns <= 4 * US && tasks[1].wait_longest_ns <= 4 * US);
    }
}

/* A third one that does not yield is not kept from its share by two that hand the CPU to each other. */
static void yielding_tasks_starve_nobody(void **state)
{
    static const int nices[] = {-20, -10, 0, 10, 19};
    static const struct behaviour yields = {50, 150, 0, 0, 100};

    for (size_t i = 0; i < COUNT_OF(nices); i++) {
        start_idle(state);
        start_fair(&cpus[0], &tasks[0], nices[i], yields);
        start_fair(&cpus[0], &tasks[1], nices[i], yields);
        start_fair(&cpus[0], &tasks[2], nices[i], hog);
        cpu_simulate(&cpus[0], 50 * MS);
        assert_true(tasks[2].cpu_ns > 15 * MS);
    }
}

/* One yields for a second to one that computes, then computes itself: it must have saved nothing up. */
static void who_has_yielded_has_no_claim(void **state)
{
    struct cpu *cpu = &cpus[0];

    (void)state;
    start_fair(cpu, &tasks[0], 0, (struct behaviour){US, US, 0, 0, 100});
    start_fair(cpu, &tasks[1], 0, hog);
    cpu_simulate(cpu, SECOND);
    assert_true(tasks[1].cpu_ns > 900 * MS);
    tasks[0].behaviour = hog;
    tasks[0].burst_left_ns = NEVER;
    tasks[0].cpu_ns = 0;
    tasks[1].cpu_ns = 0;
    tasks[1].wait_longest_ns = 0;
    cpu_simulate(cpu, SECOND);
    assert_true(tasks[1].wait_longest_ns < 10 * MS);
    check_shares(tasks, 2, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_nice_level_gets_its_share, start_idle),
        cmocka_unit_test_setup(two_hogs_switch_a_few_hundred_times_a_second, start_idle),
        cmocka_unit_test_setup(any_two_hogs_share_without_a_storm_of_timers, start_idle),
        cmocka_unit_test_setup(a_thousand_tasks_live_together, start_idle),
        cmocka_unit_test_setup(sleepers_run_at_once_but_get_no_more_than_their_share, start_idle),
        cmocka_unit_test_setup(realtime_runs_alone_and_in_turns, start_idle),
        cmocka_unit_test_setup(preempted_round_robin_tasks_go_on_with_their_slice, start_idle),
        cmocka_unit_test_setup(migration_keeps_shares, start_idle),
        cmocka_unit_test_setup(yielding_tasks_alternate, start_idle),
        cmocka_unit_test_setup(yielding_tasks_starve_nobody, start_idle),
        cmocka_unit_test_setup(who_has_yielded_has_no_claim, start_idle),
    };

    return cmocka_run_group_tests_name("run_queue_simulation", tests, NULL, NULL);
}
