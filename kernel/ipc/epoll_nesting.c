/* Instances that watch each other form a graph without circles, of limited depth: so the ways through it are
 * short, and the recursion here ends. Each instance is visited once a check. */
#include "abi/errno.h"
#include "ipc/epoll_internal.h"

static uint64_t checks; /* [t] so far */

/* How deep instances are nested within this one; more than EPOLL_DEPTH_MAX if `forbidden` is among them. */
static unsigned depth_below(struct epoll *epoll, const struct epoll *forbidden)
{
    if (epoll == forbidden)
        return EPOLL_DEPTH_MAX + 1;
    if (epoll->check == checks)
        return epoll->depth;
    unsigned depth = 0;
    for (struct tree_node *node = tree_first(&epoll->items); node != NULL; node = tree_next(node)) {
        struct epoll *inner = epoll_of_file(tree_entry(node, struct epoll_item, node)->file);
        unsigned below = inner == NULL ? 0 : depth_below(inner, forbidden) + 1;
        depth = below > depth ? below : depth;
    }
    epoll->check = checks;
    epoll->depth = depth;
    return depth;
}

/* How deep this one is nested within others. */
static unsigned depth_above(struct epoll *epoll)
{
    if (epoll->check == checks)
        return epoll->depth;
    unsigned depth = 0;
    for (struct list *link = list_first(&epoll->file->watches); link != &epoll->file->watches;
         link = link->next) {
        unsigned above = depth_above(list_entry(link, struct epoll_item, watch_link)->epoll) + 1;
        depth = above > depth ? above : depth;
    }
    epoll->check = checks;
    epoll->depth = depth;
    return depth;
}

int epoll_check_nesting(struct epoll *outer, struct epoll *inner)
{
    checks++;
    unsigned below = depth_below(inner, outer);
    if (below > EPOLL_DEPTH_MAX)
        return -ELOOP;
    checks++;
    return below + 1 + depth_above(outer) > EPOLL_DEPTH_MAX ? -ELOOP : 0;
}
