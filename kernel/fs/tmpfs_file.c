/* Contents of regular files. What lies behind the end of the file in its last page is zero, but for what
 * mappings write there: truncating clears it, growing need not.
 *
 * A page fault in a mapping of the file comes here by object_get_page(), maybe while the same thread holds
 * node.lock because it copies between the file and that mapping. So the pages have a lock of their own, which
 * is never held while the program's memory is touched. A page goes away only by truncation, under node.lock:
 * first from the file, then from mappings, which cannot get it back in between. */
#include "abi/errno.h"
#include "fs/tmpfs_internal.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"

static const struct memory_object_operations object_operations;

static _Atomic(uint64_t) frames_used; /* of all files */

uint64_t tmpfs_frames_used(void)
{
    return atomic_load_explicit(&frames_used, memory_order_relaxed);
}

void tmpfs_file_init(struct tmpfs_file *file)
{
    file->object = (struct memory_object){.operations = &object_operations};
    mutex_init(&file->pages_lock, LOCK_RANK_FS_PAGES);
    file->pages = (struct page_tree){0};
    atomic_store(&file->frame_count, 0);
    atomic_store(&file->seals, F_SEAL_SEAL);
}

static bool file_has_seal(const struct tmpfs_node *node, unsigned seals)
{
    return (atomic_load_explicit(&node->file.seals, memory_order_relaxed) & seals) != 0;
}

static void tmpfs_uncount_frames(struct tmpfs_node *node, uint64_t count)
{
    atomic_fetch_sub(&node->file.frame_count, count);
    atomic_fetch_sub(&tmpfs_of(&node->base)->frame_count, count);
    atomic_fetch_sub_explicit(&frames_used, count, memory_order_relaxed);
}

static int tmpfs_count_frame(struct tmpfs_node *node)
{
    struct tmpfs *tmpfs = tmpfs_of(&node->base);

    if (atomic_fetch_add(&tmpfs->frame_count, 1) >= tmpfs->limits.frames && tmpfs->limits.frames != 0) {
        atomic_fetch_sub(&tmpfs->frame_count, 1);
        return -ENOSPC;
    }
    atomic_fetch_add(&node->file.frame_count, 1);
    atomic_fetch_add_explicit(&frames_used, 1, memory_order_relaxed);
    return 0;
}

/* Fill a hole. Holds: pages_lock. */
static int file_add_page_locked(struct tmpfs_node *node, uint64_t index, paddr_t *ret_frame)
{
    paddr_t frame;
    int error = tmpfs_count_frame(node);

    if (error != 0)
        return error;
    error = frames_alloc_zeroed(&frame);
    if (error != 0)
        goto uncount;
    error = page_tree_insert(&node->file.pages, index, frame);
    if (error != 0)
        goto free_frame;
    *ret_frame = frame;
    return 0;

free_frame:
    frames_free(frame, 0);
uncount:
    tmpfs_uncount_frames(node, 1);
    return error;
}

static int file_get_page_locked(struct tmpfs_node *node, uint64_t index, paddr_t *ret_frame)
{
    *ret_frame = page_tree_lookup(&node->file.pages, index);
    return *ret_frame != 0 ? 0 : file_add_page_locked(node, index, ret_frame);
}

static paddr_t file_lookup_page(struct tmpfs_node *node, uint64_t index)
{
    mutex_lock(&node->file.pages_lock);
    paddr_t frame = page_tree_lookup(&node->file.pages, index);
    mutex_unlock(&node->file.pages_lock);
    return frame;
}

static int file_get_page(struct tmpfs_node *node, uint64_t index, paddr_t *ret_frame)
{
    mutex_lock(&node->file.pages_lock);
    int error = file_get_page_locked(node, index, ret_frame);
    mutex_unlock(&node->file.pages_lock);
    return error;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int64_t tmpfs_read(struct node *base, struct io *io, uint64_t offset)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    uint64_t size = node_size(base), done = 0;

    while (offset < size && io->left > 0) {
        uint64_t in_page = offset & PAGE_MASK;
        size_t piece = smaller(smaller(PAGE_SIZE - in_page, size - offset), io->left);
        paddr_t frame = file_lookup_page(node, offset >> PAGE_SHIFT);
        size_t given = frame == 0 ? io_give_zeros(io, piece)
                                  : io_give(io, (const char *)direct_map(frame) + in_page, piece);
        done += given;
        offset += given;
        if (given < piece)
            return done > 0 ? (int64_t)done : -EFAULT;
    }
    return (int64_t)done;
}

