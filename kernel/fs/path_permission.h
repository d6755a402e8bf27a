/* Who may change the names in a directory. Context: thread.  Holds: the tree lock. */
#ifndef LINTEL_FS_PATH_PERMISSION_H
#define LINTEL_FS_PATH_PERMISSION_H

#include "fs/node.h"

/* A new name in a directory. Errors: -ENOENT (it has been removed), -EROFS, -EACCES. */
int path_check_create(struct node *directory, const struct credentials *who);

/* A name less, that of `node`. type is S_IFDIR if a directory is to go, anything else if not. Errors: -EROFS,
 * -EACCES, -EPERM (a sticky directory), -ENOTDIR, -EISDIR, -EBUSY (a root), -ENOENT. */
int path_check_delete(struct node *directory, struct node *node, const struct credentials *who,
                      uint32_t type);

/* What a new node in a directory will be: one with the set-group-id bit hands its group on. */
struct node_template path_inherit(struct node *directory, const struct node_template *template);

#endif
