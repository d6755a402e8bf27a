/* Names that sockets are bound to: one table for abstract ones, by a hash of their bytes, and paths, by their
 * node. A socket in the table is found as long as its file is open. */
#include "abi/errno.h"
#include "core/random.h"
#include "ipc/unix_internal.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/object_cache.h"

#define BUCKETS 256u
#define ADDRESS_HEAD ((unsigned)offsetof(struct sockaddr_un, path))
#define AUTOBIND_NAMES 0x100000u /* five hexadecimal digits */

/* Locks: n = lock */
static struct {
    struct spinlock lock;         /* rank LOCK_RANK_SOCKET_NAMES */
    struct list buckets[BUCKETS]; /* [n] struct unix_socket.name_link */
    uint32_t next_automatic;      /* [n] */
    struct hash_key key;
} names;
static struct object_cache name_cache;

void unix_name_setup(void)
{
    object_cache_init(&name_cache, "unix-name", sizeof(struct unix_name), 8);
    spinlock_init(&names.lock, LOCK_RANK_SOCKET_NAMES);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&names.buckets[i]);
    random_fill(&names.key, sizeof(names.key));
    names.next_automatic = 1;
}

static struct unix_name *name_ref(struct unix_name *name)
{
    if (name != NULL)
        ref_count_take(&name->references);
    return name;
}

void unix_name_unref(struct unix_name *name)
{
    if (name != NULL && ref_count_drop(&name->references))
        object_cache_free(&name_cache, name);
}

static struct unix_name *name_new(const struct unix_address *address)
{
    struct unix_name *name = object_cache_alloc(&name_cache);

    if (name == NULL)
        return NULL;
    ref_count_init(&name->references, 1);
    name->address = *address;
    return name;
}

struct unix_name *unix_name_of(struct unix_socket *socket)
{
    if (socket->name == NULL) /* and if one is given just now, it came too late for this message */
        return NULL;
    struct spinlock_state state = spin_lock(&names.lock);
    struct unix_name *name = name_ref(socket->name);

    spin_unlock(&names.lock, state);
    return name;
}

static bool address_is_path(const struct unix_address *address)
{
    return address->un.path[0] != '\0';
}

static uint64_t address_key(const struct unix_address *address)
{
    return hash_bytes(&names.key, address->un.path, address->length - ADDRESS_HEAD);
}

static uint64_t node_key(const struct node *node)
{
    return hash_bytes(&names.key, &node, sizeof(node));
}

/* The socket that is bound to the node or, if that is NULL, to the abstract address: each type has its own
 * names of that kind. Holds: n. */
static struct unix_socket *name_find_locked(uint64_t key, const struct node *node,
                                            const struct unix_address *address, unsigned type)
{
    struct list *bucket = &names.buckets[key % BUCKETS];

    for (struct list *link = bucket->next; link != bucket; link = link->next) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, name_link);
        if (socket->name_key != key || socket->path.node != node)
            continue;
        if (node != NULL || (socket->type == type && socket->name->address.length == address->length &&
                             memcmp(&socket->name->address.un, &address->un, address->length) == 0))
            return socket;
    }
    return NULL;
}

/* Reserve the right to bind the socket: once. */
static int name_begin(struct unix_socket *socket)
{
    struct spinlock_state state = spin_lock(&names.lock);
    bool is_free = socket->name == NULL && !socket->is_binding;

    if (is_free)
        socket->is_binding = true;
    spin_unlock(&names.lock, state);
    return is_free ? 0 : -EINVAL;
}

/* Give the socket its name, with the references of both, unless an abstract one is taken; or give up (NULL).
 */
static int name_finish(struct unix_socket *socket, struct unix_name *name, const struct path *path)
{
    struct spinlock_state state = spin_lock(&names.lock);
    int error = 0;

    socket->is_binding = false;
    if (name != NULL) {
        uint64_t key = path != NULL ? node_key(path->node) : address_key(&name->address);
        if (path == NULL && name_find_locked(key, NULL, &name->address, socket->type) != NULL) {
            error = -EADDRINUSE;
        } else {
            socket->name = name;
            socket->name_key = key;
            socket->owns_name = true;
            if (path != NULL)
                socket->path = *path;
            list_push_front(&names.buckets[key % BUCKETS], &socket->name_link);
        }
    }
    spin_unlock(&names.lock, state);
    return error;
}

/* Make the node and find it again. */
static int path_make(const struct unix_address *address, const struct path_context *context, uint32_t mode,
                     struct path *ret_path)
{
    const struct node_template template = {
        .mode = S_IFSOCK | mode, .uid = context->credentials->uid, .gid = context->credentials->gid};
    char text[UNIX_PATH_MAX + 1];

    strlcpy(text, address->un.path, sizeof(text));
    int error = path_create(context, text, &template);
    if (error != 0)
        return error == -EEXIST ? -EADDRINUSE : error;
    return path_lookup(context, text, PATH_NO_FOLLOW, ret_path);
}

static int bind_path(struct unix_socket *socket, struct unix_name *name, const struct path_context *context,
                     uint32_t mode)
{
    struct path path;
    int error = path_make(&name->address, context, mode, &path);

    return error != 0 ? error : name_finish(socket, name, &path);
}

/* The error for a socket that has a name, or is about to: a path that exists comes first, as on Linux. */
static int bind_again(const struct unix_address *address, const struct path_context *context)
{
    struct path path;
    char text[UNIX_PATH_MAX + 1];

    strlcpy(text, address->un.path, sizeof(text));
    if (!address_is_path(address) || path_lookup(context, text, PATH_NO_FOLLOW, &path) != 0)
        return -EINVAL;
    path_unref(&path);
    return -EADDRINUSE;
}

