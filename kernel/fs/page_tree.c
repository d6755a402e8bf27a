/* A radix tree of frames. It grows at the root, as high as the highest index needs; a file of one page has no
 * other frame. */
#include "fs/page_tree.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"

#define ENTRY_BITS 9
#define ENTRY_COUNT (1u << ENTRY_BITS)

_Static_assert(ENTRY_COUNT * sizeof(paddr_t) == PAGE_SIZE, "a frame of addresses");

static unsigned entry_shift(unsigned level)
{
    return ENTRY_BITS * (level - 1);
}

static paddr_t *block_entry(paddr_t block, unsigned level, uint64_t index)
{
    return (paddr_t *)direct_map(block) + (index >> entry_shift(level) & (ENTRY_COUNT - 1));
}

static bool page_tree_holds(const struct page_tree *tree, uint64_t index)
{
    return index >> ENTRY_BITS * tree->levels == 0;
}

paddr_t page_tree_lookup(const struct page_tree *tree, uint64_t index)
{
    if (!page_tree_holds(tree, index))
        return 0;
    paddr_t at = tree->root;
    for (unsigned level = tree->levels; level > 0 && at != 0; level--)
        at = *block_entry(at, level, index);
    return at;
}

static int page_tree_grow(struct page_tree *tree)
{
    if (tree->root != 0) {
        paddr_t block;
        if (frames_alloc_zeroed(&block) != 0)
            return -ENOMEM;
        *(paddr_t *)direct_map(block) = tree->root;
        tree->root = block;
    }
    tree->levels++;
    return 0;
}

int page_tree_insert(struct page_tree *tree, uint64_t index, paddr_t frame)
{
    while (!page_tree_holds(tree, index)) {
        if (page_tree_grow(tree) != 0)
            return -ENOMEM;
    }
    paddr_t *at = &tree->root;
    for (unsigned level = tree->levels; level > 0; level--) {
        if (*at == 0 && frames_alloc_zeroed(at) != 0)
            return -ENOMEM;
        at = block_entry(*at, level, index);
    }
    *at = frame;
    return 0;
}

static bool block_is_empty(paddr_t block)
{
    const paddr_t *entries = direct_map(block);

    for (unsigned i = 0; i < ENTRY_COUNT; i++) {
        if (entries[i] != 0)
            return false;
    }
    return true;
}

/* Of the pages [first, end) of a block, give up those that may go, and what blocks are empty then. Returns
 * how many pages these were. The depth is that of the tree, six at most. */
static uint64_t block_remove(paddr_t *at, unsigned level, uint64_t first, uint64_t end,
                             bool (*may_go)(paddr_t frame))
{
    const unsigned shift = level == 0 ? 0 : entry_shift(level);
    uint64_t count = 0;

    if (*at == 0 || (level == 0 && may_go != NULL && !may_go(*at)))
        return 0;
    for (uint64_t i = first >> shift; level > 0 && i < ENTRY_COUNT && i << shift < end; i++) {
        uint64_t start = i << shift;
        count += block_remove((paddr_t *)direct_map(*at) + i, level - 1, first > start ? first - start : 0,
                              end - start, may_go);
    }
    bool is_whole = may_go == NULL && first == 0 && end >> shift >= ENTRY_COUNT;
    if (level == 0 || is_whole || block_is_empty(*at)) {
        frame_unref(*at); /* a page may be in mappings still */
        *at = 0;
        count += level == 0;
    }
    return count;
}

uint64_t page_tree_remove(struct page_tree *tree, uint64_t first, uint64_t end, bool (*may_go)(paddr_t frame))
{
    if (first >= end || !page_tree_holds(tree, first))
        return 0;
    uint64_t count = block_remove(&tree->root, tree->levels, first, end, may_go);
    if (tree->root == 0)
        tree->levels = 0;
    return count;
}
