/* Input waits in a ring until its line is complete, as POSIX has it for terminals. */
#include "fs/console.h"

#include "abi/errno.h"
#include "core/log.h"

#define CTRL_D 4
#define CHUNK 256

/* Locks: c = console.lock */
static struct {
    struct spinlock lock; /* rank LOCK_RANK_DEVICE */
    struct readiness readiness;
    char ring[CONSOLE_INPUT_MAX]; /* [c] */
    unsigned start, used;         /* [c] */
    unsigned lines;               /* [c] ends of lines in the ring, CTRL_D among them */
} console;

void console_setup(void)
{
    spinlock_init(&console.lock, LOCK_RANK_DEVICE);
    readiness_init(&console.readiness);
    console.start = console.used = console.lines = 0;
}

static bool ends_line(char character)
{
    return character == '\n' || character == CTRL_D;
}

void console_receive(char character)
{
    if (character == '\r')
        character = '\n';
    struct spinlock_state state = spin_lock(&console.lock);
    bool has_room = console.used < CONSOLE_INPUT_MAX;

    if (has_room) {
        console.ring[(console.start + console.used++) % CONSOLE_INPUT_MAX] = character;
        console.lines += ends_line(character);
    }
    spin_unlock(&console.lock, state);
    if (has_room)
        readiness_signal_events(&console.readiness, POLLIN | POLLRDNORM);
}

/* Whether there is a line, or what is one because no more fits in. */
static bool console_has_line(void)
{
    return console.lines > 0 || console.used == CONSOLE_INPUT_MAX;
}

/* Take bytes of the first line, which ends with them if *ret_is_end. Returns how many. Holds: console.lock.
 */
static size_t console_take_locked(char *bytes, size_t size, bool *ret_is_end)
{
    size_t taken = 0;

    *ret_is_end = console.used == 0;
    while (taken < size && console.used > 0 && !*ret_is_end) {
        char character = console.ring[console.start];
        console.start = (console.start + 1) % CONSOLE_INPUT_MAX;
        console.used--;
        *ret_is_end = ends_line(character);
        console.lines -= *ret_is_end;
        if (character != CTRL_D)
            bytes[taken++] = character;
    }
    return taken;
}

/* Wait for a line. Errors: -EAGAIN, -ERESTARTSYS. */
static int console_wait(bool waits)
{
    int error = 0;

    for (;;) {
        uint64_t changes = readiness_changes(&console.readiness);
        struct spinlock_state state = spin_lock(&console.lock);
        bool has_line = console_has_line();
        spin_unlock(&console.lock, state);
        if (has_line || error != 0)
            return has_line ? 0 : error;
        error = waits ? readiness_wait(&console.readiness, changes) : -EAGAIN;
    }
}

static int64_t console_read(struct file *file, struct io *io, uint64_t offset)
{
    int64_t done = 0;
    bool is_end = false;
    int error = io->left == 0 ? 0 : console_wait((file->flags & O_NONBLOCK) == 0);

    (void)offset;
    if (error != 0)
        return error;
    while (io->left > 0 && !is_end) {
        char chunk[CHUNK];
        struct spinlock_state state = spin_lock(&console.lock);
        size_t taken = console_take_locked(chunk, io->left < CHUNK ? io->left : CHUNK, &is_end);
        spin_unlock(&console.lock, state);
        size_t given = io_give(io, chunk, taken);
        done += (int64_t)given;
        if (given < taken)
            return done > 0 ? done : -EFAULT;
    }
    return done;
}

static int64_t console_write(struct file *file, struct io *io, uint64_t offset)
{
    char chunk[CHUNK];
    int64_t done = 0;

    (void)file;
    (void)offset;
    while (io->left > 0) {
        size_t piece = io->left < sizeof(chunk) ? io->left : sizeof(chunk), taken = io_take(io, chunk, piece);
        log_write_raw(chunk, taken);
        done += (int64_t)taken;
        if (taken < piece)
            return done > 0 ? done : -EFAULT;
    }
    return done;
}

static unsigned console_poll(struct file *file, struct poll_hook *hook)
{
    (void)file;
    if (hook != NULL)
        readiness_add(&console.readiness, hook);
    struct spinlock_state state = spin_lock(&console.lock);
    bool has_line = console_has_line();
    spin_unlock(&console.lock, state);
    return POLLOUT | POLLWRNORM | (has_line ? POLLIN | POLLRDNORM : 0);
}

const struct file_operations console_operations = {
    .is_stream = true,
    .read = console_read,
    .write = console_write,
    .poll = console_poll,
};
