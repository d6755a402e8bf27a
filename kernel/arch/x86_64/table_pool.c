/* What is kept is linked through entry 0, which is 0 in a table that is given out. */
#include "arch/x86_64/table_pool.h"

#include <stdatomic.h>
#include <stdint.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "core/spinlock.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"

#define TABLES_MAX 32 /* of some three small programs */
#define ROOTS_MAX 4

/* Locks: p = table_pool.lock */
struct table_pool {
    struct spinlock lock;
    paddr_t first; /* [p] 0: none */
    unsigned room; /* [p] for so many more */
};

static struct table_pool tables = {SPINLOCK_INITIALIZER(LOCK_RANK_TABLE_POOL), 0, TABLES_MAX};
static struct table_pool roots = {SPINLOCK_INITIALIZER(LOCK_RANK_TABLE_POOL), 0, ROOTS_MAX};

static _Atomic(uint64_t) frame_count;

int table_frame_alloc(paddr_t *ret_frame)
{
    int error = frames_alloc_zeroed(ret_frame);

    if (error == 0)
        atomic_fetch_add_explicit(&frame_count, 1, memory_order_relaxed);
    return error;
}

void table_frame_free(paddr_t frame)
{
    frames_free(frame, 0);
    atomic_fetch_sub_explicit(&frame_count, 1, memory_order_relaxed);
}

uint64_t table_frame_count(void)
{
    return atomic_load_explicit(&frame_count, memory_order_relaxed);
}

static bool pool_take(struct table_pool *pool, paddr_t *ret_table)
{
    struct spinlock_state state = spin_lock(&pool->lock);
    paddr_t table = pool->first;

    if (table != 0) {
        uint64_t *link = direct_map(table);
        pool->first = *link;
        pool->room++;
        *link = 0;
        *ret_table = table;
    }
    spin_unlock(&pool->lock, state);
    return table != 0;
}

static void pool_put(struct table_pool *pool, paddr_t table)
{
    struct spinlock_state state = spin_lock(&pool->lock);
    bool has_room = pool->room > 0;

    if (has_room) {
        *(uint64_t *)direct_map(table) = pool->first;
        pool->first = table;
        pool->room--;
    }
    spin_unlock(&pool->lock, state);
    if (!has_room)
        table_frame_free(table);
}

int table_pool_alloc(paddr_t *ret_table)
{
    if (alloc_failure_is_due())
        return -ENOMEM;
    return pool_take(&tables, ret_table) ? 0 : table_frame_alloc(ret_table);
}

void table_pool_free(paddr_t table)
{
    pool_put(&tables, table);
}

bool table_pool_take_root(paddr_t *ret_root)
{
    return pool_take(&roots, ret_root);
}

void table_pool_free_root(paddr_t root)
{
    pool_put(&roots, root);
}

void table_pool_trim(void)
{
    paddr_t table;

    while (pool_take(&tables, &table) || pool_take(&roots, &table))
        table_frame_free(table);
}
