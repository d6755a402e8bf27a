/* Data goes from the archive, through the decompressor's window if there is one, straight into files.
 *
 * Names with the same device and inode number are hard links; the data comes with one of them, mostly the
 * last. Until the archive ends, the first of them is remembered with a reference. */
#include "fs/initramfs.h"

#include "abi/errno.h"
#include "fs/cpio.h"
#include "fs/devices.h"
#include "fs/file.h"
#include "lib/inflate.h"
#include "lib/string.h"
#include "lib/tree.h"
#include "mm/frames.h"

#define NS_A_SECOND 1000000000ull
#define LINKS_A_FRAME ((PAGE_SIZE - sizeof(uint64_t) * 2) / sizeof(struct linked_file))

/* A file with several names. */
struct linked_file {
    struct tree_node node; /* key: the inode number */
    uint64_t dev;
    struct path path;
};

/* Room for such; a frame. */
struct link_frame {
    struct link_frame *next;
    uint64_t used;
    struct linked_file files[];
};

struct unpacking {
    struct cpio_sink cpio_sink;
    struct inflate_sink inflate_sink;
    struct cpio cpio;
    const struct path_context *context;
    struct initramfs_report *report;
    struct cpio_entry entry;
    struct file *file; /* that data goes to; NULL: nowhere */
    struct tree links;
    struct link_frame *link_frames;
    size_t target_length;
    char target[PATH_MAX]; /* of the symbolic link that is being read */
    char name[PATH_MAX];
};

/* What decompressing and reading need: too much for a stack. */
struct workspace {
    struct unpacking unpacking;
    struct inflate inflate;
};

#define WORKSPACE_ORDER 4

_Static_assert(sizeof(struct workspace) <= PAGE_SIZE << WORKSPACE_ORDER, "the workspace");

static struct unpacking *unpacking_of(struct cpio_sink *sink)
{
    return (struct unpacking *)((char *)sink - offsetof(struct unpacking, cpio_sink));
}

/* An entry could not be made: go on with the next one, unless memory is short. */
static int entry_skip(struct unpacking *unpacking, int error)
{
    struct initramfs_report *report = unpacking->report;

    if (error == -ENOMEM || error == -ENOSPC || error == -ENFILE)
        return error == -ENFILE ? -ENOMEM : error;
    if (report->skipped++ == 0) {
        size_t length = strnlen(unpacking->name, sizeof(report->first_skipped) - 1);
        report->first_error = error;
        memcpy(report->first_skipped, unpacking->name, length);
        report->first_skipped[length] = '\0';
    }
    return 0;
}

static uint64_t entry_dev(const struct cpio_entry *entry)
{
    return (uint64_t)entry->dev_major << 32 | entry->dev_minor;
}

static struct linked_file *link_lookup(const struct unpacking *unpacking)
{
    uint64_t dev = entry_dev(&unpacking->entry);
    struct tree_node *found = NULL;

    for (struct tree_node *at = unpacking->links.root; at != NULL;) {
        bool is_before = at->key < unpacking->entry.ino;
        found = is_before ? found : at;
        at = is_before ? at->right : at->left;
    }
    for (; found != NULL && found->key == unpacking->entry.ino; found = tree_next(found)) {
        struct linked_file *file = tree_entry(found, struct linked_file, node);
        if (file->dev == dev)
            return file;
    }
    return NULL;
}

static int link_remember(struct unpacking *unpacking, const struct path *path)
{
    if (unpacking->link_frames == NULL || unpacking->link_frames->used == LINKS_A_FRAME) {
        paddr_t frame;
        if (frames_alloc(0, &frame) != 0)
            return -ENOMEM;
        struct link_frame *links = direct_map(frame);
        links->next = unpacking->link_frames;
        links->used = 0;
        unpacking->link_frames = links;
    }
    struct linked_file *file = &unpacking->link_frames->files[unpacking->link_frames->used++];
    file->node.key = unpacking->entry.ino;
    file->dev = entry_dev(&unpacking->entry);
    file->path = *path;
    path_ref(path);
    tree_insert(&unpacking->links, &file->node);
    return 0;
}

