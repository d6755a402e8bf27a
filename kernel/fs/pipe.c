/* A ring of bytes in up to PIPE_PAGES frames, each taken when bytes first come to lie in it and given back,
 * but for one, when the pipe has run empty. The program's memory is touched with pipe.lock held, a mutex that
 * no page fault takes. A piece that meets memory which is not mapped is neither written nor taken out, as on
 * Linux.
 *
 * A FIFO's node has a pipe while it is open. Opening waits for a partner, for which openings are counted, not
 * those that are open: a partner who has come and gone meanwhile has been there. */
#include "fs/pipe.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"

#define PIPE_PAGES (PIPE_SIZE / PAGE_SIZE)
#define PIPE_SIZE_SMALL (2 * (uint32_t)PAGE_SIZE) /* of a user's, when users have many */
#define USERS_SHARE 8                             /* part of the memory that users' pipes may fill */
#define USERS_PAGES_MAX 16384u                    /* but not more than this: what one user has on Linux */

/* Locks: p = pipe.lock   I = set before publication */
struct pipe {
    struct mutex lock; /* rank LOCK_RANK_FS_NODE */
    struct readiness readiness;
    paddr_t frames[PIPE_PAGES]; /* [p] 0: none */
    unsigned frame_count;       /* [p] of these that are there */
    uint32_t size;              /* [I] bytes that there is room for, a power of two */
    bool is_users;              /* [I] its size counts in users_pages */
    uint32_t start;             /* [p] of the first byte, below size */
    uint32_t used;              /* [p] bytes */
    unsigned readers, writers;  /* [p] open files */
    uint64_t readers_opened;    /* [p] ever */
    uint64_t writers_opened;    /* [p] ever */
    atomic_uint users;          /* open files, those that are being opened, nodes of one without a name */
    uint64_t number;            /* [I] st_ino of a pipe without a name */
    uint64_t created_ns;        /* [I] */
};

static struct object_cache pipe_cache;
static _Atomic(uint64_t) next_number = 1;
static atomic_uint users_pages;  /* that the pipes of others than the superuser may fill */
static unsigned users_pages_max; /* set once */

void pipe_setup(void)
{
    const uint64_t share = frames_get_stats().total / USERS_SHARE;

    object_cache_init(&pipe_cache, "pipe", sizeof(struct pipe), 8);
    users_pages_max = share < USERS_PAGES_MAX ? (unsigned)share : USERS_PAGES_MAX;
}

unsigned pipe_users_pages_max(void)
{
    return users_pages_max;
}

/* Who has many pipes gets small ones: else a user could fill all memory with bytes that nobody reads. */
static void pipe_choose_size(struct pipe *pipe, const struct credentials *who)
{
    pipe->size = PIPE_SIZE;
    pipe->is_users = !credentials_are_root(who);
    if (!pipe->is_users)
        return;
    if (atomic_fetch_add(&users_pages, PIPE_PAGES) + PIPE_PAGES > users_pages_max) {
        pipe->size = PIPE_SIZE_SMALL;
        atomic_fetch_sub(&users_pages, PIPE_PAGES - PIPE_SIZE_SMALL / PAGE_SIZE);
    }
}

static struct pipe *pipe_new(const struct credentials *who)
{
    struct pipe *pipe = object_cache_alloc(&pipe_cache);

    if (pipe == NULL)
        return NULL;
    memset(pipe, 0, sizeof(*pipe));
    mutex_init(&pipe->lock, LOCK_RANK_FS_NODE);
    readiness_init(&pipe->readiness);
    pipe->number = atomic_fetch_add(&next_number, 1);
    pipe->created_ns = clock_realtime_ns();
    pipe_choose_size(pipe, who);
    return pipe;
}

/* Give back all frames but, if there is one, that which bytes come to lie in next. The pipe is empty.
 * Holds: pipe->lock, or nobody else has the pipe. */
