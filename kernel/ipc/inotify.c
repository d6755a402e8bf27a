/* Instances, their watches, and the queue of what has happened. All of it is guarded by the one lock of
 * watches: events come while that is held, and a node that goes takes its watches with it. */
#include "ipc/inotify.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "fs/node.h"
#include "fs/watch.h"
#include "lib/string.h"
#include "lib/tree.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "proc/user_account.h"

#define NAME_SHORT 32 /* with its padding */
#define NAME_LONG 256
#define NAME_ALIGNMENT sizeof(struct inotify_event)

#define MASK_FLAGS \
    (IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ONESHOT | IN_ISDIR)
#define MASK_KNOWN (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | MASK_FLAGS)
#define MASK_KEPT (IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT)

/* Locks: I = set before publication   w = watch_lock() */
struct inotify {
    struct readiness readiness;
    struct list queue;   /* [w] struct event.link, oldest first */
    unsigned count;      /* [w] of events in it */
    uint32_t bytes;      /* [w] that they are to a reader */
    bool has_overflowed; /* [w] events are lost; behind those in the queue, that is told */
    struct tree watches; /* [w] struct inotify_watch.node, by number */
    int last_number;     /* [w] */
    struct user_account
        *account; /* [I] who has the instance and its watches; NULL: nobody, for want of memory */
};

struct inotify_watch {
    struct watch base;
    struct tree_node node;    /* [w] the key is the number */
    struct inotify *instance; /* [I] */
};

struct event {
    struct list link;
    struct inotify_event head;
    char name[]; /* padded with NULs to head.length */
};

static struct object_cache instance_cache, watch_cache, short_cache, long_cache;
static const struct file_operations inotify_operations;

void inotify_setup(void)
{
    object_cache_init(&instance_cache, "inotify", sizeof(struct inotify), 8);
    object_cache_init(&watch_cache, "inotify-watch", sizeof(struct inotify_watch), 8);
    object_cache_init(&short_cache, "inotify-event", sizeof(struct event) + NAME_SHORT, 8);
    object_cache_init(&long_cache, "inotify-name", sizeof(struct event) + NAME_LONG, 8);
}

bool inotify_is_instance(const struct file *file)
{
    return file->operations == &inotify_operations;
}

int inotify_check_mask(uint32_t mask)
{
    if ((mask & ~(uint32_t)MASK_KNOWN) != 0 || (mask & MASK_KNOWN) == 0)
        return -EINVAL;
    return (mask & (IN_MASK_ADD | IN_MASK_CREATE)) == (IN_MASK_ADD | IN_MASK_CREATE) ? -EINVAL : 0;
}

/* Events */

static struct object_cache *event_cache(uint32_t name_length)
{
    return name_length <= NAME_SHORT ? &short_cache : &long_cache;
}

static uint32_t event_size(const struct event *event)
{
    return (uint32_t)sizeof(event->head) + event->head.length;
}

/* `account`: that of its instance. */
static void event_free(struct event *event, struct user_account *account)
{
    object_cache_free(event_cache(event->head.length), event);
    if (account != NULL)
        user_account_give_back(account, USER_INOTIFY_EVENTS, 1);
}

/* NULL: no memory, or the user has as many as he may have. */
static struct event *event_make(int watch, const struct watch_event *what, struct user_account *account)
{
    const size_t padded =
        what->name == NULL ? 0 : (what->length + 1 + NAME_ALIGNMENT - 1) / NAME_ALIGNMENT * NAME_ALIGNMENT;

    if (account != NULL && !user_account_charge_within(account, USER_INOTIFY_EVENTS, INOTIFY_EVENTS_MAX))
        return NULL;
    struct event *event = object_cache_alloc(event_cache((uint32_t)padded));
    if (event == NULL) {
        if (account != NULL)
            user_account_give_back(account, USER_INOTIFY_EVENTS, 1);
        return NULL;
    }
    event->head = (struct inotify_event){watch, what->mask, what->cookie, (uint32_t)padded};
    memset(event->name, 0, padded);
    if (what->name != NULL)
        memcpy(event->name, what->name, what->length);
    return event;
}

/* What the reader would be told twice in a row, he is told once. */
static bool event_is_same(const struct event *event, int watch, const struct watch_event *what)
{
    if (event->head.watch != watch || event->head.mask != what->mask || event->head.cookie != what->cookie ||
        (event->head.length == 0) != (what->name == NULL) || what->mask == IN_IGNORED)
        return false;
    return what->name == NULL ||
           (strlen(event->name) == what->length && memcmp(event->name, what->name, what->length) == 0);
}

