/* A tree compares keys by their difference, which UINT64_MAX would be before all others: TIMER_NEVER, and
 * deadlines in 292 years, are kept as the last key that has none behind it. */
#include "core/timer_queue.h"

#define KEY_NEVER ((uint64_t)INT64_MAX)

static struct timer *timer_queue_first(const struct timer_queue *queue)
{
    struct tree_node *node = tree_first(&queue->timers);

    return node == NULL ? NULL : tree_entry(node, struct timer, node);
}

void timer_queue_init(struct timer_queue *queue)
{
    tree_init(&queue->timers);
}

void timer_queue_add(struct timer_queue *queue, struct timer *timer, uint64_t deadline_ns)
{
    timer->node.key = deadline_ns < KEY_NEVER ? deadline_ns : KEY_NEVER;
    timer->is_queued = true;
    tree_insert(&queue->timers, &timer->node);
}

bool timer_queue_remove(struct timer_queue *queue, struct timer *timer)
{
    if (!timer->is_queued)
        return false;
    timer->is_queued = false;
    tree_remove(&queue->timers, &timer->node);
    return true;
}

struct timer *timer_queue_take_expired(struct timer_queue *queue, uint64_t now_ns)
{
    struct timer *timer = timer_queue_first(queue);

    if (timer == NULL || timer->node.key == KEY_NEVER || timer->node.key > now_ns)
        return NULL;
    (void)timer_queue_remove(queue, timer);
    return timer;
}

uint64_t timer_queue_next_ns(const struct timer_queue *queue)
{
    const struct timer *first = timer_queue_first(queue);

    return first == NULL || first->node.key == KEY_NEVER ? TIMER_NEVER : first->node.key;
}
