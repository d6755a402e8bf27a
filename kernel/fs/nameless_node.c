#include "fs/nameless_node.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "mm/object_cache.h"

#define NAMELESS_DEV 0xf /* as fstat() of such a file has it */

struct nameless_node {
    struct node base;
    struct pipe *pipe; /* [I] with a reference; NULL: none */
};

static struct object_cache node_cache;
static struct file_system nameless = {.dev = NAMELESS_DEV, .name = "pipefs"};

void nameless_node_setup(void)
{
    object_cache_init(&node_cache, "nameless-node", sizeof(struct nameless_node), 8);
}

static int nameless_open(struct file *file)
{
    struct nameless_node *node = (struct nameless_node *)file->path.node;

    return node->pipe == NULL ? -ENXIO : pipe_open_again(file, node->pipe);
}

static void nameless_release(struct node *base)
{
    struct nameless_node *node = (struct nameless_node *)base;

    if (node->pipe != NULL)
        pipe_unref(node->pipe);
    object_cache_free(&node_cache, node);
}

static const struct node_operations nameless_operations = {.open = nameless_open,
                                                           .release = nameless_release};

int nameless_node_create(struct file *file, struct node **ret_node)
{
    const struct node_attributes attributes = file_get_attributes(file);
    struct nameless_node *node = object_cache_alloc(&node_cache);

    if (node == NULL)
        return -ENOMEM;
    node_init(&node->base, &nameless, &nameless_operations, attributes.ino, &(struct node_template){0});
    node->base.attributes = attributes;
    node->pipe = pipe_of_file(file);
    *ret_node = &node->base;
    return 0;
}

bool file_is_nameless(const struct file *file)
{
    return file->path.node == NULL || file->path.node->file_system == &nameless;
}
