/* Walking through the areas of a process. For process_maps.c and process_smaps.c. */
#ifndef LINTEL_PROCFS_PROCESS_MAPS_H
#define LINTEL_PROCFS_PROCESS_MAPS_H

#include "fs/path.h"
#include "fs/text.h"
#include "mm/addr_space.h"

struct process;

struct maps_walk {
    struct addr_space *space; /* with a reference */
    struct path root;         /* that names begin at, with references */
    char *name;               /* a frame */
    struct area_info area;    /* the area that it has come to; the reference to its object is the walk's */
};

/* Errors: -EACCES, -ENOMEM; -ENOENT: there is no memory any more. Then nothing is to be ended. */
int maps_walk_begin(struct maps_walk *walk, struct process *process);

/* Go to the next area; false: there is none. */
bool maps_walk_next(struct maps_walk *walk);

void maps_walk_end(struct maps_walk *walk);

/* The area's line of maps. */
void maps_show_area(const struct maps_walk *walk, struct text *text);

#endif