static void pipe_reset(struct pipe *pipe)
{
    pipe->start = 0;
    for (unsigned i = 1; pipe->frame_count > 1 || (pipe->frame_count == 1 && pipe->frames[0] == 0); i++) {
        if (pipe->frames[i] == 0)
            continue;
        frames_free(pipe->frames[i], 0);
        pipe->frames[i] = 0;
        pipe->frame_count--;
    }
}

static void pipe_free(struct pipe *pipe)
{
    pipe_reset(pipe);
    if (pipe->frames[0] != 0)
        frames_free(pipe->frames[0], 0);
    if (pipe->is_users)
        atomic_fetch_sub(&users_pages, pipe->size / PAGE_SIZE);
    object_cache_free(&pipe_cache, pipe);
}

/* Bytes from ring position `at` to the end of its page. */
static uint32_t page_left(uint32_t at)
{
    return PAGE_SIZE - (at & PAGE_MASK);
}

static char *pipe_byte(const struct pipe *pipe, uint32_t at)
{
    return (char *)direct_map(pipe->frames[at / PAGE_SIZE]) + (at & PAGE_MASK);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Copy what there is, which stays. Returns bytes, or -EFAULT. Holds: pipe->lock. */
static int64_t pipe_copy_locked(const struct pipe *pipe, struct io *io)
{
    uint32_t start = pipe->start, left = pipe->used;
    int64_t done = 0;

    while (left > 0 && io->left > 0) {
        uint32_t piece = (uint32_t)smaller(smaller(page_left(start), left), io->left);
        struct io before = *io;
        if (io_give(io, pipe_byte(pipe, start), piece) < piece) {
            *io = before;
            return done > 0 ? done : -EFAULT;
        }
        start = (start + piece) & (pipe->size - 1);
        left -= piece;
        done += piece;
    }
    return done;
}

/* Take bytes out. Holds: pipe->lock. */
static void pipe_skip_locked(struct pipe *pipe, uint32_t count)
{
    pipe->start = (pipe->start + count) & (pipe->size - 1);
    pipe->used -= count;
    if (pipe->used == 0)
        pipe_reset(pipe);
}

static int pipe_add_frame(struct pipe *pipe, paddr_t *frame)
{
    int error = frames_alloc(0, frame);

    pipe->frame_count += error == 0;
    return error;
}

/* Put in what there is room for. Returns bytes, or an error if there are none. Holds: pipe->lock. */
static int64_t pipe_put_locked(struct pipe *pipe, struct io *io)
{
    int64_t done = 0;

    while (pipe->used < pipe->size && io->left > 0) {
        uint32_t at = (pipe->start + pipe->used) & (pipe->size - 1);
        uint32_t piece = (uint32_t)smaller(smaller(page_left(at), pipe->size - pipe->used), io->left);
        struct io before = *io;
        paddr_t *frame = &pipe->frames[at / PAGE_SIZE];
        if (*frame == 0 && pipe_add_frame(pipe, frame) != 0)
            return done > 0 ? done : -ENOMEM;
        if (io_take(io, pipe_byte(pipe, at), piece) < piece) {
            *io = before;
            return done > 0 ? done : -EFAULT;
        }
        pipe->used += piece;
        done += piece;
    }
    return done;
}

/* Release the lock, wait for a change of one of these events, take it again. Errors: -ERESTARTSYS. */
static int pipe_wait_locked(struct pipe *pipe, unsigned events)
{
    uint64_t changes = readiness_changes(&pipe->readiness);

    mutex_unlock(&pipe->lock);
    int error = readiness_wait_until(&pipe->readiness, changes, events, UINT64_MAX);
    mutex_lock(&pipe->lock);
    return error;
}

/* Whether every writer has room enough, whatever piece it wants to write at once: nobody waits for room. */
static bool pipe_is_writable(const struct pipe *pipe)
{
    return pipe->size - pipe->used >= PIPE_BUF;
}

/* Wait until there are bytes to read, or nobody writes any more. Holds: pipe->lock. */
static int pipe_wait_for_bytes_locked(struct pipe *pipe, bool waits)
{
    int error = 0;

    while (pipe->used == 0 && pipe->writers > 0 && error == 0)
        error = waits ? pipe_wait_locked(pipe, POLLIN | POLLHUP) : -EAGAIN;
    return pipe->used > 0 ? 0 : error;
}

static void pipe_tell_writers(struct pipe *pipe, bool was_writable)
{
    if (!was_writable)
        readiness_signal_events(&pipe->readiness, POLLOUT | POLLWRNORM);
}

static int64_t pipe_read(struct file *file, struct io *io, uint64_t offset)
{
    struct pipe *pipe = file->data;

    (void)offset;
    if (io->left == 0)
        return 0;
    mutex_lock(&pipe->lock);
    int64_t count = pipe_wait_for_bytes_locked(pipe, (file->flags & O_NONBLOCK) == 0);
    bool was_writable = pipe_is_writable(pipe);
    if (count == 0)
        count = pipe_copy_locked(pipe, io);
    if (count > 0)
        pipe_skip_locked(pipe, (uint32_t)count);
    mutex_unlock(&pipe->lock);
    if (count > 0)
        pipe_tell_writers(pipe, was_writable);
    return count;
}

int64_t pipe_peek(struct file *file, struct io *io, bool waits)
{
    struct pipe *pipe = file->data;

    mutex_lock(&pipe->lock);
    int64_t count = pipe_wait_for_bytes_locked(pipe, waits && (file->flags & O_NONBLOCK) == 0);
    if (count == 0)
        count = pipe_copy_locked(pipe, io);
    mutex_unlock(&pipe->lock);
    return count;
}

void pipe_skip(struct file *file, uint32_t count)
{
    struct pipe *pipe = file->data;

    mutex_lock(&pipe->lock);
    bool was_writable = pipe_is_writable(pipe);
    pipe_skip_locked(pipe, (uint32_t)smaller(count, pipe->used));
    mutex_unlock(&pipe->lock);
    pipe_tell_writers(pipe, was_writable);
}

uint32_t pipe_room(struct file *file)
{
    struct pipe *pipe = file->data;

    mutex_lock(&pipe->lock);
    uint32_t room = pipe->size - pipe->used;
    mutex_unlock(&pipe->lock);
    return room;
}

/* Whether a write of `left` bytes, of which none has been written yet if is_first, may go on now. */
static bool pipe_has_room(const struct pipe *pipe, uint64_t left, bool is_first)
{
    uint32_t room = pipe->size - pipe->used;

    return is_first && left <= PIPE_BUF ? room >= left : room > 0;
}

/* One turn of a write: wait for room, put bytes in. Holds: pipe->lock. */
static int64_t pipe_write_turn_locked(struct pipe *pipe, struct io *io, bool is_first, bool waits)
{
    while (pipe->readers > 0 && !pipe_has_room(pipe, io->left, is_first)) {
        int error = waits ? pipe_wait_locked(pipe, POLLOUT | POLLERR) : -EAGAIN;
        if (error != 0)
            return error;
    }
    if (pipe->readers == 0)
        return -EPIPE;
    int64_t count = pipe_put_locked(pipe, io);
    if (count > 0)
        readiness_signal_events(&pipe->readiness, POLLIN | POLLRDNORM);
    return count;
}

static int64_t pipe_write(struct file *file, struct io *io, uint64_t offset)
{
    struct pipe *pipe = file->data;
    bool waits = (file->flags & O_NONBLOCK) == 0;
    int64_t done = 0, count = 0;

    (void)offset;
    mutex_lock(&pipe->lock);
    while (io->left > 0 && count >= 0) {
        count = pipe_write_turn_locked(pipe, io, done == 0, waits);
        done += count > 0 ? count : 0;
    }
    mutex_unlock(&pipe->lock);
    return done > 0 ? done : count;
}

static unsigned pipe_poll(struct file *file, struct poll_hook *hook)
{
    struct pipe *pipe = file->data;
    unsigned events = 0;

    if (hook != NULL)
        readiness_add(&pipe->readiness, hook);
    mutex_lock(&pipe->lock);
    if (file_can_read(file)) {
        events |= pipe->used > 0 ? POLLIN | POLLRDNORM : 0;
        /* Whoever opened a FIFO without waiting for a writer is not told that all have gone. */
        events |= pipe->writers == 0 && file->opened_count != pipe->writers_opened ? POLLHUP : 0;
    }
    if (file_can_write(file)) {
        events |= pipe_is_writable(pipe) ? POLLOUT | POLLWRNORM : 0;
        events |= pipe->readers == 0 ? POLLERR : 0;
    }
    mutex_unlock(&pipe->lock);
    return events;
}

static int64_t pipe_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    struct pipe *pipe = file->data;

    if (request != FIONREAD)
        return -ENOTTY;
    mutex_lock(&pipe->lock);
    int32_t used = (int32_t)pipe->used;
    mutex_unlock(&pipe->lock);
    return user_copy_out((user_ptr_t){argument}, &used, sizeof(used));
}

