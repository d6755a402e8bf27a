/* References, attributes, and what each operation answers where a file system has none of its own. */
#include "fs/node.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "fs/file_lock.h"
#include "fs/watch.h"
#include "sched/thread.h"

static struct mutex tree_lock = MUTEX_INITIALIZER(tree_lock, LOCK_RANK_FS_TREE);

void fs_tree_lock(void)
{
    mutex_lock(&tree_lock);
}

void fs_tree_unlock(void)
{
    mutex_unlock(&tree_lock);
}

uint64_t file_system_next_dev(void)
{
    static _Atomic(uint64_t) next_dev = 1;

    return atomic_fetch_add(&next_dev, 1);
}

bool fs_tree_is_held(void)
{
    return atomic_load_explicit(&tree_lock.owner, memory_order_relaxed) == thread_current();
}

void node_init(struct node *node, struct file_system *file_system, const struct node_operations *operations,
               uint64_t ino, const struct node_template *template)
{
    uint64_t now = clock_realtime_ns();

    *node = (struct node){
        .operations = operations,
        .file_system = file_system,
        .ref_count = 1,
        .attributes =
            {
                .ino = ino,
                .mode = template->mode,
                .uid = template->uid,
                .gid = template->gid,
                .nlink = S_ISDIR(template->mode) ? 2 : 1,
                .rdev = template->rdev,
                .atime_ns = now,
                .mtime_ns = now,
                .ctime_ns = now,
                .btime_ns = now,
            },
    };
    list_init(&node->watches);
    mutex_init(&node->lock, LOCK_RANK_FS_NODE);
    spinlock_init(&node->attributes_lock, LOCK_RANK_NODE);
}

struct node *node_ref(struct node *node)
{
    atomic_fetch_add_explicit(&node->ref_count, 1, memory_order_relaxed);
    return node;
}

void node_unref(struct node *node)
{
    while (node != NULL && atomic_fetch_sub_explicit(&node->ref_count, 1, memory_order_acq_rel) == 1) {
        struct node *parent = node->parent == node ? NULL : node->parent;
        file_lock_forget(node);
        watch_node_gone(node);
        node->operations->release(node);
        node = parent;
    }
}

struct node_attributes node_get_attributes(struct node *node)
{
    struct spinlock_state state = spin_lock(&node->attributes_lock);
    struct node_attributes attributes = node->attributes;

    spin_unlock(&node->attributes_lock, state);
    return attributes;
}

uint32_t node_mode(struct node *node)
{
    return node_get_attributes(node).mode;
}

uint64_t node_size(struct node *node)
{
    return node_get_attributes(node).size;
}

static void attributes_touch(struct node_attributes *attributes, unsigned times)
{
    uint64_t now = clock_realtime_ns();

    if ((times & NODE_ATIME) != 0)
        attributes->atime_ns = now;
    if ((times & NODE_MTIME) != 0)
        attributes->mtime_ns = now;
    if ((times & NODE_CTIME) != 0)
        attributes->ctime_ns = now;
}

void node_touch(struct node *node, unsigned times)
{
    struct spinlock_state state = spin_lock(&node->attributes_lock);

    attributes_touch(&node->attributes, times);
    spin_unlock(&node->attributes_lock, state);
}

void node_set_size(struct node *node, uint64_t size)
{
    struct spinlock_state state = spin_lock(&node->attributes_lock);

    node->attributes.size = size;
    spin_unlock(&node->attributes_lock, state);
}

void node_change_links(struct node *node, int change)
{
    struct spinlock_state state = spin_lock(&node->attributes_lock);

    node->attributes.nlink += (uint32_t)change;
    attributes_touch(&node->attributes, NODE_CTIME);
    spin_unlock(&node->attributes_lock, state);
}

/* The three bits of the mode that hold for `who`. */
static unsigned attributes_permission(const struct node_attributes *attributes, const struct credentials *who)
{
    if (who->uid == attributes->uid)
        return attributes->mode >> 6 & 7;
    if (credentials_have_group(who, attributes->gid))
        return attributes->mode >> 3 & 7;
    return attributes->mode & 7;
}

