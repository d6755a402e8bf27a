/* Open files: what descriptors refer to. Several descriptors, of several processes, may share one: its
 * position and flags are common to them.
 *
 * Context of all functions: thread, no spin lock held; the caller has a reference.  Sleeps: yes. */
#ifndef LINTEL_FS_FILE_H
#define LINTEL_FS_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/ref_count.h"
#include "fs/deferred.h"
#include "fs/path.h"
#include "fs/poll.h"
#include "sched/mutex.h"

#define FILE_IO_MAX 0x7ffff000ull /* bytes that one call moves at most, as on Linux */

/* Locks: I = set before publication   a = atomic   o = file.offset_lock */
struct file {
    const struct file_operations *operations; /* [I] what `open` leaves there */
    struct path path;             /* [I] with references; both NULL if the file has no name (a pipe) */
    struct credentials opened_by; /* [I] */
    atomic_uint flags;            /* [a] O_*: access mode [I], O_PATH [I], O_APPEND, O_NONBLOCK, ... */
    struct ref_count references;  /* of descriptors, mappings, queues of sockets, calls */
    struct mutex offset_lock;     /* rank LOCK_RANK_FILE_OFFSET */
    uint64_t offset;              /* [o] of a directory: the cookie that comes next */
    void *data;                   /* [I] the operations' own */
    uint64_t opened_count;        /* [I] the operations' own: fs/pipe.c */
    struct list watches;          /* ipc/epoll.c's, under its topology lock */
    bool is_watched;              /* the same: set once */
    bool is_told;                 /* [I] that it was opened, and so its end is: fs/watch.h */
    struct fs_deferred end;       /* fs/file.c's, when nobody has a reference any more */
    bool permits_write;           /* [I] it is counted in its node's write_count: as one that may write */
    bool forbids_write;           /* [I] or as a program that runs from it */
};

/* What an open file of some kind does. NULL: the default in brackets. Access modes and O_PATH have been
 * checked. Results: bytes moved or a negative errno. */
struct file_operations {
    const char *kind; /* what /proc/PID/fd calls a file without name: "[eventfd]"; pipes and sockets: NULL */
    bool is_stream;   /* there is no position: no lseek(), pread(), pwrite() (-ESPIPE); `offset` is 0 */
    bool has_no_position; /* the same, but these calls are allowed: lseek() answers 0 */
    int64_t (*read)(struct file *file, struct io *io, uint64_t offset);  /* [the node's contents] */
    int64_t (*write)(struct file *file, struct io *io, uint64_t offset); /* [the node's contents] */
    /* The same for `size` bytes of the program at `buffer`, which lie in the user half: a short cut for files
     * without position whose work is less than that of going through `read` or `write`. size is at most
     * FILE_IO_MAX. [none] */
    int64_t (*read_quickly)(struct file *file, user_ptr_t buffer, size_t size);
    int64_t (*write_quickly)(struct file *file, user_ptr_t buffer, size_t size);
    /* A device's node has been opened: make the file one of this device; `data`, and `operations` too, may be
     * set to what the open file needs. After an error nothing is called any more. May sleep. [nothing to do]
     */
    int (*open)(struct file *file);
    /* lseek(), after its checks; [the position, as for contents of the node's size] */
    int64_t (*seek)(struct file *file, int64_t offset, int whence);
    /* Which POLL* events there are; if `hook` is not NULL, hang it on the file's readiness first.
     * [POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM] */
    unsigned (*poll)(struct file *file, struct poll_hook *hook);
    int64_t (*ioctl)(struct file *file, unsigned request, uint64_t argument); /* [-ENOTTY] */
    /* What mmap() shows, with a reference; NULL: zeros. [the node's contents] */
    int (*get_memory_object)(struct file *file, struct memory_object **ret_object);
    /* fstat() of what has no node. [mode 0600 without a type, the opener's uid and gid] */
    void (*get_attributes)(struct file *file, struct node_attributes *attributes);
    void (*release)(struct file *file); /* [nothing] the last close */
};

/* Set up. Context: early boot, once. */
void file_setup(void);

/* Who watches files without a reference to them says here what is to be done when one that is_watched is
 * closed, before it is released. Context: early boot. */
void file_set_watched_closed(void (*closed)(struct file *file));

/* How many open files there are, and may be of others than the superuser. */
uint64_t file_count(void);
uint64_t file_count_max(void);

/* An open file without a name. flags: access mode and status flags. Errors: -ENFILE (no memory for it, or
 * there are too many). */
