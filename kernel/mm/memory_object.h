/* Memory objects: what pages of a mapping come from, beside nothing at all. A page is a frame; whoever uses
 * it has a reference (mm/frame_refs.h), and so has the object as long as the page is its own. */
#ifndef LINTEL_MM_MEMORY_OBJECT_H
#define LINTEL_MM_MEMORY_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/ref_count.h"
#include "mm/types.h"

struct memory_object;
struct node;

/* How each kind of object does it. Called with an address space's lock held: locks taken here rank above
 * LOCK_RANK_ADDR_SPACE, and no memory of a program is touched. */
struct memory_object_operations {
    /* The object's own frame of a page, with a reference for the caller. for_write: it is written to now; it
     * may be later in any case, if it is shared. Errors: -ENOMEM, -EIO, -ENXIO (beyond the end). Sleeps: yes.
     */
    int (*get_page)(struct memory_object *object, uint64_t page_index, bool for_write, paddr_t *ret_frame);

    /* Whether get_page() would find the page there; NULL: yes. Sleeps: yes. */
    bool (*has_page)(struct memory_object *object, uint64_t page_index);

    /* The file whose contents it is, without a reference; NULL: of what is no file. Context: any. */
    struct node *(*get_node)(struct memory_object *object);

    /* The last reference is gone: free the object. Sleeps: yes. */
    void (*destroy)(struct memory_object *object);
};

/* First member, or any other, of the structure of a kind. */
struct memory_object {
    const struct memory_object_operations *operations; /* [I] */
    struct ref_count references;
    atomic_int writer_count; /* [a] areas by which it may be written to; -1: there shall be none */
};

/* Set up the common part, with one reference, the caller's. */
void memory_object_init(struct memory_object *object, const struct memory_object_operations *operations);

/* Add a reference. Context: any. */
void memory_object_ref(struct memory_object *object);

/* One more area by which the object may be written to; and one less. Errors: -EPERM (there shall be none).
 * Context: any. */
int memory_object_permit_writer(struct memory_object *object);
void memory_object_unpermit_writer(struct memory_object *object);

/* From now on there shall be no such area. Says whether there is none. Context: any. */
bool memory_object_forbid_writers(struct memory_object *object);

/* Give up a reference; the last one destroys the object. Context: thread.  Sleeps: yes. */
void memory_object_unref(struct memory_object *object);

/* See get_page above. Context: thread.  Sleeps: yes. */
int memory_object_get_page(struct memory_object *object, uint64_t page_index, bool for_write,
                           paddr_t *ret_frame);

/* See has_page above. Context: thread.  Sleeps: yes. */
bool memory_object_has_page(struct memory_object *object, uint64_t page_index);

/* The file whose contents it is, valid as long as the object is referenced; NULL: of what is no file. */
struct node *memory_object_node(struct memory_object *object);

/* Prepare the kind below. Context: early boot, once. */
void memory_object_setup(void);

/* Memory that programs share, of size_pages pages, zeros at first; pages are made when they are asked for.
 * Errors: -ENOMEM. */
int memory_object_create_anonymous(uint64_t size_pages, struct memory_object **ret_object);

#endif
