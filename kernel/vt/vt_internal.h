/* Virtual terminals, as the files of vt/ know them. */
#ifndef LINTEL_VT_VT_INTERNAL_H
#define LINTEL_VT_VT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/vt.h"
#include "core/spinlock.h"
#include "fs/poll.h"
#include "sched/mutex.h"
#include "terminal/terminal.h"
#include "vt/vt.h"

#define VT_REPLY_SIZE 256

struct file;
struct tty;

/* A process, which may have ended: its ID may be another one's by now, the time of its birth is not. */
struct vt_owner {
    int id; /* 0: nobody */
    uint64_t start_ns;
};

/* Locks: a = atomic   v = vt_state.lock   u = vt_state.use_lock */
struct vt {
    _Atomic(struct tty *) tty; /* [a] set once, under u; NULL: never opened */
    atomic_bool is_open;       /* [a] set under the tty's lock */
    void *memory;              /* [u] of the emulator: it stays for the next time */
    struct terminal *terminal; /* [v] changes under u, too; NULL: not in use */
    struct terminal_events events;
    bool is_graphics;          /* [v] a program draws itself: KD_GRAPHICS */
    struct vt_mode mode;       /* [v] */
    struct vt_owner owner;     /* [v] process that has set VT_PROCESS */
    char reply[VT_REPLY_SIZE]; /* [v] what the emulator answers, until the lock is released */
    size_t reply_length;       /* [v] */
    bool was_reset;            /* [v] the program has reset it; the keyboard is not told yet */
};

/* The screen and what it shows. Locks: as above, and I = set before publication */
struct vt_state {
    struct spinlock lock;    /* rank LOCK_RANK_SCREEN: terminals and screen */
    struct mutex use_lock;   /* rank LOCK_RANK_VT: which are in use */
    bool has_screen;         /* [I] */
    unsigned front;          /* [v] 1..VT_COUNT */
    unsigned log;            /* [v] where the log is shown: 1..VT_COUNT, 0: in front */
    unsigned wanted;         /* [v] to be switched to when the one in front agrees; 0: none */
    bool is_switch_locked;   /* [v] VT_LOCKSWITCH */
    struct vt_owner accepts; /* [v] process that KeyboardSignal sends a signal to, */
    int accepted_signal;     /* [v] this one */
    terminal_cell_t *row;    /* [v] room for one */
    struct vt vts[VT_COUNT];
    struct readiness switched; /* another one is in front */
};

extern struct vt_state vt_state;

static inline struct vt *vt_front_locked(void)
{
    return &vt_state.vts[vt_state.front - 1];
}

static inline unsigned vt_number(const struct vt *vt)
{
    return (unsigned)(vt - vt_state.vts) + 1;
}

/* ---- vt_screen.c */

/* Make the emulator, if there is none. Errors: -ENOMEM. Holds: use_lock.  Context: thread. */
int vt_make_terminal(struct vt *vt);

/* What is in front has changed: it is drawn soon, or at once if there was nothing to draw lately.
 * vt_draw_soon(): Context: any but NMI, no lock of rank LOCK_RANK_TIMER or above held. vt_draw_here():
 * thread, no spin lock held. */
void vt_draw_soon(void);
void vt_draw_here(void);

/* All that is shown is drawn anew. Holds: vt_state.lock. */
void vt_redraw_locked(void);

/* ---- vt.c */

/* See that the emulator has memory for history. Context: thread. */
void vt_give_pages(struct vt *vt);

/* Make terminal and emulator, if there are none. Errors: -ENOMEM. Holds: use_lock.  Context: thread. */
int vt_allocate(struct vt *vt);

/* Give back what a terminal does not need that nobody has open. Errors: -EBUSY. Holds: use_lock. */
int vt_deallocate(struct vt *vt);

/* ---- vt_switch.c */

/* VT_ACTIVATE, VT_WAITACTIVE, VT_RELDISP. Errors: -EINTR, -EINVAL. */
int vt_wait_active(unsigned number);
int vt_release(struct vt *vt, uint64_t answer);

/* ---- vt_ioctl.c */

int64_t vt_ioctl(struct tty *tty, struct file *file, unsigned request, uint64_t argument);

#endif
