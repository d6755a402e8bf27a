/* The pages of a file: from a page's index to its frame, with holes.
 * Context: any.  Locks: the owner's business.  Sleeps: no. */
#ifndef LINTEL_FS_PAGE_TREE_H
#define LINTEL_FS_PAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

/* Empty: all zero. */
struct page_tree {
    paddr_t root;    /* of `levels` levels: 0 is a page itself, others frames of 512 addresses; 0: nothing */
    unsigned levels; /* pages with an index below 512^levels fit in */
};

#define PAGE_TREE_INDEX_MAX ((1ull << 51) - 1)

/* The frame of a page, 0 where there is a hole. */
paddr_t page_tree_lookup(const struct page_tree *tree, uint64_t index);

/* Put a frame where there is a hole; from now on it is the tree's. index is at most PAGE_TREE_INDEX_MAX.
 * Errors: -ENOMEM. */
int page_tree_insert(struct page_tree *tree, uint64_t index, paddr_t frame);

/* Give up the frames of [first, end) that may_go says so of (NULL: all). Returns how many pages these were.
 */
uint64_t page_tree_remove(struct page_tree *tree, uint64_t first, uint64_t end,
                          bool (*may_go)(paddr_t frame));

/* Give up all frames with an index of at least `first`. */
static inline uint64_t page_tree_cut(struct page_tree *tree, uint64_t first)
{
    return page_tree_remove(tree, first, PAGE_TREE_INDEX_MAX + 1, NULL);
}

#endif
