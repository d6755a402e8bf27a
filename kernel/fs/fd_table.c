/* Chunks of 64 slots: a bit for each slot says whether it is in use, another whether exec closes it; the
 * lowest free one is found by counting zeros. A chunk stays until the table goes. Files are closed with no
 * lock held: their release may sleep. */
#include "fs/fd_table.h"

#include "abi/errno.h"
#include "fs/file_lock.h"
#include "lib/string.h"
#include "mm/object_cache.h"

_Static_assert(FD_CHUNK_SLOTS == 64, "bits of a word");

static struct object_cache table_cache;
static struct object_cache chunk_cache;

void fd_table_setup(void)
{
    object_cache_init(&table_cache, "fd-table", sizeof(struct fd_table), 8);
    object_cache_init(&chunk_cache, "fd-chunk", sizeof(struct fd_chunk), 8);
}

struct fd_table *fd_table_create(void)
{
    struct fd_table *table = object_cache_alloc(&table_cache);

    if (table == NULL)
        return NULL;
    *table = (struct fd_table){.chunk_limit = 0};
    ref_count_init(&table->references, 1);
    spinlock_init(&table->lock, LOCK_RANK_FD_TABLE);
    return table;
}

struct fd_table *fd_table_ref(struct fd_table *table)
{
    ref_count_take(&table->references);
    return table;
}

static uint64_t slot_bit(unsigned fd)
{
    return 1ull << fd % FD_CHUNK_SLOTS;
}

static struct file **slot(struct fd_chunk *chunk, unsigned fd)
{
    return &chunk->files[fd % FD_CHUNK_SLOTS];
}

/* The chunk of a descriptor that is open, else NULL. */
static struct fd_chunk *chunk_lookup_locked(const struct fd_table *table, unsigned fd)
{
    struct fd_chunk *chunk = fd < FD_TABLE_MAX ? table->chunks[fd / FD_CHUNK_SLOTS] : NULL;

    return chunk != NULL && *slot(chunk, fd) != NULL ? chunk : NULL;
}

/* The chunk that `fd` lies in, made if need be; NULL: no memory. */
static struct fd_chunk *chunk_get_locked(struct fd_table *table, unsigned fd)
{
    struct fd_chunk **chunk = &table->chunks[fd / FD_CHUNK_SLOTS];

    if (*chunk == NULL) {
        *chunk = object_cache_alloc(&chunk_cache);
        if (*chunk == NULL)
            return NULL;
        memset(*chunk, 0, sizeof(**chunk));
        if (table->chunk_limit <= fd / FD_CHUNK_SLOTS)
            table->chunk_limit = fd / FD_CHUNK_SLOTS + 1;
    }
    return *chunk;
}

static void chunk_set_flags(struct fd_chunk *chunk, unsigned fd, unsigned flags)
{
    chunk->closes_on_exec &= ~slot_bit(fd);
    if ((flags & FD_CLOSE_ON_EXEC) != 0)
        chunk->closes_on_exec |= slot_bit(fd);
}

static void chunk_put(struct fd_chunk *chunk, unsigned fd, struct file *file, unsigned flags)
{
    chunk->used |= slot_bit(fd);
    chunk_set_flags(chunk, fd, flags);
    *slot(chunk, fd) = file;
}

/* The lowest free descriptor that is at least `lowest`. */
static unsigned fd_find_free_locked(const struct fd_table *table, unsigned lowest)
{
    unsigned base = lowest - lowest % FD_CHUNK_SLOTS;
    uint64_t skipped = slot_bit(lowest) - 1;

    for (; base < FD_TABLE_MAX; base += FD_CHUNK_SLOTS) {
        const struct fd_chunk *chunk = table->chunks[base / FD_CHUNK_SLOTS];
        uint64_t taken = (chunk == NULL ? 0 : chunk->used) | skipped;
        if (taken != UINT64_MAX)
            return base + (unsigned)__builtin_ctzll(~taken);
        skipped = 0;
    }
    return FD_TABLE_MAX;
}

static unsigned clamp_limit(unsigned limit)
{
    return limit < FD_TABLE_MAX ? limit : FD_TABLE_MAX;
}

