/* Reading, writing and seeking. A position is locked while bytes are moved, so that two who share an open
 * file do not read or write the same place; streams have none and are not held up by each other. */
#include "fs/file.h"

#include "abi/errno.h"
#include "fs/file_lock.h"
#include "fs/watch.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"

#define FILES_MAX_AT_LEAST 8192

static struct object_cache file_cache;
static void (*file_watched_closed)(struct file *file); /* set once */
static uint64_t files_max;                             /* set once */

/* As on Linux, a tenth of the memory holds all of them, at 1 KiB each. */
void file_setup(void)
{
    const uint64_t a_tenth_kib = frames_get_stats().total * (PAGE_SIZE / 1024) / 10;

    object_cache_init(&file_cache, "file", sizeof(struct file), 8);
    files_max = a_tenth_kib > FILES_MAX_AT_LEAST ? a_tenth_kib : FILES_MAX_AT_LEAST;
}

uint64_t file_count(void)
{
    return object_cache_used(&file_cache);
}

uint64_t file_count_max(void)
{
    return files_max;
}

void file_set_watched_closed(void (*closed)(struct file *file))
{
    file_watched_closed = closed;
}

int file_create(const struct file_operations *operations, void *data, unsigned flags,
                const struct credentials *who, struct file **ret_file)
{
    if (!credentials_are_root(who) && file_count() >= files_max)
        return -ENFILE;
    struct file *file = object_cache_alloc(&file_cache);
    if (file == NULL)
        return -ENFILE;
    *file = (struct file){.operations = operations, .data = data, .flags = flags, .opened_by = *who};
    ref_count_init(&file->references, 1);
    mutex_init(&file->offset_lock, LOCK_RANK_FILE_OFFSET);
    list_init(&file->watches);
    *ret_file = file;
    return 0;
}

struct file *file_ref(struct file *file)
{
    ref_count_take(&file->references);
    return file;
}