int unix_bind(struct unix_socket *socket, const struct unix_address *address,
              const struct path_context *context, uint32_t mode)
{
    if (address->length == ADDRESS_HEAD)
        return unix_autobind(socket);
    int error = name_begin(socket);
    if (error != 0)
        return bind_again(address, context);
    struct unix_name *name = name_new(address);
    if (name == NULL)
        error = -ENOMEM;
    else if (address_is_path(address))
        error = bind_path(socket, name, context, mode);
    else
        error = name_finish(socket, name, NULL);
    if (error != 0) {
        (void)name_finish(socket, NULL, NULL);
        unix_name_unref(name);
    }
    return error;
}

static struct unix_address automatic_address(uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    struct unix_address address = {.un = {.family = AF_UNIX}, .length = ADDRESS_HEAD + 6};

    for (unsigned i = 0; i < 5; i++)
        address.un.path[1 + i] = digits[number >> (16 - 4 * i) & 0xf];
    return address;
}

int unix_autobind(struct unix_socket *socket)
{
    if (name_begin(socket) != 0)
        return 0; /* it has a name */
    struct unix_address address = {0};
    struct unix_name *name = name_new(&address);
    int error = name == NULL ? -ENOMEM : -EADDRINUSE;
    for (uint32_t tries = 0; tries < AUTOBIND_NAMES && error == -EADDRINUSE; tries++) {
        struct spinlock_state state = spin_lock(&names.lock);
        uint32_t number = names.next_automatic++ % AUTOBIND_NAMES;
        spin_unlock(&names.lock, state);
        name->address = automatic_address(number);
        error = name_finish(socket, name, NULL);
    }
    if (error != 0) {
        (void)name_finish(socket, NULL, NULL);
        unix_name_unref(name);
    }
    return error == -EADDRINUSE ? -ENOSPC : error;
}

void unix_name_release(struct unix_socket *socket)
{
    struct spinlock_state state = spin_lock(&names.lock);

    if (socket->owns_name)
        list_remove(&socket->name_link);
    socket->owns_name = false;
    spin_unlock(&names.lock, state);
    if (socket->path.node != NULL)
        path_unref(&socket->path);
    socket->path = (struct path){0};
}

void unix_name_inherit(struct unix_socket *socket, struct unix_socket *listener)
{
    socket->name = unix_name_of(listener);
}

static int lookup_node(const struct unix_address *address, const struct path_context *context,
                       struct path *ret_path)
{
    char text[UNIX_PATH_MAX + 1];

    strlcpy(text, address->un.path, sizeof(text));
    int error = path_lookup(context, text, 0, ret_path);
    if (error != 0)
        return error;
    error = node_check_access(ret_path->node, context->credentials, W_OK);
    if (error == 0 && !S_ISSOCK(node_mode(ret_path->node)))
        error = -ECONNREFUSED;
    if (error != 0)
        path_unref(ret_path);
    return error;
}

int unix_name_lookup(const struct unix_address *address, const struct path_context *context, unsigned type,
                     struct unix_socket **ret_socket)
{
    struct path path = {0};
    int error = address_is_path(address) ? lookup_node(address, context, &path) : 0;

    if (error != 0)
        return error;
    uint64_t key = path.node != NULL ? node_key(path.node) : address_key(address);
    struct spinlock_state state = spin_lock(&names.lock);
    struct unix_socket *socket = name_find_locked(key, path.node, address, type);
    if (socket != NULL && socket->type == type)
        *ret_socket = unix_ref(socket);
    else
        error = socket == NULL ? -ECONNREFUSED : -EPROTOTYPE;
    spin_unlock(&names.lock, state);
    if (path.node != NULL)
        path_unref(&path);
    return error;
}

static void address_of_name(struct unix_name *name, struct unix_address *ret_address)
{
    if (name != NULL)
        *ret_address = name->address;
    else
        *ret_address = (struct unix_address){.un = {.family = AF_UNIX}, .length = ADDRESS_HEAD};
    unix_name_unref(name);
}

void unix_get_name(struct unix_socket *socket, struct unix_address *ret_address)
{
    address_of_name(unix_name_of(socket), ret_address);
}

int unix_get_peer_name(struct unix_socket *socket, struct unix_address *ret_address)
{
    struct unix_socket *peer = unix_peer_ref(socket);

    if (peer == NULL)
        return -ENOTCONN;
    unix_get_name(peer, ret_address);
    unix_unref(peer);
    return 0;
}

static struct unix_socket_view view_of(const struct unix_socket *socket)
{
    return (struct unix_socket_view){
        .number = socket->number,
        .type = socket->type,
        .is_listening = socket->state == UNIX_LISTENING,
        .is_connected = socket->state == UNIX_CONNECTED,
        .address = &socket->name->address,
    };
}

void unix_socket_visit(void (*visit)(const struct unix_socket_view *socket, void *argument), void *argument)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct list *bucket = &names.buckets[i];
        struct spinlock_state state = spin_lock(&names.lock);
        for (struct list *link = bucket->next; link != bucket; link = link->next) {
            const struct unix_socket_view view = view_of(list_entry(link, struct unix_socket, name_link));
            visit(&view, argument);
        }
        spin_unlock(&names.lock, state);
    }
}
