#include "utask/checks.h"

#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "utask/expect.h"
#include "utask/syscall.h"
#include "utask/thread_checks.h"

#define STDOUT 1
#define UNMAPPED 0x1000ull
#define LAST_PAGE 0x00007ffffffff000ull
#define KERNEL 0xffffffff80000000ull
#define DIRECT_MAP 0xffff800000000000ull
#define NON_CANONICAL 0x0000900000000000ull

/* From common/image.lds. */
extern char __bss_end[];
extern const char __image_start[];

static void check_write(void)
{
    static const uint64_t bad[] = {0, UNMAPPED, LAST_PAGE, KERNEL, DIRECT_MAP, NON_CANONICAL, UINT64_MAX};
    static char tail[2] = "\n";

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect("write from a bad address", syscall4(SYS_write, STDOUT, bad[i], 8, 0), -EFAULT);
    expect("write of nothing from nowhere", syscall4(SYS_write, STDOUT, UNMAPPED, 0, 0), 0);
    expect("write of nothing from the kernel", syscall4(SYS_write, STDOUT, KERNEL, 0, 0), -EFAULT);
    expect("write that reaches into the kernel half",
           syscall4(SYS_write, STDOUT, (uint64_t)tail, DIRECT_MAP, 0), -EFAULT);
    expect("write to a bad descriptor", syscall4(SYS_write, 7, (uint64_t)tail, 1, 0), -EBADF);
    expect("write of nothing to descriptor 0", syscall4(SYS_write, 0, (uint64_t)tail, 0, 0), 0);
    expect("write to descriptor -1", syscall4(SYS_write, UINT64_MAX, (uint64_t)tail, 1, 0), -EBADF);
    expect("write", syscall4(SYS_write, STDOUT, (uint64_t)tail, 1, 0), 1);
    expect("write, length beyond the address space",
           syscall4(SYS_write, STDOUT, (uint64_t)KERNEL, UINT64_MAX, 0), -EFAULT);
    /* The bss is the last area: nothing is mapped behind it. */
    __bss_end[-1] = '\n';
    expect("write that runs off the end of memory",
           syscall4(SYS_write, STDOUT, (uint64_t)(__bss_end - 1), 100, 0), 1);
    expect("write behind the end of memory", syscall4(SYS_write, STDOUT, (uint64_t)__bss_end, 1, 0), -EFAULT);
}

static void check_clock(void)
{
    struct timespec64 a = {-1, -1}, b = {-1, -1};

    expect("clock_gettime", syscall4(SYS_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&a, 0, 0), 0);
    expect("clock_gettime again", syscall4(SYS_clock_gettime, CLOCK_MONOTONIC, (uint64_t)&b, 0, 0), 0);
    expect("nanoseconds in range", a.nanoseconds >= 0 && a.nanoseconds < 1000000000, 1);
    expect("the clock does not go backwards",
           b.seconds > a.seconds || (b.seconds == a.seconds && b.nanoseconds >= a.nanoseconds), 1);
    expect("wall clock", syscall4(SYS_clock_gettime, CLOCK_REALTIME, (uint64_t)&a, 0, 0), 0);
    expect("the wall clock is after 2020", a.seconds > 1577836800, 1);
    expect("unknown clock", syscall4(SYS_clock_gettime, 99, (uint64_t)&a, 0, 0), -EINVAL);
    expect("clock to a null pointer", syscall4(SYS_clock_gettime, CLOCK_REALTIME, 0, 0, 0), -EFAULT);
    expect("clock to the kernel", syscall4(SYS_clock_gettime, CLOCK_REALTIME, DIRECT_MAP, 0, 0), -EFAULT);
    expect("clock to code", syscall4(SYS_clock_gettime, CLOCK_REALTIME, (uint64_t)__image_start, 0, 0),
           -EFAULT);
    expect("clock over the end of memory",
           syscall4(SYS_clock_gettime, CLOCK_REALTIME, (uint64_t)(__bss_end - 8), 0, 0), -EFAULT);
}

static void check_others(void)
{
    static const uint64_t unknown[] = {101, 136, 167, 180, 214, 334, 4096, 0x80000000, UINT64_MAX};

    expect("getpid", syscall0(SYS_getpid), 1);
    expect("getpid, upper half of the number set", syscall0(SYS_getpid | 1ull << 32), 1);
    expect("sched_yield", syscall0(SYS_sched_yield), 0);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        expect("a number without a call", syscall0(unknown[i]), -ENOSYS);
    expect("reboot, wrong magic", syscall4(SYS_reboot, 1, 2, LINUX_REBOOT_CMD_RESTART, 0), -EINVAL);
    expect("reboot, wrong command", syscall4(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 1, 0),
           -EINVAL);
    expect("reboot, Ctrl-Alt-Del off",
           syscall4(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2A, LINUX_REBOOT_CMD_CAD_OFF, 0), 0);
}

/* All registers but RAX, RCX and R11 survive a system call, and so do the flags. */
static void check_registers(void)
{
    uint64_t wrong;

    __asm__ volatile("push %%rbp\n\t"
                     "mov $0x1111, %%rdi\n\t"
                     "mov $0x2222, %%rsi\n\t"
                     "mov $0x3333, %%rdx\n\t"
                     "mov $0x4444, %%r10\n\t"
                     "mov $0x5555, %%r8\n\t"
                     "mov $0x6666, %%r9\n\t"
                     "mov $0x7777, %%rbx\n\t"
                     "mov $0x8888, %%rbp\n\t"
                     "mov $0x9999, %%r12\n\t"
                     "mov $0xaaaa, %%r13\n\t"
                     "mov $0xbbbb, %%r14\n\t"
                     "mov $0xcccc, %%r15\n\t"
                     "mov %1, %%eax\n\t"
                     "stc\n\t"
                     "syscall\n\t"
                     "setnc %%al\n\t"
                     "movzx %%al, %%eax\n\t"
                     "sub $0x1111, %%rdi\n\t"
                     "or %%rdi, %%rax\n\t"
                     "sub $0x2222, %%rsi\n\t"
                     "or %%rsi, %%rax\n\t"
                     "sub $0x3333, %%rdx\n\t"
                     "or %%rdx, %%rax\n\t"
                     "sub $0x4444, %%r10\n\t"
                     "or %%r10, %%rax\n\t"
                     "sub $0x5555, %%r8\n\t"
                     "or %%r8, %%rax\n\t"
                     "sub $0x6666, %%r9\n\t"
                     "or %%r9, %%rax\n\t"
                     "sub $0x7777, %%rbx\n\t"
                     "or %%rbx, %%rax\n\t"
                     "sub $0x8888, %%rbp\n\t"
                     "or %%rbp, %%rax\n\t"
                     "sub $0x9999, %%r12\n\t"
                     "or %%r12, %%rax\n\t"
                     "sub $0xaaaa, %%r13\n\t"
                     "or %%r13, %%rax\n\t"
                     "sub $0xbbbb, %%r14\n\t"
                     "or %%r14, %%rax\n\t"
                     "sub $0xcccc, %%r15\n\t"
                     "or %%r15, %%rax\n\t"
                     "pop %%rbp"
                     : "=&a"(wrong)
                     : "i"(SYS_getpid)
                     : "rdi", "rsi", "rdx", "rcx", "rbx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "memory", "cc");
    expect("registers after a system call", (int64_t)wrong, 0);
}

int check_syscalls(void)
{
    check_write();
    check_clock();
    check_others();
    check_registers();
    check_sleep();
    check_threads();
    return expect_result();
}
