/* Which of the ready threads runs next: the policy of the scheduler, as pure code. It knows neither threads
 * nor CPUs nor locks; the host's tests run it in simulation.
 *
 * Terms:  an entity is what is scheduled, a part of a thread. The entity that runs is in no queue; it belongs
 *         to the queue that it was picked from until it is put back, or leaves.
 * Classes: an entity of SCHED_FIFO or SCHED_RR always goes before one of SCHED_NORMAL; among them the higher
 *         priority goes first; at equal priority the first come. A FIFO entity runs until it blocks or
 *         yields, an RR entity goes to the end of its priority's list after RUN_QUEUE_RR_SLICE_NS.
 * Fair:   among SCHED_NORMAL's the lowest virtual run time goes first. Virtual run time is run time divided
 *         by the weight of the nice level (Linux's table: one level is a factor of 1.25, nice 0 is 1024). The
 *         running entity may get ahead of the first in the queue by a granule of virtual time, or by
 *         RUN_QUEUE_SLICE_MAX_NS of real time if that is less, before it has to give way; slices are bounded
 * to RUN_QUEUE_SLICE_MIN_NS .. RUN_QUEUE_SLICE_MAX_NS of real time. Sleep:  an entity that is in no queue
 * keeps its lag behind its last queue's virtual time, so that it may come to any queue. Back in the same
 * queue, what virtual time passed meanwhile pays off what it was ahead, and gives it a credit of at most
 * RUN_QUEUE_SLEEP_CREDIT_NS.
 *
 * Cost: O(log n) to add, remove and pick a fair entity, O(1) for the others.
 * Locks: the owner's business. */
#ifndef LINTEL_SCHED_RUN_QUEUE_H
#define LINTEL_SCHED_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "lib/tree.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
#define REALTIME_PRIORITY_MIN 1
#define REALTIME_PRIORITY_MAX 99

#define RUN_QUEUE_GRANULE_NS 3000000ull
#define RUN_QUEUE_SLICE_MIN_NS 750000ull
#define RUN_QUEUE_SLICE_MAX_NS 12000000ull
#define RUN_QUEUE_SLEEP_CREDIT_NS 3000000ull
#define RUN_QUEUE_WAKE_GRANULE_NS 1000000ull
#define RUN_QUEUE_WEIGHT_SHIFT 10 /* nice 0 weighs 1024 */
#define RUN_QUEUE_WEIGHT_NICE_0 (1u << RUN_QUEUE_WEIGHT_SHIFT)
#define RUN_QUEUE_RR_SLICE_NS 100000000ull /* Linux's default */

enum sched_policy { /* Linux's numbers */
                    SCHED_NORMAL = 0,
                    SCHED_FIFO = 1,
                    SCHED_RR = 2,
};

struct run_entity {
    struct tree_node node; /* in run_queue.fair; the key is the virtual run time while it belongs to a queue,
                              else the lag: virtual run time minus the queue's, as a signed number */
    struct list link;      /* in run_queue.realtime[priority] */
    enum sched_policy policy;
    int8_t nice;
    uint8_t priority;                   /* of FIFO and RR */
    uint32_t weight;                    /* of the nice level; 0 for FIFO and RR */
    uint32_t inverse_weight;            /* 2^32 / weight */
    uint64_t slice_left_ns;             /* of RR */
    const struct run_queue *last_queue; /* left last as a fair entity; compared only, never followed */
    uint64_t left_ns;                   /* last_queue's virtual time then */
};

struct run_queue {
    struct tree fair;
    uint64_t virtual_time_ns;                        /* never goes back */
    uint64_t realtime_ready[2];                      /* bit: the priority's list is not empty */
    struct list realtime[REALTIME_PRIORITY_MAX + 1]; /* first come, first out */
    unsigned ready_count;                            /* entities in the queue, without the running one */
};

void run_queue_init(struct run_queue *queue);

/* Make an entity that belongs to no queue. nice is ignored for FIFO and RR, priority for NORMAL; both must be
 * in range. */
void run_entity_init(struct run_entity *entity, enum sched_policy policy, int nice, unsigned priority);

/* Change policy, nice, priority of an entity that is in no queue; its lag stays. */
void run_entity_set_policy(struct run_entity *entity, enum sched_policy policy, int nice, unsigned priority);

/* Add an entity that belongs to no queue: one that is new, has slept, or comes from another CPU. The running
 * one must have been charged up to now, or this one lies too far ahead of it. */
