#include "proc/group.h"
#include "syscall/dispatch.h"
#include "tty/tty.h"

/* setpgid(pid, pgid) */
int64_t sys_setpgid(struct trap_frame *frame)
{
    return group_set(syscall_int(frame, 0), syscall_int(frame, 1));
}

int64_t sys_getpgid(struct trap_frame *frame)
{
    return group_id_of(syscall_int(frame, 0));
}

int64_t sys_getpgrp(struct trap_frame *frame)
{
    (void)frame;
    return group_id_of(0);
}

int64_t sys_getsid(struct trap_frame *frame)
{
    return session_id_of(syscall_int(frame, 0));
}

int64_t sys_setsid(struct trap_frame *frame)
{
    (void)frame;
    return session_create();
}

int64_t sys_vhangup(struct trap_frame *frame)
{
    (void)frame;
    return tty_hang_up_current();
}
