/* One walk along a path. For fs/path.c and its neighbours, who hold the tree lock all the while. */
#ifndef LINTEL_FS_PATH_WALK_H
#define LINTEL_FS_PATH_WALK_H

#include "fs/path.h"

enum walk_last {
    WALK_NAME,    /* a name, to be looked up in `at` */
    WALK_ROOT,    /* nothing is left: the path is "/" */
    WALK_DOT,     /* "." */
    WALK_DOT_DOT, /* ".." */
};

struct walk {
    const struct path_context *context;
    struct path at;                         /* so far, with references */
    const char *rest;                       /* of the string that is walked along */
    const char *outer_rest[PATH_LINKS_MAX]; /* of the strings that led to it */
    unsigned depth;                         /* of these */
    struct node *links[PATH_LINKS_MAX];     /* with references: theirs are the strings */
    unsigned link_count;
    bool must_be_directory; /* a '/' stands at the end */
    enum walk_last last;
    const char *name; /* if last is WALK_NAME; not terminated */
    size_t length;
};

/* Begin. Errors: -ENOENT, -ENAMETOOLONG; then nothing is to be ended. */
int walk_begin(struct walk *walk, const struct path_context *context, const char *name);

/* Go to the directory of the last name. Errors: of any step on the way. */
int walk_to_last(struct walk *walk);

/* Look the last name up: `at` is what it leads to. A symbolic link that is to be followed leads to another
 * last name: *ret_has_followed. */
int walk_last_step(struct walk *walk, bool follows, bool *ret_has_followed);

/* walk_to_last() and walk_last_step() until the end. */
int walk_to_end(struct walk *walk, bool follows);

/* The last name's node, referenced; -ENOENT if there is none. Mounts upon it are not looked at. */
int walk_lookup_last(struct walk *walk, struct node **ret_node);

/* Go through the symbolic link `node`, found as the last name; the reference is the walk's now. */
int walk_follow(struct walk *walk, struct node *node);

/* Go on to a node found as the last name, or what is mounted there; the reference is the walk's now. */
void walk_enter(struct walk *walk, struct node *node);

/* Drop all references. */
void walk_end(struct walk *walk);

#endif
