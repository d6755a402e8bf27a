#include "syscall/dispatch.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/log.h"
#include "proc/process.h"

#define SYSCALL_TABLE_SIZE 512 /* a power of two */

#define SYSCALL(number, name, arguments) [number] = sys_##name,
static const syscall_function syscall_table[SYSCALL_TABLE_SIZE] = {
#include "syscall/table.h"
};
#undef SYSCALL

static __attribute__((noinline)) int64_t syscall_unknown(uint64_t number)
{
    log_debug("syscall: pid %d: number %lu is not supported", process_current()->id, number);
    return -ENOSYS;
}

int64_t syscall_dispatch(struct trap_frame *frame)
{
    uint64_t number = (uint32_t)syscall_number(frame); /* the upper half is ignored, as on Linux */

    if (number < SYSCALL_TABLE_SIZE) {
        /* Not even speculatively beyond the table. */
        syscall_function handler = syscall_table[cpu_wrap_index(number, SYSCALL_TABLE_SIZE)];
        if (handler != NULL)
            return handler(frame);
    }
    return syscall_unknown(number);
}
