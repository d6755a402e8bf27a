/* Names and nodes; pseudo_file.c has open files. */
#include "fs/pseudo.h"

#include "abi/errno.h"
#include "fs/pseudo_file.h"
#include "fs/tmpfs.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"

#define FIRST_COOKIE 2
#define NUMBER_COOKIE 0x10000 /* of names that are in no table: their number is added */
#define ROOT_INO 1
#define INO_BITS 40

/* A node with a short name, as nearly all have, and with any name that can be. */
#define SHORT_NAME 32
#define LONG_NAME (NAME_MAX + 1)

static struct object_cache short_cache, long_cache;

static const struct node_operations pseudo_directory_operations, pseudo_file_node_operations,
    pseudo_link_operations, pseudo_jump_operations;

void pseudo_setup(void)
{
    object_cache_init(&short_cache, "pseudo-node", sizeof(struct pseudo_node) + SHORT_NAME, 8);
    object_cache_init(&long_cache, "pseudo-node-long", sizeof(struct pseudo_node) + LONG_NAME, 8);
    pseudo_file_setup();
}

static struct pseudo_file_system *file_system_of(const struct node *node)
{
    return (struct pseudo_file_system *)node->file_system;
}

/* The number of a name follows from the names on the way to it, so that it is always the same (FNV-1a). */
static uint64_t pseudo_ino(uint64_t parent_ino, const char *name, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325 ^ parent_ino * 0x9e3779b97f4a7c15;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
    hash = (hash ^ hash >> INO_BITS) & ((1ull << INO_BITS) - 1);
    return hash <= ROOT_INO ? ROOT_INO + 1 : hash;
}

static struct list *bucket_of(struct pseudo_file_system *file_system, uint64_t ino)
{
    return &file_system->buckets[ino % PSEUDO_BUCKETS];
}

/* A reference, unless the last one has gone already. */
static bool node_ref_living(struct node *node)
{
    unsigned count = atomic_load(&node->ref_count);

    while (count != 0 && !atomic_compare_exchange_weak(&node->ref_count, &count, count + 1))
        ;
    return count != 0;
}

/* The node that there is, with a reference; NULL: there is none. */
static struct pseudo_node *pseudo_find(struct pseudo_file_system *file_system, uint64_t ino,
                                       const struct pseudo_child *child)
{
    struct list *bucket = bucket_of(file_system, ino);
    struct spinlock_state state = spin_lock(&file_system->lock);
    struct pseudo_node *found = NULL;

    for (struct list *link = bucket->next; link != bucket && found == NULL; link = link->next) {
        struct pseudo_node *node = list_entry(link, struct pseudo_node, link);
        if (node->base.attributes.ino == ino && node->entry == child->entry &&
            node->subject == child->subject && node->number == child->number && node_ref_living(&node->base))
            found = node;
    }
    spin_unlock(&file_system->lock, state);
    return found;
}

static const struct node_operations *operations_for(const struct pseudo_entry *entry)
{
    switch (entry->mode & S_IFMT) {
    case S_IFDIR:
        return &pseudo_directory_operations;
    case S_IFLNK:
        return entry->follow != NULL ? &pseudo_jump_operations : &pseudo_link_operations;
    default:
        return &pseudo_file_node_operations;
    }
}

static struct object_cache *cache_for(size_t length)
{
    return length < SHORT_NAME ? &short_cache : &long_cache;
}

/* Who owns it now. */
static void pseudo_refresh(struct pseudo_node *node)
{
    const struct pseudo_type *type = file_system_of(&node->base)->type;
    uint32_t uid = 0, gid = 0;

    if (type == NULL || node->subject == NULL)
        return;
    type->get_owner(node, &uid, &gid);
    struct spinlock_state state = spin_lock(&node->base.attributes_lock);
    node->base.attributes.uid = uid;
    node->base.attributes.gid = gid;
    spin_unlock(&node->base.attributes_lock, state);
}

/* Subdirectories that are in a table count as links, as on Linux. */
static uint32_t link_count(const struct pseudo_entry *entry)
{
    uint32_t count = 2;

    if (!S_ISDIR(entry->mode))
        return 1;
    for (const struct pseudo_entry *child = entry->children; child != NULL && child->name != NULL; child++)
        count += S_ISDIR(child->mode);
    return count;
}

