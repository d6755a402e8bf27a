/* tcgetattr(), tcsetattr(): the settings in the three forms that the ABI has had. */
#include "abi/errno.h"
#include "abi/signal.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "signal/signal.h"
#include "tty/tty_internal.h"

/* Bits a second by the number in c_cflag. */
static const uint32_t speeds[] = {0,   50,   75,   110,  134,  150,  200,   300,
                                  600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
static const uint32_t fast_speeds[] = {0,       57600,   115200,  230400,  460800,  500000,
                                       576000,  921600,  1000000, 1152000, 1500000, 2000000,
                                       2500000, 3000000, 3500000, 4000000};

#define SPEED_INDEX 017u
#define SPEED_FIXED_FLAGS (HUPCL | CREAD | CLOCAL) /* what a terminal without a line can set of c_cflag */

enum settings_form { FORM_TERMIOS, FORM_TERMIOS2, FORM_TERMIO };

static uint32_t speed_of(uint32_t code, uint32_t other)
{
    if ((code & CBAUD) == BOTHER)
        return other;
    return (code & BOTHER) != 0 ? fast_speeds[code & SPEED_INDEX] : speeds[code & SPEED_INDEX];
}

uint32_t tty_speed_of(uint32_t cflag)
{
    return speed_of(cflag, 0);
}

static void find_speeds(struct termios2 *settings)
{
    const uint32_t output = settings->termios.cflag & CBAUD;
    const uint32_t input = settings->termios.cflag >> IBSHIFT & CBAUD;

    settings->output_speed = speed_of(output, settings->output_speed);
    settings->input_speed = input == B0 ? settings->output_speed : speed_of(input, settings->input_speed);
}

static struct termios2 tty_get_settings(struct tty *tty)
{
    mutex_lock(&tty->lock);
    struct termios2 settings = {tty->line.settings, tty->input_speed, tty->output_speed};
    mutex_unlock(&tty->lock);
    find_speeds(&settings);
    return settings;
}

static void keep_bits(uint32_t *flags, uint32_t old, uint32_t kept)
{
    *flags = (*flags & ~kept) | (old & kept);
}

/* What is locked stays as it is. Holds: tty->lock. */
static void keep_locked(const struct tty *tty, struct termios *wanted)
{
    const struct termios *old = &tty->line.settings, *locked = &tty->locked;

    keep_bits(&wanted->iflag, old->iflag, locked->iflag);
    keep_bits(&wanted->oflag, old->oflag, locked->oflag);
    keep_bits(&wanted->cflag, old->cflag, locked->cflag);
    keep_bits(&wanted->lflag, old->lflag, locked->lflag);
    if (locked->line != 0)
        wanted->line = old->line;
    for (unsigned i = 0; i < sizeof(locked->cc); i++) {
        if (locked->cc[i] != 0)
            wanted->cc[i] = old->cc[i];
    }
}

void tty_set_settings(struct tty *tty, const struct termios2 *settings)
{
    struct termios wanted = settings->termios;

    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
    keep_locked(tty, &wanted);
    if (tty->driver->set_termios != NULL)
        tty->driver->set_termios(tty, &wanted);
    else
        wanted.cflag = (wanted.cflag & SPEED_FIXED_FLAGS) | (tty->line.settings.cflag & ~SPEED_FIXED_FLAGS);
    tty->input_speed = settings->input_speed;
    tty->output_speed = settings->output_speed;
    line_set_settings(&tty->line, &wanted);
    mutex_unlock(&tty->lock);
    tty_put_echo(tty);
    mutex_unlock(&tty->output_lock);
    readiness_signal(&tty->readiness);
}

static int settings_copy_out(struct tty *tty, enum settings_form form, user_ptr_t target)
{
    const struct termios2 settings = tty_get_settings(tty);
    const struct termios *termios = &settings.termios;
    struct termio old = {(uint16_t)termios->iflag,
                         (uint16_t)termios->oflag,
                         (uint16_t)termios->cflag,
                         (uint16_t)termios->lflag,
                         termios->line,
                         {0}};

    if (form == FORM_TERMIOS)
        return user_copy_out(target, termios, sizeof(*termios));
    if (form == FORM_TERMIOS2)
        return user_copy_out(target, &settings, sizeof(settings));
    memcpy(old.cc, termios->cc, sizeof(old.cc));
    return user_copy_out(target, &old, sizeof(old));
}

/* What struct termio has no room for stays. */
static uint32_t low_half(uint32_t flags, uint16_t low)
{
    return (flags & ~0xffffu) | low;
}

static int settings_copy_in(struct tty *tty, enum settings_form form, user_ptr_t source,
                            struct termios2 *ret_settings)
{
    struct termios2 settings = tty_get_settings(tty);
    struct termios *termios = &settings.termios;
    struct termio old;
    int error;

    if (form == FORM_TERMIOS) {
        error = user_copy_in(termios, source, sizeof(*termios), NULL);
    } else if (form == FORM_TERMIOS2) {
        error = user_copy_in(&settings, source, sizeof(settings), NULL);
    } else {
        error = user_copy_in(&old, source, sizeof(old), NULL);
        if (error == 0) {
            termios->iflag = low_half(termios->iflag, old.iflag);
            termios->oflag = low_half(termios->oflag, old.oflag);
            termios->cflag = low_half(termios->cflag, old.cflag);
            termios->lflag = low_half(termios->lflag, old.lflag);
            termios->line = old.line;
            memcpy(termios->cc, old.cc, sizeof(old.cc));
        }
    }
    if (error != 0)
        return error;
    find_speeds(&settings);
    *ret_settings = settings;
    return 0;
}

/* What happens before the settings change. */
enum settings_when { WHEN_NOW, WHEN_DRAINED, WHEN_FLUSHED };

static int settings_change(struct tty *tty, enum settings_form form, enum settings_when when,
                           user_ptr_t source)
{
    struct termios2 settings;
    int error = job_control_check(tty, SIGTTOU);

    if (error == 0)
        error = settings_copy_in(tty, form, source, &settings);
    if (error == 0 && when != WHEN_NOW)
        error = tty_drain(tty);
    if (error != 0)
        return error;
    if (when == WHEN_FLUSHED)
        tty_flush_input(tty);
    tty_set_settings(tty, &settings);
    tty_unthrottle(tty);
    return 0;
}

/* TIOCGLCKTRMIOS, TIOCSLCKTRMIOS */
static int64_t locked_copy_out(struct tty *tty, user_ptr_t target)
{
    mutex_lock(&tty->lock);
    const struct termios locked = tty->locked;
    mutex_unlock(&tty->lock);
    return user_copy_out(target, &locked, sizeof(locked));
}

static int64_t locked_copy_in(struct tty *tty, user_ptr_t source)
{
    struct termios locked;

    if (!identity_is_superuser())
        return -EPERM;
    const int error = user_copy_in(&locked, source, sizeof(locked), NULL);
    if (error != 0)
        return error;
    mutex_lock(&tty->lock);
    tty->locked = locked;
    mutex_unlock(&tty->lock);
    return 0;
}

int64_t tty_settings_ioctl(struct tty *tty, unsigned request, uint64_t argument, bool *ret_is_known)
{
    const user_ptr_t pointer = {argument};

    *ret_is_known = true;
    switch (request) {
    case TCGETS:
        return settings_copy_out(tty, FORM_TERMIOS, pointer);
    case TCGETS2:
        return settings_copy_out(tty, FORM_TERMIOS2, pointer);
    case TCGETA:
        return settings_copy_out(tty, FORM_TERMIO, pointer);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return settings_change(tty, FORM_TERMIOS, request - TCSETS, pointer);
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
        return settings_change(tty, FORM_TERMIOS2, request - TCSETS2, pointer);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return settings_change(tty, FORM_TERMIO, request - TCSETA, pointer);
    case TIOCGLCKTRMIOS:
        return locked_copy_out(tty, pointer);
    case TIOCSLCKTRMIOS:
        return locked_copy_in(tty, pointer);
    default:
        *ret_is_known = false;
        return 0;
    }
}
