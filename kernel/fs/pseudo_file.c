#include "fs/pseudo_file.h"

#include <stdatomic.h>

#include "abi/errno.h"
#include "fs/file.h"
#include "fs/pseudo.h"
#include "mm/frames.h"
#include "mm/object_cache.h"

#define KEPT_SHARE 16 /* of the memory: so much long texts may take that are not the superuser's */

/* Locks: s = pseudo_text.lock */
struct pseudo_text {
    struct mutex lock; /* rank LOCK_RANK_PSEUDO_TEXT */
    struct text text;  /* [s] */
    bool is_made;      /* [s] */
    size_t kept_pages; /* [s] that it counts in kept_pages */
};

/* Frames of texts that are longer than one, in files that others than the superuser have open: who opens many
 * and never reads to the end would have all memory, and not be taken for who has. */
static _Atomic(size_t) kept_pages;

static struct object_cache text_cache;

void pseudo_file_setup(void)
{
    object_cache_init(&text_cache, "pseudo-text", sizeof(struct pseudo_text), 8);
}

static struct pseudo_node *node_of(const struct file *file)
{
    return pseudo_of(file->path.node);
}

/* Holds: kept->lock, or nobody else has it. */
static void pseudo_text_drop(struct pseudo_text *kept)
{
    text_free(&kept->text);
    atomic_fetch_sub(&kept_pages, kept->kept_pages);
    kept->kept_pages = 0;
    kept->is_made = false;
}

/* Errors: -ENOMEM: there is too much of it. Holds: kept->lock. */
static int pseudo_text_count(struct pseudo_text *kept, const struct file *file)
{
    if (kept->text.length < PAGE_SIZE || file->opened_by.uid == 0)
        return 0;
    kept->kept_pages = kept->text.length / PAGE_SIZE + 1;
    const size_t pages = atomic_fetch_add(&kept_pages, kept->kept_pages) + kept->kept_pages;
    return pages <= frames_get_stats().total / KEPT_SHARE ? 0 : -ENOMEM;
}

/* Make the text anew. Holds: kept->lock. */
static int pseudo_text_make(struct pseudo_text *kept, const struct file *file)
{
    struct pseudo_node *node = node_of(file);

    pseudo_text_drop(kept);
    int error = node->entry->show(node, &kept->text);
    if (error == 0)
        error = kept->text.error;
    if (error == 0)
        error = pseudo_text_count(kept, file);
    if (error != 0)
        pseudo_text_drop(kept);
    kept->is_made = error == 0;
    return error;
}

static int64_t pseudo_read(struct file *file, struct io *io, uint64_t offset)
{
    struct pseudo_text *kept = file->data;
    int64_t result = 0;

    mutex_lock(&kept->lock);
    if (offset == 0 || !kept->is_made)
        result = pseudo_text_make(kept, file);
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

    pseudo_text_drop(kept);
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
    kept->kept_pages = 0;
    file->data = kept;
    file->operations = &pseudo_operations;
    return 0;
}