int file_create(const struct file_operations *operations, void *data, unsigned flags,
                const struct credentials *who, struct file **ret_file);

/* open(). `mode`: permissions of a file that is made, umask applied. Opening a FIFO may wait.
 * Errors, beside those of fs/path.h: -EEXIST, -EISDIR, -ELOOP (O_NOFOLLOW), -ENXIO (a socket, no such device,
 * a FIFO nobody reads), -EROFS, -EPERM (O_NOATIME), -EINVAL, -EOPNOTSUPP (O_TMPFILE), -ENFILE, -ERESTARTSYS,
 * -ETXTBSY (to be written, and a program runs from it). */
int file_open(const struct path_context *context, const char *name, unsigned flags, uint32_t mode,
              struct file **ret_file);

/* A program's file, to be executed: it need not be readable. Nobody can open it for writing as long as it is
 * referenced. flags: PATH_NO_FOLLOW, PATH_EMPTY. Errors, beside those of fs/path.h: -EACCES (no regular file,
 * not executable), -ELOOP (PATH_NO_FOLLOW), -ETXTBSY (open for writing), -ENFILE. */
int file_open_executable(const struct path_context *context, const char *name, unsigned flags,
                         struct file **ret_file);

/* What open() refuses before it looks at the path. Errors: -EINVAL. */
int file_check_open_flags(unsigned flags);

struct file *file_ref(struct file *file);

/* The last reference closes the file. */
void file_unref(struct file *file);

static inline bool file_can_read(const struct file *file)
{
    unsigned flags = file->flags;

    return (flags & O_PATH) == 0 && ((flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR);
}

static inline bool file_can_write(const struct file *file)
{
    unsigned flags = file->flags;

    return (flags & O_PATH) == 0 && ((flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR);
}

/* fcntl(F_GETFL, F_SETFL): only O_APPEND, O_NONBLOCK and O_NOATIME change. Errors: -EPERM (O_NOATIME). */
#define FILE_FLAGS_CHANGEABLE (O_APPEND | O_NONBLOCK | O_NOATIME)
int file_set_flags(struct file *file, const struct credentials *who, unsigned flags);

/* read(), write(), at the file's position, which moves on. Errors: -EBADF (not opened for it), -EISDIR,
 * -EINVAL, -EFAULT, -EAGAIN, -ERESTARTSYS; -EPIPE, after which the caller raises SIGPIPE, or
 * -EPIPE_WITHOUT_SIGNAL, which programs see as -EPIPE. */
int64_t file_read(struct file *file, struct io *io);
int64_t file_write(struct file *file, struct io *io);

/* pread(), pwrite(). Errors: -ESPIPE, -EINVAL (a negative offset), else the same. */
int64_t file_read_at(struct file *file, struct io *io, int64_t offset);
int64_t file_write_at(struct file *file, struct io *io, int64_t offset);

/* lseek(). Errors: -ESPIPE, -EINVAL, -EBADF (O_PATH), -ENXIO (SEEK_DATA, SEEK_HOLE behind the end). */
int64_t file_seek(struct file *file, int64_t offset, int whence);

/* The entry at the file's position, which goes on behind it only by file_readdir_advance(): the caller may
 * find that it has no room for the entry. "." and ".." are entries too. Both need the position's lock, which
 * file_readdir_begin() takes. Errors: -ENOTDIR, -EBADF; -ENOENT: the end, or a directory that is removed. */
int file_readdir_begin(struct file *file);
int file_readdir(struct file *file, struct directory_entry *ret_entry);
void file_readdir_advance(struct file *file, const struct directory_entry *entry);
void file_readdir_end(struct file *file);

/* fstat(). */
struct node_attributes file_get_attributes(struct file *file);

/* ftruncate(). Errors: -EINVAL (not open for writing, no regular file, size < 0), -EFBIG. */
int file_truncate(struct file *file, int64_t size);

/* fcntl(F_ADD_SEALS, F_GET_SEALS). Errors: -EPERM (not open for writing; F_SEAL_SEAL), -EBUSY, -EINVAL. */
int file_add_seals(struct file *file, unsigned seals);
int file_get_seals(const struct file *file);

/* What a mapping of the file shows, with a reference for the caller; *ret_object NULL: zeros, of its own or
 * shared by those who map it together. How the file was opened is the caller's to check. Errors: -ENODEV (no
 * such file can be mapped). */
int file_get_memory_object(struct file *file, struct memory_object **ret_object);

unsigned file_poll(struct file *file, struct poll_hook *hook);
int64_t file_ioctl(struct file *file, unsigned request, uint64_t argument);

#endif
