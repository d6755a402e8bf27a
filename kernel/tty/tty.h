/* Terminals: a line discipline between a program and whatever stands for a screen and a keyboard, which is
 * the terminal's driver: a virtual terminal (vt/), the serial line, the master end of a pseudoterminal.
 * termios(3), tty_ioctl(4).
 *
 * Terms:  input goes from the driver to the program, output the other way. A terminal may be the controlling
 *         terminal of one session; then one group of that session is in its foreground.
 * Locks:  I = set before publication   a = atomic   t = the tree lock, process_tree
 *         l = tty.lock, a mutex (rank LOCK_RANK_TTY): settings, and input that was received
 *         o = tty.output_lock, a mutex (rank LOCK_RANK_TTY_OUTPUT): one writer at a time; its user memory may
 * be touched with it held */
#ifndef LINTEL_TTY_TTY_H
#define LINTEL_TTY_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/tty.h"
#include "fs/file.h"

struct process;
struct process_group;
struct process_session;
struct tty;

/* What stands behind a terminal. NULL: the default in brackets. Context of all: thread; tty.output_lock is
 * held where it says [o]. */
struct tty_driver {
    const char *name;    /* "tty", "ttyS", "pts": with the number it is the terminal's */
    bool is_pseudo;      /* a pseudoterminal: there is a program on the other side */
    bool keeps_settings; /* the settings outlive the last close */
    bool is_utf8;        /* what is typed is UTF-8: IUTF8 is set at first */

    /* Put bytes out, after output processing; returns how many there was room for. If that is less than
     * `length`, the driver calls tty_output_has_room() when there is room again. Must not sleep for long. [o]
     */
    size_t (*write)(struct tty *tty, const char *bytes, size_t length);
    /* Bytes that can be put out at once. [always room] */
    size_t (*get_room)(struct tty *tty);
    /* Bytes that are not out yet. [none] */
    size_t (*get_pending)(struct tty *tty);
    /* Wait until all is out (tcdrain()). Errors: -ERESTARTSYS. [all is out at once] */
    int (*drain)(struct tty *tty);
    /* Throw away what was not put out yet. [o] [nothing] */
    void (*flush_output)(struct tty *tty);
    /* What programs had not read yet was thrown away. tty.lock is held. [nothing] */
    void (*input_flushed)(struct tty *tty);
    /* Stop and continue output: TIXOFF's and the user's Ctrl-S. [the line discipline alone holds it back] */
    void (*set_stopped)(struct tty *tty, bool is_stopped);
    /* The settings are about to change; what the device cannot do it corrects in *termios. tty.lock is held.
     * [speed and form of characters stay as they are] */
    void (*set_termios)(struct tty *tty, struct termios *termios);
    /* Programs have room for input again, or have not. [nothing: what has no room is lost] */
    void (*set_throttled)(struct tty *tty, bool is_throttled);
    /* tcsendbreak(). [nothing] */
    void (*send_break)(struct tty *tty);
    /* Requests of its own (KD*, VT_*, TIOCG/SSERIAL, TIOCGPTN...). -ENOTTY: it knows none of that number.
     * [-ENOTTY] */
    int64_t (*ioctl)(struct tty *tty, struct file *file, unsigned request, uint64_t argument);
    /* The first open, the last close. tty.lock is held. [nothing] */
    int (*open)(struct tty *tty);
    void (*close)(struct tty *tty);
    /* Whether somebody is on the other side. Any lock may be held. [yes] */
    bool (*has_other_side)(struct tty *tty);
    /* The last reference has gone. [nothing] */
    void (*release)(struct tty *tty);
};

/* Make a terminal: settings as Linux has them at first, size `size`. `number`: its place among the driver's.
 * `data` is the driver's own. Errors: -ENOMEM. Context: thread or early boot. */
int tty_create(const struct tty_driver *driver, unsigned number, uint64_t device_number, void *data,
               const struct winsize *size, struct tty **ret_tty);

struct tty *tty_ref(struct tty *tty);
void tty_unref(struct tty *tty);

void *tty_data(const struct tty *tty);

/* As in st_rdev. */
uint64_t tty_device_number(const struct tty *tty);

/* Input: what is typed, or comes from the line. It is put into a ring, and worked on (echo, editing, signals)
 * by a kernel thread, or by the caller in tty_receive_now(), which may sleep. What has no room is lost;
 * returns how many bytes were taken. Context: any but NMI; tty_receive_now(): thread, no lock held. */
size_t tty_receive(struct tty *tty, const char *bytes, size_t length);
size_t tty_receive_now(struct tty *tty, const char *bytes, size_t length);

/* A break, or a byte with an error, came from the line: as IGNBRK, BRKINT, PARMRK say. Context: any but NMI.
 */
void tty_receive_break(struct tty *tty);

/* The key ScrollLock: output is stopped as by STOP, or goes on. Context: any but NMI. */
void tty_receive_hold(struct tty *tty);

/* The driver has room again: writers and pollers are woken. Context: any but NMI. */
void tty_output_has_room(struct tty *tty);

/* The size has changed: SIGWINCH to the foreground group. Context: thread. */
void tty_set_size(struct tty *tty, const struct winsize *size);
struct winsize tty_get_size(struct tty *tty);
struct termios tty_get_termios(struct tty *tty);

/* Hang up: SIGHUP and SIGCONT to the session's leader, at whose end the foreground group gets them, too; open
 * files answer EOF and -EIO from now on, the session has no terminal any more. Context: thread, no lock held.
 * Sleeps: yes. */
void tty_hang_up(struct tty *tty);

/* vhangup(): the terminal of the caller's session, if it has one. Errors: -EPERM (not the superuser).
 * Context: system call. */
int tty_hang_up_current(void);

/* Make an open file of a device node one of this terminal: for file_operations.open. Becomes the controlling
 * terminal of a session leader that has none, unless O_NOCTTY. Errors: -EIO (hung up), -ENOMEM. */
int tty_open_file(struct file *file, struct tty *tty);

/* The terminal that a file of tty_file_operations is of. */
extern const struct file_operations tty_file_operations;
struct tty *tty_of_file(const struct file *file);

/* Whether it is the terminal of the caller's session. Takes: process_tree. */
bool tty_is_controlling(const struct tty *tty);

/* Which terminal is controlling: for /proc/PID/stat. *ret_group: its foreground group's ID, -1: none. Returns
 * the device number (as in st_rdev), 0: none. Holds: process_tree. */
uint64_t tty_of_process(const struct process *process, int *ret_group);

/* The caller's session loses its controlling terminal (TIOCNOTTY; the leader's end): exit.c calls this for a
 * leader that ends, before it becomes a zombie. Context: thread.  Takes: process_tree. */
void tty_session_leader_ends(void);

/* Where /dev/console leads to: what `console=` on the command line names, last one first; else the first
 * virtual terminal; else the serial line. As long as no `console=` is given and nobody has opened the serial
 * line's own terminal, that line shows what the console shows and what comes in there is typed at the
 * console. Context: early boot, after the drivers have made theirs. */
void tty_console_setup(void);
struct tty *tty_console(void);

/* Set up: tty (5,0), console (5,1), ptmx (5,2) and the file system devpts are there afterwards; drivers add
 * theirs. Context: early boot, before root_setup(). Threads start with tty_start(), after sched_setup(). */
void tty_setup(void);
void tty_start(void);

/* What is typed at the serial line, and a break there: uart16550's receiver. */
void serial_tty_setup(void);

#endif
