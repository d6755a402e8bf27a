/* The other side of a pseudoterminal: what the program with the open ptmx reads, writes and asks. */
#include "abi/errno.h"
#include "abi/signal.h"
#include "fs/devices.h"
#include "fs/fd_table.h"
#include "lib/format.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "proc/limits.h"
#include "proc/process.h"
#include "signal/signal.h"
#include "tty/pty.h"
#include "tty/tty_internal.h"

#define PIECE 256u

/* Whether a read need not wait. Holds: the terminal's output lock, or the answer is a moment's. */
static bool master_has_status(struct pty *pty)
{
    return atomic_load(&pty->is_packet) && atomic_load(&pty->packet_status) != 0;
}

/* Give the program what the terminal has put out. Returns bytes, or -EFAULT. Holds: its output lock. */
static int64_t master_give(struct pty *pty, struct io *io)
{
    const char *bytes;
    int64_t done = 0;
    size_t length;

    while (io->left > 0 && (length = pty_pending(pty, &bytes)) > 0) {
        const size_t wanted = length < io->left ? length : io->left, given = io_give(io, bytes, wanted);
        pty->tail += (uint32_t)given;
        done += (int64_t)given;
        if (given < wanted)
            return done > 0 ? done : -EFAULT;
    }
    return done;
}

/* In packet mode a byte comes first: what has happened, and then no text; or 0. */
static int64_t master_give_packet(struct pty *pty, struct io *io)
{
    const uint8_t status = (uint8_t)atomic_exchange(&pty->packet_status, 0);

    if (io_give(io, &status, 1) < 1)
        return -EFAULT;
    const int64_t given = status == 0 ? master_give(pty, io) : 0;
    return given < 0 ? given : given + 1;
}

/* Holds: the terminal's output lock. 0: there is nothing. */
static int64_t master_read_some(struct pty *pty, struct io *io)
{
    const bool has_text = pty->head != pty->tail;

    if (atomic_load(&pty->is_packet) && (has_text || master_has_status(pty)))
        return master_give_packet(pty, io);
    return master_give(pty, io);
}

static int64_t master_read(struct file *file, struct io *io, uint64_t offset)
{
    struct pty *pty = file->data;

    (void)offset;
    if (io->left == 0)
        return 0;
    for (;;) {
        const uint64_t changes = readiness_changes(&pty->readiness);
        mutex_lock(&pty->tty->output_lock);
        const bool has_left = atomic_load(&pty->has_left);
        const int64_t result = master_read_some(pty, io);
        if (result > 0)
            tty_put_echo(pty->tty);
        mutex_unlock(&pty->tty->output_lock);
        if (result > 0)
            tty_output_has_room(pty->tty);
        if (result != 0)
            return result;
        if (has_left)
            return -EIO;
        if ((file->flags & O_NONBLOCK) != 0)
            return -EAGAIN;
        const int error =
            readiness_wait_until(&pty->readiness, changes, POLLIN | POLLPRI | POLLHUP, UINT64_MAX);
        if (error != 0)
            return error;
    }
}

/* Type a piece whole, waiting for room. Errors: -EAGAIN, -ERESTARTSYS; *ret_done bytes are typed. */
static int master_write_piece(struct file *file, const char *bytes, size_t length, size_t *ret_done)
{
    struct pty *pty = file->data;
    int error = 0;

    *ret_done = 0;
    for (;;) {
        const uint64_t changes = readiness_changes(&pty->readiness);
        if (signal_is_pending())
            return -ERESTARTSYS;
        *ret_done += tty_receive_now(pty->tty, bytes + *ret_done, length - *ret_done);
        if (*ret_done == length)
            return 0;
        if ((file->flags & O_NONBLOCK) != 0)
            return -EAGAIN;
        error = readiness_wait_until(&pty->readiness, changes, POLLOUT, UINT64_MAX);
        if (error != 0)
            return error;
    }
}

static int64_t master_write(struct file *file, struct io *io, uint64_t offset)
{
    char piece[PIECE];
    int64_t total = 0;
    int error = 0;

    (void)offset;
    while (io->left > 0 && error == 0) {
        const size_t wanted = io->left < sizeof(piece) ? io->left : sizeof(piece);
        const size_t taken = io_take(io, piece, wanted);
        size_t done;
        error = master_write_piece(file, piece, taken, &done);
        total += (int64_t)done;
        if (error == 0 && taken < wanted)
            error = -EFAULT;
    }
    return total > 0 ? total : error;
}

static unsigned master_poll(struct file *file, struct poll_hook *hook)
{
    struct pty *pty = file->data;
    unsigned events = 0;

    if (hook != NULL)
        readiness_add(&pty->readiness, hook);
    mutex_lock(&pty->tty->output_lock);
    if (pty->head != pty->tail)
        events |= POLLIN | POLLRDNORM;
    mutex_unlock(&pty->tty->output_lock);
    if (master_has_status(pty))
        events |= POLLPRI | POLLIN | POLLRDNORM;
    if (atomic_load(&pty->has_left))
        events |= POLLHUP;
    mutex_lock(&pty->tty->lock);
    if (line_room(&pty->tty->line) > 0)
        events |= POLLOUT | POLLWRNORM;
    mutex_unlock(&pty->tty->lock);
    return events;
}

