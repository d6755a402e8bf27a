#include "proc/process_ids.h"

#include <stdbool.h>
#include <stddef.h>

#include "mm/frames.h"
#include "mm/types.h"

#define NAMES_A_FRAME (PAGE_SIZE / sizeof(struct process_names))
#define FRAMES_MAX (PROCESS_ID_MAX / NAMES_A_FRAME)
#define FIRST_ID_AGAIN 2

_Static_assert(PROCESS_ID_MAX % NAMES_A_FRAME == 0, "whole frames");

/* All under process_tree. A frame whose numbers are all free is given back, but for that of the last number:
 * the next one is likely to be taken there. */
static struct {
    struct process_names *frames[FRAMES_MAX];
    unsigned used[FRAMES_MAX]; /* numbers */
    int last;                  /* that was taken */
} ids;

static bool names_are_none(const struct process_names *names)
{
    return names->process == NULL && names->thread == NULL && names->group == NULL && names->session == NULL;
}

static void process_ids_free_frame(size_t index)
{
    if (ids.frames[index] == NULL || ids.used[index] != 0)
        return;
    frames_free((vaddr_t)ids.frames[index] - direct_map_base, 0);
    ids.frames[index] = NULL;
}

/* The entry of a number, with a frame for it made if there is none. */
static struct process_names *process_ids_make(int id)
{
    struct process_names **frame = &ids.frames[(size_t)id / NAMES_A_FRAME];

    if (*frame == NULL) {
        paddr_t physical;
        if (frames_alloc_zeroed(&physical) != 0)
            return NULL;
        *frame = direct_map(physical);
    }
    return &(*frame)[(size_t)id % NAMES_A_FRAME];
}

struct process_names *process_ids_take(int *ret_id)
{
    const size_t last_frame = (size_t)ids.last / NAMES_A_FRAME;
    int id = ids.last;

    for (int tries = 0; tries < PROCESS_ID_MAX; tries++) {
        id = id + 1 < PROCESS_ID_MAX ? id + 1 : FIRST_ID_AGAIN;
        struct process_names *names = process_ids_make(id);
        if (names == NULL)
            return NULL;
        if (!names_are_none(names))
            continue;
        ids.last = *ret_id = id;
        ids.used[(size_t)id / NAMES_A_FRAME]++;
        if ((size_t)id / NAMES_A_FRAME != last_frame)
            process_ids_free_frame(last_frame);
        return names;
    }
    return NULL;
}

int process_ids_last(void)
{
    return ids.last;
}

struct process_names *process_ids_lookup(int id)
{
    if (id <= 0 || id >= PROCESS_ID_MAX)
        return NULL;
    struct process_names *frame = ids.frames[(size_t)id / NAMES_A_FRAME];
    return frame == NULL ? NULL : &frame[(size_t)id % NAMES_A_FRAME];
}

void process_ids_put(int id)
{
    size_t frame = (size_t)id / NAMES_A_FRAME;

    if (!names_are_none(process_ids_lookup(id)))
        return;
    ids.used[frame]--;
    if (frame != (size_t)ids.last / NAMES_A_FRAME)
        process_ids_free_frame(frame);
}

int process_ids_next(int id)
{
    for (id = id < 0 ? 1 : id + 1; id < PROCESS_ID_MAX;) {
        struct process_names *names = process_ids_lookup(id);
        if (names == NULL)
            id = (int)(((size_t)id / NAMES_A_FRAME + 1) * NAMES_A_FRAME);
        else if (names_are_none(names))
            id++;
        else
            return id;
    }
    return 0;
}
