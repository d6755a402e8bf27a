/* System calls of utask: the instruction itself. common/abi/syscall.h has the convention. */
#ifndef LINTEL_UTASK_SYSCALL_H
#define LINTEL_UTASK_SYSCALL_H

#include <stdint.h>

#include "abi/syscall.h"
#include "abi/time.h"

/* Make system call `number`; returns its result or a negative errno. */
static inline int64_t syscall4(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
    register uint64_t r10 __asm__("r10") = a4;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a1), "S"(a2), "d"(a3), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}

static inline int64_t syscall5(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                               uint64_t a5)
{
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a1), "S"(a2), "d"(a3), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static inline int64_t syscall0(uint64_t number)
{
    return syscall4(number, 0, 0, 0, 0);
}

#endif