static int64_t give_int(user_ptr_t target, int32_t value)
{
    return user_copy_out(target, &value, sizeof(value));
}

static int64_t master_set(struct pty *pty, unsigned request, user_ptr_t source)
{
    int32_t value;
    const int error = user_copy_in(&value, source, sizeof(value), NULL);

    if (error != 0)
        return error;
    if (request == TIOCSPTLCK) {
        atomic_store(&pty->is_locked, value != 0);
    } else {
        if (value != 0 && !atomic_load(&pty->is_packet))
            atomic_store(&pty->packet_status, 0);
        atomic_store(&pty->is_packet, value != 0);
    }
    return 0;
}

/* TIOCSIG: a signal for the foreground, as if its key had been typed. */
static int64_t master_signal(struct pty *pty, uint64_t signal)
{
    if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
        return -EINVAL;
    job_control_signal(pty->tty, (int)signal);
    return 0;
}

/* TIOCGPTPEER: open the terminal, as open() of its name would. Returns a descriptor. */
static int64_t master_open_peer(struct pty *pty, uint64_t flags)
{
    struct process *process = process_current();
    struct credentials who;
    struct path_context context = {.credentials = &who};
    const uint64_t limit = limit_current(RLIMIT_NOFILE);
    struct file *file;
    char name[32];

    identity_get_credentials(&who);
    fs_context_get(process->fs, &context.root, &context.start);
    (void)format_to_buffer(name, sizeof(name), "/dev/pts/%u", pty->number);
    int error = file_open(&context, name, (unsigned)flags & (O_ACCMODE | O_NOCTTY | O_NONBLOCK), 0, &file);
    path_unref(&context.root);
    path_unref(&context.start);
    if (error != 0)
        return error;
    error = fd_table_add(process->files, file, 0, limit < FD_TABLE_MAX ? (unsigned)limit : FD_TABLE_MAX,
                         (flags & O_CLOEXEC) != 0 ? FD_CLOSE_ON_EXEC : 0);
    file_unref(file);
    return error;
}

static int64_t master_readable_bytes(struct pty *pty)
{
    mutex_lock(&pty->tty->output_lock);
    const uint32_t count = pty->head - pty->tail;
    mutex_unlock(&pty->tty->output_lock);
    return count;
}

/* TCFLSH: what the master has not read, and what the terminal has not. */
static int64_t master_flush(struct pty *pty, uint64_t what)
{
    if (what > TCIOFLUSH)
        return -EINVAL;
    if (what != TCOFLUSH) {
        mutex_lock(&pty->tty->output_lock);
        pty->tail = pty->head;
        mutex_unlock(&pty->tty->output_lock);
        tty_output_has_room(pty->tty);
    }
    return 0;
}

static int64_t master_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    struct pty *pty = file->data;
    const user_ptr_t pointer = {argument};

    switch (request) {
    case TIOCSPTLCK:
    case TIOCPKT:
        return master_set(pty, request, pointer);
    case TIOCGPTLCK:
        return give_int(pointer, atomic_load(&pty->is_locked));
    case TIOCGPKT:
        return give_int(pointer, atomic_load(&pty->is_packet));
    case TIOCGPTN:
        return give_int(pointer, (int32_t)pty->number);
    case TIOCGPTPEER:
        return master_open_peer(pty, argument);
    case TIOCSIG:
        return master_signal(pty, argument);
    case FIONREAD:
        return give_int(pointer, (int32_t)master_readable_bytes(pty));
    case TIOCOUTQ:
        return give_int(pointer, 0);
    case TIOCGETD:
        return give_int(pointer, N_TTY);
    case TIOCGDEV:
        return give_int(pointer, (int32_t)DEVICE_NUMBER(PTY_MASTER_MAJOR, pty->number));
    case TCFLSH:
        return master_flush(pty, argument);
    default:
        return tty_ioctl_of_master(pty->tty, file, request, argument);
    }
}

static void master_release(struct file *file)
{
    pty_close_master(file->data);
}

static const struct file_operations master_operations = {
    .is_stream = true,
    .read = master_read,
    .write = master_write,
    .poll = master_poll,
    .ioctl = master_ioctl,
    .release = master_release,
};

static int multiplexer_open(struct file *file)
{
    struct pty *pty;
    const int error = pty_create(file, &pty);

    if (error != 0)
        return error;
    file->operations = &master_operations;
    file->data = pty;
    return 0;
}

const struct file_operations pty_multiplexer_operations = {.open = multiplexer_open};