int node_check_access(struct node *node, const struct credentials *who, unsigned access)
{
    struct node_attributes attributes = node_get_attributes(node);
    uint32_t mode = attributes.mode;
    bool has_contents = S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);

    if ((access & W_OK) != 0 && node->file_system->is_read_only && has_contents)
        return -EROFS;
    if ((attributes_permission(&attributes, who) & access) == access)
        return 0;
    if (!credentials_are_root(who))
        return -EACCES;
    bool may_execute = S_ISDIR(mode) || (mode & S_IXUGO) != 0;
    return (access & X_OK) == 0 || may_execute ? 0 : -EACCES;
}

static bool node_is_owned(const struct node_attributes *attributes, const struct credentials *who)
{
    return credentials_are_root(who) || who->uid == attributes->uid;
}

int node_add_seals(struct node *node, unsigned seals)
{
    if (node->operations->add_seals == NULL)
        return -EINVAL;
    mutex_lock(&node->lock);
    int error = node->operations->add_seals(node, seals);
    mutex_unlock(&node->lock);
    return error;
}

int node_get_seals(const struct node *node)
{
    return node->operations->get_seals == NULL ? -EINVAL : (int)node->operations->get_seals(node);
}

static bool node_has_seal_exec(const struct node *node)
{
    return node->operations->get_seals != NULL && (node->operations->get_seals(node) & F_SEAL_EXEC) != 0;
}

int node_set_mode(struct node *node, const struct credentials *who, uint32_t mode)
{
    if (node->file_system->is_read_only)
        return -EROFS;
    struct spinlock_state state = spin_lock(&node->attributes_lock);
    struct node_attributes *attributes = &node->attributes;
    bool changes_execution = ((attributes->mode ^ mode) & S_IXUGO) != 0;
    bool is_permitted = node_is_owned(attributes, who) && !(changes_execution && node_has_seal_exec(node));

    if (is_permitted) {
        if (!credentials_are_root(who) && !credentials_have_group(who, attributes->gid))
            mode &= ~(uint32_t)S_ISGID;
        attributes->mode = (attributes->mode & S_IFMT) | (mode & S_IALLUGO);
        attributes_touch(attributes, NODE_CTIME);
    }
    spin_unlock(&node->attributes_lock, state);
    return is_permitted ? 0 : -EPERM;
}

/* The owner may give a file to a group of his own; the superuser anything to anybody. */
static bool may_change_owner(const struct node_attributes *attributes, const struct credentials *who,
                             uint32_t uid, uint32_t gid)
{
    if (credentials_are_root(who))
        return true;
    if (uid != UINT32_MAX && (who->uid != attributes->uid || uid != attributes->uid))
        return false;
    if (gid == UINT32_MAX)
        return true;
    return who->uid == attributes->uid && (gid == attributes->gid || credentials_have_group(who, gid));
}

/* Who is not root loses these bits when file contents or owner change. */
static void attributes_drop_set_id(struct node_attributes *attributes)
{
    attributes->mode &= ~(uint32_t)S_ISUID;
    if ((attributes->mode & S_IXGRP) != 0)
        attributes->mode &= ~(uint32_t)S_ISGID;
}

int node_set_owner(struct node *node, const struct credentials *who, uint32_t uid, uint32_t gid)
{
    if (node->file_system->is_read_only)
        return -EROFS;
    struct spinlock_state state = spin_lock(&node->attributes_lock);
    struct node_attributes *attributes = &node->attributes;
    bool is_permitted = may_change_owner(attributes, who, uid, gid);

    if (is_permitted) {
        attributes->uid = uid != UINT32_MAX ? uid : attributes->uid;
        attributes->gid = gid != UINT32_MAX ? gid : attributes->gid;
        if (!S_ISDIR(attributes->mode))
            attributes_drop_set_id(attributes);
        attributes_touch(attributes, NODE_CTIME);
    }
    spin_unlock(&node->attributes_lock, state);
    return is_permitted ? 0 : -EPERM;
}

static void attributes_set_time(uint64_t *time_ns, uint64_t value)
{
    if (value == NODE_TIME_NOW)
        *time_ns = clock_realtime_ns();
    else if (value != NODE_TIME_OMIT)
        *time_ns = value;
}

