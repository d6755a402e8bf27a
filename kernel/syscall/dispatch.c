#include "syscall/dispatch.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/log.h"
#include "proc/process.h"

#define SYSCALL(number, name, arguments) [number] = sys_##name,
static const syscall_function syscall_table[] = {
#include "syscall/table.h"
};
#undef SYSCALL

#define SYSCALL_COUNT (sizeof(syscall_table) / sizeof(syscall_table[0]))

static __attribute__((noinline)) int64_t syscall_unknown(uint64_t number)
{
    log_debug("syscall: pid %d: number %lu is not supported", process_current()->id, number);
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
