#include "fs/pseudo_file.h"

#include "abi/errno.h"
#include "fs/file.h"
#include "fs/pseudo.h"
#include "mm/frames.h"
#include "mm/object_cache.h"

/* Locks: s = pseudo_text.lock */
struct pseudo_text {
    struct mutex lock; /* rank LOCK_RANK_PSEUDO_TEXT */
    struct text text;  /* [s] */
    bool is_made;      /* [s] */
};

static struct object_cache text_cache;

void pseudo_file_setup(void)
{
    object_cache_init(&text_cache, "pseudo-text", sizeof(struct pseudo_text), 8);
}

static struct pseudo_node *node_of(const struct file *file)
{
    return pseudo_of(file->path.node);
}

/* Make the text anew. Holds: kept->lock. */
static int pseudo_text_make(struct pseudo_text *kept, struct pseudo_node *node)
{
    text_free(&kept->text);
    kept->is_made = false;
    int error = node->entry->show(node, &kept->text);
    if (error == 0)
        error = kept->text.error;
    kept->is_made = error == 0;
    return error;
}

static int64_t pseudo_read(struct file *file, struct io *io, uint64_t offset)
{
    struct pseudo_text *kept = file->data;
    int64_t result = 0;

    mutex_lock(&kept->lock);
    if (offset == 0 || !kept->is_made)
        result = pseudo_text_make(kept, node_of(file));
    if (result == 0)
        result = text_give(&kept->text, io, offset);
    mutex_unlock(&kept->lock);
    return result;
}

static int64_t pseudo_write(struct file *file, struct io *io, uint64_t offset)
{
    const struct pseudo_entry *entry = node_of(file)->entry;
    const size_t length = io->left;
    paddr_t frame;

    (void)offset;
    if (length > PSEUDO_WRITE_MAX)
        return -EINVAL;
    if (length == 0)
        return 0;
    if (frames_alloc(0, &frame) != 0)
        return -ENOMEM;
    char *text = direct_map(frame);
    int64_t result = io_take(io, text, length) == length ? 0 : -EFAULT;
    text[length] = '\0';
    if (result == 0)
        result = entry->store(node_of(file), text, length);
    frames_free(frame, 0);
    return result != 0 ? result : (int64_t)length;
}

static void pseudo_release(struct file *file)
{
    struct pseudo_text *kept = file->data;

    text_free(&kept->text);
    object_cache_free(&text_cache, kept);
}

static const struct file_operations pseudo_operations = {
    .read = pseudo_read,
    .write = pseudo_write,
    .release = pseudo_release,
};

int pseudo_file_open(struct file *file)
{
    const struct pseudo_entry *entry = node_of(file)->entry;

    if (entry->open != NULL)
        return entry->open(file);
    if ((file_can_read(file) && entry->show == NULL) || (file_can_write(file) && entry->store == NULL))
        return -EACCES; /* whoever asks */
    struct pseudo_text *kept = object_cache_alloc(&text_cache);
    if (kept == NULL)
        return -ENOMEM;
    mutex_init(&kept->lock, LOCK_RANK_PSEUDO_TEXT);
    text_init(&kept->text);
    kept->is_made = false;
    file->data = kept;
    file->operations = &pseudo_operations;
    return 0;
}