/* Write into one page. Returns bytes written or an error. */
static int64_t file_write_piece(struct tmpfs_node *node, struct io *io, uint64_t offset, size_t piece)
{
    paddr_t frame;

    if (file_has_seal(node, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ||
        (file_has_seal(node, F_SEAL_GROW) && offset + piece > node_size(&node->base)))
        return -EPERM;
    int error = file_get_page(node, offset >> PAGE_SHIFT, &frame);
    if (error != 0)
        return error;
    size_t taken = io_take(io, (char *)direct_map(frame) + (offset & PAGE_MASK), piece);
    if (offset + taken > node_size(&node->base) && taken > 0)
        node_set_size(&node->base, offset + taken);
    return taken > 0 ? (int64_t)taken : -EFAULT;
}

static int64_t tmpfs_write(struct node *base, struct io *io, uint64_t offset)
{
    uint64_t done = 0;

    while (io->left > 0 && offset < NODE_SIZE_MAX) {
        size_t piece = smaller(smaller(PAGE_SIZE - (offset & PAGE_MASK), NODE_SIZE_MAX - offset), io->left);
        int64_t count = file_write_piece(tmpfs_node_of(base), io, offset, piece);
        if (count < 0)
            return done > 0 ? (int64_t)done : count;
        done += (uint64_t)count;
        offset += (uint64_t)count;
        if ((size_t)count < piece)
            break;
    }
    return (int64_t)done;
}

/* Clear the rest of the page in which the file ends. */
static void file_clear_tail(struct tmpfs_node *node, uint64_t size)
{
    uint64_t in_page = size & PAGE_MASK;
    paddr_t frame = in_page == 0 ? 0 : file_lookup_page(node, size >> PAGE_SHIFT);

    if (frame != 0)
        memset((char *)direct_map(frame) + in_page, 0, PAGE_SIZE - in_page);
}

static int tmpfs_truncate(struct node *base, uint64_t size)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    bool shrinks = size<node_size(base), grows = size> node_size(base);

    if ((shrinks && file_has_seal(node, F_SEAL_SHRINK)) || (grows && file_has_seal(node, F_SEAL_GROW)))
        return -EPERM;
    /* The size comes first: get_page() adds nothing behind it from here on. */
    mutex_lock(&node->file.pages_lock);
    node_set_size(base, size);
    if (shrinks)
        tmpfs_uncount_frames(node, page_tree_cut(&node->file.pages, page_round_up(size) >> PAGE_SHIFT));
    mutex_unlock(&node->file.pages_lock);
    if (!shrinks)
        return 0;
    if (ref_count_get(&node->file.object.references) != 0)
        addr_space_cut_object(&node->file.object, page_round_up(size) >> PAGE_SHIFT);
    file_clear_tail(node, size);
    return 0;
}

static int tmpfs_allocate(struct node *base, uint64_t offset, uint64_t size, bool grows)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    uint64_t end = offset + size, page_end = page_round_up(end) >> PAGE_SHIFT;
    paddr_t frame;
    int error = 0;

    if (file_has_seal(node, F_SEAL_GROW) && end > node_size(base))
        return -EPERM;
    if (!grows && end > node_size(base)) /* nothing lies behind the end */
        page_end = page_round_up(node_size(base)) >> PAGE_SHIFT;
    for (uint64_t page = offset >> PAGE_SHIFT; page < page_end && error == 0; page++)
        error = file_get_page(node, page, &frame);
    if (error == 0 && grows && end > node_size(base))
        node_set_size(base, end);
    return error;
}

static void file_clear_piece(struct tmpfs_node *node, uint64_t offset, size_t piece)
{
    paddr_t frame = file_lookup_page(node, offset >> PAGE_SHIFT);

    if (frame != 0)
        memset((char *)direct_map(frame) + (offset & PAGE_MASK), 0, piece);
}

/* A page that nobody has mapped may go; whoever has, sees zeros at once. Holds: pages_lock, so that no
 * mapping gets it meanwhile. */
static bool frame_clear_or_free(paddr_t frame)
{
    if (!frame_is_shared(frame))
        return true;
    memset(direct_map(frame), 0, PAGE_SIZE);
    return false;
}

/* Shared mappings find zeros by asking anew; private ones keep the pages that they have not written to,
 * cleared.
 */
