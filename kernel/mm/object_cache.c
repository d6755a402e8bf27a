/* A slab begins with its header; the objects follow. Slabs are aligned to their size in physical memory, so
 * that an object's slab is found by rounding its address there. Which objects are free stands in bits of the
 * header, not in the objects: a write to an object that was freed cannot lead the allocator astray, and one
 * that is freed twice is noticed.
 *
 * A slab is in the list `full`, `empty` or `partial` of its cache according to its used_count; when an object
 * comes or goes it moves, if it has to. Objects are taken from a partial slab while there is one, so that the
 * others may become empty. */
#include "mm/object_cache.h"

#include "boot_info.h"
#include "core/panic.h"
#include "lib/string.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"

#define SIZE_MAX_BYTES 16384
#define ALIGNMENT_MIN 8
#define ALIGNMENT_MAX PAGE_SIZE
#define ORDER_MAX 5          /* seven of the largest objects */
#define OBJECTS_A_SLAB_MIN 8 /* as long as ORDER_MAX allows it */
#define OBJECTS_A_SLAB_MAX 512
#define FREE_WORDS (OBJECTS_A_SLAB_MAX / 64)

/* Locks: I = set before the slab is in a list   c = object_cache.lock */
struct slab {
    struct list link;
    const struct object_cache *cache; /* [I] the owner */
    uint32_t used_count;              /* [c] */
    uint32_t first_word;              /* [c] all words of `free` before it are 0 */
    uint64_t free[FREE_WORDS];        /* [c] bit an object; those behind the last object stay 1 */
};

/* The smallest objects; there are fewer of larger ones, in larger slabs too. */
_Static_assert((PAGE_SIZE - sizeof(struct slab)) / ALIGNMENT_MIN <= OBJECTS_A_SLAB_MAX,
               "a bit for each object");

static struct object_cache *caches[OBJECT_CACHES_MAX]; /* grows in early boot only */
static size_t cache_count;

static uint64_t slab_size(unsigned order)
{
    return PAGE_SIZE << order;
}

/* Choose the smallest slabs that hold enough objects, which wastes an eighth at most; else the largest. */
static void object_cache_choose_slab(struct object_cache *cache)
{
    for (unsigned order = 0; order <= ORDER_MAX; order++) {
        uint64_t size = slab_size(order);
        if (size <= cache->first_offset)
            continue;
        uint64_t count = (size - cache->first_offset) / cache->object_size;
        cache->slab_order = order;
        cache->objects_a_slab = (unsigned)count;
        if (count >= OBJECTS_A_SLAB_MIN)
            return;
    }
}

static void object_cache_list(struct object_cache *cache)
{
    for (size_t i = 0; i < cache_count; i++) {
        if (caches[i] == cache)
            return;
    }
    if (cache_count < OBJECT_CACHES_MAX)
        caches[cache_count++] = cache;
}

void object_cache_init(struct object_cache *cache, const char *name, size_t size_bytes, size_t alignment)
{
    if (size_bytes == 0 || size_bytes > SIZE_MAX_BYTES || alignment < ALIGNMENT_MIN ||
        alignment > ALIGNMENT_MAX || (alignment & (alignment - 1)) != 0)
        panic("object cache %s: size %lu, alignment %lu", name, size_bytes, alignment);
    spinlock_init(&cache->lock, LOCK_RANK_OBJECT_CACHE);
    cache->name = name;
    cache->object_size = (size_bytes + alignment - 1) & ~(alignment - 1);
    cache->first_offset = (sizeof(struct slab) + alignment - 1) & ~(alignment - 1);
    object_cache_choose_slab(cache);
    list_init(&cache->partial);
    list_init(&cache->full);
    list_init(&cache->empty);
    cache->empty_count = 0;
    cache->used_count = 0;
    cache->slab_count = 0;
    object_cache_list(cache);
}

static void slab_move(struct slab *slab, struct list *to)
{
    list_remove(&slab->link);
    list_push_front(to, &slab->link);
}

/* Make a slab and put it into the list of partial ones. */
static struct slab *slab_create_locked(struct object_cache *cache)
{
    paddr_t block;

    if (frames_alloc(cache->slab_order, &block) != 0)
        return NULL;
    struct slab *slab = direct_map(block);
    slab->cache = cache;
    slab->used_count = 0;
    slab->first_word = 0;
    memset(slab->free, 0xff, sizeof(slab->free));
    list_push_front(&cache->partial, &slab->link);
    cache->slab_count++;
    return slab;
}

static void slab_destroy_locked(struct object_cache *cache, struct slab *slab)
{
    list_remove(&slab->link);
    cache->slab_count--;
    frames_free((vaddr_t)slab - direct_map_base, cache->slab_order);
}

