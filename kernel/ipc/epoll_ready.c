/* A change of a watched file puts its item into the list of ready ones; looking at the file, to see what
 * there is, comes when somebody waits. An item that has nothing by then drops out; one that has is put at the
 * end again, unless it is edge-triggered: all get their turn, however few events the program takes at a time.
 *
 * Whoever takes an item out of the list clears is_ready before it looks at the file: what changes after that
 * look puts it back. */
#include "abi/errno.h"
#include "ipc/epoll_internal.h"
#include "mm/user_access.h"
#include "signal/signal.h"

/* Put an item into the list, unless it is there. Holds: ready_lock. */
static bool item_make_ready_locked(struct epoll_item *item)
{
    if (item->is_ready)
        return false;
    item->is_ready = true;
    list_push_back(&item->epoll->ready, &item->ready_link);
    return true;
}

static bool item_is_disabled(const struct epoll_item *item)
{
    return (item->events & EPOLL_EVENTS) == 0;
}

struct readiness_relay *epoll_item_notify(struct poll_hook *hook)
{
    struct epoll_item *item = list_entry(hook, struct epoll_item, hook);
    struct epoll *epoll = item->epoll;

    hook->has_woken = false;
    if (item_is_disabled(item))
        return NULL;
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    if (item_make_ready_locked(item))
        hook->has_woken = wait_queue_wake_one(&epoll->waiters) != 0;
    /* Who hangs on looks at the list afterwards, under its lock. */
    bool is_watched = readiness_has_hooks(&epoll->relay.readiness);
    spin_unlock(&epoll->ready_lock, state);
    if (!is_watched)
        return NULL;
    ref_count_take(&epoll->references);
    return &epoll->relay;
}

void epoll_item_announce(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;
    struct spinlock_state state = spin_lock(&epoll->ready_lock);

    if (item_make_ready_locked(item))
        (void)wait_queue_wake_one(&epoll->waiters);
    spin_unlock(&epoll->ready_lock, state);
}

uint32_t epoll_item_look(struct epoll_item *item, struct poll_hook *hook)
{
    return item_is_disabled(item) ? 0 : file_poll(item->file, hook) & item->events & EPOLL_EVENTS;
}

/* Put the elements of `from` before those of `to`. */
static void list_move_front(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->previous->next = to->next;
    to->next->previous = from->previous;
    to->next = from->next;
    from->next->previous = to;
    list_init(from);
}

/* A pass over the items that are ready now: take all out, put back those that were not dealt with.
 * Holds: epoll->lock. */
static void scan_begin(struct epoll *epoll, struct list *scan)
{
    list_init(scan);
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    list_move_front(scan, &epoll->ready);
    spin_unlock(&epoll->ready_lock, state);
}

static struct epoll_item *scan_take(struct epoll *epoll, struct list *scan)
{
    if (list_is_empty(scan))
        return NULL;
    struct epoll_item *item = list_entry(list_first(scan), struct epoll_item, ready_link);

    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    list_remove(&item->ready_link);
    item->is_ready = false;
    spin_unlock(&epoll->ready_lock, state);
    return item;
}

static void scan_put_back(struct epoll_item *item, bool at_front)
{
    struct epoll *epoll = item->epoll;
    struct spinlock_state state = spin_lock(&epoll->ready_lock);

    if (item_make_ready_locked(item) && at_front) {
        list_remove(&item->ready_link);
        list_push_front(&epoll->ready, &item->ready_link);
    }
    spin_unlock(&epoll->ready_lock, state);
}

/* What is left is the next one's to take, if somebody waits. */
static void scan_end(struct epoll *epoll, struct list *scan)
{
    struct spinlock_state state = spin_lock(&epoll->ready_lock);

    list_move_front(&epoll->ready, scan);
    if (!list_is_empty(&epoll->ready))
        (void)wait_queue_wake_one(&epoll->waiters);
    spin_unlock(&epoll->ready_lock, state);
}

bool epoll_has_ready(struct epoll *epoll)
{
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    bool has_ready = !list_is_empty(&epoll->ready);

    spin_unlock(&epoll->ready_lock, state);
    return has_ready;
}

bool epoll_has_event(struct epoll *epoll)
{
    struct epoll_item *item;
    struct list scan;
    bool has_event = false;

    scan_begin(epoll, &scan);
    while (!has_event && (item = scan_take(epoll, &scan)) != NULL) {
        has_event = epoll_item_look(item, NULL) != 0;
        if (has_event)
            scan_put_back(item, true);
    }
    scan_end(epoll, &scan);
    return has_event;
}

/* Waiting */

/* Give the program one item's event. Returns 1, 0 if there is nothing, or -EFAULT. Holds: epoll->lock. */
static int item_harvest(struct epoll_item *item, user_ptr_t destination)
{
    struct epoll_event event = {.events = epoll_item_look(item, NULL), .data = item->data};

    if (event.events == 0)
        return 0;
    if (user_copy_out(destination, &event, sizeof(event)) != 0) {
        scan_put_back(item, true);
        return -EFAULT;
    }
    if ((item->events & EPOLLONESHOT) != 0)
        item->events &= ~(uint32_t)EPOLL_EVENTS;
    else if ((item->events & EPOLLET) == 0)
        scan_put_back(item, false);
    return 1;
}

static int64_t epoll_harvest(struct epoll *epoll, user_ptr_t events, int max_events)
{
    struct epoll_item *item;
    struct list scan;
    int count = 0, result = 0;

    if (!epoll_has_ready(epoll))
        return 0;
    mutex_lock(&epoll->lock);
    scan_begin(epoll, &scan);
    while (count < max_events && result >= 0 && (item = scan_take(epoll, &scan)) != NULL) {
        user_ptr_t at = {events.address + (uint64_t)count * sizeof(struct epoll_event)};
        result = item_harvest(item, at);
        count += result > 0;
    }
    scan_end(epoll, &scan);
    mutex_unlock(&epoll->lock);
    return count > 0 ? count : result;
}

/* Wait until an item is ready. Errors: -ETIMEDOUT, -EINTR. */
static int epoll_sleep(struct epoll *epoll, uint64_t deadline_ns)
{
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    int error = 0;

    if (list_is_empty(&epoll->ready))
        error = wait_queue_sleep_unless(&epoll->waiters, &epoll->ready_lock, &state, deadline_ns,
                                        signal_is_pending);
    spin_unlock(&epoll->ready_lock, state);
    return error;
}

int64_t epoll_wait(struct file *file, user_ptr_t events, int max_events, uint64_t deadline_ns)
{
    struct epoll *epoll = epoll_of_file(file);

    if (max_events <= 0 || max_events > INT32_MAX / (int)sizeof(struct epoll_event))
        return -EINVAL;
    if (!user_range_is_valid(events, (size_t)max_events * sizeof(struct epoll_event)))
        return -EFAULT;
    if (epoll == NULL)
        return -EINVAL;
    int64_t count = epoll_harvest(epoll, events, max_events);
    while (count == 0 && deadline_ns != 0) {
        int error = epoll_sleep(epoll, deadline_ns);
        if (error == -EINTR)
            return error;
        count = epoll_harvest(epoll, events, max_events);
        if (error == -ETIMEDOUT)
            break;
    }
    return count;
}
