/* Nodes for open files that have none: pipes, sockets and the like, reached through /proc/PID/fd. Such a node
 * tells what fstat() tells; opening it makes another end of the same pipe, of anything else -ENXIO. */
#ifndef LINTEL_FS_NAMELESS_NODE_H
#define LINTEL_FS_NAMELESS_NODE_H

#include <stdbool.h>

struct file;
struct node;

/* Set up. Context: early boot, once. */
void nameless_node_setup(void);

/* Make one, with a reference. Errors: -ENOMEM. Context: thread. */
int nameless_node_create(struct file *file, struct node **ret_node);

/* Whether the file has no name: no node, or such a one. */
bool file_is_nameless(const struct file *file);

#endif
