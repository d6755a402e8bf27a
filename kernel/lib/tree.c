/* Red-black trees. The root is black, a red node has no red child, and every way from the root down to a
 * missing child passes the same number of black nodes: so the longest way is at most twice as long as the
 * shortest.
 *
 * Most steps exist twice, mirrored. They are written once, with a side as argument; !side is the other one.
 */
#include "lib/tree.h"

#define LEFT false
#define RIGHT true

static bool tree_is_red(const struct tree_node *node)
{
    return node != NULL && node->is_red;
}

static struct tree_node **tree_child(struct tree_node *parent, bool side)
{
    return side == LEFT ? &parent->left : &parent->right;
}

static struct tree_node *tree_leftmost(struct tree_node *node)
{
    while (node->left != NULL)
        node = node->left;
    return node;
}

static struct tree_node *tree_rightmost(struct tree_node *node)
{
    while (node->right != NULL)
        node = node->right;
    return node;
}

/* Let `node`, which may be NULL, hang where `old` hangs; the links below them stay. */
static void tree_hang(struct tree *tree, struct tree_node *old, struct tree_node *node)
{
    struct tree_node *parent = old->parent;

    if (parent == NULL)
        tree->root = node;
    else
        *tree_child(parent, parent->left == old ? LEFT : RIGHT) = node;
    if (node != NULL)
        node->parent = parent;
}

/* The child of `top` on this side takes its place; `top` becomes that one's child on the other side. */
static void tree_rotate(struct tree *tree, struct tree_node *top, bool side)
{
    struct tree_node *riser = *tree_child(top, side);
    struct tree_node *between = *tree_child(riser, !side);

    tree_hang(tree, top, riser);
    *tree_child(riser, !side) = top;
    top->parent = riser;
    *tree_child(top, side) = between;
    if (between != NULL)
        between->parent = top;
}

/* The red `node` may have a red parent. */
static void tree_mend_red(struct tree *tree, struct tree_node *node)
{
    while (tree_is_red(node->parent)) {
        struct tree_node *parent = node->parent;
        struct tree_node *grandparent = parent->parent; /* there is one: the root is not red */
        bool side = grandparent->left == parent ? LEFT : RIGHT;
        struct tree_node *uncle = *tree_child(grandparent, !side);

        if (!tree_is_red(uncle)) {
            if (*tree_child(parent, !side) == node) {
                tree_rotate(tree, parent, !side);
                parent = node;
            }
            parent->is_red = false;
            grandparent->is_red = true;
            tree_rotate(tree, grandparent, side);
            break;
        }
        parent->is_red = false;
        uncle->is_red = false;
        grandparent->is_red = true;
        node = grandparent;
    }
    tree->root->is_red = false;
}

/* The ways that end below `parent` on this side lack a black node; its other child is black and has a red
 * child. */
static void tree_borrow_black(struct tree *tree, struct tree_node *parent, bool side)
{
    struct tree_node *sibling = *tree_child(parent, !side);

    if (!tree_is_red(*tree_child(sibling, !side))) {
        tree_rotate(tree, sibling, side);
        sibling->is_red = true;
        sibling = sibling->parent;
    }
    sibling->is_red = parent->is_red;
    parent->is_red = false;
    (*tree_child(sibling, !side))->is_red = false;
    tree_rotate(tree, parent, !side);
}

/* The ways through `node`, a child of `parent` that may be NULL, lack a black node. */
static void tree_mend_black(struct tree *tree, struct tree_node *parent, struct tree_node *node)
{
    while (parent != NULL && !tree_is_red(node)) {
        bool side = parent->left == node ? LEFT : RIGHT;
        struct tree_node *sibling = *tree_child(parent, !side); /* there is one: those ways are longer */

        if (sibling->is_red) {
            sibling->is_red = false;
            parent->is_red = true;
            tree_rotate(tree, parent, !side);
            sibling = *tree_child(parent, !side);
        }
        if (tree_is_red(sibling->left) || tree_is_red(sibling->right)) {
            tree_borrow_black(tree, parent, side);
            return;
        }
        sibling->is_red = true;
        node = parent;
        parent = node->parent;
    }
    if (node != NULL)
        node->is_red = false;
}

/* Take out a node that has at most one child. */
static void tree_unlink(struct tree *tree, struct tree_node *node)
{
    struct tree_node *child = node->left != NULL ? node->left : node->right;

    tree_hang(tree, node, child);
    if (!node->is_red)
        tree_mend_black(tree, node->parent, child);
}

void tree_insert(struct tree *tree, struct tree_node *node)
{
    struct tree_node *parent = NULL;
    struct tree_node **place = &tree->root;
    bool is_first = true;

    while (*place != NULL) {
        parent = *place;
        bool side = tree_key_is_before(node->key, parent->key) ? LEFT : RIGHT;
        is_first = is_first && side == LEFT;
        place = tree_child(parent, side);
    }
    node->parent = parent;
    node->left = NULL;
    node->right = NULL;
    node->is_red = true;
    *place = node;
    if (is_first)
        tree->first = node;
    tree_mend_red(tree, node);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
    if (tree->root == node && node->left == NULL && node->right == NULL) { /* it is alone */
        tree_init(tree);
        return;
    }
    if (tree->first == node)
        tree->first = tree_next(node);
    if (node->left == NULL || node->right == NULL) {
        tree_unlink(tree, node);
        return;
    }
    /* The next one, which has no left child, goes instead, and comes back in the node's place. */
    struct tree_node *next = tree_leftmost(node->right);
    tree_unlink(tree, next);
    tree_replace(tree, node, next);
}

void tree_replace(struct tree *tree, struct tree_node *old, struct tree_node *node)
{
    tree_hang(tree, old, node);
    node->left = old->left;
    node->right = old->right;
    node->is_red = old->is_red;
    if (node->left != NULL)
        node->left->parent = node;
    if (node->right != NULL)
        node->right->parent = node;
    if (tree->first == old)
        tree->first = node;
}

struct tree_node *tree_next(const struct tree_node *node)
{
    if (node->right != NULL)
        return tree_leftmost(node->right);

    struct tree_node *parent = node->parent;
    while (parent != NULL && parent->right == node) {
        node = parent;
        parent = node->parent;
    }
    return parent;
}

struct tree_node *tree_previous(const struct tree_node *node)
{
    if (node->left != NULL)
        return tree_rightmost(node->left);

    struct tree_node *parent = node->parent;
    while (parent != NULL && parent->left == node) {
        node = parent;
        parent = node->parent;
    }
    return parent;
}
