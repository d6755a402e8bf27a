/* From programs to the driver. One write() at a time: who comes meanwhile waits for its end, so that texts do
 * not mix. The output lock is held for a piece only, and never while waiting for room, so that echo finds its
 * way in between. */
#include "abi/errno.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "signal/signal.h"
#include "tty/tty_internal.h"

#define PIECE 512u /* bytes that are taken from the program, and put out, at once */

static size_t tty_driver_room(struct tty *tty)
{
    return tty->driver->get_room == NULL ? SIZE_MAX : tty->driver->get_room(tty);
}

bool tty_has_room(struct tty *tty)
{
    return !line_output_is_held(&tty->line) && tty_driver_room(tty) >= LINE_EXPANSION_MAX;
}

size_t tty_put(struct tty *tty, const char *bytes, size_t length)
{
    const size_t put = tty->driver->write(tty, bytes, length);

    if (put > 0)
        console_mirror(tty, bytes, put);
    return put;
}

void tty_put_echo(struct tty *tty)
{
    const char *bytes;
    size_t length;

    if (line_output_is_held(&tty->line))
        return;
    while ((length = line_echo_pending(&tty->line, &bytes)) > 0) {
        const size_t put = tty_put(tty, bytes, length);
        line_echo_consume(&tty->line, put);
        if (put < length)
            return;
    }
}

/* Process bytes into `out`, no more than there is room for. Returns how many bytes of the text that took.
 * Holds: output_lock. */
static size_t tty_process(struct tty *tty, const char *bytes, size_t length, char out[PIECE],
                          size_t *ret_size)
{
    const size_t room = tty_driver_room(tty), limit = room < PIECE ? room : PIECE;
    size_t done = 0, used = 0;

    while (done < length && used + LINE_EXPANSION_MAX <= limit) {
        const size_t most = length - done < limit - used ? length - done : limit - used;
        const size_t plain = line_process_plain(&tty->line, bytes + done, most);
        memcpy(out + used, bytes + done, plain);
        used += plain;
        done += plain;
        if (plain == 0)
            used += line_process_output(&tty->line, (uint8_t)bytes[done++], out + used);
    }
    *ret_size = used;
    return done;
}

/* Put out what there is room for; returns how many bytes of the text are done with. */
static size_t tty_write_some(struct tty *tty, const char *bytes, size_t length)
{
    char out[PIECE];
    size_t done = 0, size;

    mutex_lock(&tty->output_lock);
    tty_put_echo(tty);
    while (done < length && !line_output_is_held(&tty->line)) {
        const size_t taken = tty_process(tty, bytes + done, length - done, out, &size);
        if (taken == 0)
            break;
        if (size > 0)
            (void)tty_put(tty, out, size);
        done += taken;
    }
    mutex_unlock(&tty->output_lock);
    return done;
}

/* Write a piece whole, waiting for room as it takes. Errors: -EIO, -EAGAIN, -ERESTARTSYS; *ret_done bytes are
 * written all the same. */
static int tty_write_piece(struct file *file, const char *bytes, size_t length, size_t *ret_done)
{
    struct tty *tty = file->data;
    int error = 0;

    *ret_done = 0;
    for (;;) {
        const uint64_t changes = readiness_changes(&tty->readiness);
        if (signal_is_pending())
            return -ERESTARTSYS;
        if (tty_is_hung_up(file, tty))
            return -EIO;
        *ret_done += tty_write_some(tty, bytes + *ret_done, length - *ret_done);
        if (*ret_done == length)
            return 0;
        if ((file->flags & O_NONBLOCK) != 0)
            return -EAGAIN;
        error = readiness_wait_until(&tty->readiness, changes, POLLOUT | POLLHUP, UINT64_MAX);
        if (error != 0)
            return error;
    }
}

static int tty_begin_write(struct file *file, struct tty *tty)
{
    int error = 0;

    mutex_lock(&tty->output_lock);
    while (tty->has_writer && error == 0) {
        const uint64_t changes = readiness_changes(&tty->readiness);
        mutex_unlock(&tty->output_lock);
        error = (file->flags & O_NONBLOCK) != 0
                    ? -EAGAIN
                    : readiness_wait_until(&tty->readiness, changes, POLLOUT | POLLHUP, UINT64_MAX);
        mutex_lock(&tty->output_lock);
    }
    if (error == 0)
        tty->has_writer = true;
    mutex_unlock(&tty->output_lock);
    return error;
}

static void tty_end_write(struct tty *tty)
{
    mutex_lock(&tty->output_lock);
    tty->has_writer = false;
    mutex_unlock(&tty->output_lock);
    readiness_signal_events(&tty->readiness, POLLOUT | POLLWRNORM);
}

static int64_t tty_write_all(struct file *file, struct io *io)
{
    char piece[PIECE];
    int64_t total = 0;
    int error = 0;

    while (io->left > 0 && error == 0) {
        const size_t wanted = io->left < sizeof(piece) ? io->left : sizeof(piece);
        const size_t taken = io_take(io, piece, wanted);
        size_t done;
        error = tty_write_piece(file, piece, taken, &done);
        total += (int64_t)done;
        if (error == 0 && taken < wanted)
            error = -EFAULT;
    }
    return total > 0 ? total : error;
}

int64_t tty_write(struct file *file, struct io *io, uint64_t offset)
{
    struct tty *tty = file->data;
    int64_t result = 0;

    (void)offset;
    if (tty_is_hung_up(file, tty))
        return -EIO;
    if ((tty->line.settings.lflag & TOSTOP) != 0 && !tty_is_console_file(file))
        result = job_control_check(tty, SIGTTOU);
    if (result == 0)
        result = tty_begin_write(file, tty);
    if (result != 0)
        return result;
    result = tty_write_all(file, io);
    tty_end_write(tty);
    return result;
}

int tty_drain(struct tty *tty)
{
    return tty->driver->drain == NULL ? 0 : tty->driver->drain(tty);
}

size_t tty_pending_output(struct tty *tty)
{
    return tty->driver->get_pending == NULL ? 0 : tty->driver->get_pending(tty);
}

void tty_send_flow(struct tty *tty, bool is_stop)
{
    mutex_lock(&tty->output_lock);
    const uint8_t byte = tty->line.settings.cc[is_stop ? VSTOP : VSTART];
    if (byte != 0)
        (void)tty_put(tty, (const char *)&byte, 1);
    mutex_unlock(&tty->output_lock);
}

void tty_output_has_room(struct tty *tty)
{
    readiness_signal_events(&tty->readiness, POLLOUT | POLLWRNORM);
}
