/* read() of a terminal: a line, or bytes as MIN and TIME say, termios(3). */
#include "abi/errno.h"
#include "abi/signal.h"
#include "core/clock.h"
#include "tty/tty_internal.h"

#define NS_PER_TIME_UNIT 100000000u /* TIME counts tenths of a second */
#define NO_DEADLINE UINT64_MAX

/* When a read ends. */
struct read_rule {
    int64_t minimum;      /* bytes that are enough */
    uint64_t deadline_ns; /* until the first byte, NO_DEADLINE: whenever it comes; 0: it does not wait */
    uint64_t between_ns;  /* between two bytes; 0: any time */
};

/* Holds: tty->lock. */
static struct read_rule tty_read_rule(const struct line *line)
{
    const uint8_t minimum = line->settings.cc[VMIN];
    const uint64_t time_ns = (uint64_t)line->settings.cc[VTIME] * NS_PER_TIME_UNIT;

    if ((line->settings.lflag & ICANON) != 0)
        return (struct read_rule){0, NO_DEADLINE, 0};
    if (minimum > 0)
        return (struct read_rule){minimum, NO_DEADLINE, time_ns};
    return (struct read_rule){1, time_ns == 0 ? 0 : clock_monotonic_ns() + time_ns, 0};
}

/* Give the program what there is: the rest of a line, or all bytes. Returns how many; -EFAULT: none could be
 * given. Holds: tty->lock. */
static int64_t tty_give_locked(struct line *line, struct io *io)
{
    int64_t done = 0;

    for (;;) {
        struct line_piece piece = line_next_piece(line, io->left);
        const size_t given = io_give(io, piece.bytes, piece.length);
        if (given < piece.length) {
            piece.consumed = (uint32_t)given;
            line_consume(line, &piece);
            done += (int64_t)given;
            return done > 0 ? done : -EFAULT;
        }
        line_consume(line, &piece);
        done += (int64_t)given;
        if (piece.is_end)
            return done;
        if (io->left == 0) {
            line_skip_end_of_file(line);
            return done;
        }
    }
}

/* Wait for input, without the lock. Errors: -EIO: hung up; -EAGAIN, -ERESTARTSYS, -ETIMEDOUT. Holds:
 * tty->lock. */
static int tty_wait_locked(struct file *file, const struct read_rule *rule)
{
    struct tty *tty = file->data;
    const uint64_t changes = readiness_changes(&tty->readiness);
    int error;

    if (tty_is_hung_up(file, tty))
        return -EIO;
    if (rule->deadline_ns == 0)
        return -ETIMEDOUT;
    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    mutex_unlock(&tty->lock);
    error = readiness_wait_until(&tty->readiness, changes, POLLIN | POLLHUP, rule->deadline_ns);
    mutex_lock(&tty->lock);
    return tty_is_hung_up(file, tty) ? -EIO : error; /* before the signal that tells of it */
}

/* A pseudoterminal's master has been closed: who waits learns it by an error, who comes later does not. */
static bool tty_other_side_is_gone(struct tty *tty)
{
    return tty->driver->has_other_side != NULL && !tty->driver->has_other_side(tty);
}

/* Holds: tty->lock. */
static int64_t tty_read_locked(struct file *file, struct io *io)
{
    struct tty *tty = file->data;
    struct read_rule rule = tty_read_rule(&tty->line);
    int64_t done = 0;

    while (io->left > 0) {
        if (!line_is_readable(&tty->line, 1)) {
            const int error = tty_wait_locked(file, &rule);
            if (error == -ETIMEDOUT || (error == -EIO && !tty_other_side_is_gone(tty)))
                return done; /* the end of the time, or of the file */
            if (error != 0)
                return done > 0 ? done : error;
            continue;
        }
        const int64_t given = tty_give_locked(&tty->line, io);
        if (given < 0)
            return done > 0 ? done : given;
        done += given;
        if (done >= rule.minimum)
            return done;
        if (rule.between_ns > 0)
            rule.deadline_ns = clock_monotonic_ns() + rule.between_ns;
    }
    return done;
}

int64_t tty_read(struct file *file, struct io *io, uint64_t offset)
{
    struct tty *tty = file->data;

    (void)offset;
    if (tty_is_hung_up(file, tty))
        return 0;
    const int error = tty_is_console_file(file) ? 0 : job_control_check(tty, SIGTTIN);
    if (error != 0)
        return error;
    mutex_lock(&tty->lock);
    const int64_t result = tty_read_locked(file, io);
    const bool is_throttled = tty->is_throttled;
    mutex_unlock(&tty->lock);
    if (is_throttled)
        tty_unthrottle(tty);
    return result;
}
