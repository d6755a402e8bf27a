/* What a handler is given, and what becomes of what it changes: registers, the red zone, the stack's alignment,
 * vector registers. */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "program.h"

static volatile sig_atomic_t seen;
static uint64_t handler_rsp;
static ucontext_t context;
static siginfo_t info;
static unsigned sw_reserved[4], magic2;
static unsigned char handler_xmm[16];

static void handler(int signal, siginfo_t *the_info, void *the_context)
{
    ucontext_t *uc = the_context;
    const char *fpu = (const char *)uc->uc_mcontext.fpregs;

    handler_rsp = (uint64_t)__builtin_frame_address(0) + 8;
    context = *uc;
    info = *the_info;
    memcpy(sw_reserved, fpu + 464, sizeof(sw_reserved));
    memcpy(&magic2, fpu + sw_reserved[1] - 4, 4);
    memcpy(handler_xmm, fpu + 160 + 16 * 7, 16);
    seen = signal;
    __asm__ volatile("pcmpeqb %%xmm7, %%xmm7; xor %%r12, %%r12; std; cld" : : : "xmm7", "r12", "cc");
}

static void changer(int signal, siginfo_t *the_info, void *the_context)
{
    ucontext_t *uc = the_context;

    (void)signal;
    (void)the_info;
    uc->uc_mcontext.gregs[REG_RIP] += 2; /* over UD2 */
    uc->uc_mcontext.gregs[REG_RBX] = 0x1122334455667788;
    uc->uc_mcontext.gregs[REG_EFL] |= 1;
    memset((char *)uc->uc_mcontext.fpregs + 160 + 16 * 6, 0x5a, 16);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    struct sigaction change = {.sa_sigaction = changer, .sa_flags = SA_SIGINFO};
    uint64_t out[4] = {0}, rsp, flags;
    static const unsigned char pattern[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    unsigned char after[16];

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGILL, &change, NULL);
    __asm__ volatile("movdqu %[pattern], %%xmm7\n\t"
                     "movq $0x1111, -8(%%rsp)\n\t"
                     "movq $0x2222, -128(%%rsp)\n\t"
                     "mov $0x3333, %%r12\n\t"
                     "mov $0x4444, %%r15\n\t"
                     "mov %%rsp, %[rsp]\n\t"
                     "syscall\n\t"
                     "mov -8(%%rsp), %%rcx\n\t"
                     "mov %%rcx, %[red_near]\n\t"
                     "mov -128(%%rsp), %%rcx\n\t"
                     "mov %%rcx, %[red_far]\n\t"
                     "mov %%r12, %[r12]\n\t"
                     "mov %%r15, %[r15]\n\t"
                     "movdqu %%xmm7, %[after]"
                     : [red_near] "=m"(out[0]), [red_far] "=m"(out[1]), [r12] "=m"(out[2]), [r15] "=m"(out[3]),
                       [after] "=m"(after), [rsp] "=&r"(rsp), "=a"(flags)
                     : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1), [pattern] "m"(pattern)
                     : "rcx", "r11", "r12", "r15", "xmm7", "memory");
    expect_value("kill", (long)flags, 0);
    expect_value("handled", seen, SIGUSR1);
    expect_value("red zone, near", (long)out[0], 0x1111);
    expect_value("red zone, far", (long)out[1], 0x2222);
    expect_value("r12", (long)out[2], 0x3333);
    expect_value("r15", (long)out[3], 0x4444);
    expect_value("xmm7", memcmp(after, pattern, 16), 0);
    expect_value("xmm7 in the frame", memcmp(handler_xmm, pattern, 16), 0);
    expect_value("RSP at the handler, modulo 16", (long)(handler_rsp % 16), 8);
    expect_value("RSP of the frame", (long)(context.uc_mcontext.gregs[REG_RSP] - (long)rsp), 0);
    expect_value("r15 of the frame", context.uc_mcontext.gregs[REG_R15], 0x4444);
    expect_value("rax of the frame", context.uc_mcontext.gregs[REG_RAX], 0);
    expect_value("rcx is RIP", context.uc_mcontext.gregs[REG_RCX] - context.uc_mcontext.gregs[REG_RIP], 0);
    expect_value("selectors", context.uc_mcontext.gregs[REG_CSGSFS], 0x2b000000000033);
    expect_value("uc_flags", (long)context.uc_flags, 7);
    expect_true("uc_link", context.uc_link == NULL);
    expect_value("stack flags", context.uc_stack.ss_flags, 0);
    expect_value("trap number", context.uc_mcontext.gregs[REG_TRAPNO], 0);
    expect_value("si_signo", info.si_signo, SIGUSR1);
    expect_value("si_code", info.si_code, SI_USER);
    expect_value("si_errno", info.si_errno, 0);
    expect_true("si_pid", info.si_pid == getpid());
    expect_true("si_uid", info.si_uid == getuid());
    expect_value("magic1", sw_reserved[0], 0x46505853);
    expect_value("magic2", magic2, 0x46505845);
    expect_true("x87 and SSE", (sw_reserved[2] & 3) == 3);
    expect_true("size", sw_reserved[1] >= 576 + 4);

    uint64_t rbx = 0;
    __asm__ volatile("pxor %%xmm6, %%xmm6; clc; ud2; setc %b[carry]; movdqu %%xmm6, %[after]"
                     : [carry] "=&r"(flags), "=b"(rbx), [after] "=m"(after)
                     : "b"(1ul)
                     : "xmm6", "memory");
    expect_value("RBX changed by the handler", (long)rbx, 0x1122334455667788);
    expect_value("CF changed by the handler", (long)(flags & 1), 1);
    expect_value("xmm6 changed by the handler", after[0] << 8 | after[15], 0x5a5a);
    return program_end();
}
