/* Virtual terminals of the Linux ABI: linux/vt.h, linux/kd.h but for the keyboard's requests
 * (abi/keyboard.h), linux/tiocl.h. ioctl_console(2) */
#ifndef LINTEL_COMMON_ABI_VT_H
#define LINTEL_COMMON_ABI_VT_H

#include <stdint.h>

#define VT_OPENQRY 0x5600
#define VT_GETMODE 0x5601
#define VT_SETMODE 0x5602
#define VT_GETSTATE 0x5603
#define VT_RELDISP 0x5605
#define VT_ACTIVATE 0x5606
#define VT_WAITACTIVE 0x5607
#define VT_DISALLOCATE 0x5608
#define VT_RESIZE 0x5609
#define VT_RESIZEX 0x560a
#define VT_LOCKSWITCH 0x560b
#define VT_UNLOCKSWITCH 0x560c

#define VT_AUTO 0    /* the kernel switches */
#define VT_PROCESS 1 /* a process is asked, and told */
#define VT_ACKACQ 2  /* VT_RELDISP: what it was told it has taken note of */

struct vt_mode {
    int8_t mode;
    int8_t waits_for_write; /* without effect, as on Linux */
    int16_t release_signal;
    int16_t acquire_signal;
    int16_t force_signal; /* without effect */
};

struct vt_state_answer {
    uint16_t active;
    uint16_t signal;
    uint16_t in_use; /* bit N: terminal N is open; bit 0 is always set */
};

_Static_assert(sizeof(struct vt_mode) == 8, "struct vt_mode of the x86-64 ABI");
_Static_assert(sizeof(struct vt_state_answer) == 6, "struct vt_stat of the x86-64 ABI");

#define KIOCSOUND 0x4b2f
#define KDMKTONE 0x4b30
#define KDSETMODE 0x4b3a
#define KDGETMODE 0x4b3b
#define KD_TEXT 0
#define KD_GRAPHICS 1
#define KD_TEXT0 2
#define KD_TEXT1 3
#define GIO_CMAP 0x4b70
#define PIO_CMAP 0x4b71
#define KDFONTOP 0x4b72

#define CMAP_SIZE 48 /* bytes: red, green, blue of 16 colours */

#define TIOCLINUX 0x541c
#define TIOCL_GETSHIFTSTATE 6
#define TIOCL_SETKMSGREDIRECT 11
#define TIOCL_GETFGCONSOLE 12
#define TIOCL_GETKMSGREDIRECT 17

#endif
