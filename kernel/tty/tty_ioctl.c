/* ioctl() of a terminal, in the order in which Linux asks: tty_ioctl(4). */
#include "abi/errno.h"
#include "abi/signal.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "tty/tty_internal.h"

static int64_t give_int(user_ptr_t target, int32_t value)
{
    return user_copy_out(target, &value, sizeof(value));
}

void tty_flush_input(struct tty *tty)
{
    mutex_lock(&tty->lock);
    line_flush_input(&tty->line);
    if (tty->driver->input_flushed != NULL)
        tty->driver->input_flushed(tty);
    mutex_unlock(&tty->lock);
    tty_unthrottle(tty);
}

static void tty_flush_output(struct tty *tty)
{
    mutex_lock(&tty->output_lock);
    if (tty->driver->flush_output != NULL)
        tty->driver->flush_output(tty);
    mutex_unlock(&tty->output_lock);
    tty_output_has_room(tty);
}

/* TCFLSH */
static int64_t tty_flush(struct tty *tty, uint64_t what)
{
    const int error = job_control_check(tty, SIGTTOU);

    if (error != 0)
        return error;
    if (what > TCIOFLUSH)
        return -EINVAL;
    if (what != TCOFLUSH)
        tty_flush_input(tty);
    if (what != TCIFLUSH)
        tty_flush_output(tty);
    return 0;
}

static void tty_suspend(struct tty *tty, bool is_suspended)
{
    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
    const bool was_held = line_output_is_held(&tty->line);
    tty->line.is_suspended = is_suspended;
    if (tty->driver->set_stopped != NULL && line_output_is_held(&tty->line) != was_held)
        tty->driver->set_stopped(tty, is_suspended);
    mutex_unlock(&tty->lock);
    tty_put_echo(tty);
    mutex_unlock(&tty->output_lock);
    if (!is_suspended)
        tty_output_has_room(tty);
}

/* TCXONC */
static int64_t tty_control_flow(struct tty *tty, uint64_t what)
{
    const int error = job_control_check(tty, SIGTTOU);

    if (error != 0)
        return error;
    switch (what) {
    case TCOOFF:
    case TCOON:
        tty_suspend(tty, what == TCOOFF);
        return 0;
    case TCIOFF:
    case TCION:
        tty_send_flow(tty, what == TCIOFF);
        return 0;
    default:
        return -EINVAL;
    }
}

/* TCSBRK, TCSBRKP, TIOCSBRK, TIOCCBRK: they wait until all is out. */
static int64_t tty_break(struct tty *tty, unsigned request, uint64_t argument)
{
    const int error = job_control_check(tty, SIGTTOU);

    if (error != 0)
        return error;
    if (request != TIOCCBRK && tty_drain(tty) != 0)
        return -EINTR;
    const bool sends = (request == TCSBRK && argument == 0) || request == TCSBRKP;
    if (sends && tty->driver->send_break != NULL)
        tty->driver->send_break(tty);
    return 0;
}

/* TIOCSTI: a byte as if it had been typed; into another terminal than one's own the superuser alone. */
static int64_t tty_simulate_input(struct tty *tty, user_ptr_t source)
{
    char byte;

    if (!job_control_is_terminal(tty) && !identity_is_superuser())
        return -EPERM;
    const int error = user_copy_in(&byte, source, sizeof(byte), NULL);
    if (error == 0)
        (void)tty_receive_now(tty, &byte, 1);
    return error;
}

static int64_t tty_size_ioctl(struct tty *tty, unsigned request, user_ptr_t pointer)
{
    struct winsize size;

    if (request == TIOCGWINSZ) {
        size = tty_get_size(tty);
        return user_copy_out(pointer, &size, sizeof(size));
    }
    const int error = user_copy_in(&size, pointer, sizeof(size), NULL);
    if (error == 0)
        tty_set_size(tty, &size);
    return error;
}

/* TIOCEXCL, TIOCNXCL, TIOCGEXCL */
static int64_t tty_exclusive_ioctl(struct tty *tty, unsigned request, user_ptr_t pointer)
{
    mutex_lock(&tty->lock);
    if (request != TIOCGEXCL)
        tty->is_exclusive = request == TIOCEXCL;
    const bool is_exclusive = tty->is_exclusive;
    mutex_unlock(&tty->lock);
    return request == TIOCGEXCL ? give_int(pointer, is_exclusive) : 0;
}

