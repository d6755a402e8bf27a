/* Virtual terminals: tty1 to tty6, one screen and one keyboard for all of them. One is in front: it is shown,
 * and what is typed goes there; the others go on unseen. Each is a tty (tty/tty.h) whose driver is a terminal
 * emulator (terminal/). The log is shown at the first one. console_ioctl(4) */
#ifndef LINTEL_VT_VT_H
#define LINTEL_VT_VT_H

#include <stdbool.h>
#include <stddef.h>

#include "terminal/terminal.h"

#define VT_COUNT 6

struct tty;

/* Make the terminals, if there is a screen, and add the devices tty0 (4,0: the one in front) and tty1..
 * (4,1..). Errors: -ENODEV (no screen), -ENOMEM. Context: early boot, after tty_setup(), before root_setup().
 */
int vt_setup(void);

/* The terminal of number 1..VT_COUNT; 0: the one in front. NULL: there is no screen, or nobody has opened
 * that one yet. It stays valid. Context: any but NMI. */
struct tty *vt_tty(unsigned number);

/* Bring another one to the front, 1..VT_COUNT. Nothing happens if nobody has ever opened that one, or if the
 * one in front shows graphics of a program that has not said that it can give the screen up; one that has
 * (VT_PROCESS) is asked first. Context: any but NMI, no lock of rank LOCK_RANK_PROCESS_TREE or above. */
void vt_switch(unsigned number);

/* The key KeyboardSignal: the process that has asked for it (KDSIGACCEPT) gets its signal. Context: any but
 * NMI, no lock of rank LOCK_RANK_PROCESS_TREE or above. */
void vt_send_signal(void);

/* What the keyboard does to the one in front. Context: any but NMI; no lock of rank LOCK_RANK_TTY_INPUT or
 * above is held. */
void vt_type(const char *bytes, size_t length); /* without a screen it is typed at the console */
void vt_type_break(void);
void vt_type_hold(void);        /* its output stops, or goes on */
void vt_scroll(int half_pages); /* < 0: back in history; what is written or typed next jumps to its end */
struct terminal_key_modes vt_key_modes(void);

#endif
