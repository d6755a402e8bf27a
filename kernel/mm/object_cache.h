/* Object caches: memory for many structures of one size. Free ones are kept for the next allocation.
 *
 * A cache takes slabs, blocks of frames reached through the direct map, and cuts them into objects. Up to
 * OBJECT_CACHE_EMPTY_MAX slabs without any object in use are kept, others are given back at once.
 *
 * Context: any.  Takes: the cache's spin lock, then the frame allocator's.  Sleeps: no. */
#ifndef LINTEL_MM_OBJECT_CACHE_H
#define LINTEL_MM_OBJECT_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "lib/list.h"

#define OBJECT_CACHE_EMPTY_MAX 4

/* Locks: I = set by object_cache_init()   c = object_cache.lock */
struct object_cache {
    struct spinlock lock;
    const char *name;        /* [I] */
    size_t object_size;      /* [I] rounded up to the alignment */
    unsigned slab_order;     /* [I] a slab is 2^slab_order frames */
    unsigned objects_a_slab; /* [I] */
    size_t first_offset;     /* [I] of the first object in a slab */
    struct list partial;     /* [c] slabs with free objects and used ones */
    struct list full;        /* [c] */
    struct list empty;       /* [c] slabs without used objects */
    unsigned empty_count;    /* [c] */
    uint64_t used_count;     /* [c] objects */
    uint64_t slab_count;     /* [c] */
};

/* Caches that object_cache_trim_all() and object_cache_used_in_all() know; the kernel has some forty. */
#define OBJECT_CACHES_MAX 128

/* Make a cache for objects of size_bytes (1 .. 16 KiB) at multiples of alignment (a power of two, 8 .. 4096).
 * `name` must stay valid, and the cache must. Context: early boot. */
void object_cache_init(struct object_cache *cache, const char *name, size_t size_bytes, size_t alignment);

/* An object, contents undefined. NULL if there is no memory. */
void *object_cache_alloc(struct object_cache *cache);

/* Give back what object_cache_alloc() returned of the same cache. What is no object of a slab of this cache,
 * or is free already where that can be seen cheaply, is a kernel bug and panics. */
void object_cache_free(struct object_cache *cache, void *object);

/* Give all empty slabs back to the frame allocator. */
void object_cache_trim(struct object_cache *cache);

/* Objects in use. */
uint64_t object_cache_used(struct object_cache *cache);

/* The same for all caches there are. */
void object_cache_trim_all(void);
uint64_t object_cache_used_in_all(void);

/* Frames of all caches' slabs. */
uint64_t object_cache_frames_in_all(void);

#endif