/* Holds: pipe->lock. Whoever calls signals the change. */
static void pipe_join_locked(struct pipe *pipe, const struct file *file)
{
    if (file_can_read(file)) {
        pipe->readers++;
        pipe->readers_opened++;
    }
    if (file_can_write(file)) {
        pipe->writers++;
        pipe->writers_opened++;
    }
}

static void pipe_join(struct pipe *pipe, const struct file *file)
{
    mutex_lock(&pipe->lock);
    pipe_join_locked(pipe, file);
    mutex_unlock(&pipe->lock);
    readiness_signal(&pipe->readiness);
}

static void pipe_leave(struct pipe *pipe, struct file *file)
{
    mutex_lock(&pipe->lock);
    pipe->readers -= file_can_read(file);
    pipe->writers -= file_can_write(file);
    mutex_unlock(&pipe->lock);
    readiness_signal(&pipe->readiness);
}

/* The last end frees the pipe, when the other one has sent its signal. */
void pipe_unref(struct pipe *pipe)
{
    if (atomic_fetch_sub(&pipe->users, 1) == 1)
        pipe_free(pipe);
}

static void pipe_release(struct file *file)
{
    pipe_leave(file->data, file);
    pipe_unref(file->data);
}

static void pipe_get_attributes(struct file *file, struct node_attributes *attributes)
{
    const struct pipe *pipe = file->data;

    attributes->ino = pipe->number;
    attributes->mode |= S_IFIFO;
    attributes->atime_ns = attributes->mtime_ns = attributes->ctime_ns = pipe->created_ns;
}