/* file NULL: the descriptor is reserved. */
static int fd_add_locked(struct fd_table *table, struct file *file, unsigned lowest, unsigned limit,
                         unsigned flags)
{
    if (lowest >= clamp_limit(limit))
        return limit == 0 ? -EMFILE : -EINVAL;
    unsigned fd = fd_find_free_locked(table, lowest);
    if (fd >= clamp_limit(limit))
        return -EMFILE;
    struct fd_chunk *chunk = chunk_get_locked(table, fd);
    if (chunk == NULL)
        return -ENOMEM;
    chunk_put(chunk, fd, file == NULL ? NULL : file_ref(file), flags);
    return (int)fd;
}

int fd_table_add(struct fd_table *table, struct file *file, unsigned lowest, unsigned limit, unsigned flags)
{
    struct spinlock_state state = spin_lock(&table->lock);
    int fd = fd_add_locked(table, file, lowest, limit, flags);

    spin_unlock(&table->lock, state);
    return fd;
}

int fd_table_reserve(struct fd_table *table, unsigned limit, unsigned flags)
{
    return fd_table_add(table, NULL, 0, limit, flags);
}

void fd_table_fill(struct fd_table *table, unsigned fd, struct file *file)
{
    struct spinlock_state state = spin_lock(&table->lock);

    *slot(table->chunks[fd / FD_CHUNK_SLOTS], fd) = file;
    spin_unlock(&table->lock, state);
}

void fd_table_cancel(struct fd_table *table, unsigned fd)
{
    struct spinlock_state state = spin_lock(&table->lock);

    table->chunks[fd / FD_CHUNK_SLOTS]->used &= ~slot_bit(fd);
    spin_unlock(&table->lock, state);
}

struct file *fd_table_lookup(struct fd_table *table, unsigned fd)
{
    struct spinlock_state state = spin_lock(&table->lock);
    struct fd_chunk *chunk = chunk_lookup_locked(table, fd);
    struct file *file = chunk == NULL ? NULL : file_ref(*slot(chunk, fd));

    spin_unlock(&table->lock, state);
    return file;
}

/* Take a descriptor out; its reference is the caller's. NULL if it is not in use. */
static struct file *fd_take(struct fd_table *table, unsigned fd)
{
    struct spinlock_state state = spin_lock(&table->lock);
    struct fd_chunk *chunk = chunk_lookup_locked(table, fd);
    struct file *file = chunk == NULL ? NULL : *slot(chunk, fd);

    if (chunk != NULL) {
        chunk->used &= ~slot_bit(fd);
        *slot(chunk, fd) = NULL;
    }
    spin_unlock(&table->lock, state);
    return file;
}

/* A descriptor has been taken out. Whatever other descriptors there are, the process loses its locks. */
static void fd_finish_close(struct fd_table *table, struct file *file)
{
    file_lock_release(file->path.node, table);
    file_unref(file);
}

int fd_table_close(struct fd_table *table, unsigned fd)
{
    struct file *file = fd_take(table, fd);

    if (file == NULL)
        return -EBADF;
    fd_finish_close(table, file);
    return 0;
}

int fd_table_dup(struct fd_table *table, unsigned from, unsigned lowest, unsigned limit, unsigned flags)
{
    struct spinlock_state state = spin_lock(&table->lock);
    struct fd_chunk *chunk = chunk_lookup_locked(table, from);
    int fd = chunk == NULL ? -EBADF : fd_add_locked(table, *slot(chunk, from), lowest, limit, flags);

    spin_unlock(&table->lock, state);
    return fd;
}

/* *ret_old: what `to` was, NULL if it was free. */
static int fd_dup_to_locked(struct fd_table *table, unsigned from, unsigned to, unsigned flags,
                            struct file **ret_old)
{
    struct fd_chunk *from_chunk = chunk_lookup_locked(table, from);

    if (from_chunk == NULL)
        return -EBADF;
    if (from == to)
        return (int)to;
    struct fd_chunk *chunk = chunk_get_locked(table, to);
    if (chunk == NULL)
        return -ENOMEM;
    *ret_old = *slot(chunk, to);
    if (*ret_old == NULL && (chunk->used & slot_bit(to)) != 0)
        return -EBUSY;
    chunk_put(chunk, to, file_ref(*slot(from_chunk, from)), flags);
    return (int)to;
}

