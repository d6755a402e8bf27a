/* Ordered trees (red-black) whose nodes lie in the elements, sorted by a 64-bit key.
 *
 * Keys are compared by their signed difference, so that a clock may wrap: all keys of a tree must lie within
 * 2^63 of each other. Elements with equal keys keep the order of their insertion. Insert, remove: O(log n);
 * first: at once. Locks: the owner's business. */
#ifndef LINTEL_LIB_TREE_H
#define LINTEL_LIB_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_node {
    uint64_t key; /* the owner sets it before tree_insert() and leaves it alone while the node is in a tree */
    struct tree_node *parent, *left, *right;
    bool is_red;
};

struct tree {
    struct tree_node *root;
    struct tree_node *first; /* with the lowest key; NULL if the tree is empty */
};

/* The structure of type `type` whose member `member` is the node `node`. */
#define tree_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

static inline bool tree_key_is_before(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) < 0;
}

static inline void tree_init(struct tree *tree)
{
    tree->root = NULL;
    tree->first = NULL;
}

static inline bool tree_is_empty(const struct tree *tree)
{
    return tree->root == NULL;
}

/* Node with the lowest key, NULL if the tree is empty. */
static inline struct tree_node *tree_first(const struct tree *tree)
{
    return tree->first;
}

/* Add a node that is in no tree, behind those with the same key. */
void tree_insert(struct tree *tree, struct tree_node *node);

/* Take out a node that is in this tree. */
void tree_remove(struct tree *tree, struct tree_node *node);

/* Put `node`, which is in no tree, into the place of `old`. Its key must fit there: not before that of the
 * node ahead of `old`, and before, or equal to, that of the node behind it. */
void tree_replace(struct tree *tree, struct tree_node *old, struct tree_node *node);

/* Put `node`, which is in no tree, into the place of the only node. */
static inline void tree_replace_only(struct tree *tree, struct tree_node *node)
{
    node->parent = NULL;
    node->left = NULL;
    node->right = NULL;
    node->is_red = false;
    tree->root = node;
    tree->first = node;
}

/* The node behind `node`, NULL if it is the last. */
struct tree_node *tree_next(const struct tree_node *node);

/* The node ahead of `node`, NULL if it is the first. */
struct tree_node *tree_previous(const struct tree_node *node);

#endif
