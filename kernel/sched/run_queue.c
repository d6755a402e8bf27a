/* Fair entities lie in a tree sorted by virtual run time, the others in a list for each priority.
 *
 * The queue's virtual time follows the lowest virtual run time of those that belong to it. It is what an
 * entity that comes and one that goes are measured by, so that queues of different age can exchange entities.
 * All who wait lie at or above it, less the credit for sleep; that, and the bounded lead of the running one,
 * bounds what anyone waits.
 *
 * A lead is measured when it is asked for; no start of a slice is kept. So a timer that comes late makes the
 * next slices of the others longer, and nothing is lost. */
#include "sched/run_queue.h"

#include <stddef.h>

#define INVERSE_SHIFT 32
#define SLICE_NEVER UINT64_MAX

/* Not inlined into a function that runs at each switch, so that the registers it needs are not saved in vain.
 */
#define QUEUE_RARE __attribute__((noinline))

/* A timer may come early. What is missing then, up to this part of the lead, is not worth another slice. */
#define LEAD_TOLERANCE_DIVISOR 16

static const uint32_t nice_weights[NICE_MAX - NICE_MIN + 1] = {
    88761, 71755, 56483, 46273, 36291, /* -20 */
    29154, 23254, 18705, 14949, 11916, /* -15 */
    9548,  7620,  6100,  4904,  3906,  /* -10 */
    3121,  2501,  1991,  1586,  1277,  /* -5 */
    1024,  820,   655,   526,   423,   /* 0 */
    335,   272,   215,   172,   137,   /* 5 */
    110,   87,    70,    56,    45,    /* 10 */
    36,    29,    23,    18,    15,    /* 15 */
};

static bool entity_is_realtime(const struct run_entity *entity)
{
    return entity->policy != SCHED_NORMAL;
}

static struct run_entity *entity_of_node(struct tree_node *node)
{
    return tree_entry(node, struct run_entity, node);
}

/* Rounded up, lest those who run for a moment only are charged nothing. */
static uint64_t entity_virtual_ns(const struct run_entity *entity, uint64_t real_ns)
{
    const unsigned shift = INVERSE_SHIFT - RUN_QUEUE_WEIGHT_SHIFT;

    if (entity->weight == RUN_QUEUE_WEIGHT_NICE_0)
        return real_ns;
    return (uint64_t)(((unsigned __int128)real_ns * entity->inverse_weight + (1u << shift) - 1) >> shift);
}

/* Rounded up, so that after this time the virtual one has passed. */
static uint64_t entity_real_ns(const struct run_entity *entity, uint64_t virtual_ns)
{
    return (uint64_t)(((unsigned __int128)virtual_ns * entity->weight + RUN_QUEUE_WEIGHT_NICE_0 - 1) >>
                      RUN_QUEUE_WEIGHT_SHIFT);
}

/* How far, in virtual time, the entity may get ahead of the first that waits. The heavy would otherwise run
 * on for long when it is even with that. */
static uint64_t entity_lead_ns(const struct run_entity *entity)
{
    uint64_t longest_ns = entity_virtual_ns(entity, RUN_QUEUE_SLICE_MAX_NS);

    return longest_ns < RUN_QUEUE_GRANULE_NS ? longest_ns : RUN_QUEUE_GRANULE_NS;
}

/* The highest priority whose bit is set, 0 if there is none. */
static unsigned priority_highest(const uint64_t bits[2])
{
    if (bits[1] != 0)
        return 127 - (unsigned)__builtin_clzll(bits[1]);
    return bits[0] != 0 ? 63 - (unsigned)__builtin_clzll(bits[0]) : 0;
}

static uint64_t priority_bit(unsigned priority)
{
    return 1ull << priority % 64;
}

static bool queue_has_realtime(const struct run_queue *queue)
{
    return (queue->realtime_ready[0] | queue->realtime_ready[1]) != 0;
}

static bool queue_has_equal(const struct run_queue *queue, const struct run_entity *realtime)
{
    return (queue->realtime_ready[realtime->priority / 64] & priority_bit(realtime->priority)) != 0;
}

