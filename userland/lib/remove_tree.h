#ifndef LINTEL_USERLAND_REMOVE_TREE_H
#define LINTEL_USERLAND_REMOVE_TREE_H

/* Remove everything below the folder, also what is mounted there; what cannot be removed stays. */
void remove_tree(const char *path);

#endif
