#include "syscall/dispatch.h"

#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "core/log.h"
#include "proc/process.h"

static const syscall_function syscall_table[] = {
    [SYS_write] = sys_write,
    [SYS_sched_yield] = sys_sched_yield,
    [SYS_nanosleep] = sys_nanosleep,
    [SYS_getpid] = sys_getpid,
    [SYS_clone] = sys_clone,
    [SYS_exit] = sys_exit,
    [SYS_reboot] = sys_reboot,
    [SYS_gettid] = sys_gettid,
    [SYS_clock_gettime] = sys_clock_gettime,
    [SYS_clock_nanosleep] = sys_clock_nanosleep,
    [SYS_exit_group] = sys_exit_group,
};

#define SYSCALL_COUNT (sizeof(syscall_table) / sizeof(syscall_table[0]))

static __attribute__((noinline)) int64_t syscall_unknown(uint64_t number)
{
    log_debug("syscall: pid %d: number %lu is not supported", process_current_id(), number);
    return -ENOSYS;
}

int64_t syscall_dispatch(struct trap_frame *frame)
{
    uint64_t number = (uint32_t)syscall_number(frame); /* the upper half is ignored, as on Linux */

    if (number < SYSCALL_COUNT) {
        /* Not even speculatively beyond the table. */
        syscall_function handler = syscall_table[cpu_clamp_index(number, SYSCALL_COUNT)];
        if (handler != NULL)
            return handler(frame);
    }
    return syscall_unknown(number);
}