static void queue_push_front(struct run_queue *queue, struct run_entity *realtime)
{
    list_push_front(&queue->realtime[realtime->priority], &realtime->link);
    queue->realtime_ready[realtime->priority / 64] |= priority_bit(realtime->priority);
}

/* Who waits behind its equals has a whole slice afterwards. */
static void queue_push_back(struct run_queue *queue, struct run_entity *realtime)
{
    realtime->slice_left_ns = RUN_QUEUE_RR_SLICE_NS;
    list_push_back(&queue->realtime[realtime->priority], &realtime->link);
    queue->realtime_ready[realtime->priority / 64] |= priority_bit(realtime->priority);
}

static void queue_take_realtime(struct run_queue *queue, struct run_entity *realtime)
{
    list_remove(&realtime->link);
    if (list_is_empty(&queue->realtime[realtime->priority]))
        queue->realtime_ready[realtime->priority / 64] &= ~priority_bit(realtime->priority);
}

static void queue_advance(struct run_queue *queue, uint64_t virtual_time_ns)
{
    if (tree_key_is_before(queue->virtual_time_ns, virtual_time_ns))
        queue->virtual_time_ns = virtual_time_ns;
}

void run_queue_init(struct run_queue *queue)
{
    tree_init(&queue->fair);
    queue->virtual_time_ns = 0;
    queue->realtime_ready[0] = 0;
    queue->realtime_ready[1] = 0;
    for (unsigned priority = 0; priority <= REALTIME_PRIORITY_MAX; priority++)
        list_init(&queue->realtime[priority]);
    queue->ready_count = 0;
}

void run_entity_init(struct run_entity *entity, enum sched_policy policy, int nice, unsigned priority)
{
    entity->node.key = 0;
    entity->last_queue = NULL;
    run_entity_set_policy(entity, policy, nice, priority);
}

void run_entity_set_policy(struct run_entity *entity, enum sched_policy policy, int nice, unsigned priority)
{
    bool is_fair = policy == SCHED_NORMAL;

    entity->policy = policy;
    entity->nice = (int8_t)(is_fair ? nice : 0);
    entity->priority = (uint8_t)(is_fair ? 0 : priority);
    entity->weight = is_fair ? nice_weights[nice - NICE_MIN] : 0;
    entity->inverse_weight = is_fair ? (uint32_t)((1ull << INVERSE_SHIFT) / entity->weight) : 0;
    entity->slice_left_ns = RUN_QUEUE_RR_SLICE_NS;
}

void run_queue_add(struct run_queue *queue, struct run_entity *entity)
{
    run_queue_join(queue, entity);
    queue->ready_count++;
    if (entity_is_realtime(entity))
        queue_push_back(queue, entity);
    else
        tree_insert(&queue->fair, &entity->node);
}

void run_queue_remove(struct run_queue *queue, struct run_entity *entity)
{
    queue->ready_count--;
    if (entity_is_realtime(entity))
        queue_take_realtime(queue, entity);
    else
        tree_remove(&queue->fair, &entity->node);
    run_queue_leave(queue, entity);
}

struct run_entity *run_queue_pick(struct run_queue *queue)
{
    struct run_entity *entity;

    if (queue->ready_count == 0)
        return NULL;
    queue->ready_count--;
    if (queue_has_realtime(queue)) {
        unsigned priority = priority_highest(queue->realtime_ready);
        entity = list_entry(list_first(&queue->realtime[priority]), struct run_entity, link);
        queue_take_realtime(queue, entity);
    } else {
        entity = entity_of_node(tree_first(&queue->fair));
        queue_advance(queue, entity->node.key);
        tree_remove(&queue->fair, &entity->node);
    }
    return entity;
}

void run_queue_put_back(struct run_queue *queue, struct run_entity *running)
{
    queue->ready_count++;
    if (!entity_is_realtime(running))
        tree_insert(&queue->fair, &running->node);
    else if (running->policy == SCHED_FIFO || running->slice_left_ns != 0)
        queue_push_front(queue, running);
    else
        queue_push_back(queue, running);
}