/* A slab with a free object, in the list of partial ones. */
static struct slab *slab_find_locked(struct object_cache *cache)
{
    if (!list_is_empty(&cache->partial))
        return list_entry(list_first(&cache->partial), struct slab, link);
    if (list_is_empty(&cache->empty))
        return slab_create_locked(cache);
    struct slab *slab = list_entry(list_first(&cache->empty), struct slab, link);
    slab_move(slab, &cache->partial);
    cache->empty_count--;
    return slab;
}

static void *slab_take_locked(struct object_cache *cache, struct slab *slab)
{
    while (slab->free[slab->first_word] == 0)
        slab->first_word++;
    uint64_t *word = &slab->free[slab->first_word];
    unsigned index = slab->first_word * 64 + (unsigned)__builtin_ctzll(*word);

    *word &= *word - 1; /* the lowest bit that is set */
    cache->used_count++;
    if (++slab->used_count == cache->objects_a_slab)
        slab_move(slab, &cache->full);
    return (char *)slab + cache->first_offset + index * cache->object_size;
}

void *object_cache_alloc(struct object_cache *cache)
{
    if (alloc_failure_is_due())
        return NULL;
    struct spinlock_state state = spin_lock(&cache->lock);
    struct slab *slab = slab_find_locked(cache);
    void *object = slab == NULL ? NULL : slab_take_locked(cache, slab);

    spin_unlock(&cache->lock, state);
    return object;
}

static _Noreturn void object_cache_refuse(const struct object_cache *cache, const void *object)
{
    panic("object cache %s: %p is no object in use", cache->name, object);
}

static struct slab *slab_of(const struct object_cache *cache, const void *object)
{
    paddr_t address = (vaddr_t)object - direct_map_base;

    if (address >= DIRECT_MAP_SIZE)
        object_cache_refuse(cache, object);
    struct slab *slab = direct_map(address & ~(slab_size(cache->slab_order) - 1));
    if (slab->cache != cache)
        object_cache_refuse(cache, object);
    return slab;
}

/* Mark the object as free. */
static void slab_put_locked(const struct object_cache *cache, struct slab *slab, const void *object)
{
    /* 32 bits divide faster. What points into the header wraps to an index that is too high. */
    uint32_t offset = (uint32_t)((const char *)object - (const char *)slab) - (uint32_t)cache->first_offset;
    uint32_t index = offset / (uint32_t)cache->object_size;
    uint32_t rest = offset % (uint32_t)cache->object_size;

    if (rest != 0 || index >= cache->objects_a_slab || (slab->free[index / 64] >> index % 64 & 1) != 0)
        object_cache_refuse(cache, object);
    slab->free[index / 64] |= 1ull << index % 64;
    if (index / 64 < slab->first_word)
        slab->first_word = index / 64;
}

/* The last object in use has gone. */
static void slab_retire_locked(struct object_cache *cache, struct slab *slab)
{
    if (cache->empty_count == OBJECT_CACHE_EMPTY_MAX) {
        slab_destroy_locked(cache, slab);
        return;
    }
    slab_move(slab, &cache->empty);
    cache->empty_count++;
}

void object_cache_free(struct object_cache *cache, void *object)
{
    struct slab *slab = slab_of(cache, object);
    struct spinlock_state state = spin_lock(&cache->lock);

    slab_put_locked(cache, slab, object);
    cache->used_count--;
    slab->used_count--;
    if (slab->used_count == 0)
        slab_retire_locked(cache, slab);
    else if (slab->used_count == cache->objects_a_slab - 1)
        slab_move(slab, &cache->partial);
    spin_unlock(&cache->lock, state);
}

void object_cache_trim(struct object_cache *cache)
{
    struct spinlock_state state = spin_lock(&cache->lock);

    while (!list_is_empty(&cache->empty))
        slab_destroy_locked(cache, list_entry(list_first(&cache->empty), struct slab, link));
    cache->empty_count = 0;
    spin_unlock(&cache->lock, state);
}

uint64_t object_cache_used(struct object_cache *cache)
{
    struct spinlock_state state = spin_lock(&cache->lock);
    uint64_t count = cache->used_count;

    spin_unlock(&cache->lock, state);
    return count;
}

void object_cache_trim_all(void)
{
    for (size_t i = 0; i < cache_count; i++)
        object_cache_trim(caches[i]);
}

uint64_t object_cache_used_in_all(void)
{
    uint64_t count = 0;

    for (size_t i = 0; i < cache_count; i++)
        count += object_cache_used(caches[i]);
    return count;
}

uint64_t object_cache_frames_in_all(void)
{
    uint64_t frames = 0;

    for (size_t i = 0; i < cache_count; i++) {
        struct spinlock_state state = spin_lock(&caches[i]->lock);
        frames += caches[i]->slab_count << caches[i]->slab_order;
        spin_unlock(&caches[i]->lock, state);
    }
    return frames;
}
