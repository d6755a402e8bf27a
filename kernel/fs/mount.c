#include "fs/mount.h"

#include "abi/errno.h"
#include "mm/object_cache.h"

static struct object_cache mount_cache;
static struct list mounts = {&mounts, &mounts}; /* [t] */

void mount_setup(void)
{
    object_cache_init(&mount_cache, "mount", sizeof(struct mount), 8);
}

static struct mount *mount_create(struct file_system *file_system)
{
    struct mount *mount = object_cache_alloc(&mount_cache);

    if (mount == NULL)
        return NULL;
    *mount = (struct mount){.file_system = file_system, .root = file_system->root, .ref_count = 1};
    return mount;
}

int mount_create_root(struct file_system *file_system, struct mount **ret_mount)
{
    struct mount *mount = mount_create(file_system);

    if (mount == NULL)
        return -ENOMEM;
    fs_tree_lock();
    list_push_back(&mounts, &mount->link);
    fs_tree_unlock();
    *ret_mount = mount_ref(mount);
    return 0;
}

struct mount *mount_ref(struct mount *mount)
{
    atomic_fetch_add_explicit(&mount->ref_count, 1, memory_order_relaxed);
    return mount;
}

void mount_unref(struct mount *mount)
{
    while (mount != NULL && atomic_fetch_sub_explicit(&mount->ref_count, 1, memory_order_acq_rel) == 1) {
        struct mount *parent = mount->parent;
        mount->file_system->destroy(mount->file_system);
        node_unref(mount->place);
        object_cache_free(&mount_cache, mount);
        mount = parent;
    }
}

int mount_add(struct mount *parent, struct node *place, struct file_system *file_system)
{
    struct mount *mount = mount_create(file_system);

    if (mount == NULL)
        return -ENOMEM;
    mount->parent = mount_ref(parent);
    mount->place = node_ref(place);
    place->mount_count++;
    list_push_back(&mounts, &mount->link);
    return 0;
}

int mount_remove(struct mount *mount)
{
    if (mount->parent == NULL)
        return -EINVAL;
    if (atomic_load(&mount->ref_count) != 1) /* mounts upon it have references, too */
        return -EBUSY;
    mount->place->mount_count--;
    list_remove(&mount->link);
    return 0;
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

void mount_visit(void (*visit)(const struct mount *mount, void *argument), void *argument)
{
    fs_tree_lock();
    for (struct list *link = mounts.next; link != &mounts; link = link->next)
        visit(list_entry(link, struct mount, link), argument);
    fs_tree_unlock();
}