/* Holds: w. */
static void inotify_queue(struct inotify *instance, int watch, const struct watch_event *what)
{
    if (!list_is_empty(&instance->queue) &&
        event_is_same(list_entry(instance->queue.previous, struct event, link), watch, what))
        return;
    struct event *event = instance->has_overflowed || instance->count == INOTIFY_QUEUE_MAX
                              ? NULL
                              : event_make(watch, what, instance->account);
    if (event == NULL) {
        instance->has_overflowed = true;
    } else {
        list_push_back(&instance->queue, &event->link);
        instance->count++;
        instance->bytes += event_size(event);
    }
    readiness_signal_events(&instance->readiness, POLLIN | POLLRDNORM);
}

/* Take the first event, if `room` bytes are enough for it. Returns it; NULL with *ret_error: 0, there is
 * none; or -EINVAL. `overflow` is used for the event that tells of lost ones. */
static struct event *inotify_take(struct inotify *instance, size_t room, struct event *overflow,
                                  int *ret_error)
{
    struct spinlock_state state = watch_lock();
    struct event *event = NULL;

    *ret_error = 0;
    if (!list_is_empty(&instance->queue)) {
        event = list_entry(list_first(&instance->queue), struct event, link);
    } else if (instance->has_overflowed) {
        overflow->head = (struct inotify_event){.watch = -1, .mask = IN_Q_OVERFLOW};
        event = overflow;
    }
    if (event != NULL && event_size(event) > room) {
        event = NULL;
        *ret_error = -EINVAL;
    } else if (event == overflow) {
        instance->has_overflowed = false;
    } else if (event != NULL) {
        list_remove(&event->link);
        instance->count--;
        instance->bytes -= event_size(event);
    }
    watch_unlock(state);
    return event;
}

/* Watches */

static struct inotify_watch *inotify_watch_of(struct watch *watch)
{
    return list_entry(watch, struct inotify_watch, base);
}

static int watch_number(const struct inotify_watch *watch)
{
    return (int)watch->node.key;
}

static void inotify_watch_tell(struct watch *base, const struct watch_event *event)
{
    struct inotify_watch *watch = inotify_watch_of(base);

    inotify_queue(watch->instance, watch_number(watch), event);
}

/* The watch hangs on no node any more. Holds: w. */
static void inotify_watch_ended(struct watch *base)
{
    static const struct watch_event ignored = {.mask = IN_IGNORED};
    struct inotify_watch *watch = inotify_watch_of(base);
    struct inotify *instance = watch->instance;

    inotify_queue(instance, watch_number(watch), &ignored);
    tree_remove(&instance->watches, &watch->node);
    if (instance->account != NULL)
        user_account_give_back(instance->account, USER_INOTIFY_WATCHES, 1);
    object_cache_free(&watch_cache, watch);
}

/* Holds: w. */
static struct inotify_watch *inotify_lookup(const struct inotify *instance, int number)
{
    struct tree_node *node = instance->watches.root;

    while (node != NULL && node->key != (uint64_t)(unsigned)number)
        node = tree_key_is_before((uint64_t)(unsigned)number, node->key) ? node->left : node->right;
    return node == NULL ? NULL : tree_entry(node, struct inotify_watch, node);
}

static bool watch_is_of(const struct watch *watch, const void *instance)
{
    return watch->tell == inotify_watch_tell &&
           list_entry(watch, const struct inotify_watch, base)->instance == instance;
}

/* Holds: w. */
static int inotify_make_watch(struct inotify *instance, struct node *node, uint32_t mask)
{
    if (instance->account != NULL &&
        !user_account_charge_within(instance->account, USER_INOTIFY_WATCHES, INOTIFY_WATCHES_MAX))
        return -ENOSPC;
    struct inotify_watch *watch = object_cache_alloc(&watch_cache);
    if (watch == NULL) {
        if (instance->account != NULL)
            user_account_give_back(instance->account, USER_INOTIFY_WATCHES, 1);
        return -ENOMEM;
    }
    do {
        instance->last_number = instance->last_number == INT32_MAX ? 1 : instance->last_number + 1;
    } while (inotify_lookup(instance, instance->last_number) != NULL);
    *watch = (struct inotify_watch){
        .base = {.mask = mask, .tell = inotify_watch_tell, .ended = inotify_watch_ended},
        .node.key = (uint64_t)instance->last_number,
        .instance = instance,
    };
    tree_insert(&instance->watches, &watch->node);
    watch_add(&watch->base, node);
    return watch_number(watch);
}

int inotify_add_watch(struct file *file, struct node *node, uint32_t mask)
{
    struct inotify *instance = file->data;
    struct spinlock_state state = watch_lock();
    struct watch *known = watch_find(node, watch_is_of, instance);
    int result = -EEXIST;

    if (known == NULL) {
        result = inotify_make_watch(instance, node, (mask & MASK_KEPT) | IN_UNMOUNT);
    } else if ((mask & IN_MASK_CREATE) == 0) {
        known->mask = (mask & MASK_KEPT) | IN_UNMOUNT | ((mask & IN_MASK_ADD) != 0 ? known->mask : 0);
        result = watch_number(inotify_watch_of(known));
    }
    watch_unlock(state);
    return result;
}

