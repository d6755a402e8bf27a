/* Frames with several owners: pages that address spaces share after a fork, and pages of memory objects.
 *
 * A frame fresh from frames_alloc() has one reference, its owner's, and costs nothing here. Memory for counts
 * is taken when a frame of 4 MiB of RAM gets its second reference for the first time, and kept. A frame with
 * one reference stays so until its owner shares it: nobody else can.
 *
 * Context: any.  Takes: the frame allocator's spin lock.  Sleeps: no. */
#ifndef LINTEL_MM_FRAME_REFS_H
#define LINTEL_MM_FRAME_REFS_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/types.h"

/* Forget all counts. Context: early boot, once, after frames_init(). */
void frame_refs_init(void);

/* Add a reference to a frame of which the caller has one. Errors: -ENOMEM (no memory for the count). */
int frame_ref(paddr_t frame);

/* Give up a reference; the last one frees the frame. */
void frame_unref(paddr_t frame);

/* Whether anybody but the caller has a reference. */
bool frame_is_shared(paddr_t frame);

/* Frames that hold counts. */
uint64_t frame_refs_overhead(void);

#endif
