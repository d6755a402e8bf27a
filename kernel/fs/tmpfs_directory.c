/* Names in directories. */
#include "abi/errno.h"
#include "fs/tmpfs_internal.h"
#include "lib/string.h"

#define ENTRY_NOMINAL_SIZE \
    20                 /* what a name, "." and ".." too, adds to its directory's size, as Linux has it */
#define FIRST_COOKIE 2 /* 0 and 1 are "." and ".." */

/* An entry has the room that its name needs, roughly: one cache for each. */
static const size_t class_lengths[] = {16, 48, 112, NAME_MAX};
#define CLASS_COUNT (sizeof(class_lengths) / sizeof(class_lengths[0]))

static struct object_cache entry_caches[CLASS_COUNT];
static struct hash_key name_key; /* set once */

void tmpfs_directory_setup(const struct hash_key *key)
{
    name_key = *key;
    for (size_t i = 0; i < CLASS_COUNT; i++)
        object_cache_init(&entry_caches[i], "tmpfs-entry", sizeof(struct tmpfs_entry) + class_lengths[i], 8);
}

/* The tree compares keys by their signed difference: they must lie within 2^63 of each other. */
static uint64_t name_hash(const char *name, size_t length)
{
    return hash_bytes(&name_key, name, length) >> 1;
}

/* The first node of a tree whose key is at least `key`. */
static struct tree_node *tree_lower_bound(const struct tree *tree, uint64_t key)
{
    struct tree_node *found = NULL;

    for (struct tree_node *at = tree->root; at != NULL;) {
        if (at->key < key) {
            at = at->right;
            continue;
        }
        found = at;
        at = at->left;
    }
    return found;
}

static struct tmpfs_directory *directory_of(struct node *node)
{
    return &tmpfs_node_of(node)->directory;
}

static struct tmpfs_entry *entry_lookup(struct node *directory, const char *name, size_t length)
{
    uint64_t hash = name_hash(name, length);
    struct tree_node *at = tree_lower_bound(&directory_of(directory)->by_hash, hash);

    for (; at != NULL && at->key == hash; at = tree_next(at)) {
        struct tmpfs_entry *entry = tree_entry(at, struct tmpfs_entry, hash_node);
        if (entry->length == length && memcmp(entry->name, name, length) == 0)
            return entry;
    }
    return NULL;
}

static struct tmpfs_entry *entry_create(const char *name, size_t length)
{
    size_t class = 0;

    while (class_lengths[class] < length)
        class ++;
    struct tmpfs_entry *entry = object_cache_alloc(&entry_caches[class]);
    if (entry == NULL)
        return NULL;
    entry->size_class = (uint8_t) class;
    entry->length = (uint8_t)length;
    memcpy(entry->name, name, length);
    return entry;
}

static bool node_is_directory(const struct node *node)
{
    return S_ISDIR(node->attributes.mode);
}

static void entry_free(struct tmpfs_entry *entry)
{
    object_cache_free(&entry_caches[entry->size_class], entry);
}

void tmpfs_forget_name(struct tmpfs_node *node)
{
    if (node->own_entry != NULL)
        entry_free(node->own_entry);
    node->own_entry = NULL;
}

/* From now on an entry, which leads to the node, is what it is called. */
static void node_set_name(struct tmpfs_node *node, struct node *directory, struct tmpfs_entry *entry)
{
    struct node *old_parent = node->base.parent;

    if (node->base.is_dead)
        tmpfs_forget_name(node);
    node->base.is_dead = false;
    node->own_entry = entry;
    if (old_parent == directory)
        return;
    node->base.parent = node_ref(directory);
    node_unref(old_parent);
}

/* Let an entry of a directory lead to a node, to which it takes over a reference. */
static void entry_set_node(struct tmpfs_entry *entry, struct node *directory, struct tmpfs_node *node)
{
    entry->node = node;
    node_set_name(node, directory, entry);
}

static void directory_update_size(struct node *base)
{
    node_set_size(base, (directory_of(base)->count + FIRST_COOKIE) * ENTRY_NOMINAL_SIZE);
}

void tmpfs_directory_init(struct tmpfs_node *node)
{
    struct tmpfs_directory *directory = &node->directory;

    tree_init(&directory->by_hash);
    tree_init(&directory->by_cookie);
    directory->next_cookie = FIRST_COOKIE;
    directory->count = 0;
    directory_update_size(&node->base);
}

