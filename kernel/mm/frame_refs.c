/* Counts say how many references a frame has beyond the first. They lie in a tree of frames: 64 TiB of
 * physical addresses, 1 TiB an entry, then 2 GiB, then 4 MiB, whose 1024 counts fill a frame. What is not
 * there counts 0. Nodes are added without a lock, and never taken away. */
#include "mm/frame_refs.h"

#include <stdatomic.h>
#include <stddef.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "mm/frames.h"

#define COUNTS_SHIFT 22
#define NODE_BITS 9
#define NODE_ENTRIES (1u << NODE_BITS)
#define NODE_LEVELS 2 /* below the root */
#define ROOT_SHIFT (COUNTS_SHIFT + NODE_LEVELS * NODE_BITS)
#define ROOT_ENTRIES (DIRECT_MAP_SIZE >> ROOT_SHIFT)
#define COUNTS (1u << (COUNTS_SHIFT - PAGE_SHIFT))
#define COUNT_MAX (UINT32_MAX / 2) /* room for those who find it too high at the same time */

_Static_assert(COUNTS * sizeof(atomic_uint) == PAGE_SIZE, "counts fill a frame");
_Static_assert(NODE_ENTRIES * sizeof(void *) == PAGE_SIZE, "a node fills a frame");

static _Atomic(void *) root[ROOT_ENTRIES];
static _Atomic(uint64_t) node_count;

void frame_refs_init(void)
{
    for (size_t i = 0; i < ROOT_ENTRIES; i++)
        atomic_store(&root[i], NULL);
    atomic_store(&node_count, 0);
}

/* What the entry points to, made if there is nothing. NULL: no memory. */
static void *node_make(_Atomic(void *) *entry)
{
    void *found = NULL;
    paddr_t frame;

    if (frames_alloc_zeroed(&frame) != 0)
        return NULL;
    if (!atomic_compare_exchange_strong(entry, &found, direct_map(frame))) {
        frames_free(frame, 0); /* somebody else was faster */
        return found;
    }
    atomic_fetch_add(&node_count, 1);
    return direct_map(frame);
}

static atomic_uint *count_in(void *counts, paddr_t frame)
{
    return &((atomic_uint *)counts)[frame >> PAGE_SHIFT & (COUNTS - 1)];
}

/* The frame's count; NULL if there is no memory for it yet. */
static inline atomic_uint *count_lookup(paddr_t frame)
{
    void *node = atomic_load_explicit(&root[frame >> ROOT_SHIFT], memory_order_acquire);

#pragma clang loop unroll(full)
    for (unsigned shift = ROOT_SHIFT - NODE_BITS; shift >= COUNTS_SHIFT; shift -= NODE_BITS) {
        if (node == NULL)
            return NULL;
        _Atomic(void *) *entries = node;
        node = atomic_load_explicit(&entries[frame >> shift & (NODE_ENTRIES - 1)], memory_order_acquire);
    }
    return node == NULL ? NULL : count_in(node, frame);
}

/* The same; NULL if there is none to be had. */
static __attribute__((noinline)) atomic_uint *count_make(paddr_t frame)
{
    _Atomic(void *) *entry = &root[frame >> ROOT_SHIFT];

    for (unsigned shift = ROOT_SHIFT;; entry += frame >> shift & (NODE_ENTRIES - 1)) {
        void *node = atomic_load_explicit(entry, memory_order_acquire);
        if (node == NULL)
            node = node_make(entry);
        if (node == NULL)
            return NULL;
        if (shift == COUNTS_SHIFT)
            return count_in(node, frame);
        entry = node;
        shift -= NODE_BITS;
    }
}

int frame_ref(paddr_t frame)
{
    atomic_uint *count = count_lookup(frame);

    if (count == NULL)
        count = count_make(frame);
    if (count == NULL)
        return -ENOMEM;
    if (atomic_fetch_add(count, 1) < COUNT_MAX)
        return 0;
    atomic_fetch_sub(count, 1);
    return -ENOMEM;
}

/* Take one off the count, unless it is 0. */
static bool count_take(atomic_uint *count)
{
    unsigned value = atomic_load(count);

    while (value != 0 && !atomic_compare_exchange_weak(count, &value, value - 1))
        ;
    return value != 0;
}

void frame_unref(paddr_t frame)
{
    atomic_uint *count = count_lookup(frame);

    if (count == NULL || !count_take(count))
        frames_free(frame, 0);
}

bool frame_is_shared(paddr_t frame)
{
    atomic_uint *count = count_lookup(frame);

    return count != NULL && atomic_load(count) != 0;
}

uint64_t frame_refs_overhead(void)
{
    return atomic_load(&node_count);
}