static void links_forget(struct unpacking *unpacking)
{
    while (unpacking->link_frames != NULL) {
        struct link_frame *links = unpacking->link_frames;
        unpacking->link_frames = links->next;
        for (uint64_t i = 0; i < links->used; i++)
            path_unref(&links->files[i].path);
        frames_free((vaddr_t)links - direct_map_base, 0);
    }
    tree_init(&unpacking->links);
}

static void entry_set_attributes(const struct unpacking *unpacking, struct node *node)
{
    const struct cpio_entry *entry = &unpacking->entry;
    const struct credentials *who = unpacking->context->credentials;
    uint64_t mtime_ns = entry->mtime * NS_A_SECOND;

    (void)node_set_owner(node, who, entry->uid, entry->gid);
    if (!S_ISLNK(entry->mode))
        (void)node_set_mode(node, who, entry->mode);
    (void)node_set_times(node, who, mtime_ns, mtime_ns);
}

static int entry_set_attributes_by_name(const struct unpacking *unpacking)
{
    struct path path;
    int error = path_lookup(unpacking->context, unpacking->name, PATH_NO_FOLLOW, &path);

    if (error != 0)
        return error;
    entry_set_attributes(unpacking, path.node);
    path_unref(&path);
    return 0;
}

/* What has no data. A directory may exist already. */
static int entry_create(struct unpacking *unpacking, const char *target)
{
    const struct cpio_entry *entry = &unpacking->entry;
    struct node_template template = {
        .mode = entry->mode, .rdev = DEVICE_NUMBER(entry->rdev_major, entry->rdev_minor), .target = target};

    if (!S_ISDIR(entry->mode))
        (void)path_unlink(unpacking->context, unpacking->name);
    int error = path_create(unpacking->context, unpacking->name, &template);
    if (error != 0 && !(error == -EEXIST && S_ISDIR(entry->mode)))
        return error;
    return entry_set_attributes_by_name(unpacking);
}

/* One more name for a file that has come before; data, if there is any, replaces what it has. */
static int entry_link(struct unpacking *unpacking, const struct linked_file *linked)
{
    struct path_context there = *unpacking->context;

    there.start = linked->path;
    (void)path_unlink(unpacking->context, unpacking->name);
    int error = path_link(&there, "", PATH_EMPTY, unpacking->context, unpacking->name);
    if (error == 0 && unpacking->entry.size > 0)
        error = file_open(unpacking->context, unpacking->name, O_WRONLY | O_TRUNC, 0, &unpacking->file);
    return error;
}

static int entry_open_file(struct unpacking *unpacking)
{
    const struct cpio_entry *entry = &unpacking->entry;
    struct linked_file *linked = entry->nlink > 1 ? link_lookup(unpacking) : NULL;

    if (linked != NULL)
        return entry_link(unpacking, linked);
    (void)path_unlink(unpacking->context, unpacking->name);
    int error =
        file_open(unpacking->context, unpacking->name, O_WRONLY | O_CREAT | O_EXCL, 0600, &unpacking->file);
    return error == 0 && entry->nlink > 1 ? link_remember(unpacking, &unpacking->file->path) : error;
}

static int sink_entry(struct cpio_sink *sink, const struct cpio_entry *entry)
{
    struct unpacking *unpacking = unpacking_of(sink);
    int error = 0;

    unpacking->entry = *entry;
    unpacking->target_length = 0;
    memcpy(unpacking->name, entry->name, strlen(entry->name) + 1);
    if (S_ISREG(entry->mode))
        error = entry_open_file(unpacking);
    else if (!S_ISLNK(entry->mode))
        error = entry_create(unpacking, NULL);
    if (error != 0)
        return entry_skip(unpacking, error);
    unpacking->report->entries++;
    return 0;
}

