/* Virtual terminals, as the files of vt/ know them. */
#ifndef LINTEL_VT_VT_INTERNAL_H
#define LINTEL_VT_VT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "terminal/terminal.h"
#include "vt/vt.h"

#define VT_REPLY_SIZE 256

struct tty;

/* Locks: I = set before publication   v = vt_state.lock */
struct vt {
    struct terminal *terminal; /* [v] NULL: not in use. Its memory stays for the next time */
    bool is_graphics;          /* [v] a program draws itself: KD_GRAPHICS */
    char reply[VT_REPLY_SIZE]; /* [v] what the emulator answers, until the lock is released */
    size_t reply_length;       /* [v] */
};

/* The screen and what it shows. Locks: as above */
struct vt_state {
    struct spinlock lock;    /* rank LOCK_RANK_SCREEN */
    bool has_screen;         /* [I] */
    bool is_rescue;          /* [I] it is that of vt_screen_rescue() */
    unsigned front;          /* [v] 1..VT_COUNT */
    struct vt vts[VT_COUNT]; /* [v] */
    terminal_cell_t *row;    /* [v] room for one */
    void *memory[VT_COUNT];  /* [v] of the emulators; NULL: never in use */
};

extern struct vt_state vt_state;

static inline struct vt *vt_front_locked(void)
{
    return &vt_state.vts[vt_state.front - 1];
}

/* Make the emulator of terminal `number`, if there is none. Errors: -ENOMEM. Context: thread, early boot. */
int vt_allocate_terminal(unsigned number);

/* See that the emulator has memory for history. Context: thread. */
void vt_give_pages(struct vt *vt);

/* What is in front has changed: it is drawn soon, now if that may be and there was nothing to draw lately.
 * vt_draw_soon(): Context: any but NMI, no lock of rank LOCK_RANK_TIMER or above held. vt_draw_here():
 * thread, no spin lock held. */
void vt_draw_soon(void);
void vt_draw_here(void);

/* All that is shown is drawn anew. Holds: vt_state.lock. */
void vt_redraw_locked(void);

#endif