static void file_end(struct file *file)
{
    if (file->is_watched)
        file_watched_closed(file);
    if (file->is_told)
        watch_tell(file->path.node, file_can_write(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
    file_lock_release(file->path.node, file);
    if (file->operations->release != NULL)
        file->operations->release(file);
    if (file->permits_write) {
        write_count_unpermit(&file->path.node->write_count);
        atomic_fetch_sub_explicit(&file->path.node->file_system->writer_count, 1, memory_order_relaxed);
    }
    if (file->forbids_write)
        write_count_unforbid(&file->path.node->write_count);
    if (file->path.node != NULL)
        path_unref(&file->path);
    object_cache_free(&file_cache, file);
}

static void file_end_deferred(struct fs_deferred *end)
{
    file_end(list_entry(end, struct file, end));
}

void file_unref(struct file *file)
{
    if (!ref_count_drop(&file->references))
        return;
    if (fs_tree_is_held())
        fs_defer(&file->end, file_end_deferred);
    else
        file_end(file);
}

int file_set_flags(struct file *file, const struct credentials *who, unsigned flags)
{
    unsigned old = file->flags, new;
    bool wants_noatime = (flags & O_NOATIME) != 0 && (old & O_NOATIME) == 0;

    if (wants_noatime && file->path.node != NULL && !credentials_are_root(who) &&
        node_get_attributes(file->path.node).uid != who->uid)
        return -EPERM;
    do {
        new = (old & ~(unsigned)FILE_FLAGS_CHANGEABLE) | (flags & FILE_FLAGS_CHANGEABLE);
    } while (!atomic_compare_exchange_weak(&file->flags, &old, new));
    return 0;
}

/* Errors: -EFAULT. */
static int file_check_io(struct io *io)
{
    if (!io_is_valid(io))
        return -EFAULT;
    if (io->left > FILE_IO_MAX)
        io->left = FILE_IO_MAX;
    return 0;
}

static bool file_has_position(const struct file *file)
{
    return !file->operations->is_stream && !file->operations->has_no_position;
}

/* Whether there are offsets for all that is to be moved. */
static bool offset_is_valid(const struct io *io, uint64_t offset)
{
    return offset <= INT64_MAX - io->left;
}

static int64_t file_read_from(struct file *file, struct io *io, uint64_t offset)
{
    int64_t count = -EINVAL;

    if (!offset_is_valid(io, offset))
        return -EINVAL;
    if (file->operations->read != NULL)
        count = file->operations->read(file, io, offset);
    else if (file->path.node != NULL)
        count = node_read(file->path.node, io, offset);
    if (count > 0 && file->is_told)
        watch_tell(file->path.node, IN_ACCESS);
    return count;
}

/* Write at *offset, or with O_APPEND at the end; *offset is then behind what was written. */
static int64_t file_write_to(struct file *file, struct io *io, uint64_t *offset)
{
    bool appends = (file->flags & O_APPEND) != 0;
    int64_t count;

    if (!offset_is_valid(io, *offset))
        return -EINVAL;
    if (file->operations->write != NULL)
        count = file->operations->write(file, io, *offset);
    else if (file->path.node == NULL)
        return -EINVAL;
    else if (appends)
        count = node_append(file->path.node, &file->opened_by, io, offset);
    else
        count = node_write(file->path.node, &file->opened_by, io, *offset);
    if (count > 0)
        *offset += (uint64_t)count;
    if (count > 0 && file->is_told)
        watch_tell(file->path.node, IN_MODIFY);
    return count;
}

int64_t file_read(struct file *file, struct io *io)
{
    if (!file_can_read(file))
        return -EBADF;
    int error = file_check_io(io);
    if (error != 0)
        return error;
    if (!file_has_position(file))
        return file_read_from(file, io, 0);
    mutex_lock(&file->offset_lock);
    int64_t count = file_read_from(file, io, file->offset);
    if (count > 0)
        file->offset += (uint64_t)count;
    mutex_unlock(&file->offset_lock);
    return count;
}

int64_t file_write(struct file *file, struct io *io)
{
    uint64_t no_offset = 0;

    if (!file_can_write(file))
        return -EBADF;
    int error = file_check_io(io);
    if (error != 0)
        return error;
    if (!file_has_position(file))
        return file_write_to(file, io, &no_offset);
    mutex_lock(&file->offset_lock);
    int64_t count = file_write_to(file, io, &file->offset);
    mutex_unlock(&file->offset_lock);
    return count;
}

/* What pread() and pwrite() check first. */
static int file_check_offset(const struct file *file, int64_t offset)
{
    if (offset < 0)
        return -EINVAL;
    if ((file->flags & O_PATH) != 0)
        return -EBADF;
    return file->operations->is_stream ? -ESPIPE : 0;
}

int64_t file_read_at(struct file *file, struct io *io, int64_t offset)
{
    int error = file_check_offset(file, offset);

    if (error != 0)
        return error;
    if (!file_can_read(file))
        return -EBADF;
    error = file_check_io(io);
    return error != 0 ? error : file_read_from(file, io, (uint64_t)offset);
}

int64_t file_write_at(struct file *file, struct io *io, int64_t offset)
{
    uint64_t at = (uint64_t)offset;
    int error = file_check_offset(file, offset);

    if (error != 0)
        return error;
    if (!file_can_write(file))
        return -EBADF;
    error = file_check_io(io);
    return error != 0 ? error : file_write_to(file, io, &at);
}

static int64_t seek_base(struct file *file, int whence)
{
    if (whence == SEEK_CUR)
        return (int64_t)file->offset;
    if (whence == SEEK_END && file->path.node != NULL)
        return (int64_t)node_size(file->path.node);
    return 0;
}

/* Where data, or the hole behind it, begin: a file counts as data up to its end, as Linux has it for file
 * systems that do not know better. */
static int64_t seek_contents(struct file *file, int64_t offset, int whence)
{
    int64_t size = file->path.node == NULL ? 0 : (int64_t)node_size(file->path.node);

    if (offset < 0 || offset >= size)
        return -ENXIO;
    return whence == SEEK_DATA ? offset : size;
}

/* The position that lseek() asks for. Holds: file->offset_lock. */
static int64_t seek_target(struct file *file, int64_t offset, int whence)
{
    int64_t result;

    if (whence > SEEK_CUR && file->path.node != NULL && S_ISDIR(node_mode(file->path.node)))
        return -EINVAL; /* an end that has no meaning */
    if (whence == SEEK_DATA || whence == SEEK_HOLE)
        return seek_contents(file, offset, whence);
    if (__builtin_add_overflow(seek_base(file, whence), offset, &result))
        return -EINVAL;
    return result < 0 ? -EINVAL : result;
}

int64_t file_seek(struct file *file, int64_t offset, int whence)
{
    int64_t result;

    if ((file->flags & O_PATH) != 0)
        return -EBADF;
    if (file->operations->is_stream)
        return -ESPIPE;
    if (whence < SEEK_SET || whence > SEEK_HOLE)
        return -EINVAL;
    if (file->operations->seek != NULL)
        return file->operations->seek(file, offset, whence);
    if (file->operations->has_no_position)
        return 0;
    mutex_lock(&file->offset_lock);
    result = seek_target(file, offset, whence);
    if (result >= 0)
        file->offset = (uint64_t)result;
    mutex_unlock(&file->offset_lock);
    return result;
}

int file_readdir_begin(struct file *file)
{
    if ((file->flags & O_PATH) != 0)
        return -EBADF;
    if (file->path.node == NULL || !S_ISDIR(node_mode(file->path.node)))
        return -ENOTDIR;
    mutex_lock(&file->offset_lock);
    return 0;
}

/* "." or ".." */
static void fill_dots(struct directory_entry *entry, struct node *node, uint64_t cookie)
{
    *entry = (struct directory_entry){
        .ino = node_get_attributes(cookie == 0 ? node : node->parent).ino,
        .next_cookie = cookie + 1,
        .mode = S_IFDIR,
        .name_length = cookie + 1,
        .name = "..",
    };
    entry->name[entry->name_length] = '\0';
}

int file_readdir(struct file *file, struct directory_entry *ret_entry)
{
    struct node *node = file->path.node;
    int error = 0;

    fs_tree_lock();
    if (node->is_dead)
        error = -ENOENT;
    else if (file->offset < 2)
        fill_dots(ret_entry, node, file->offset);
    else
        error = node_readdir(node, file->offset, ret_entry);
    fs_tree_unlock();
    return error;
}

void file_readdir_advance(struct file *file, const struct directory_entry *entry)
{
    file->offset = entry->next_cookie;
}

void file_readdir_end(struct file *file)
{
    mutex_unlock(&file->offset_lock);
    node_touch(file->path.node, NODE_ATIME);
    watch_tell(file->path.node, IN_ACCESS);
}

struct node_attributes file_get_attributes(struct file *file)
{
    if (file->path.node != NULL)
        return node_get_attributes(file->path.node);
    struct node_attributes attributes = {
        .ino = 1, .mode = 0600, .uid = file->opened_by.uid, .gid = file->opened_by.gid, .nlink = 1};
    if (file->operations->get_attributes != NULL)
        file->operations->get_attributes(file, &attributes);
    return attributes;
}

int file_truncate(struct file *file, int64_t size)
{
    if ((file->flags & O_PATH) != 0)
        return -EBADF;
    if (size < 0 || file->path.node == NULL || !S_ISREG(node_mode(file->path.node)) || !file_can_write(file))
        return -EINVAL;
    int error = node_truncate(file->path.node, &file->opened_by, (uint64_t)size);
    if (error == 0)
        watch_tell(file->path.node, IN_MODIFY);
    return error;
}

int file_add_seals(struct file *file, unsigned seals)
{
    if (!file_can_write(file))
        return -EPERM;
    if ((seals & ~(unsigned)F_SEAL_ALL) != 0 || file->path.node == NULL)
        return -EINVAL;
    return node_add_seals(file->path.node, seals);
}

int file_get_seals(const struct file *file)
{
    return file->path.node == NULL ? -EINVAL : node_get_seals(file->path.node);
}

int file_get_memory_object(struct file *file, struct memory_object **ret_object)
{
    if (file->operations->get_memory_object != NULL)
        return file->operations->get_memory_object(file, ret_object);
    return file->path.node == NULL ? -ENODEV : node_get_memory_object(file->path.node, ret_object);
}

unsigned file_poll(struct file *file, struct poll_hook *hook)
{
    if ((file->flags & O_PATH) != 0)
        return POLLNVAL;
    if (file->operations->poll == NULL)
        return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
    return file->operations->poll(file, hook);
}

int64_t file_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    if ((file->flags & O_PATH) != 0)
        return -EBADF;
    return file->operations->ioctl == NULL ? -ENOTTY : file->operations->ioctl(file, request, argument);
}
