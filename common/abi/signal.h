/* Signals of the Linux ABI, x86-64: include/uapi/asm-generic/signal.h, siginfo.h; arch/x86/include/uapi/asm/
 * signal.h, sigcontext.h, ucontext.h. */
#ifndef LINTEL_COMMON_ABI_SIGNAL_H
#define LINTEL_COMMON_ABI_SIGNAL_H

#include <stdint.h>

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTKFLT 16
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGPWR 30
#define SIGSYS 31
#define SIGRTMIN 32
#define SIGRTMAX 64
#define SIGNAL_MAX 64

/* struct sigaction */
#define SIG_DFL 0
#define SIG_IGN 1
#define SA_NOCLDSTOP 0x1u
#define SA_NOCLDWAIT 0x2u
#define SA_SIGINFO 0x4u
#define SA_RESTORER 0x04000000u
#define SA_ONSTACK 0x08000000u
#define SA_RESTART 0x10000000u
#define SA_NODEFER 0x40000000u
#define SA_RESETHAND 0x80000000u
#define SA_FLAGS                                                                                     \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART | SA_NODEFER | \
     SA_RESETHAND)

/* struct sigaction, as the kernel has it */
struct signal_action {
    uint64_t handler;
    uint64_t flags; /* SA_* */
    uint64_t restorer;
    uint64_t mask; /* bit n - 1: signal n */
};

_Static_assert(sizeof(struct signal_action) == 32, "struct kernel_sigaction of the x86-64 ABI");

/* rt_sigprocmask() */
#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* sigaltstack() */
#define SS_ONSTACK 1u
#define SS_DISABLE 2u
#define SS_AUTODISARM 0x80000000u
#define MINSIGSTKSZ 2048

/* siginfo.si_code */
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_TKILL (-6)
#define SI_DETHREAD (-7)
#define SI_ASYNCNL (-60)
#define ILL_ILLOPN 2
#define FPE_INTDIV 1
#define FPE_FLTDIV 3
#define FPE_FLTOVF 4
#define FPE_FLTUND 5
#define FPE_FLTRES 6
#define FPE_FLTINV 7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define TRAP_BRKPT 1
#define TRAP_TRACE 2
#define TRAP_HWBKPT 4
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

union sigval {
    int32_t number;
    uint64_t pointer;
};

/* The beginning of siginfo_t: all that it ever tells. What follows, up to SIGINFO_SIZE, is 0. */
#define SIGINFO_SIZE 128

struct siginfo {
    int32_t signal;
    int32_t error;
    int32_t code;
    int32_t padding;
    union {
        struct {
            int32_t pid;
            uint32_t uid;
            union sigval value;
        } sender; /* kill(), sigqueue() */
        struct {
            int32_t timer;
            int32_t overrun;
            union sigval value;
        } timer;
        struct {
            int32_t pid;
            uint32_t uid;
            int32_t status;
            int64_t user_ticks;
            int64_t system_ticks;
        } child;
        struct {
            uint64_t address;
        } fault;
        uint8_t bytes[32];
    };
};

_Static_assert(sizeof(struct siginfo) == 48,
               "kernel_siginfo_t of Linux, as far as signalfd and rt_sigqueueinfo show it");

/* siginfo_t */
struct siginfo_padded {
    struct siginfo info;
    uint8_t padding[SIGINFO_SIZE - sizeof(struct siginfo)];
};

_Static_assert(sizeof(struct siginfo_padded) == 128, "siginfo_t of the x86-64 ABI");

/* stack_t */
struct signal_stack {
    uint64_t start;
    uint32_t flags; /* SS_* */
    uint32_t padding;
    uint64_t size;
};

_Static_assert(sizeof(struct signal_stack) == 24, "stack_t of the x86-64 ABI");

/* struct sigcontext */
struct signal_registers {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error_code, trap_number;
    uint64_t blocked; /* the mask's first word, as older programs look for it */
    uint64_t cr2;
    uint64_t fpu_state; /* a pointer; 0: none */
    uint64_t reserved[8];
};

_Static_assert(sizeof(struct signal_registers) == 256, "struct sigcontext of the x86-64 ABI");

/* struct ucontext: flags */
#define UC_FP_XSTATE 1u
#define UC_SIGCONTEXT_SS 2u
#define UC_STRICT_RESTORE_SS 4u

struct signal_context {
    uint64_t flags; /* UC_* */
    uint64_t link;
    struct signal_stack stack;
    struct signal_registers registers;
    uint64_t blocked;
};

_Static_assert(sizeof(struct signal_context) == 304, "struct ucontext of the x86-64 ABI");

/* struct rt_sigframe: what lies at RSP when a handler begins. */
struct signal_frame {
    uint64_t return_address;
    struct signal_context context;
    struct siginfo_padded info;
};

_Static_assert(sizeof(struct signal_frame) == 440, "struct rt_sigframe of the x86-64 ABI");

/* struct _fpx_sw_bytes, in bytes 464 to 511 of the vector registers' state; SIGNAL_FPU_MAGIC2 stands behind
 * the state's end. */
#define SIGNAL_FPU_MAGIC1 0x46505853u
#define SIGNAL_FPU_MAGIC2 0x46505845u

struct signal_fpu_software {
    uint32_t magic1;
    uint32_t extended_size; /* with magic2 */
    uint64_t components;    /* XSTATE_BV's bits that the state has room for */
    uint32_t state_size;    /* without */
    uint32_t padding[7];
};

_Static_assert(sizeof(struct signal_fpu_software) == 48, "struct _fpx_sw_bytes of the x86-64 ABI");

#endif