static void directory_update(struct node *base)
{
    directory_update_size(base);
    node_touch(base, NODE_MTIME | NODE_CTIME);
}

static void directory_insert(struct node *base, struct tmpfs_entry *entry)
{
    struct tmpfs_directory *directory = directory_of(base);

    entry->hash_node.key = name_hash(entry->name, entry->length);
    entry->cookie_node.key = directory->next_cookie++;
    tree_insert(&directory->by_hash, &entry->hash_node);
    tree_insert(&directory->by_cookie, &entry->cookie_node);
    directory->count++;
}

/* Take an entry out. It stays with its node as the name that this had, or is freed. */
static void directory_remove(struct node *base, struct tmpfs_entry *entry)
{
    struct tmpfs_directory *directory = directory_of(base);

    tree_remove(&directory->by_hash, &entry->hash_node);
    tree_remove(&directory->by_cookie, &entry->cookie_node);
    directory->count--;
    if (entry->node->own_entry == entry)
        entry->node->base.is_dead = true;
    else
        entry_free(entry);
}

static int tmpfs_lookup(struct node *directory, const char *name, size_t length, struct node **ret_node)
{
    struct tmpfs_entry *entry = entry_lookup(directory, name, length);

    if (entry == NULL)
        return -ENOENT;
    if (entry->node->own_entry != entry)
        node_set_name(entry->node, directory, entry);
    *ret_node = node_ref(&entry->node->base);
    return 0;
}

static int tmpfs_create_node(struct node *directory, const char *name, size_t length,
                             const struct node_template *template, struct node **ret_node)
{
    struct tmpfs_entry *entry = entry_create(name, length);
    struct tmpfs_node *node;

    if (entry == NULL)
        return -ENOMEM;
    int error = tmpfs_node_create(tmpfs_of(directory), template, &node);
    if (error != 0) {
        entry_free(entry);
        return error;
    }
    /* Commit: nothing below fails. */
    if (node_is_directory(&node->base))
        node_change_links(directory, 1);
    entry_set_node(entry, directory, node);
    directory_insert(directory, entry);
    directory_update(directory);
    *ret_node = node_ref(&node->base);
    return 0;
}

static int tmpfs_create_nameless(struct node *directory, const struct node_template *template,
                                 struct node **ret_node)
{
    struct tmpfs_node *node;
    int error = tmpfs_node_create(tmpfs_of(directory), template, &node);

    if (error != 0)
        return error;
    node->base.attributes.nlink = 0;
    *ret_node = &node->base;
    return 0;
}

static int tmpfs_link(struct node *directory, const char *name, size_t length, struct node *node)
{
    struct tmpfs_entry *entry = entry_create(name, length);

    if (entry == NULL)
        return -ENOMEM;
    node_change_links(node, 1);
    entry_set_node(entry, directory, tmpfs_node_of(node_ref(node)));
    directory_insert(directory, entry);
    directory_update(directory);
    return 0;
}

/* A name of this node is gone: drop the reference that its entry had. */
static void node_lose_name(struct node *directory, struct node *node)
{
    if (node_is_directory(node)) {
        node_change_links(node, -2);
        node_change_links(directory, -1);
    } else {
        node_change_links(node, -1);
    }
    node_unref(node);
}

static bool directory_is_empty(struct node *node)
{
    return directory_of(node)->count == 0;
}

static int tmpfs_unlink(struct node *directory, const char *name, size_t length, struct node *node)
{
    if (node_is_directory(node) && !directory_is_empty(node))
        return -ENOTEMPTY;
    directory_remove(directory, entry_lookup(directory, name, length));
    directory_update(directory);
    node_lose_name(directory, node);
    return 0;
}

/* A directory moves: its ".." now counts for another one. */
static void move_parent_link(struct node *node, struct node *from, struct node *to)
{
    if (!node_is_directory(node) || from == to)
        return;
    node_change_links(from, -1);
    node_change_links(to, 1);
}

static void tmpfs_exchange(struct tmpfs_entry *from_entry, struct node *from, struct tmpfs_entry *to_entry,
                           struct node *to)
{
    struct tmpfs_node *from_node = from_entry->node, *to_node = to_entry->node;

