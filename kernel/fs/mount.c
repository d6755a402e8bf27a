#include "fs/mount.h"

#include "abi/errno.h"
#include "lib/format.h"
#include "mm/object_cache.h"

static struct object_cache mount_cache;
static struct list mounts = {&mounts, &mounts}; /* [t] */

/* Holds: the tree lock. */
static void mount_attach(struct mount *mount)
{
    list_push_back(&mounts, &mount->link);
    mount->is_attached = true;
}

void mount_setup(void)
{
    object_cache_init(&mount_cache, "mount", sizeof(struct mount), 8);
}

static struct mount *mount_create(struct node *root, const char *source)
{
    static _Atomic(unsigned) last_id;
    struct mount *mount = object_cache_alloc(&mount_cache);

    if (mount == NULL)
        return NULL;
    *mount = (struct mount){.file_system = root->file_system,
                            .root = node_ref(root),
                            .ref_count = 1,
                            .id = atomic_fetch_add(&last_id, 1) + 1};
    (void)format_to_buffer(mount->source, sizeof(mount->source), "%s", source);
    atomic_fetch_add(&root->file_system->mount_count, 1);
    return mount;
}

int mount_create_root(struct file_system *file_system, struct mount **ret_mount)
{
    struct mount *mount = mount_create(file_system->root, "rootfs");

    if (mount == NULL)
        return -ENOMEM;
    fs_tree_lock();
    mount_attach(mount);
    fs_tree_unlock();
    *ret_mount = mount_ref(mount);
    return 0;
}

int mount_create_hidden(struct file_system *file_system, struct mount **ret_mount)
{
    *ret_mount = mount_create(file_system->root, "none");
    return *ret_mount == NULL ? -ENOMEM : 0;
}

struct mount *mount_ref(struct mount *mount)
{
    atomic_fetch_add_explicit(&mount->ref_count, 1, memory_order_relaxed);
    return mount;
}

/* Nobody has a reference any more. Returns what it was upon, with its reference. */
static struct mount *mount_end(struct mount *mount)
{
    struct mount *parent = mount->parent;

    node_unref(mount->root);
    if (atomic_fetch_sub(&mount->file_system->mount_count, 1) == 1)
        mount->file_system->destroy(mount->file_system);
    node_unref(mount->place);
    object_cache_free(&mount_cache, mount);
    return parent;
}

static void mount_end_deferred(struct fs_deferred *end)
{
    mount_unref(mount_end(list_entry(end, struct mount, end)));
}

void mount_unref(struct mount *mount)
{
    while (mount != NULL && atomic_fetch_sub_explicit(&mount->ref_count, 1, memory_order_acq_rel) == 1) {
        if (fs_tree_is_held()) {
            fs_defer(&mount->end, mount_end_deferred);
            return;
        }
        mount = mount_end(mount);
    }
}

/* Holds: the tree lock. */
static void mount_cover(struct mount *mount, struct mount *parent, struct node *place)
{
    mount->parent = mount_ref(parent);
    mount->place = node_ref(place);
    place->mount_count++;
}

int mount_add(struct mount *parent, struct node *place, struct node *root, const char *source, unsigned flags)
{
    struct mount *mount = mount_create(root, source);

    if (mount == NULL)
        return -ENOMEM;
    mount->flags = flags;
    mount_cover(mount, parent, place);
    mount_attach(mount);
    return 0;
}

void mount_move(struct mount *mount, struct mount *parent, struct node *place, struct mount **ret_parent,
                struct node **ret_place)
{
    *ret_parent = mount->parent;
    *ret_place = mount->place;
    mount->place->mount_count--;
    mount_cover(mount, parent, place);
}

static void mount_take_out(struct mount *mount, struct list *gone)
{
    mount->place->mount_count--;
    mount->is_attached = false;
    list_remove(&mount->link);
    list_push_back(gone, &mount->link);
}

/* The first mount in the table that is upon one of `gone`. */
static struct mount *mount_lookup_upon(const struct list *gone)
{
    for (struct list *link = mounts.next; link != &mounts; link = link->next) {
        struct mount *mount = list_entry(link, struct mount, link);
        for (const struct list *at = gone->next; at != gone; at = at->next) {
            if (mount->parent == list_entry(at, struct mount, link))
                return mount;
        }
    }
    return NULL;
}

void mount_detach(struct mount *mount, struct list *gone)
{
    while (mount != NULL) {
        mount_take_out(mount, gone);
        mount = mount_lookup_upon(gone);
    }
}

void mount_unref_list(struct list *gone)
{
    while (!list_is_empty(gone)) {
        struct mount *mount = list_entry(list_first(gone), struct mount, link);
        list_remove(&mount->link);
        mount_unref(mount);
    }
}

bool mount_is_used(const struct mount *mount, unsigned own_references)
{
    return atomic_load(&mount->ref_count) > 1 + own_references;
}

struct mount *mount_lookup(const struct mount *parent, const struct node *place)
{
    if (place->mount_count == 0)
        return NULL;
    for (struct list *link = mounts.next; link != &mounts; link = link->next) {
        struct mount *mount = list_entry(link, struct mount, link);
        if (mount->parent == parent && mount->place == place)
            return mount;
    }
    return NULL;
}

struct mount *mount_of_file_system(const struct file_system *file_system)
{
    for (struct list *link = mounts.next; link != &mounts; link = link->next) {
        struct mount *mount = list_entry(link, struct mount, link);
        if (mount->root == file_system->root)
            return mount;
    }
    return NULL;
}

void mount_visit(void (*visit)(const struct mount *mount, void *argument), void *argument)
{
    fs_tree_lock();
    for (struct list *link = mounts.next; link != &mounts; link = link->next)
        visit(list_entry(link, struct mount, link), argument);
    fs_tree_unlock();
}
