/* A change of a watched file puts its item into the list of ready ones; looking at the file, to see what
 * there is, comes when somebody waits. An item that has nothing by then drops out; one that has is put at the
 * end again, unless it is edge-triggered: all get their turn, however few events the program takes at a time.
 *
 * Whoever takes an item out of the list clears is_ready before it looks at the file: what changes after that
 * look puts it back.
 *
 * The topology lock guards what watches what. So a file that is closed finds all instances that watch it,
 * and one instance being closed finds its items, with none of them going away meanwhile. */
#include "ipc/epoll.h"

#include "abi/errno.h"
#include "core/ref_count.h"
#include "ipc/epoll_internal.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"
#include "proc/signal.h"

static struct object_cache epoll_cache;
static struct object_cache item_cache;

struct mutex epoll_topology = MUTEX_INITIALIZER(epoll_topology, LOCK_RANK_EPOLL_TOPOLOGY);

/* The list of ready items */

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

static struct readiness_relay *item_notify(struct poll_hook *hook)
{
    struct epoll_item *item = list_entry(hook, struct epoll_item, hook);
    struct epoll *epoll = item->epoll;

    if (item_is_disabled(item))
        return NULL;
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    if (item_make_ready_locked(item))
        (void)wait_queue_wake_one(&epoll->waiters);
    /* Who hangs on looks at the list afterwards, under its lock. */
    bool is_watched = readiness_has_hooks(&epoll->relay.readiness);
    spin_unlock(&epoll->ready_lock, state);
    if (!is_watched)
        return NULL;
    ref_count_take(&epoll->references);
    return &epoll->relay;
}

/* The same for an item that has something to begin with. Context: thread. */
static void item_announce(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;
    struct spinlock_state state = spin_lock(&epoll->ready_lock);

    if (item_make_ready_locked(item))
        (void)wait_queue_wake_one(&epoll->waiters);
    spin_unlock(&epoll->ready_lock, state);
}

/* What the item's file has of what is wanted. */
static uint32_t item_look(struct epoll_item *item, struct poll_hook *hook)
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

/* An atomic look, which may be out of date at once. */
static bool epoll_has_ready(struct epoll *epoll)
{
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    bool has_ready = !list_is_empty(&epoll->ready);

    spin_unlock(&epoll->ready_lock, state);
    return has_ready;
}

/* Items */

/* Take an item out of everything and free it. Holds: the topology lock, epoll->lock. */
static void item_destroy(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;

    readiness_remove(&item->hook);
    struct spinlock_state state = spin_lock(&epoll->ready_lock);
    if (item->is_ready)
        list_remove(&item->ready_link);
    spin_unlock(&epoll->ready_lock, state);
    tree_remove(&epoll->items, &item->node);
    list_remove(&item->watch_link);
    object_cache_free(&item_cache, item);
}

static struct epoll_item *item_lookup(const struct epoll *epoll, const struct file *file, int fd)
{
    struct tree_node *node = epoll->items.root, *found = NULL;

    while (node != NULL) { /* the first one with that number */
        if (node->key >= (uint64_t)fd)
            found = node;
        node = node->key >= (uint64_t)fd ? node->left : node->right;
    }
    for (; found != NULL && found->key == (uint64_t)fd; found = tree_next(found)) {
        struct epoll_item *item = tree_entry(found, struct epoll_item, node);
        if (item->file == file)
            return item;
    }
    return NULL;
}

static uint32_t events_wanted(const struct epoll_event *event)
{
    return event->events | EPOLL_EVENTS_ALWAYS;
}

static int item_add(struct epoll *epoll, struct file *file, int fd, const struct epoll_event *event)
{
    struct epoll_item *item = object_cache_alloc(&item_cache);

    if (item == NULL)
        return -ENOMEM;
    memset(item, 0, sizeof(*item));
    item->epoll = epoll;
    item->file = file;
    item->events = events_wanted(event);
    item->data = event->data;
    item->node.key = (uint64_t)fd;
    item->hook.events = item->events & EPOLL_EVENTS;
    item->hook.notify = item_notify;
    tree_insert(&epoll->items, &item->node);
    file->is_watched = true;
    list_push_back(&file->watches, &item->watch_link);
    if (item_look(item, &item->hook) != 0)
        item_announce(item);
    return 0;
}

static void item_modify(struct epoll_item *item, const struct epoll_event *event)
{
    item->events = events_wanted(event);
    item->data = event->data;
    readiness_set_events(&item->hook, item->events & EPOLL_EVENTS);
    if (item_look(item, NULL) != 0)
        item_announce(item);
}

static int epoll_control_locked(struct epoll *epoll, int operation, struct file *file, int fd,
                                const struct epoll_event *event)
{
    struct epoll_item *item = item_lookup(epoll, file, fd);

    if (operation == EPOLL_CTL_ADD)
        return item != NULL ? -EEXIST : item_add(epoll, file, fd, event);
    if (item == NULL)
        return -ENOENT;
    if (operation == EPOLL_CTL_DEL)
        item_destroy(item);
    else if ((item->events & EPOLLEXCLUSIVE) != 0)
        return -EINVAL;
    else
        item_modify(item, event);
    return 0;
}

/* Whether these flags may be given so. */
static bool flags_are_valid(int operation, const struct file *file, uint32_t events)
{
    if ((events & EPOLLEXCLUSIVE) == 0 || operation == EPOLL_CTL_DEL)
        return true;
    return operation == EPOLL_CTL_ADD && epoll_of_file(file) == NULL &&
           (events & ~(uint32_t)EPOLL_WITH_EXCLUSIVE) == 0;
}