    move_parent_link(&from_node->base, from, to);
    move_parent_link(&to_node->base, to, from);
    entry_set_node(from_entry, from, to_node);
    entry_set_node(to_entry, to, from_node);
    node_touch(&to_node->base, NODE_CTIME);
}

/* Move the node of from_entry to the new entry to_entry, and remove from_entry. */
static void tmpfs_move(struct tmpfs_entry *from_entry, struct node *from, struct tmpfs_entry *to_entry,
                       struct node *to)
{
    struct tmpfs_node *node = from_entry->node;

    move_parent_link(&node->base, from, to);
    directory_insert(to, to_entry);
    entry_set_node(to_entry, to, node);
    directory_remove(from, from_entry);
}

static int tmpfs_rename(struct node *from, const char *from_name, size_t from_length, struct node *from_node,
                        struct node *to, const char *to_name, size_t to_length, struct node *to_node,
                        unsigned flags)
{
    struct tmpfs_entry *from_entry = entry_lookup(from, from_name, from_length), *new_entry = NULL;
    struct tmpfs_entry *old_entry = to_node == NULL ? NULL : entry_lookup(to, to_name, to_length);
    const bool exchanges = (flags & RENAME_EXCHANGE) != 0;

    if (!exchanges && to_node != NULL && node_is_directory(to_node) && !directory_is_empty(to_node))
        return -ENOTEMPTY;
    if (!exchanges && (new_entry = entry_create(to_name, to_length)) == NULL)
        return -ENOMEM;
    /* Commit: nothing below fails. */
    if (exchanges) {
        tmpfs_exchange(from_entry, from, old_entry, to);
    } else {
        if (old_entry != NULL)
            directory_remove(to, old_entry);
        tmpfs_move(from_entry, from, new_entry, to);
        if (to_node != NULL)
            node_lose_name(to, to_node);
    }
    node_touch(from_node, NODE_CTIME);
    directory_update(from);
    directory_update(to);
    return 0;
}

static int tmpfs_readdir(struct node *directory, uint64_t cookie, struct directory_entry *ret_entry)
{
    struct tree_node *at = tree_lower_bound(&directory_of(directory)->by_cookie, cookie);

    if (at == NULL)
        return -ENOENT;
    struct tmpfs_entry *entry = tree_entry(at, struct tmpfs_entry, cookie_node);
    ret_entry->ino = entry->node->base.attributes.ino;
    ret_entry->mode = entry->node->base.attributes.mode & S_IFMT;
    ret_entry->next_cookie = at->key + 1;
    ret_entry->name_length = entry->length;
    memcpy(ret_entry->name, entry->name, entry->length);
    ret_entry->name[entry->length] = '\0';
    return 0;
}

int tmpfs_get_name(struct node *node, char *name)
{
    const struct tmpfs_entry *entry = tmpfs_node_of(node)->own_entry;

    if (entry == NULL)
        return -ENOENT;
    memcpy(name, entry->name, entry->length);
    return entry->length;
}

/* Depth first, without recursion: a tree may be deeper than the stack. */
void tmpfs_directory_clear(struct tmpfs_node *top)
{
    struct node *at = &top->base;

    for (;;) {
        struct tree_node *first = tree_first(&directory_of(at)->by_cookie);
        if (first == NULL && at == &top->base)
            return;
        if (first == NULL) {
            struct node *parent = at->parent;
            const struct tmpfs_entry *own = tmpfs_node_of(at)->own_entry;
            (void)tmpfs_unlink(parent, own->name, own->length, at);
            at = parent;
            continue;
        }
        struct tmpfs_entry *entry = tree_entry(first, struct tmpfs_entry, cookie_node);
        struct node *node = &entry->node->base;
        if (node_is_directory(node))
            at = node;
        else
            (void)tmpfs_unlink(at, entry->name, entry->length, node);
    }
}

const struct node_operations tmpfs_directory_operations = {
    .lookup = tmpfs_lookup,
    .create = tmpfs_create_node,
    .create_nameless = tmpfs_create_nameless,
    .link = tmpfs_link,
    .unlink = tmpfs_unlink,
    .rename = tmpfs_rename,
    .readdir = tmpfs_readdir,
    .get_name = tmpfs_get_name,
    .release = tmpfs_node_release,
};