/* TIOCSETD: there is no line discipline but the one. */
static int64_t tty_set_discipline(struct tty *tty, user_ptr_t source)
{
    int32_t number;
    int error = job_control_check(tty, SIGTTOU);

    if (error == 0)
        error = user_copy_in(&number, source, sizeof(number), NULL);
    if (error != 0)
        return error;
    return number == N_TTY ? 0 : -EINVAL;
}

/* TIOCGSOFTCAR, TIOCSSOFTCAR: CLOCAL by another name. */
static int64_t tty_carrier_ioctl(struct tty *tty, unsigned request, user_ptr_t pointer)
{
    struct termios2 settings = {tty_get_termios(tty), tty->input_speed, tty->output_speed};
    int32_t is_local;

    if (request == TIOCGSOFTCAR)
        return give_int(pointer, (settings.termios.cflag & CLOCAL) != 0);
    const int error = user_copy_in(&is_local, pointer, sizeof(is_local), NULL);
    if (error != 0)
        return error;
    settings.termios.cflag = (settings.termios.cflag & ~CLOCAL) | (is_local != 0 ? CLOCAL : 0);
    tty_set_settings(tty, &settings);
    return 0;
}

static int64_t tty_readable_bytes(struct tty *tty)
{
    mutex_lock(&tty->lock);
    const size_t count = line_readable_bytes(&tty->line);
    mutex_unlock(&tty->lock);
    return (int64_t)count;
}

static int64_t tty_hang_up_asked(struct tty *tty)
{
    if (!identity_is_superuser())
        return -EPERM;
    tty_hang_up(tty);
    return 0;
}

/* What both sides of a pseudoterminal answer alike. */
static int64_t tty_common_ioctl(struct tty *tty, unsigned request, uint64_t argument)
{
    const user_ptr_t pointer = {argument};

    switch (request) {
    case TIOCGWINSZ:
    case TIOCSWINSZ:
        return tty_size_ioctl(tty, request, pointer);
    case TIOCGSOFTCAR:
    case TIOCSSOFTCAR:
        return tty_carrier_ioctl(tty, request, pointer);
    default:
        return -ENOTTY;
    }
}

static int64_t tty_own_ioctl(struct tty *tty, unsigned request, uint64_t argument)
{
    const user_ptr_t pointer = {argument};

    switch (request) {
    case TIOCSETD:
        return tty_set_discipline(tty, pointer);
    case TIOCGETD:
        return give_int(pointer, N_TTY);
    case TIOCSTI:
        return tty_simulate_input(tty, pointer);
    case TIOCEXCL:
    case TIOCNXCL:
    case TIOCGEXCL:
        return tty_exclusive_ioctl(tty, request, pointer);
    case TIOCGDEV:
        return give_int(pointer, (int32_t)tty->device_number);
    case TIOCVHANGUP:
        return tty_hang_up_asked(tty);
    case TCSBRK:
    case TCSBRKP:
    case TIOCSBRK:
    case TIOCCBRK:
        return tty_break(tty, request, argument);
    case TCFLSH:
        return tty_flush(tty, argument);
    case TCXONC:
        return tty_control_flow(tty, argument);
    case FIONREAD:
        return give_int(pointer, (int32_t)tty_readable_bytes(tty));
    case TIOCOUTQ:
        return give_int(pointer, (int32_t)tty_pending_output(tty));
    default:
        return tty_common_ioctl(tty, request, argument);
    }
}

int64_t tty_ioctl_of_master(struct tty *tty, struct file *file, unsigned request, uint64_t argument)
{
    bool is_known;
    int64_t result = job_control_ioctl(tty, file, request, argument, true, &is_known);

    if (!is_known)
        result = tty_settings_ioctl(tty, request, argument, &is_known);
    return is_known ? result : tty_common_ioctl(tty, request, argument);
}

int64_t tty_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    struct tty *tty = file->data;
    bool is_known;

    if (tty_is_hung_up(file, tty))
        return request == TIOCSPGRP ? -ENOTTY : -EIO;
    int64_t result = job_control_ioctl(tty, file, request, argument, false, &is_known);
    if (!is_known)
        result = tty_settings_ioctl(tty, request, argument, &is_known);
    if (is_known)
        return result;
    result = tty->driver->ioctl == NULL ? -ENOTTY : tty->driver->ioctl(tty, file, request, argument);
    return result == -ENOTTY ? tty_own_ioctl(tty, request, argument) : result;
}