int inotify_remove_watch(struct file *file, int number)
{
    struct inotify *instance = file->data;
    struct spinlock_state state = watch_lock();
    struct inotify_watch *watch = inotify_lookup(instance, number);

    if (watch != NULL) {
        watch_remove(&watch->base);
        inotify_watch_ended(&watch->base);
    }
    watch_unlock(state);
    return watch == NULL ? -EINVAL : 0;
}

/* As a file */

/* Wait for an event, unless some bytes have been read. Returns 0 where there may be one, or an error. */
static int inotify_wait(struct file *file, uint64_t changes)
{
    struct inotify *instance = file->data;

    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    return readiness_wait_until(&instance->readiness, changes, POLLIN, UINT64_MAX);
}

static int64_t inotify_read(struct file *file, struct io *io, uint64_t offset)
{
    struct inotify *instance = file->data;
    struct event overflow;
    int64_t done = 0;
    int error;

    (void)offset;
    for (;;) {
        uint64_t changes = readiness_changes(&instance->readiness);
        struct event *event = inotify_take(instance, io->left, &overflow, &error);
        if (event == NULL && error == 0 && done == 0)
            error = inotify_wait(file, changes);
        if (event == NULL && (error != 0 || done > 0))
            return done > 0 ? done : error;
        if (event == NULL)
            continue;
        uint32_t size = event_size(event);
        bool is_given = io_give(io, &event->head, sizeof(event->head)) == sizeof(event->head) &&
                        io_give(io, event->name, event->head.length) == event->head.length;
        if (event != &overflow)
            event_free(event, instance->account);
        if (!is_given)
            return -EFAULT;
        done += size;
    }
}

static unsigned inotify_poll(struct file *file, struct poll_hook *hook)
{
    struct inotify *instance = file->data;

    if (hook != NULL)
        readiness_add(&instance->readiness, hook);
    struct spinlock_state state = watch_lock();
    bool has_event = !list_is_empty(&instance->queue) || instance->has_overflowed;
    watch_unlock(state);
    return has_event ? POLLIN | POLLRDNORM : 0;
}

static int64_t inotify_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    const struct inotify *instance = file->data;

    if (request != FIONREAD)
        return -ENOTTY;
    struct spinlock_state state = watch_lock();
    int32_t bytes =
        (int32_t)(instance->bytes + (instance->has_overflowed ? (uint32_t)sizeof(struct inotify_event) : 0));
    watch_unlock(state);
    return user_copy_out((user_ptr_t){argument}, &bytes, sizeof(bytes));
}

static void inotify_free(struct inotify *instance)
{
    if (instance->account != NULL)
        user_account_give_back(instance->account, USER_INOTIFY_INSTANCES, 1);
    object_cache_free(&instance_cache, instance);
}

/* Give up a watch; false: there is none. Takes: w, for this one only, since all the system waits for it. */
static bool inotify_drop_watch(struct inotify *instance)
{
    struct spinlock_state state = watch_lock();
    const bool has_watch = !tree_is_empty(&instance->watches);

    if (has_watch) {
        struct inotify_watch *watch = tree_entry(tree_first(&instance->watches), struct inotify_watch, node);
        watch_remove(&watch->base);
        inotify_watch_ended(&watch->base);
    }
    watch_unlock(state);
    return has_watch;
}

static void inotify_release(struct file *file)
{
    struct inotify *instance = file->data;

    while (inotify_drop_watch(instance))
        ;
    while (!list_is_empty(&instance->queue)) { /* nobody adds to it any more */
        struct event *event = list_entry(list_first(&instance->queue), struct event, link);
        list_remove(&event->link);
        event_free(event, instance->account);
    }
    inotify_free(instance);
}

static const struct file_operations inotify_operations = {
    .kind = "inotify",
    .has_no_position = true,
    .read = inotify_read,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .release = inotify_release,
};

/* Errors: -EMFILE. */
static int inotify_charge(struct inotify *instance)
{
    struct user_account *account = process_account_current();
    int error = 0;

    if (account == NULL)
        return 0;
    if (user_account_charge_within(account, USER_INOTIFY_INSTANCES, INOTIFY_INSTANCES_MAX))
        instance->account = account;
    else
        error = -EMFILE;
    user_account_unref(account);
    return error;
}

int inotify_create(unsigned flags, const struct credentials *who, struct file **ret_file)
{
    struct inotify *instance = object_cache_alloc(&instance_cache);

    if (instance == NULL)
        return -ENOMEM;
    memset(instance, 0, sizeof(*instance));
    readiness_init(&instance->readiness);
    list_init(&instance->queue);
    tree_init(&instance->watches);
    int error = inotify_charge(instance);
    if (error == 0)
        error = file_create(&inotify_operations, instance, O_RDONLY | (flags & O_NONBLOCK), who, ret_file);
    if (error != 0)
        inotify_free(instance);
    return error;
}