struct run_entity *run_queue_replace(struct run_queue *queue, struct run_entity *running)
{
    struct tree_node *first = tree_first(&queue->fair);

    /* Two fair ones, of which the other goes first, change places. */
    if (queue->ready_count == 1 && first != NULL && !entity_is_realtime(running) &&
        !tree_key_is_before(running->node.key, first->key)) {
        queue_advance(queue, first->key);
        tree_replace_only(&queue->fair, &running->node);
        return entity_of_node(first);
    }
    run_queue_put_back(queue, running);
    return run_queue_pick(queue);
}

void run_queue_leave(struct run_queue *queue, struct run_entity *running)
{
    if (entity_is_realtime(running))
        return;
    running->node.key -= queue->virtual_time_ns;
    running->last_queue = queue;
    running->left_ns = queue->virtual_time_ns;
}

void run_queue_join(struct run_queue *queue, struct run_entity *running)
{
    uint64_t lag_ns = running->node.key;

    if (entity_is_realtime(running))
        return;
    if (running->last_queue == queue)
        lag_ns -= queue->virtual_time_ns - running->left_ns;
    if (tree_key_is_before(lag_ns, -RUN_QUEUE_SLEEP_CREDIT_NS))
        lag_ns = -RUN_QUEUE_SLEEP_CREDIT_NS;
    running->node.key = queue->virtual_time_ns + lag_ns;
}

/* With no realtime one waiting: put the running fair entity into the tree and take the first of several
 * others out. */
static QUEUE_RARE struct run_entity *queue_exchange_fair(struct run_queue *queue, struct run_entity *running)
{
    struct tree_node *first = tree_first(&queue->fair);

    if (tree_key_is_before(running->node.key, tree_next(first)->key)) {
        tree_replace(&queue->fair, first, &running->node);
    } else {
        tree_insert(&queue->fair, &running->node);
        tree_remove(&queue->fair, first);
    }
    return entity_of_node(first);
}

/* The running entity gives up what it is behind the first of those who wait. */
static void queue_draw_level(const struct run_queue *queue, struct run_entity *running)
{
    const struct tree_node *first = tree_first(&queue->fair);

    if (first != NULL && tree_key_is_before(running->node.key, first->key))
        running->node.key = first->key;
}

/* The running entity is realtime, or one that waits is. It may be picked again. */
static QUEUE_RARE struct run_entity *queue_exchange_realtime(struct run_queue *queue,
                                                             struct run_entity *running)
{
    if (entity_is_realtime(running)) {
        queue_push_back(queue, running);
    } else {
        queue_draw_level(queue, running);
        tree_insert(&queue->fair, &running->node);
    }
    queue->ready_count++;
    return run_queue_pick(queue);
}

struct run_entity *run_queue_exchange(struct run_queue *queue, struct run_entity *running)
{
    if (queue->ready_count == 0)
        return running;
    if (entity_is_realtime(running) || queue_has_realtime(queue))
        return queue_exchange_realtime(queue, running);

    struct tree_node *first = tree_first(&queue->fair);
    queue_draw_level(queue, running);
    queue_advance(queue, first->key);
    if (queue->ready_count > 1)
        return queue_exchange_fair(queue, running);
    tree_replace_only(&queue->fair, &running->node); /* two that yield to each other change places */
    return entity_of_node(first);
}

static void queue_account_realtime(const struct run_queue *queue, struct run_entity *running, uint64_t ran_ns)
{
    running->slice_left_ns -= ran_ns < running->slice_left_ns ? ran_ns : running->slice_left_ns;
    if (running->slice_left_ns == 0 && !queue_has_equal(queue, running))
        running->slice_left_ns = RUN_QUEUE_RR_SLICE_NS;
}

