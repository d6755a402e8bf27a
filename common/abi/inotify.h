/* inotify(7): include/uapi/linux/inotify.h */
#ifndef LINTEL_ABI_INOTIFY_H
#define LINTEL_ABI_INOTIFY_H

#include <stdint.h>

struct inotify_event {
    int32_t watch;   /* that it is of; -1: of none */
    uint32_t mask;   /* IN_* */
    uint32_t cookie; /* the same for IN_MOVED_FROM and IN_MOVED_TO of one move */
    uint32_t length; /* of the name behind it, with its padding; 0: there is none */
};

_Static_assert(sizeof(struct inotify_event) == 16, "struct inotify_event of the x86-64 ABI");

/* What happens */
#define IN_ACCESS 0x1u
#define IN_MODIFY 0x2u
#define IN_ATTRIB 0x4u
#define IN_CLOSE_WRITE 0x8u
#define IN_CLOSE_NOWRITE 0x10u
#define IN_OPEN 0x20u
#define IN_MOVED_FROM 0x40u
#define IN_MOVED_TO 0x80u
#define IN_CREATE 0x100u
#define IN_DELETE 0x200u
#define IN_DELETE_SELF 0x400u
#define IN_MOVE_SELF 0x800u
#define IN_ALL_EVENTS 0xfffu

/* What is told, whoever asked for it */
#define IN_UNMOUNT 0x2000u
#define IN_Q_OVERFLOW 0x4000u
#define IN_IGNORED 0x8000u
#define IN_ISDIR 0x40000000u

/* How to watch */
#define IN_ONLYDIR 0x1000000u
#define IN_DONT_FOLLOW 0x2000000u
#define IN_EXCL_UNLINK 0x4000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD 0x20000000u
#define IN_ONESHOT 0x80000000u

#define IN_CLOEXEC 02000000
#define IN_NONBLOCK 04000

#endif