static int sink_data(struct cpio_sink *sink, const uint8_t *bytes, size_t size)
{
    struct unpacking *unpacking = unpacking_of(sink);

    if (S_ISLNK(unpacking->entry.mode)) {
        size_t room = sizeof(unpacking->target) - 1 - unpacking->target_length;
        size_t piece = size < room ? size : room;
        memcpy(unpacking->target + unpacking->target_length, bytes, piece);
        unpacking->target_length += piece;
    }
    if (unpacking->file == NULL)
        return 0;
    struct io io = io_kernel((void *)bytes, size);
    int64_t count = file_write(unpacking->file, &io);
    if (count < 0)
        return (int)count;
    unpacking->report->bytes += (uint64_t)count;
    return (size_t)count == size ? 0 : -ENOSPC;
}

static int sink_entry_end(struct cpio_sink *sink)
{
    struct unpacking *unpacking = unpacking_of(sink);
    int error = 0;

    if (S_ISLNK(unpacking->entry.mode)) {
        unpacking->target[unpacking->target_length] = '\0';
        error = entry_create(unpacking, unpacking->target);
        unpacking->report->entries -= error != 0;
    } else if (unpacking->file != NULL) {
        entry_set_attributes(unpacking, unpacking->file->path.node);
        file_unref(unpacking->file);
        unpacking->file = NULL;
    }
    return error != 0 ? entry_skip(unpacking, error) : 0;
}

static int sink_archive_end(struct cpio_sink *sink)
{
    links_forget(unpacking_of(sink));
    return 0;
}

/* Decompressed bytes: archives, one behind the other. */
static int sink_inflated(struct inflate_sink *sink, const uint8_t *bytes, size_t size)
{
    struct unpacking *unpacking =
        (struct unpacking *)((char *)sink - offsetof(struct unpacking, inflate_sink));
    int error = 0;

    for (size_t at = 0, used; error == 0 && at < size; at += used)
        error = cpio_read(&unpacking->cpio, bytes + at, size - at, &used);
    return error;
}

/* One archive, compressed or not, or zeros. */
static int unpack_piece(struct workspace *workspace, const uint8_t *image, size_t size, size_t *ret_used)
{
    struct unpacking *unpacking = &workspace->unpacking;

    *ret_used = 0;
    if (!inflate_is_gzip(image, size))
        return cpio_read(&unpacking->cpio, image, size, ret_used);
    int error = inflate_gzip(&workspace->inflate, image, size, &unpacking->inflate_sink, ret_used);
    return error == 0 && !cpio_is_complete(&unpacking->cpio) ? -EINVAL : error;
}

static int unpack_all(struct workspace *workspace, const uint8_t *image, size_t size)
{
    int error = 0;

    for (size_t at = 0, used; error == 0 && at < size; at += used) {
        while (at < size && image[at] == 0)
            at++;
        used = 0;
        if (at < size)
            error = unpack_piece(workspace, image + at, size - at, &used);
    }
    return error == 0 && !cpio_is_complete(&workspace->unpacking.cpio) ? -EINVAL : error;
}

int initramfs_unpack(const struct path_context *context, const uint8_t *image, size_t size,
                     struct initramfs_report *ret_report)
{
    paddr_t block;

    *ret_report = (struct initramfs_report){0};
    if (frames_alloc(WORKSPACE_ORDER, &block) != 0)
        return -ENOMEM;
    struct workspace *workspace = direct_map(block);
    struct unpacking *unpacking = &workspace->unpacking;
    memset(unpacking, 0, sizeof(*unpacking));
    unpacking->cpio_sink = (struct cpio_sink){sink_entry, sink_data, sink_entry_end, sink_archive_end};
    unpacking->inflate_sink.write = sink_inflated;
    unpacking->context = context;
    unpacking->report = ret_report;
    tree_init(&unpacking->links);
    cpio_init(&unpacking->cpio, &unpacking->cpio_sink);
    int error = unpack_all(workspace, image, size);
    if (unpacking->file != NULL)
        file_unref(unpacking->file);
    links_forget(unpacking);
    frames_free(block, WORKSPACE_ORDER);
    return error;
}