int node_set_times(struct node *node, const struct credentials *who, uint64_t atime_ns, uint64_t mtime_ns)
{
    bool are_now = atime_ns == NODE_TIME_NOW && mtime_ns == NODE_TIME_NOW;
    bool may_write = node_check_access(node, who, W_OK) == 0;

    if (atime_ns == NODE_TIME_OMIT && mtime_ns == NODE_TIME_OMIT)
        return 0;
    if (node->file_system->is_read_only)
        return -EROFS;
    struct spinlock_state state = spin_lock(&node->attributes_lock);
    struct node_attributes *attributes = &node->attributes;
    bool is_permitted = node_is_owned(attributes, who) || (are_now && may_write);

    if (is_permitted) {
        attributes_set_time(&attributes->atime_ns, atime_ns);
        attributes_set_time(&attributes->mtime_ns, mtime_ns);
        attributes_touch(attributes, NODE_CTIME);
    }
    spin_unlock(&node->attributes_lock, state);
    if (is_permitted)
        return 0;
    return are_now ? -EACCES : -EPERM;
}

int node_lookup(struct node *directory, const char *name, size_t length, struct node **ret_node)
{
    if (!S_ISDIR(node_mode(directory)))
        return -ENOTDIR;
    if (length > NAME_MAX)
        return -ENAMETOOLONG;
    return directory->operations->lookup == NULL
               ? -ENOENT
               : directory->operations->lookup(directory, name, length, ret_node);
}

int node_create(struct node *directory, const char *name, size_t length, const struct node_template *template,
                struct node **ret_node)
{
    if (directory->operations->create == NULL)
        return -EPERM;
    return directory->operations->create(directory, name, length, template, ret_node);
}

int node_create_nameless(struct node *directory, const struct node_template *template, struct node **ret_node)
{
    if (directory->operations->create_nameless == NULL)
        return -EOPNOTSUPP;
    return directory->operations->create_nameless(directory, template, ret_node);
}

int node_link(struct node *directory, const char *name, size_t length, struct node *node)
{
    if (directory->operations->link == NULL)
        return -EPERM;
    return directory->operations->link(directory, name, length, node);
}

int node_unlink(struct node *directory, const char *name, size_t length, struct node *node)
{
    if (directory->operations->unlink == NULL)
        return -EPERM;
    return directory->operations->unlink(directory, name, length, node);
}

int node_rename(struct node *from, const char *from_name, size_t from_length, struct node *from_node,
                struct node *to, const char *to_name, size_t to_length, struct node *to_node, unsigned flags)
{
    if (from->operations->rename == NULL)
        return -EPERM;
    return from->operations->rename(from, from_name, from_length, from_node, to, to_name, to_length, to_node,
                                    flags);
}

int node_readdir(struct node *directory, uint64_t cookie, struct directory_entry *ret_entry)
{
    if (!S_ISDIR(node_mode(directory)))
        return -ENOTDIR;
    return directory->operations->readdir == NULL
               ? -ENOENT
               : directory->operations->readdir(directory, cookie, ret_entry);
}

int node_get_name(struct node *directory, char *name)
{
    return directory->operations->get_name == NULL ? -ENOENT
                                                   : directory->operations->get_name(directory, name);
}

int node_prepare_target(struct node *node)
{
    return node->operations->prepare_target == NULL ? 0 : node->operations->prepare_target(node);
}

const char *node_get_target(struct node *node)
{
    return node->operations->get_target == NULL || !S_ISLNK(node_mode(node))
               ? NULL
               : node->operations->get_target(node);
}

/* What reading or writing answers for a node without such contents. */
static int node_error_without_contents(struct node *node)
{
    return S_ISDIR(node_mode(node)) ? -EISDIR : -EINVAL;
}

int64_t node_read(struct node *node, struct io *io, uint64_t offset)
{
    if (!S_ISREG(node_mode(node)) || node->operations->read == NULL)
        return node_error_without_contents(node);
    mutex_lock(&node->lock);
    int64_t count = node->operations->read(node, io, offset);
    mutex_unlock(&node->lock);
    if (count > 0)
        node_touch(node, NODE_ATIME);
    return count;
}

