#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "core/log.h"
#include "dev/power.h"
#include "proc/process.h"
#include "syscall/dispatch.h"

int64_t sys_getpid(struct trap_frame *frame)
{
    (void)frame;
    return process_current_id();
}

/* sched_yield(): there is nobody else to run. */
int64_t sys_sched_yield(struct trap_frame *frame)
{
    (void)frame;
    return 0;
}

/* exit(status), exit_group(status): the same while a process has one thread. */
int64_t sys_exit(struct trap_frame *frame)
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
        cpu_stop();
    default:
        return -EINVAL;
    }
}
