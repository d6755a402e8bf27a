#include "fs/watch.h"

#include "fs/node.h"

atomic_uint watch_count;
static struct spinlock lock = SPINLOCK_INITIALIZER(LOCK_RANK_WATCH);
static atomic_uint last_cookie;

struct spinlock_state watch_lock(void)
{
    return spin_lock(&lock);
}

void watch_unlock(struct spinlock_state state)
{
    spin_unlock(&lock, state);
}

void watch_add(struct watch *watch, struct node *node)
{
    watch->node = node;
    list_push_back(&node->watches, &watch->link);
    atomic_fetch_add(&watch_count, 1);
}

void watch_remove(struct watch *watch)
{
    list_remove(&watch->link);
    watch->node = NULL;
    atomic_fetch_sub(&watch_count, 1);
}

struct watch *watch_find(struct node *node, bool (*is_it)(const struct watch *watch, const void *owner),
                         const void *owner)
{
    for (struct list *link = node->watches.next; link != &node->watches; link = link->next) {
        struct watch *watch = list_entry(link, struct watch, link);
        if (is_it(watch, owner))
            return watch;
    }
    return NULL;
}

/* Holds: w. */
static void watches_tell_locked(struct node *node, const struct watch_event *event, bool is_unlinked_child)
{
    for (struct list *link = node->watches.next, *next; link != &node->watches; link = next) {
        struct watch *watch = list_entry(link, struct watch, link);
        next = link->next;
        if ((watch->mask & event->mask & (IN_ALL_EVENTS | IN_UNMOUNT)) == 0 ||
            (is_unlinked_child && (watch->mask & IN_EXCL_UNLINK) != 0))
            continue;
        watch->tell(watch, event);
        if ((watch->mask & IN_ONESHOT) != 0) {
            watch_remove(watch);
            watch->ended(watch);
        }
    }
}

static void watches_tell(struct node *node, const struct watch_event *event, bool is_unlinked_child)
{
    struct spinlock_state state = watch_lock();

    watches_tell_locked(node, event, is_unlinked_child);
    watch_unlock(state);
}

static uint32_t directory_bit(uint32_t mode)
{
    return S_ISDIR(mode) ? IN_ISDIR : 0;
}

/* Holds: the tree lock. */
static void parent_tell(struct node *node, uint32_t mask)
{
    char name[NAME_MAX + 1];
    struct node *parent = node->parent;

    if (parent == NULL || parent == node || list_is_empty(&parent->watches))
        return;
    int length = node_get_name(node, name);
    if (length <= 0)
        return;
    const struct watch_event event = {.mask = mask, .name = name, .length = (size_t)length};
    watches_tell(parent, &event, node->is_dead);
}

void watch_tell_slowly(struct node *node, uint32_t mask)
{
    const struct watch_event event = {.mask = mask | directory_bit(node_mode(node))};

    fs_tree_lock();
    parent_tell(node, event.mask);
    fs_tree_unlock();
    watches_tell(node, &event, false);
}

void watch_tell_self_slowly(struct node *node, uint32_t mask)
{
    const struct watch_event event = {.mask = mask | directory_bit(node_mode(node))};

    watches_tell(node, &event, false);
}

void watch_tell_name_slowly(struct node *directory, const struct watch_event *event, uint32_t mode)
{
    struct watch_event told = *event;

    told.mask |= directory_bit(mode);
    watches_tell(directory, &told, false);
}

void watch_tell_move(const struct watch_move *move)
{
    if (!watch_is_any())
        return;
    const uint32_t mode = node_mode(move->node), cookie = atomic_fetch_add(&last_cookie, 1) + 1;
    const struct watch_event from = {IN_MOVED_FROM, cookie, move->from_name, move->from_length};
    const struct watch_event to = {IN_MOVED_TO, cookie, move->to_name, move->to_length};
    const struct watch_event self = {.mask = IN_MOVE_SELF}; /* of directories, too, without IN_ISDIR */

    watch_tell_name_slowly(move->from, &from, mode);
    watch_tell_name_slowly(move->to, &to, mode);
    if (move->replaced != NULL)
        watch_tell_self_slowly(move->replaced, IN_ATTRIB);
    watches_tell(move->node, &self, false);
}

void watch_node_gone(struct node *node)
{
    if (!watch_is_any())
        return;
    const bool is_unmounted = atomic_load(&node->file_system->mount_count) == 0;
    const struct watch_event event = {.mask = is_unmounted ? IN_UNMOUNT : IN_DELETE_SELF};
    struct spinlock_state state = watch_lock();

    watches_tell_locked(node, &event, false);
    while (!list_is_empty(&node->watches)) {
        struct watch *watch = list_entry(list_first(&node->watches), struct watch, link);
        watch_remove(watch);
        watch->ended(watch);
    }
    watch_unlock(state);
}