static const struct file_operations pipe_operations = {
    .is_stream = true,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .get_attributes = pipe_get_attributes,
    .release = pipe_release,
};

int pipe_create(unsigned flags, const struct credentials *who, struct file **ret_reader,
                struct file **ret_writer)
{
    struct pipe *pipe = pipe_new(who);
    struct file *reader, *writer;

    if (pipe == NULL)
        return -ENOMEM;
    int error = file_create(&pipe_operations, pipe, O_RDONLY | (flags & O_NONBLOCK), who, &reader);
    if (error != 0)
        goto free_pipe;
    pipe->users = 1;
    pipe_join(pipe, reader);
    error = file_create(&pipe_operations, pipe, O_WRONLY | (flags & O_NONBLOCK), who, &writer);
    if (error != 0)
        goto close_reader;
    pipe->users = 2;
    pipe_join(pipe, writer);
    *ret_reader = reader;
    *ret_writer = writer;
    return 0;

close_reader:
    file_unref(reader); /* the pipe goes with it */
    return error;
free_pipe:
    pipe_free(pipe);
    return error;
}

/* FIFOs */

static struct pipe *fifo_get_pipe(struct node *node, const struct credentials *who)
{
    mutex_lock(&node->lock);
    if (node->pipe == NULL)
        node->pipe = pipe_new(who);
    if (node->pipe != NULL)
        node->pipe->users++;
    struct pipe *pipe = node->pipe;
    mutex_unlock(&node->lock);
    return pipe;
}