/* A new node, about the child's subject, to which it takes a reference of its own. */
static struct pseudo_node *pseudo_make(struct pseudo_file_system *file_system, struct node *parent,
                                       const struct pseudo_child *child, const char *name, size_t length,
                                       uint64_t ino)
{
    struct pseudo_node *node = object_cache_alloc(cache_for(length));
    const uint32_t mode =
        child->permissions == 0 ? child->entry->mode : (child->entry->mode & S_IFMT) | child->permissions;

    if (node == NULL)
        return NULL;
    node_init(&node->base, &file_system->base, operations_for(child->entry), ino,
              &(struct node_template){.mode = mode});
    node->base.attributes.nlink = link_count(child->entry);
    node->base.parent = parent == NULL ? &node->base : node_ref(parent);
    list_init(&node->link);
    node->entry = child->entry;
    node->subject = child->subject;
    node->number = child->number;
    node->target = NULL;
    memcpy(node->name, name, length);
    node->name[length] = '\0';
    if (node->subject != NULL)
        file_system->type->ref_subject(node->subject);
    if (S_ISLNK(mode))
        return node;
    struct spinlock_state state = spin_lock(&file_system->lock);
    list_push_front(bucket_of(file_system, ino), &node->link);
    spin_unlock(&file_system->lock, state);
    return node;
}

static void pseudo_release(struct node *base)
{
    struct pseudo_file_system *file_system = file_system_of(base);
    struct pseudo_node *node = pseudo_of(base);
    struct spinlock_state state = spin_lock(&file_system->lock);

    list_remove(&node->link);
    spin_unlock(&file_system->lock, state);
    if (node->target != NULL)
        frames_free((vaddr_t)node->target - direct_map_base, 0);
    if (node->subject != NULL)
        file_system->type->unref_subject(node->subject);
    object_cache_free(cache_for(strlen(node->name)), node);
}

static int pseudo_check(const struct pseudo_node *directory)
{
    const struct pseudo_type *type = file_system_of(&directory->base)->type;

    return directory->subject == NULL || type->check_subject == NULL
               ? 0
               : type->check_subject(directory->subject);
}

static const struct pseudo_entry *table_find(const struct pseudo_entry *table, const char *name,
                                             size_t length)
{
    for (const struct pseudo_entry *entry = table; entry != NULL && entry->name != NULL; entry++) {
        if (strncmp(entry->name, name, length) == 0 && entry->name[length] == '\0')
            return entry;
    }
    return NULL;
}

/* The child of that name; its subject has a reference of the caller's. */
static int pseudo_find_child(struct pseudo_node *directory, const char *name, size_t length,
                             struct pseudo_child *ret_child)
{
    const struct pseudo_entry *entry = table_find(directory->entry->children, name, length);

    if (entry != NULL) {
        *ret_child =
            (struct pseudo_child){.entry = entry, .subject = directory->subject, .number = directory->number};
        if (directory->subject != NULL)
            file_system_of(&directory->base)->type->ref_subject(directory->subject);
        return 0;
    }
    if (directory->entry->lookup == NULL)
        return -ENOENT;
    *ret_child = (struct pseudo_child){0};
    return directory->entry->lookup(directory, name, length, ret_child);
}

static int pseudo_lookup(struct node *base, const char *name, size_t length, struct node **ret_node)
{
    struct pseudo_file_system *file_system = file_system_of(base);
    struct pseudo_node *directory = pseudo_of(base), *node;
    struct pseudo_child child;
    int error = pseudo_check(directory);

    if (error == 0)
        error = pseudo_find_child(directory, name, length, &child);
    if (error != 0)
        return error;
    uint64_t ino = pseudo_ino(base->attributes.ino, name, length);
    node = pseudo_find(file_system, ino, &child);
    if (node == NULL)
        node = pseudo_make(file_system, base, &child, name, length, ino);
    if (child.subject != NULL)
        file_system->type->unref_subject(child.subject);
    if (node == NULL)
        return -ENOMEM;
    pseudo_refresh(node);
    *ret_node = &node->base;
    return 0;
}

/* No names but those that there are. */
static int pseudo_create_node(struct node *directory, const char *name, size_t length,
                              const struct node_template *template, struct node **ret_node)
{
    const struct pseudo_type *type = file_system_of(directory)->type;

    (void)name;
    (void)length;
    (void)template;
    (void)ret_node;
    return type == NULL ? -EPERM : type->create_error;
}