void run_queue_account(struct run_queue *queue, struct run_entity *running, uint64_t ran_ns)
{
    if (entity_is_realtime(running)) {
        queue_account_realtime(queue, running, ran_ns);
        return;
    }
    running->node.key += entity_virtual_ns(running, ran_ns);

    const struct tree_node *first = tree_first(&queue->fair);
    bool is_lowest = first == NULL || tree_key_is_before(running->node.key, first->key);
    queue_advance(queue, is_lowest ? running->node.key : first->key);
}

static bool queue_must_switch_realtime(const struct run_queue *queue, const struct run_entity *running)
{
    if (priority_highest(queue->realtime_ready) > running->priority)
        return true;
    return running->policy == SCHED_RR && running->slice_left_ns == 0 && queue_has_equal(queue, running);
}

bool run_queue_must_switch(const struct run_queue *queue, const struct run_entity *running)
{
    const struct tree_node *first = tree_first(&queue->fair);

    if (entity_is_realtime(running))
        return queue_must_switch_realtime(queue, running);
    if (queue_has_realtime(queue))
        return true;
    if (first == NULL)
        return false;

    uint64_t lead_ns = entity_lead_ns(running);
    lead_ns -= lead_ns / LEAD_TOLERANCE_DIVISOR;
    return !tree_key_is_before(running->node.key, first->key + lead_ns);
}

static uint64_t queue_slice_realtime_ns(const struct run_queue *queue, const struct run_entity *running)
{
    if (queue_must_switch_realtime(queue, running))
        return 1;
    return running->policy == SCHED_RR && queue_has_equal(queue, running) ? running->slice_left_ns
                                                                          : SLICE_NEVER;
}

uint64_t run_queue_slice_ns(const struct run_queue *queue, const struct run_entity *running)
{
    const struct tree_node *first = tree_first(&queue->fair);

    if (entity_is_realtime(running))
        return queue_slice_realtime_ns(queue, running);
    if (queue_has_realtime(queue))
        return 1;
    if (first == NULL)
        return SLICE_NEVER;

    uint64_t end = first->key + entity_lead_ns(running);
    if (!tree_key_is_before(running->node.key, end))
        return RUN_QUEUE_SLICE_MIN_NS;
    uint64_t left_ns = entity_real_ns(running, end - running->node.key);
    if (left_ns < RUN_QUEUE_SLICE_MIN_NS)
        return RUN_QUEUE_SLICE_MIN_NS;
    return left_ns < RUN_QUEUE_SLICE_MAX_NS ? left_ns : RUN_QUEUE_SLICE_MAX_NS;
}

/* What run_queue_find_spare() looks for. */
struct search {
    bool (*may_take)(const struct run_entity *entity, void *argument);
    void *argument;
    unsigned tries_left;
};

/* Whether the search ends here: with this entity, or, if no tries are left, with none. */
static bool search_is_over(struct search *search, struct run_entity *entity, struct run_entity **ret_found)
{
    if (search->tries_left == 0)
        return true;
    search->tries_left--;
    if (!search->may_take(entity, search->argument))
        return false;
    *ret_found = entity;
    return true;
}

/* In the order of run_queue_pick(): who goes to an idle CPU is who has the best right to run. */
struct run_entity *run_queue_find_spare(const struct run_queue *queue,
                                        bool (*may_take)(const struct run_entity *entity, void *argument),
                                        void *argument, unsigned tries_max)
{
    struct search search = {may_take, argument, tries_max};
    uint64_t ready[2] = {queue->realtime_ready[0], queue->realtime_ready[1]};
    struct run_entity *found = NULL;

    for (unsigned priority; (priority = priority_highest(ready)) != 0;) {
        const struct list *head = &queue->realtime[priority];
        for (struct list *link = head->next; link != head; link = link->next) {
            if (search_is_over(&search, list_entry(link, struct run_entity, link), &found))
                return found;
        }
        ready[priority / 64] &= ~priority_bit(priority);
    }
    for (struct tree_node *node = tree_first(&queue->fair); node != NULL; node = tree_next(node)) {
        if (search_is_over(&search, entity_of_node(node), &found))
            return found;
    }
    return NULL;
}