int fd_table_dup_to(struct fd_table *table, unsigned from, unsigned to, unsigned limit, unsigned flags)
{
    struct file *old = NULL;

    if (to >= clamp_limit(limit) && from != to)
        return -EBADF;
    struct spinlock_state state = spin_lock(&table->lock);
    int fd = fd_dup_to_locked(table, from, to, flags, &old);
    spin_unlock(&table->lock, state);
    if (old != NULL)
        fd_finish_close(table, old);
    return fd;
}

int fd_table_get_flags(struct fd_table *table, unsigned fd)
{
    struct spinlock_state state = spin_lock(&table->lock);
    struct fd_chunk *chunk = chunk_lookup_locked(table, fd);
    int flags = -EBADF;

    if (chunk != NULL)
        flags = (chunk->closes_on_exec & slot_bit(fd)) != 0 ? (int)FD_CLOSE_ON_EXEC : 0;
    spin_unlock(&table->lock, state);
    return flags;
}

int fd_table_set_flags(struct fd_table *table, unsigned fd, unsigned flags)
{
    struct spinlock_state state = spin_lock(&table->lock);
    struct fd_chunk *chunk = chunk_lookup_locked(table, fd);

    if (chunk != NULL)
        chunk_set_flags(chunk, fd, flags);
    spin_unlock(&table->lock, state);
    return chunk == NULL ? -EBADF : 0;
}

int fd_table_next(struct fd_table *table, unsigned fd)
{
    struct spinlock_state state = spin_lock(&table->lock);
    uint64_t wanted = ~(slot_bit(fd) - 1);
    int found = -EBADF;

    for (unsigned i = fd / FD_CHUNK_SLOTS; i < table->chunk_limit && found < 0; i++) {
        uint64_t used = table->chunks[i] == NULL ? 0 : table->chunks[i]->used & wanted;
        if (used != 0)
            found = (int)(i * FD_CHUNK_SLOTS) + __builtin_ctzll(used);
        wanted = UINT64_MAX;
    }
    spin_unlock(&table->lock, state);
    return found;
}

void fd_table_close_on_exec(struct fd_table *table)
{
    for (int fd = fd_table_next(table, 0); fd >= 0; fd = fd_table_next(table, (unsigned)fd + 1)) {
        if (fd_table_get_flags(table, (unsigned)fd) == (int)FD_CLOSE_ON_EXEC)
            (void)fd_table_close(table, (unsigned)fd);
    }
}

/* Of a chunk that is a copy: what is reserved is so for the other table. */
static void chunk_take_references(struct fd_chunk *chunk)
{
    for (uint64_t used = chunk->used; used != 0; used &= used - 1) {
        struct file *file = chunk->files[__builtin_ctzll(used)];
        if (file != NULL)
            (void)file_ref(file);
        else
            chunk->used &= ~(used & -used);
    }
}

/* Copy the chunks. False: no memory; those copied so far are whole. */
static bool fd_copy_chunks_locked(const struct fd_table *from, struct fd_table *to)
{
    to->chunk_limit = from->chunk_limit;
    for (unsigned i = 0; i < from->chunk_limit; i++) {
        if (from->chunks[i] == NULL || from->chunks[i]->used == 0)
            continue;
        to->chunks[i] = object_cache_alloc(&chunk_cache);
        if (to->chunks[i] == NULL)
            return false;
        *to->chunks[i] = *from->chunks[i];
        chunk_take_references(to->chunks[i]);
    }
    return true;
}

struct fd_table *fd_table_copy(struct fd_table *table)
{
    struct fd_table *copy = fd_table_create();

    if (copy == NULL)
        return NULL;
    struct spinlock_state state = spin_lock(&table->lock);
    bool is_whole = fd_copy_chunks_locked(table, copy);
    spin_unlock(&table->lock, state);
    if (is_whole)
        return copy;
    fd_table_unref(copy);
    return NULL;
}

void fd_table_unref(struct fd_table *table)
{
    if (!ref_count_drop(&table->references))
        return;
    for (int fd = fd_table_next(table, 0); fd >= 0; fd = fd_table_next(table, (unsigned)fd + 1))
        (void)fd_table_close(table, (unsigned)fd);
    for (unsigned i = 0; i < table->chunk_limit; i++) {
        if (table->chunks[i] != NULL)
            object_cache_free(&chunk_cache, table->chunks[i]);
    }
    object_cache_free(&table_cache, table);
}
