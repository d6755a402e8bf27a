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

/* siginfo.si_code */
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_TKILL (-6)
#define ILL_ILLOPN 2
#define FPE_INTDIV 1
#define FPE_FLTINV 7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define TRAP_BRKPT 1
#define TRAP_TRACE 2
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

union sigval {
    int32_t number;
    uint64_t pointer;
};

/* siginfo_t */
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
        uint8_t bytes[112];
    };
};

_Static_assert(sizeof(struct siginfo) == 128, "siginfo_t of the x86-64 ABI");

#endif
