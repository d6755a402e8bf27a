/* What the terminals' files share. */
#ifndef LINTEL_TTY_TTY_INTERNAL_H
#define LINTEL_TTY_TTY_INTERNAL_H

#include <stdatomic.h>

#include "core/ref_count.h"
#include "fs/poll.h"
#include "lib/list.h"
#include "sched/mutex.h"
#include "tty/line.h"
#include "tty/tty.h"

/* file.opened_count of an open file: the terminal's life that it belongs to, or this: opened as /dev/console,
 * which no hang-up ends, and where job control holds nobody back. */
#define TTY_OPENED_AS_CONSOLE UINT64_MAX

/* What was received and not worked on: a byte, maybe with one of these. */
#define TTY_RECEIVED_BREAK 0x100u
#define TTY_RECEIVED_ERROR 0x200u
#define TTY_RECEIVED_HOLD 0x400u /* no input: the key ScrollLock */
#define TTY_RECEIVED_MAX 2048u

/* Locks: as in tty/tty.h, and   i = the lock of what was received (tty/tty_input.c) */
struct tty {
    const struct tty_driver *driver; /* [I] */
    unsigned number;                 /* [I] */
    uint64_t device_number;          /* [I] as in st_rdev */
    void *data;                      /* [I] the driver's */
    struct ref_count references;
    struct list link; /* among those that are there for good */

    struct mutex output_lock;     /* rank LOCK_RANK_TTY_OUTPUT */
    struct mutex lock;            /* rank LOCK_RANK_TTY */
    struct line line;             /* [l] [o] as it says itself */
    uint32_t input_speed;         /* [l] bits a second, with BOTHER */
    uint32_t output_speed;        /* [l] */
    struct termios locked;        /* [l] what is not 0 in it stays as it is: TIOCSLCKTRMIOS */
    struct winsize size;          /* [l] */
    struct readiness readiness;   /* POLLIN, POLLOUT, POLLHUP */
    bool has_writer;              /* [o] a write() is under way; others wait for its end */
    bool is_exclusive;            /* [l] TIOCEXCL */
    bool is_throttled;            /* [l] there was hardly any room left for input */
    unsigned open_count;          /* [l] files that have it open, */
    unsigned console_count;       /* [l] of these as /dev/console */
    _Atomic(uint64_t) generation; /* [a] counts hang-ups */

    struct process_session *session; /* [t] whose controlling terminal it is; NULL: nobody's */
    int foreground;                  /* [t] ID of the group in the foreground; 0: none */

    struct list received_link;           /* [i] */
    bool is_received_pending;            /* [i] it is in the list of those with input, with a reference */
    uint32_t received_head;              /* [i] */
    uint32_t received_tail;              /* [i] */
    uint16_t received[TTY_RECEIVED_MAX]; /* [i] */
};

static inline bool tty_is_console_file(const struct file *file)
{
    return file->opened_count == TTY_OPENED_AS_CONSOLE;
}

/* Whether the terminal was hung up since the file was opened. Context: any. */
static inline bool tty_is_hung_up(const struct file *file, const struct tty *tty)
{
    return !tty_is_console_file(file) && file->opened_count != atomic_load(&tty->generation);
}

/* All terminals but pseudoterminals, in the order in which they were made. Context: early boot. */
struct tty *tty_find_permanent(const char *name);

/* tty_create() and tty_hang_up() of a terminal whose session's leader ends. */
void tty_hang_up_session(struct tty *tty);

/* ---- tty_output.c */

/* Put bytes out as they are, as many as there is room for; the console's mirror shows them, too. Echo waits
 * until there is room. Holds: output_lock. */
size_t tty_put(struct tty *tty, const char *bytes, size_t length);
void tty_put_echo(struct tty *tty);

/* Whether at least what any byte becomes can be put out, and output is not held back. Holds: output_lock, or
 * the answer is a moment's. */
bool tty_has_room(struct tty *tty);

/* write(), and waiting until all that programs have written is out. Errors: -EIO, -EAGAIN, -ERESTARTSYS,
 * -EFAULT. */
int64_t tty_write(struct file *file, struct io *io, uint64_t offset);
int tty_drain(struct tty *tty);

/* Bytes that programs have written and that are not out yet: TIOCOUTQ. */
size_t tty_pending_output(struct tty *tty);

/* START or STOP is sent to the other side (TCIOFF, TCION, IXOFF), whatever holds output back. */
void tty_send_flow(struct tty *tty, bool is_stop);

/* ---- tty_input.c */

void tty_input_setup(void);
void tty_input_init(struct tty *tty);

/* After a read, or a flush: the driver may go on if it was throttled. Holds: nothing. */
void tty_unthrottle(struct tty *tty);

/* ---- tty_read.c */

int64_t tty_read(struct file *file, struct io *io, uint64_t offset);

/* ---- tty_settings.c */

/* Requests about settings. `is_known` false: it is none. Errors: -EFAULT, -ERESTARTSYS, -EIO. */
int64_t tty_settings_ioctl(struct tty *tty, unsigned request, uint64_t argument, bool *ret_is_known);

/* Bits a second that c_cflag says; BOTHER: 0. */
uint32_t tty_speed_of(uint32_t cflag);

/* Change the settings. Holds: nothing. */
void tty_set_settings(struct tty *tty, const struct termios2 *settings);

/* ---- tty_ioctl.c */

int64_t tty_ioctl(struct file *file, unsigned request, uint64_t argument);

/* Throw away what was received. Holds: nothing. */
void tty_flush_input(struct tty *tty);

/* A request that the master of a pseudoterminal passes on to the other side; or one that any terminal knows;
 * or -ENOTTY. */
int64_t tty_ioctl_of_master(struct tty *tty, struct file *file, unsigned request, uint64_t argument);

/* ---- job_control.c */

/* Whether the caller may do to the terminal what only the foreground may: read it (SIGTTIN), change it or
 * write to it (SIGTTOU). Errors: -ERESTARTSYS (its group was sent the signal), -EIO (nobody would continue
 * it). Takes: process_tree. */
int job_control_check(struct tty *tty, int signal);

/* The terminal of the caller's session, with a reference; NULL: none. */
struct tty *job_control_terminal(void);
bool job_control_is_terminal(const struct tty *tty);

/* A session leader without a terminal has opened one that is nobody's: it is his. */
void job_control_opened(struct tty *tty, const struct file *file);

/* Send a signal to the foreground group. Context: any but NMI. */
void job_control_signal(struct tty *tty, int signal);

/* The terminal is no session's any more: after its last close. */
void job_control_detach(struct tty *tty);

/* Hang-up: the leader gets SIGHUP and SIGCONT; the group in the foreground SIGHUP, at once if the session
 * ends, else when its leader does. The terminal is no session's any more. */
void job_control_hang_up(struct tty *tty, bool ends_session);

/* TIOCSCTTY, TIOCNOTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID; *ret_is_known false: none of these. is_master: it
 * came from the other side of a pseudoterminal, where no terminal of one's own is asked for. */
int64_t job_control_ioctl(struct tty *tty, const struct file *file, unsigned request, uint64_t argument,
                          bool is_master, bool *ret_is_known);

/* ---- console.c */

/* Show the same on an emulator's debug console, and on the serial line as long as that mirrors the console.
 * Holds: tty->output_lock. */
void console_mirror(struct tty *tty, const char *bytes, size_t length);

/* The serial line's own terminal is opened: it mirrors no longer. */
void console_end_mirror(void);
bool console_is_mirrored(void);

#endif