static void fill_entry(const struct node *directory, const char *name, uint32_t mode, uint64_t next_cookie,
                       struct directory_entry *ret_entry)
{
    ret_entry->name_length = strlen(name);
    ret_entry->ino = pseudo_ino(directory->attributes.ino, name, ret_entry->name_length);
    ret_entry->mode = mode & S_IFMT;
    ret_entry->next_cookie = next_cookie;
    memcpy(ret_entry->name, name, ret_entry->name_length + 1);
}

static int pseudo_readdir(struct node *base, uint64_t cookie, struct directory_entry *ret_entry)
{
    struct pseudo_node *directory = pseudo_of(base);
    const struct pseudo_entry *entry = directory->entry->children;
    int error = pseudo_check(directory);

    if (error != 0)
        return error;
    uint64_t index = 0;
    while (entry != NULL && entry->name != NULL && index < cookie - FIRST_COOKIE) {
        entry++;
        index++;
    }
    if (entry != NULL && entry->name != NULL) {
        fill_entry(base, entry->name, entry->mode, cookie + 1, ret_entry);
        return 0;
    }
    if (directory->entry->next == NULL)
        return -ENOENT;
    struct pseudo_child child = {0};
    error = directory->entry->next(directory, cookie < NUMBER_COOKIE ? 0 : cookie - NUMBER_COOKIE, &child);
    if (error == 0)
        fill_entry(base, child.name, child.entry->mode, NUMBER_COOKIE + child.number + 1, ret_entry);
    return error;
}

static int pseudo_get_name(struct node *base, char *name)
{
    size_t length = strlen(pseudo_of(base)->name);

    memcpy(name, pseudo_of(base)->name, length);
    return (int)length;
}

static int pseudo_prepare_target(struct node *base)
{
    struct pseudo_node *node = pseudo_of(base);
    paddr_t frame;

    if (node->target != NULL || node->entry->target != NULL)
        return 0;
    if (frames_alloc(0, &frame) != 0)
        return -ENOMEM;
    int error = node->entry->get_target(node, direct_map(frame));
    if (error != 0)
        frames_free(frame, 0);
    else
        node->target = direct_map(frame);
    return error;
}

static const char *pseudo_get_target(struct node *base)
{
    const struct pseudo_node *node = pseudo_of(base);

    return node->entry->target != NULL ? node->entry->target : node->target;
}

static int pseudo_follow(struct node *node, struct mount *mount, struct path *ret_path)
{
    return pseudo_of(node)->entry->follow(node, mount, ret_path);
}

/* O_TRUNC: what is written replaces the whole anyway. */
static int pseudo_truncate(struct node *node, uint64_t size)
{
    (void)node;
    (void)size;
    return 0;
}

static const struct node_operations pseudo_directory_operations = {
    .lookup = pseudo_lookup,
    .create = pseudo_create_node,
    .readdir = pseudo_readdir,
    .get_name = pseudo_get_name,
    .release = pseudo_release,
};

static const struct node_operations pseudo_file_node_operations = {
    .get_name = pseudo_get_name,
    .open = pseudo_file_open,
    .truncate = pseudo_truncate,
    .release = pseudo_release,
};

static const struct node_operations pseudo_link_operations = {
    .prepare_target = pseudo_prepare_target,
    .get_target = pseudo_get_target,
    .get_name = pseudo_get_name,
    .release = pseudo_release,
};

static const struct node_operations pseudo_jump_operations = {
    .prepare_target = pseudo_prepare_target,
    .get_target = pseudo_get_target,
    .follow = pseudo_follow,
    .get_name = pseudo_get_name,
    .release = pseudo_release,
};

/* Its nodes do not belong to mounts: there is nothing to be destroyed with the last of these. */
static void pseudo_destroy(struct file_system *file_system)
{
    (void)file_system;
}

int pseudo_create(struct pseudo_file_system *file_system, const struct pseudo_type *type, const char *name,
                  uint32_t magic, const struct pseudo_entry *root)
{
    const struct pseudo_child child = {.entry = root};

    *file_system = (struct pseudo_file_system){
        .base = {.dev = file_system_next_dev(), .name = name, .magic = magic, .destroy = pseudo_destroy},
        .type = type,
    };
    spinlock_init(&file_system->lock, LOCK_RANK_PSEUDO_NODES);
    for (size_t i = 0; i < PSEUDO_BUCKETS; i++)
        list_init(&file_system->buckets[i]);
    struct pseudo_node *node = pseudo_make(file_system, NULL, &child, "", 0, ROOT_INO);
    if (node == NULL)
        return -ENOMEM;
    file_system->base.root = &node->base;
    return 0;
}