static void file_clear_pages(struct tmpfs_node *node, uint64_t first, uint64_t end)
{
    if (first >= end)
        return;
    if (ref_count_get(&node->file.object.references) != 0)
        addr_space_drop_object(&node->file.object, first, end);
    mutex_lock(&node->file.pages_lock);
    tmpfs_uncount_frames(node, page_tree_remove(&node->file.pages, first, end, frame_clear_or_free));
    mutex_unlock(&node->file.pages_lock);
}

static int tmpfs_clear(struct node *base, uint64_t offset, uint64_t size)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    uint64_t end = smaller(offset + size, page_round_up(node_size(base)));
    uint64_t inner = page_round_up(offset), inner_end = page_round_down(end);

    if (file_has_seal(node, F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    if (offset >= end)
        return 0;
    if (inner > inner_end) { /* within one page */
        file_clear_piece(node, offset, end - offset);
        return 0;
    }
    if (offset < inner)
        file_clear_piece(node, offset, inner - offset);
    if (inner_end < end)
        file_clear_piece(node, inner_end, end - inner_end);
    file_clear_pages(node, inner >> PAGE_SHIFT, inner_end >> PAGE_SHIFT);
    return 0;
}

/* F_SEAL_WRITE comes only where nobody can write by a mapping. With F_SEAL_EXEC a program's contents stay as
 * they are. */
static int tmpfs_add_seals(struct node *base, unsigned seals)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    const unsigned of_program = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

    if (file_has_seal(node, F_SEAL_SEAL))
        return -EPERM;
    if ((seals & F_SEAL_WRITE) != 0 && !memory_object_forbid_writers(&node->file.object))
        return -EBUSY;
    if ((seals & F_SEAL_EXEC) != 0 && (node_mode(base) & S_IXUGO) != 0)
        seals |= of_program;
    atomic_fetch_or(&node->file.seals, seals);
    return 0;
}

static unsigned tmpfs_get_seals(const struct node *base)
{
    return atomic_load(&((const struct tmpfs_node *)base)->file.seals);
}

void tmpfs_file_permit_seals(struct node *base, unsigned seals)
{
    atomic_store(&tmpfs_node_of(base)->file.seals, seals);
}

static struct tmpfs_node *node_of_object(struct memory_object *object)
{
    return list_entry(object, struct tmpfs_node, file.object);
}

static int object_get_page(struct memory_object *object, uint64_t page_index, bool for_write,
                           paddr_t *ret_frame)
{
    struct tmpfs_node *node = node_of_object(object);
    paddr_t frame;
    int error = -ENXIO;

    mutex_lock(&node->file.pages_lock);
    if (page_index < page_round_up(node_size(&node->base)) >> PAGE_SHIFT)
        error = file_get_page_locked(node, page_index, &frame);
    if (error == 0)
        error = frame_ref(frame);
    mutex_unlock(&node->file.pages_lock);
    if (error != 0)
        return error;
    if (for_write)
        node_touch(&node->base, NODE_MTIME | NODE_CTIME);
    *ret_frame = frame;
    return 0;
}

static bool object_has_page(struct memory_object *object, uint64_t page_index)
{
    return file_lookup_page(node_of_object(object), page_index) != 0;
}

static void object_destroy(struct memory_object *object)
{
    node_unref(&node_of_object(object)->base);
}

static struct node *object_get_node(struct memory_object *object)
{
    return &node_of_object(object)->base;
}

static const struct memory_object_operations object_operations = {.get_page = object_get_page,
                                                                  .has_page = object_has_page,
                                                                  .get_node = object_get_node,
                                                                  .destroy = object_destroy};

static int tmpfs_get_memory_object(struct node *base, struct memory_object **ret_object)
{
    struct memory_object *object = &tmpfs_node_of(base)->file.object;

    if (ref_count_take_first(&object->references))
        (void)node_ref(base);
    *ret_object = object;
    return 0;
}

static uint64_t tmpfs_frame_count(const struct node *base)
{
    return atomic_load(&((const struct tmpfs_node *)base)->file.frame_count);
}

void tmpfs_file_clear(struct tmpfs_node *node)
{
    tmpfs_uncount_frames(node, page_tree_cut(&node->file.pages, 0));
}

const struct node_operations tmpfs_file_operations = {
    .read = tmpfs_read,
    .write = tmpfs_write,
    .truncate = tmpfs_truncate,
    .allocate = tmpfs_allocate,
    .clear = tmpfs_clear,
    .add_seals = tmpfs_add_seals,
    .get_seals = tmpfs_get_seals,
    .get_memory_object = tmpfs_get_memory_object,
    .frame_count = tmpfs_frame_count,
    .get_name = tmpfs_get_name,
    .release = tmpfs_node_release,
};