static void fifo_put_pipe(struct node *node)
{
    mutex_lock(&node->lock);
    struct pipe *pipe = node->pipe;
    bool is_last = --pipe->users == 0;
    if (is_last)
        node->pipe = NULL;
    mutex_unlock(&node->lock);
    if (is_last)
        pipe_free(pipe);
}

static void fifo_release(struct file *file)
{
    pipe_leave(file->data, file);
    fifo_put_pipe(file->path.node);
}

static const struct file_operations fifo_operations = {
    .is_stream = true,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .release = fifo_release,
};

/* Become an end, and wait until somebody opens the other one, if nobody has it open. A partner may come and
 * go as soon as the lock is free: who came before is counted at one time with becoming an end. Errors:
 * -ENXIO, -ERESTARTSYS; the file is an end all the same. */
static int fifo_join(struct pipe *pipe, struct file *file)
{
    bool reads = file_can_read(file);
    int error = 0;

    mutex_lock(&pipe->lock);
    const unsigned *partners = reads ? &pipe->writers : &pipe->readers;
    const uint64_t *opened = reads ? &pipe->writers_opened : &pipe->readers_opened;
    uint64_t opened_before = *opened;

    pipe_join_locked(pipe, file);
    readiness_signal(&pipe->readiness);
    if ((file->flags & O_ACCMODE) == O_RDWR) {
        /* it is its own partner */
    } else if (*partners == 0 && (file->flags & O_NONBLOCK) != 0) {
        file->opened_count = opened_before;
        error = reads ? 0 : -ENXIO;
    } else if (*partners == 0) {
        while (error == 0 && *opened == opened_before)
            error = pipe_wait_locked(pipe, 0);
        if (*opened != opened_before)
            error = 0;
    }
    mutex_unlock(&pipe->lock);
    return error;
}

/* Make the file an end that counts already. */
static void pipe_set_end(struct file *file, struct pipe *pipe, const struct file_operations *operations)
{
    file->data = pipe;
    file->operations = operations;
}

int pipe_open_fifo(struct file *file)
{
    if ((file->flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    struct pipe *pipe = fifo_get_pipe(file->path.node, &file->opened_by);
    if (pipe == NULL)
        return -ENOMEM;
    file->opened_count = UINT64_MAX; /* writers have been, unless found otherwise below */
    int error = fifo_join(pipe, file);
    if (error != 0) {
        pipe_leave(pipe, file);
        fifo_put_pipe(file->path.node);
        return error;
    }
    pipe_set_end(file, pipe, &fifo_operations);
    return 0;
}

struct pipe *pipe_of_file(const struct file *file)
{
    if (file->operations != &pipe_operations)
        return NULL;
    struct pipe *pipe = file->data;
    pipe->users++;
    return pipe;
}

int pipe_open_again(struct file *file, struct pipe *pipe)
{
    if ((file->flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    pipe->users++;
    file->opened_count = UINT64_MAX;
    pipe_join(pipe, file);
    pipe_set_end(file, pipe, &pipe_operations);
    return 0;
}

bool file_is_pipe(const struct file *file)
{
    return file->operations == &pipe_operations || file->operations == &fifo_operations;
}

int64_t pipe_get_size(struct file *file)
{
    return file_is_pipe(file) ? (int64_t)((struct pipe *)file->data)->size : -EBADF;
}

int64_t pipe_set_size(struct file *file, uint64_t size)
{
    const int64_t has = pipe_get_size(file);

    if (has < 0)
        return has;
    if ((uint32_t)size == 0)
        return -EINVAL;
    return (uint32_t)size <= has ? has : -EPERM;
}