void run_queue_add(struct run_queue *queue, struct run_entity *entity);

/* Take an entity that is in the queue out of it: afterwards it belongs to none. */
void run_queue_remove(struct run_queue *queue, struct run_entity *entity);

/* Take out the entity that should run next; it still belongs to this queue. NULL if the queue is empty. */
struct run_entity *run_queue_pick(struct run_queue *queue);

/* Put the entity that ran, and may go on, back: before its equals if it is FIFO or RR and still has time
 * (it was preempted), behind them otherwise. */
void run_queue_put_back(struct run_queue *queue, struct run_entity *running);

/* Preemption: run_queue_put_back(), then run_queue_pick(), which may return `running` itself. */
struct run_entity *run_queue_replace(struct run_queue *queue, struct run_entity *running);

/* The running entity blocks or goes to another queue: afterwards it belongs to none. */
void run_queue_leave(struct run_queue *queue, struct run_entity *running);

/* The reverse: an entity that belongs to no queue, but runs here, belongs to this one. */
void run_queue_join(struct run_queue *queue, struct run_entity *running);

/* thread_yield(): put the running entity back behind its equals and pick the next one. Returns `running`
 * itself if nobody else may run: the queue is empty, or holds only lower classes and priorities. A fair
 * entity gives way to the first of the others whatever their virtual run times are: it gives up what it was
 * behind that one. */
struct run_entity *run_queue_exchange(struct run_queue *queue, struct run_entity *running);

/* run_queue_account() and run_queue_exchange() in one, for the most common case that somebody yields in:
 * both, the running one and the only other one, are fair, and the running one's level is nice 0. NULL, and
 * nothing has happened, where it is another case. */
static inline struct run_entity *run_queue_swap_pair(struct run_queue *queue, struct run_entity *running,
                                                     uint64_t ran_ns)
{
    struct tree_node *other = queue->fair.first;

    if (queue->ready_count != 1 || other == NULL || running->weight != RUN_QUEUE_WEIGHT_NICE_0)
        return NULL;
    uint64_t key = running->node.key + ran_ns;
    running->node.key = tree_key_is_before(key, other->key) ? other->key : key;
    if (tree_key_is_before(queue->virtual_time_ns, other->key))
        queue->virtual_time_ns = other->key;
    tree_replace_only(&queue->fair, &running->node);
    return tree_entry(other, struct run_entity, node);
}

/* Likewise run_queue_account() and run_queue_replace() in one, where the other one goes first. */
static inline struct run_entity *run_queue_replace_pair(struct run_queue *queue, struct run_entity *running,
                                                        uint64_t ran_ns)
{
    const struct tree_node *other = queue->fair.first;

    if (other != NULL && tree_key_is_before(running->node.key + ran_ns, other->key))
        return NULL;
    return run_queue_swap_pair(queue, running, ran_ns);
}

/* Charge the running entity for ran_ns of run time. Context: whenever the CPU's other calls about `running`
 * follow. */
void run_queue_account(struct run_queue *queue, struct run_entity *running, uint64_t ran_ns);

/* Whether the running entity, charged up to now, must give way: its slice is over or a better class waits. */
bool run_queue_must_switch(const struct run_queue *queue, const struct run_entity *running);

/* Whether `entity`, which was just added, should run at once instead of `running`, charged up to now. */
static inline bool run_queue_preempts(const struct run_entity *entity, const struct run_entity *running)
{
    if (entity->policy != SCHED_NORMAL || running->policy != SCHED_NORMAL)
        return entity->priority > running->priority; /* that of a fair one is 0 */
    return tree_key_is_before(entity->node.key + RUN_QUEUE_WAKE_GRANULE_NS, running->node.key);
}

/* Real time after which to ask run_queue_must_switch(), at least 1; UINT64_MAX: it will not turn true by time
 * alone. It holds then, unless the entity is so far behind that it goes on after RUN_QUEUE_SLICE_MAX_NS; and
 * already a little earlier, so that a timer may come early. */
uint64_t run_queue_slice_ns(const struct run_queue *queue, const struct run_entity *running);

/* The entity that another CPU should take over, of those in the queue that `may_take` agrees to; NULL if
 * there is none. It stays in the queue: run_queue_remove() takes it. Looks at up to `tries_max` entities. */
struct run_entity *run_queue_find_spare(const struct run_queue *queue,
                                        bool (*may_take)(const struct run_entity *entity, void *argument),
                                        void *argument, unsigned tries_max);

#endif
