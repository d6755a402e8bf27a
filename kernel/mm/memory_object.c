/* Anonymous objects keep their frames in a radix tree, whose nodes are frames of 512 entries: the physical
 * address of the next node or, below the last one, of the page; 0 where there is none yet. */
#include "mm/memory_object.h"

#include <stddef.h>

#include "abi/errno.h"
#include "lib/list.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "sched/mutex.h"

#define NODE_BITS 9
#define NODE_ENTRIES (1u << NODE_BITS)

/* Locks: I = set before publication   o = lock */
struct anonymous_object {
    struct memory_object object;
    struct mutex lock;   /* rank LOCK_RANK_MEMORY_OBJECT */
    uint64_t size_pages; /* [I] */
    unsigned levels;     /* [I] of nodes; 0: the root is the only page */
    paddr_t root;        /* [o] */
};

static struct object_cache anonymous_cache;

void memory_object_init(struct memory_object *object, const struct memory_object_operations *operations)
{
    object->operations = operations;
    ref_count_init(&object->references, 1);
    atomic_store(&object->writer_count, 0);
}

void memory_object_ref(struct memory_object *object)
{
    ref_count_take(&object->references);
}

void memory_object_unref(struct memory_object *object)
{
    if (ref_count_drop(&object->references))
        object->operations->destroy(object);
}

int memory_object_permit_writer(struct memory_object *object)
{
    int count = atomic_load_explicit(&object->writer_count, memory_order_relaxed);

    do {
        if (count < 0)
            return -EPERM;
    } while (!atomic_compare_exchange_weak(&object->writer_count, &count, count + 1));
    return 0;
}

void memory_object_unpermit_writer(struct memory_object *object)
{
    atomic_fetch_sub(&object->writer_count, 1);
}

bool memory_object_forbid_writers(struct memory_object *object)
{
    int none = 0;

    return atomic_compare_exchange_strong(&object->writer_count, &none, -1) || none < 0;
}

int memory_object_get_page(struct memory_object *object, uint64_t page_index, bool for_write,
                           paddr_t *ret_frame)
{
    return object->operations->get_page(object, page_index, for_write, ret_frame);
}

bool memory_object_has_page(struct memory_object *object, uint64_t page_index)
{
    return object->operations->has_page == NULL || object->operations->has_page(object, page_index);
}

struct node *memory_object_node(struct memory_object *object)
{
    return object->operations->get_node == NULL ? NULL : object->operations->get_node(object);
}

static struct anonymous_object *anonymous_of(struct memory_object *object)
{
    return list_entry(object, struct anonymous_object, object);
}

/* The page's frame, made together with the nodes above it if it is not there. */
static int anonymous_page_locked(struct anonymous_object *self, uint64_t page_index, paddr_t *ret_frame)
{
    paddr_t *entry = &self->root;

    for (unsigned level = self->levels;; level--) {
        int error = *entry == 0 ? frames_alloc_zeroed(entry) : 0;
        if (error != 0)
            return error;
        if (level == 0)
            break;
        uint64_t index = page_index >> (NODE_BITS * (level - 1)) & (NODE_ENTRIES - 1);
        entry = (paddr_t *)direct_map(*entry) + index;
    }
    *ret_frame = *entry;
    return 0;
}

static int anonymous_get_page(struct memory_object *object, uint64_t page_index, bool for_write,
                              paddr_t *ret_frame)
{
    struct anonymous_object *self = anonymous_of(object);
    paddr_t frame;

    (void)for_write; /* no page is anywhere else */
    if (page_index >= self->size_pages)
        return -ENXIO;
    mutex_lock(&self->lock);
    int error = anonymous_page_locked(self, page_index, &frame);
    if (error == 0)
        error = frame_ref(frame);
    mutex_unlock(&self->lock);
    if (error == 0)
        *ret_frame = frame;
    return error;
}

static bool anonymous_has_page(struct memory_object *object, uint64_t page_index)
{
    struct anonymous_object *self = anonymous_of(object);

    if (page_index >= self->size_pages)
        return false;
    mutex_lock(&self->lock);
    paddr_t at = self->root;
    for (unsigned level = self->levels; level > 0 && at != 0; level--)
        at = ((const paddr_t *)direct_map(at))[page_index >> (NODE_BITS * (level - 1)) & (NODE_ENTRIES - 1)];
    mutex_unlock(&self->lock);
    return at != 0;
}

static void anonymous_free(paddr_t node, unsigned level)
{
    if (level == 0) {
        frame_unref(node);
        return;
    }
    const paddr_t *entries = direct_map(node);
    for (unsigned i = 0; i < NODE_ENTRIES; i++) {
        if (entries[i] != 0)
            anonymous_free(entries[i], level - 1);
    }
    frames_free(node, 0);
}

static void anonymous_destroy(struct memory_object *object)
{
    struct anonymous_object *self = anonymous_of(object);

    if (self->root != 0)
        anonymous_free(self->root, self->levels);
    object_cache_free(&anonymous_cache, self);
}

void memory_object_setup(void)
{
    object_cache_init(&anonymous_cache, "shared memory", sizeof(struct anonymous_object), 16);
}

int memory_object_create_anonymous(uint64_t size_pages, struct memory_object **ret_object)
{
    static const struct memory_object_operations operations = {
        .get_page = anonymous_get_page, .has_page = anonymous_has_page, .destroy = anonymous_destroy};
    struct anonymous_object *self = object_cache_alloc(&anonymous_cache);

    if (self == NULL)
        return -ENOMEM;
    memory_object_init(&self->object, &operations);
    mutex_init(&self->lock, LOCK_RANK_MEMORY_OBJECT);
    self->size_pages = size_pages;
    self->levels = 0;
    while (self->levels * NODE_BITS < 64 - PAGE_SHIFT && size_pages > 1ull << NODE_BITS * self->levels)
        self->levels++;
    self->root = 0;
    *ret_object = &self->object;
    return 0;
}
