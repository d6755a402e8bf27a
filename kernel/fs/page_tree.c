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

/* Free what lies at or behind index `first` of a block; if that is all, the block too. The depth is that of
 * the tree, six at most. */
static uint64_t block_cut(paddr_t *at, unsigned level, uint64_t first)
{
    uint64_t count = 0;

    if (*at == 0)
        return 0;
    for (uint64_t i = level == 0 ? ENTRY_COUNT : first >> entry_shift(level); i < ENTRY_COUNT; i++) {
        uint64_t start = i << entry_shift(level);
        count += block_cut((paddr_t *)direct_map(*at) + i, level - 1, first > start ? first - start : 0);
    }
    if (first == 0) {
        frame_unref(*at); /* a page may be in mappings still */
        *at = 0;
        count += level == 0;
    }
    return count;
}

uint64_t page_tree_cut(struct page_tree *tree, uint64_t first)
{
    if (!page_tree_holds(tree, first))
        return 0;
    uint64_t count = block_cut(&tree->root, tree->levels, first);
    if (first == 0)
        tree->levels = 0;
    return count;
}
