/* Pseudoterminals: a terminal (pts/N) whose other side is not a device but a program, which opened ptmx, the
 * master. What programs write to the terminal, the master reads, and the other way. pty(7)
 *
 *     open(ptmx) --> locked --TIOCSPTLCK--> can be opened --last close--> master reads -EIO
 *                                                 ^                             |
 *                                                 +------------ open -----------+
 *     close of the master: the terminal is hung up, and its name in devpts is gone
 *
 * Locks:  I = set before publication   a = atomic   o = the terminal's output lock
 *         p = the lock of the table (tty/pty.c, rank LOCK_RANK_PTS) */
#ifndef LINTEL_TTY_PTY_H
#define LINTEL_TTY_PTY_H

#include <stdatomic.h>

#include "fs/poll.h"
#include "mm/types.h"
#include "tty/tty.h"

#define PTY_COUNT_MAX 1024u
#define PTY_RESERVED 32u /* of these for the superuser */
#define PTY_RING_ORDER 1u
#define PTY_RING_SIZE (PAGE_SIZE << PTY_RING_ORDER)
#define PTY_MAJOR 136
#define PTY_MASTER_MAJOR 128 /* of masters as ioctl(TIOCGDEV) tells it */
#define PTY_MULTIPLEXER DEVICE_NUMBER(5, 2)

struct node;

struct pty {
    struct tty *tty;   /* [I] its driver's data is this, and it goes with it */
    unsigned number;   /* [I] */
    struct node *node; /* [I] in devpts, with a reference as long as the master is open */

    struct readiness readiness; /* the master's */
    atomic_bool is_locked;      /* [a] TIOCSPTLCK */
    atomic_bool has_master;     /* [a] */
    atomic_bool has_left;       /* [a] it was open, and is not any more */
    atomic_bool is_packet;      /* [a] TIOCPKT: each read of the master begins with what has happened, */
    atomic_uint packet_status;  /* [a] which is this: TIOCPKT_* */

    char *ring;    /* [I] what the master has not read yet */
    uint32_t head; /* [o] counts bytes */
    uint32_t tail; /* [o] */
};

/* Set up ptmx, the devices of major number PTY_MAJOR, and the file system devpts. Context: early boot. */
void pty_setup(void);

/* Make a pair for `file`, which opens ptmx. Errors: -ENOSPC (there are as many as may be: PTY_COUNT_MAX, or
 * what others than the superuser may have of them, or devpts), -ENOMEM. */
int pty_create(const struct file *file, struct pty **ret_pty);

/* The master is closed: the terminal is hung up, number and name are gone, and with the last reference the
 * terminal. */
void pty_close_master(struct pty *pty);

/* The pseudoterminal's node of that number, with a reference; NULL: there is none. The first number from
 * `number` on that is in use, PTY_COUNT_MAX: none. */
struct node *pty_find_node(unsigned number);
unsigned pty_next_number(unsigned number);

/* What the master reads, and how much there is: as much as lies together. Holds: the terminal's output lock.
 */
size_t pty_pending(const struct pty *pty, const char **ret_bytes);

/* tty/pty_master.c: ptmx, and what an open one does. */
extern const struct file_operations pty_multiplexer_operations;

/* tty/devpts.c: its nodes. The opener of the master owns them. Errors: -ENOMEM. devpts_count_max(): terminals
 * are to be made of numbers below this, as its mount has said. */
void devpts_setup(void);
unsigned devpts_count_max(void);
int devpts_create_node(unsigned number, const struct credentials *who, struct node **ret_node);

#endif
