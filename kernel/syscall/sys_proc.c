#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "boot_info.h"
#include "core/log.h"
#include "dev/power.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

int64_t sys_getpid(struct trap_frame *frame)
{
    (void)frame;
    return process_current_id();
}

int64_t sys_gettid(struct trap_frame *frame)
{
    (void)frame;
    return process_current_thread_id();
}

int64_t sys_sched_yield(struct trap_frame *frame)
{
    (void)frame;
    thread_yield();
    return 0;
}

/* What every thread shares with the others of its program, and what may be asked for beside that. */
#define CLONE_NEEDED (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_ALLOWED (CLONE_NEEDED | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_DETACHED)

/* clone(flags, stack, parent_tid, child_tid, tls): threads only. */
int64_t sys_clone(struct trap_frame *frame)
{
    uint64_t flags = syscall_argument(frame, 0), tls = syscall_argument(frame, 4);
    uint64_t fs_base = (flags & CLONE_SETTLS) != 0 ? tls : thread_fs_base(thread_current());

    if ((flags & CLONE_NEEDED) != CLONE_NEEDED || (flags & ~(uint64_t)CLONE_ALLOWED) != 0)
        return -EINVAL;
    if (fs_base >= USER_END)
        return -EPERM; /* as on Linux */
    return process_start_thread(frame, syscall_argument(frame, 1), fs_base);
}

/* exit(status): the calling thread. */
int64_t sys_exit(struct trap_frame *frame)
{
    process_exit_thread(syscall_argument(frame, 0) & 0xff);
}

int64_t sys_exit_group(struct trap_frame *frame)
{
    process_exit(syscall_argument(frame, 0) & 0xff);
}

/* reboot(magic1, magic2, command, argument); see reboot(2). */
int64_t sys_reboot(struct trap_frame *frame)
{
    uint32_t magic2 = (uint32_t)syscall_argument(frame, 1);

    if ((uint32_t)syscall_argument(frame, 0) != LINUX_REBOOT_MAGIC1 ||
        (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A && magic2 != LINUX_REBOOT_MAGIC2B &&
         magic2 != LINUX_REBOOT_MAGIC2C))
        return -EINVAL;
    switch ((uint32_t)syscall_argument(frame, 2)) {
    case LINUX_REBOOT_CMD_CAD_ON:
    case LINUX_REBOOT_CMD_CAD_OFF:
        return 0; /* there is no Ctrl-Alt-Del yet that it could change */
    case LINUX_REBOOT_CMD_RESTART:
        log_info("reboot: restart");
        power_restart();
    case LINUX_REBOOT_CMD_POWER_OFF:
        log_info("reboot: power off");
        power_off();
    case LINUX_REBOOT_CMD_HALT:
        log_info("reboot: halted");
        power_halt();
    default:
        return -EINVAL;
    }
}