/* The contents have changed. */
static void node_mark_written(struct node *node, const struct credentials *who)
{
    struct spinlock_state state = spin_lock(&node->attributes_lock);

    attributes_touch(&node->attributes, NODE_MTIME | NODE_CTIME);
    if (!credentials_are_root(who))
        attributes_drop_set_id(&node->attributes);
    spin_unlock(&node->attributes_lock, state);
}

static uint64_t (*current_size_limit)(void); /* set once */

void node_set_size_limit(uint64_t (*get_limit)(void))
{
    current_size_limit = get_limit;
}

static uint64_t node_size_limit(void)
{
    uint64_t limit = current_size_limit == NULL ? UINT64_MAX : current_size_limit();

    return limit < NODE_SIZE_MAX ? limit : NODE_SIZE_MAX;
}

/* Holds: node->lock. */
static int64_t node_write_locked(struct node *node, const struct credentials *who, struct io *io,
                                 uint64_t offset)
{
    if (io->left == 0)
        return 0;
    uint64_t limit = node_size_limit();
    if (offset >= limit)
        return -EFBIG;
    if (io->left > limit - offset)
        io->left = limit - offset;
    int64_t count = node->operations->write(node, io, offset);
    if (count > 0)
        node_mark_written(node, who);
    return count;
}

int64_t node_write(struct node *node, const struct credentials *who, struct io *io, uint64_t offset)
{
    if (!S_ISREG(node_mode(node)) || node->operations->write == NULL)
        return node_error_without_contents(node);
    mutex_lock(&node->lock);
    int64_t count = node_write_locked(node, who, io, offset);
    mutex_unlock(&node->lock);
    return count;
}

int64_t node_append(struct node *node, const struct credentials *who, struct io *io, uint64_t *ret_offset)
{
    if (!S_ISREG(node_mode(node)) || node->operations->write == NULL)
        return node_error_without_contents(node);
    mutex_lock(&node->lock);
    uint64_t offset = node_size(node);
    int64_t count = node_write_locked(node, who, io, offset);
    mutex_unlock(&node->lock);
    *ret_offset = offset;
    return count;
}

int node_allocate(struct node *node, const struct credentials *who, uint64_t offset, uint64_t size,
                  bool grows)
{
    if (node->operations->allocate == NULL)
        return -EOPNOTSUPP;
    if (offset > NODE_SIZE_MAX - size)
        return -EFBIG;
    if (grows && offset + size > node_size(node) && offset + size > node_size_limit())
        return -EFBIG;
    mutex_lock(&node->lock);
    int error = node->operations->allocate(node, offset, size, grows);
    mutex_unlock(&node->lock);
    if (error == 0)
        node_mark_written(node, who);
    return error;
}

int node_clear(struct node *node, const struct credentials *who, uint64_t offset, uint64_t size)
{
    if (node->operations->clear == NULL)
        return -EOPNOTSUPP;
    if (offset > NODE_SIZE_MAX - size)
        return -EFBIG;
    mutex_lock(&node->lock);
    int error = node->operations->clear(node, offset, size);
    mutex_unlock(&node->lock);
    if (error == 0)
        node_mark_written(node, who);
    return error;
}

int node_truncate(struct node *node, const struct credentials *who, uint64_t size)
{
    if (!S_ISREG(node_mode(node)) || node->operations->truncate == NULL)
        return node_error_without_contents(node);
    if (size > NODE_SIZE_MAX || (size > node_size(node) && size > node_size_limit()))
        return -EFBIG;
    int error = write_count_permit(&node->write_count);
    if (error != 0)
        return error;
    mutex_lock(&node->lock);
    error = node->operations->truncate(node, size);
    mutex_unlock(&node->lock);
    write_count_unpermit(&node->write_count);
    if (error == 0)
        node_mark_written(node, who);
    return error;
}

int node_get_memory_object(struct node *node, struct memory_object **ret_object)
{
    return node->operations->get_memory_object == NULL
               ? -ENODEV
               : node->operations->get_memory_object(node, ret_object);
}

uint64_t node_frame_count(const struct node *node)
{
    return node->operations->frame_count == NULL ? 0 : node->operations->frame_count(node);
}
