/* Reading directories, and where paths begin. */
#include "abi/errno.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

/* How one of the two calls writes an entry. */
struct dirent_format {
    size_t header_size; /* before the name */
    size_t tail_size;   /* behind its 0 */
    void (*fill)(char *record, const struct directory_entry *entry, uint16_t record_size);
};

#define RECORD_SIZE_MAX (sizeof(struct dirent64) + NAME_MAX + 2 + sizeof(uint64_t))

static void fill_dirent64(char *record, const struct directory_entry *entry, uint16_t record_size)
{
    const struct dirent64 header = {.ino = entry->ino,
                                    .cookie = (int64_t)entry->next_cookie,
                                    .record_size = record_size,
                                    .type = DIRENT_TYPE(entry->mode)};

    memcpy(record, &header, offsetof(struct dirent64, name));
    memcpy(record + offsetof(struct dirent64, name), entry->name, entry->name_length);
}

static void fill_dirent(char *record, const struct directory_entry *entry, uint16_t record_size)
{
    const struct dirent header = {
        .ino = entry->ino, .cookie = (int64_t)entry->next_cookie, .record_size = record_size};

    memcpy(record, &header, offsetof(struct dirent, name));
    memcpy(record + offsetof(struct dirent, name), entry->name, entry->name_length);
    record[record_size - 1] = DIRENT_TYPE(entry->mode);
}

static const struct dirent_format format_64 = {offsetof(struct dirent64, name), 0, fill_dirent64};
static const struct dirent_format format_old = {offsetof(struct dirent, name), 1, fill_dirent};

/* Write one entry. Returns its size; -EINVAL: no room. */
static int64_t entry_copy_out(user_ptr_t destination, size_t room, const struct directory_entry *entry,
                              const struct dirent_format *format)
{
    char record[RECORD_SIZE_MAX] = {0};
    size_t size = format->header_size + entry->name_length + 1 + format->tail_size;

    size = (size + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
    if (size > room)
        return -EINVAL;
    format->fill(record, entry, (uint16_t)size);
    int error = user_copy_out(destination, record, size);
    return error != 0 ? error : (int64_t)size;
}

/* Holds: the position's lock. */
static int64_t read_entries(struct file *file, user_ptr_t destination, size_t size,
                            const struct dirent_format *format)
{
    struct directory_entry entry;
    size_t used = 0;

    for (;;) {
        int error = file_readdir(file, &entry);
        if (error == -ENOENT && used == 0)
            return file->path.node->is_dead ? -ENOENT : 0;
        if (error != 0)
            return error == -ENOENT || used > 0 ? (int64_t)used : error;
        int64_t written =
            entry_copy_out((user_ptr_t){destination.address + used}, size - used, &entry, format);
        if (written < 0)
            return used > 0 ? (int64_t)used : written;
        used += (size_t)written;
        file_readdir_advance(file, &entry);
    }
}

static int64_t read_directory(struct trap_frame *frame, const struct dirent_format *format)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    int64_t result = file_readdir_begin(use.file);
    if (result == 0) {
        result =
            read_entries(use.file, syscall_pointer(frame, 1), (uint32_t)syscall_argument(frame, 2), format);
        file_readdir_end(use.file);
    }
    file_use_end(use);
    return result;
}

/* getdents64(fd, buffer, size) */
int64_t sys_getdents64(struct trap_frame *frame)
{
    return read_directory(frame, &format_64);
}

/* getdents(fd, buffer, size) */
int64_t sys_getdents(struct trap_frame *frame)
{
    return read_directory(frame, &format_old);
}

/* getcwd(buffer, size) */
int64_t sys_getcwd(struct trap_frame *frame)
{
    size_t size = syscall_argument(frame, 1);
    struct path root, directory;
    paddr_t memory;
    int error;

    if (frames_alloc(0, &memory) != 0)
        return -ENOMEM;
    fs_context_get(process_current()->fs, &root, &directory);
    char *text = path_to_string(&root, &directory, direct_map(memory), PATH_MAX, &error);
    if (text != NULL) {
        size_t length = strlen(text) + 1;
        error = length > size ? -ERANGE : user_copy_out(syscall_pointer(frame, 0), text, length);
        if (error == 0)
            error = (int)length;
    }
    path_unref(&root);
    path_unref(&directory);
    frames_free(memory, 0);
    return error == -ERANGE && text == NULL ? -ENAMETOOLONG : error;
}

/* chdir(path), chroot(path): look a directory up for `set`. */
static int64_t context_change(user_ptr_t path,
                              void (*set)(struct fs_context *context, const struct path *place))
{
    struct path_call call;
    struct path place;
    int error = path_call_begin(&call, AT_FDCWD, path, 0);

    if (error != 0)
        return error;
    error = path_lookup_directory(&call.context, call.path.text, &place);
    bool is_permitted = set != fs_context_set_root || credentials_are_root(call.context.credentials);
    path_call_end(&call);
    if (error != 0)
        return error;
    if (!is_permitted) {
        path_unref(&place);
        return -EPERM;
    }
    set(process_current()->fs, &place);
    return 0;
}

/* chdir(path) */
int64_t sys_chdir(struct trap_frame *frame)
{
    return context_change(syscall_pointer(frame, 0), fs_context_set_directory);
}

/* chroot(path) */
int64_t sys_chroot(struct trap_frame *frame)
{
    return context_change(syscall_pointer(frame, 0), fs_context_set_root);
}

/* fchdir(fd) */
int64_t sys_fchdir(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct credentials credentials;
    int error = -ENOTDIR;

    if (use.file == NULL)
        return -EBADF;
    identity_get_credentials(&credentials);
    if (use.file->path.node != NULL && S_ISDIR(node_mode(use.file->path.node)))
        error = node_check_access(use.file->path.node, &credentials, X_OK);
    if (error == 0) {
        const struct path place = use.file->path;
        path_ref(&place);
        fs_context_set_directory(process_current()->fs, &place);
    }
    file_use_end(use);
    return error;
}