int epoll_control(struct file *epoll_file, int operation, struct file *file, int fd,
                  const struct epoll_event *event)
{
    struct epoll *epoll = epoll_of_file(epoll_file);
    int error = 0;

    if (file->operations->poll == NULL)
        return -EPERM;
    if (epoll == NULL || file == epoll_file || !flags_are_valid(operation, file, event->events))
        return -EINVAL;
    if (operation != EPOLL_CTL_ADD && operation != EPOLL_CTL_DEL && operation != EPOLL_CTL_MOD)
        return -EINVAL;
    mutex_lock(&epoll_topology);
    if (operation == EPOLL_CTL_ADD && epoll_of_file(file) != NULL)
        error = epoll_check_nesting(epoll, epoll_of_file(file));
    if (error == 0) {
        mutex_lock(&epoll->lock);
        error = epoll_control_locked(epoll, operation, file, fd, event);
        mutex_unlock(&epoll->lock);
    }
    mutex_unlock(&epoll_topology);
    if (error == 0 && readiness_has_hooks(&epoll->relay.readiness) && epoll_has_ready(epoll))
        readiness_signal(&epoll->relay.readiness);
    return error;
}

/* Waiting */

/* Give the program one item's event. Returns 1, 0 if there is nothing, or -EFAULT. Holds: epoll->lock. */
static int item_harvest(struct epoll_item *item, user_ptr_t destination)
{
    struct epoll_event event = {.events = item_look(item, NULL), .data = item->data};

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

/* As a file */

/* Whether there is an event; the first item that has one comes first. */
static bool epoll_has_event(struct epoll *epoll)
{
    struct epoll_item *item;
    struct list scan;
    bool has_event = false;

    scan_begin(epoll, &scan);
    while (!has_event && (item = scan_take(epoll, &scan)) != NULL) {
        has_event = item_look(item, NULL) != 0;
        if (has_event)
            scan_put_back(item, true);
    }
    scan_end(epoll, &scan);
    return has_event;
}

/* The lock is only tried, for another instance's may be held: where it is not to be had, the list's word is
 * taken for it, and an event may turn out to be none. */
static unsigned epoll_poll(struct file *file, struct poll_hook *hook)
{
    struct epoll *epoll = file->data;

    if (hook != NULL)
        readiness_add(&epoll->relay.readiness, hook);
    if (!epoll_has_ready(epoll))
        return 0;
    if (!mutex_try_lock(&epoll->lock))
        return POLLIN | POLLRDNORM;
    bool has_event = epoll_has_event(epoll);
    mutex_unlock(&epoll->lock);
    return has_event ? POLLIN | POLLRDNORM : 0;
}

static void epoll_unref(struct epoll *epoll)
{
    if (ref_count_drop(&epoll->references))
        object_cache_free(&epoll_cache, epoll);
}

static void epoll_put_relay(struct readiness_relay *relay)
{
    epoll_unref(list_entry(relay, struct epoll, relay));
}

static void epoll_release(struct file *file)
{
    struct epoll *epoll = file->data;

    mutex_lock(&epoll_topology);
    mutex_lock(&epoll->lock);
    while (!tree_is_empty(&epoll->items))
        item_destroy(tree_entry(tree_first(&epoll->items), struct epoll_item, node));
    mutex_unlock(&epoll->lock);
    mutex_unlock(&epoll_topology);
    epoll_unref(epoll);
}

static const struct file_operations epoll_operations = {
    .is_stream = true,
    .poll = epoll_poll,
    .release = epoll_release,
};

struct epoll *epoll_of_file(const struct file *file)
{
    return file->operations == &epoll_operations ? file->data : NULL;
}

int epoll_create(const struct credentials *who, struct file **ret_file)
{
    struct epoll *epoll = object_cache_alloc(&epoll_cache);

    if (epoll == NULL)
        return -ENOMEM;
    memset(epoll, 0, sizeof(*epoll));
    readiness_init(&epoll->relay.readiness);
    epoll->relay.put = epoll_put_relay;
    ref_count_init(&epoll->references, 1);
    mutex_init(&epoll->lock, LOCK_RANK_EPOLL);
    tree_init(&epoll->items);
    spinlock_init(&epoll->ready_lock, LOCK_RANK_EPOLL_READY);
    list_init(&epoll->ready);
    wait_queue_init(&epoll->waiters);
    int error = file_create(&epoll_operations, epoll, O_RDWR, who, &epoll->file);
    if (error != 0)
        object_cache_free(&epoll_cache, epoll);
    else
        *ret_file = epoll->file;
    return error;
}

/* The last reference to a file that has ever been watched has gone. */
static void epoll_forget_file(struct file *file)
{
    mutex_lock(&epoll_topology);
    while (!list_is_empty(&file->watches)) {
        struct epoll_item *item = list_entry(list_first(&file->watches), struct epoll_item, watch_link);
        struct epoll *epoll = item->epoll;
        mutex_lock(&epoll->lock);
        item_destroy(item);
        mutex_unlock(&epoll->lock);
    }
    mutex_unlock(&epoll_topology);
}

void epoll_setup(void)
{
    object_cache_init(&epoll_cache, "epoll", sizeof(struct epoll), 8);
    object_cache_init(&item_cache, "epoll-item", sizeof(struct epoll_item), 8);
    file_set_watched_closed(epoll_forget_file);
}
