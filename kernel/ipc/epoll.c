/* Instances, their items, and what becomes of both. ipc/epoll_ready.c has the list of what is ready.
 *
 * The topology lock guards what watches what. So a file that is closed finds all instances that watch it,
 * and one instance being closed finds its items, with none of them going away meanwhile. */
#include "ipc/epoll.h"

#include "abi/errno.h"
#include "core/ref_count.h"
#include "ipc/epoll_internal.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "proc/process.h"
#include "proc/user_account.h"

#define WATCHES_SHARE 25 /* what a user watches takes at most this part of the memory, as on Linux */

static struct object_cache epoll_cache;
static struct object_cache item_cache;
static unsigned watches_max; /* set once */

struct mutex epoll_topology = MUTEX_INITIALIZER(epoll_topology, LOCK_RANK_EPOLL_TOPOLOGY);

/* Items */

/* Memory for an item of the instance, which its user pays for. Errors: -ENOSPC, -ENOMEM. */
static int item_alloc(struct epoll *epoll, struct epoll_item **ret_item)
{
    struct user_account *account = epoll->account;

    if (account != NULL && !user_account_charge_within(account, USER_EPOLL_WATCHES, watches_max))
        return -ENOSPC;
    *ret_item = object_cache_alloc(&item_cache);
    if (*ret_item == NULL && account != NULL)
        user_account_give_back(account, USER_EPOLL_WATCHES, 1);
    return *ret_item == NULL ? -ENOMEM : 0;
}

static void item_free(struct epoll_item *item)
{
    if (item->epoll->account != NULL)
        user_account_give_back(item->epoll->account, USER_EPOLL_WATCHES, 1);
    object_cache_free(&item_cache, item);
}

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
    item_free(item);
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
    struct epoll_item *item;
    int error = item_alloc(epoll, &item);

    if (error != 0)
        return error;
    memset(item, 0, sizeof(*item));
    item->epoll = epoll;
    item->file = file;
    item->events = events_wanted(event);
    item->data = event->data;
    item->node.key = (uint64_t)fd;
    item->hook.events = item->events & EPOLL_EVENTS;
    item->hook.notify = epoll_item_notify;
    item->hook.is_exclusive = (item->events & EPOLLEXCLUSIVE) != 0;
    tree_insert(&epoll->items, &item->node);
    file->is_watched = true;
    list_push_back(&file->watches, &item->watch_link);
    if (epoll_item_look(item, &item->hook) != 0)
        epoll_item_announce(item);
    return 0;
}

static void item_modify(struct epoll_item *item, const struct epoll_event *event)
{
    item->events = events_wanted(event);
    item->data = event->data;
    readiness_set_events(&item->hook, item->events & EPOLL_EVENTS);
    if (epoll_item_look(item, NULL) != 0)
        epoll_item_announce(item);
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

/* As a file */

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

static void epoll_free(struct epoll *epoll)
{
    if (epoll->account != NULL)
        user_account_unref(epoll->account);
    object_cache_free(&epoll_cache, epoll);
}

static void epoll_unref(struct epoll *epoll)
{
    if (ref_count_drop(&epoll->references))
        epoll_free(epoll);
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
    .kind = "[eventpoll]",
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
    epoll->account = process_account_current();
    int error = file_create(&epoll_operations, epoll, O_RDWR, who, &epoll->file);
    if (error != 0)
        epoll_free(epoll);
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

unsigned epoll_watches_max(void)
{
    return watches_max;
}

void epoll_setup(void)
{
    watches_max =
        (unsigned)(frames_get_stats().total * PAGE_SIZE / WATCHES_SHARE / sizeof(struct epoll_item));
    object_cache_init(&epoll_cache, "epoll", sizeof(struct epoll), 8);
    object_cache_init(&item_cache, "epoll-item", sizeof(struct epoll_item), 8);
    file_set_watched_closed(epoll_forget_file);
}
