/* System-call numbers: Linux x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), those that Lintel
 * answers. Every other number is answered with -ENOSYS.
 *
 * Convention (System V ABI, AMD64 supplement, appendix A.2.1): SYSCALL with the number in RAX and
 * the arguments in RDI, RSI, RDX, R10, R8, R9. The result, or a negative errno, comes back in RAX;
 * RCX and R11 are overwritten, all other registers are kept. */
#ifndef LINTEL_COMMON_ABI_SYSCALL_H
#define LINTEL_COMMON_ABI_SYSCALL_H

#define SYS_write 1
#define SYS_sched_yield 24
#define SYS_nanosleep 35
#define SYS_getpid 39
#define SYS_clone 56
#define SYS_execve 59
#define SYS_exit 60
#define SYS_gettimeofday 96
#define SYS_reboot 169
#define SYS_gettid 186
#define SYS_time 201
#define SYS_clock_gettime 228
#define SYS_clock_getres 229
#define SYS_clock_nanosleep 230
#define SYS_exit_group 231
#define SYS_getcpu 309

/* reboot(magic1, magic2, command, argument): include/uapi/linux/reboot.h */
#define LINUX_REBOOT_MAGIC1 0xfee1dead
#define LINUX_REBOOT_MAGIC2 672274793
#define LINUX_REBOOT_MAGIC2A 85072278
#define LINUX_REBOOT_MAGIC2B 369367448
#define LINUX_REBOOT_MAGIC2C 537993216
#define LINUX_REBOOT_CMD_RESTART 0x01234567
#define LINUX_REBOOT_CMD_HALT 0xcdef0123
#define LINUX_REBOOT_CMD_CAD_ON 0x89abcdef
#define LINUX_REBOOT_CMD_CAD_OFF 0x00000000
#define LINUX_REBOOT_CMD_POWER_OFF 0x4321fedc

/* clone(flags, stack, parent_tid, child_tid, tls): include/uapi/linux/sched.h */
#define CLONE_SIGNAL_MASK 0xff
#define CLONE_VM 0x100
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_SIGHAND 0x800
#define CLONE_PTRACE 0x2000
#define CLONE_VFORK 0x4000
#define CLONE_PARENT 0x8000
#define CLONE_THREAD 0x10000
#define CLONE_SYSVSEM 0x40000
#define CLONE_SETTLS 0x80000
#define CLONE_PARENT_SETTID 0x100000
#define CLONE_CHILD_CLEARTID 0x200000
#define CLONE_DETACHED 0x400000
#define CLONE_UNTRACED 0x800000
#define CLONE_CHILD_SETTID 0x1000000
#define CLONE_IO 0x80000000
#define CLONE_NEWTIME 0x80
#define CLONE_NEWNS 0x20000
#define CLONE_NEWCGROUP 0x2000000
#define CLONE_NEWUTS 0x4000000
#define CLONE_NEWIPC 0x8000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000
#define CLONE_CLEAR_SIGHAND 0x100000000 /* clone3() only */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct timespec64 {
    int64_t seconds;
    int64_t nanoseconds; /* 0 .. 999,999,999 */
};

_Static_assert(sizeof(struct timespec64) == 16, "struct timespec of the x86-64 ABI");

/* clone3() */
struct clone_args {
    uint64_t flags;
    uint64_t pidfd;
    uint64_t child_tid;
    uint64_t parent_tid;
    uint64_t exit_signal;
    uint64_t stack; /* its lowest byte */
    uint64_t stack_size;
    uint64_t tls;
    /* in later versions */
    uint64_t set_tid;
    uint64_t set_tid_size;
    uint64_t cgroup;
};

#define CLONE_ARGS_SIZE_MIN 64
_Static_assert(sizeof(struct clone_args) == 88, "struct clone_args of the x86-64 ABI");
#endif

#endif
