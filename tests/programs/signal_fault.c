/* Faults: signal, code, address, and what the frame says. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "program.h"

static sigjmp_buf back;
static siginfo_t info;
static ucontext_t context;

static void handler(int signal, siginfo_t *the_info, void *the_context)
{
    (void)signal;
    info = *the_info;
    context = *(ucontext_t *)the_context;
    siglongjmp(back, 1);
}

static void tell(const char *what, const void *address)
{
    printf("%s: signal %d code %d", what, info.si_signo, info.si_code);
    printf(" address %s", info.si_addr == address ? "right" : info.si_addr == NULL ? "null" : "other");
    printf(" trap %lld", context.uc_mcontext.gregs[REG_TRAPNO]);
    if (context.uc_mcontext.gregs[REG_TRAPNO] == 14)
        printf(" error %lld cr2 %s", context.uc_mcontext.gregs[REG_ERR],
               (void *)context.uc_mcontext.gregs[REG_CR2] == address ? "right" : "wrong");
    printf("\n");
}

#define TRY(what, address, statement)    \
    do {                                 \
        if (sigsetjmp(back, 1) == 0) {   \
            statement;                   \
            printf("%s: nothing\n", what); \
        } else {                         \
            tell(what, address);         \
        }                                \
    } while (0)

#define RIP_OF(label)                                         \
    ({                                                        \
        void *address;                                        \
        __asm__("lea " label "(%%rip), %0" : "=r"(address)); \
        address;                                              \
    })

int main(void)
{
    const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    char *readable = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *gone = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    volatile char sink;
    volatile uintptr_t zero = 0;

    program_begin();
    munmap(gone, PAGE);
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &action, NULL);
    TRY("write to read-only", readable, *(volatile char *)readable = 1);
    sink = *(volatile char *)readable;
    TRY("write to read-only, touched", readable + 5, *(volatile char *)(readable + 5) = 1);
    TRY("read of no access", none, sink = *(volatile char *)none);
    TRY("read of nothing", gone, sink = *(volatile char *)gone);
    TRY("write to nothing", gone + 8, *(volatile char *)(gone + 8) = 1);
    TRY("null", NULL, *(volatile char *)zero = 1);
    TRY("jump to null", NULL, ((void (*)(void))zero)());
    TRY("jump to data", readable, ((void (*)(void))readable)());
    TRY("not canonical", NULL, *(volatile char *)0x8000000000000000 = 1);
    TRY("kernel's half", (void *)0xffff800000000000, *(volatile char *)0xffff800000000000 = 1);
    TRY("hlt", NULL, __asm__ volatile("hlt"));
    TRY("in", NULL, __asm__ volatile("inb $0x80, %%al" : : : "rax"));
    TRY("ud2", RIP_OF("ud2_here"), __asm__ volatile("ud2_here: ud2"));
    TRY("int3", NULL, __asm__ volatile("int3"));
    TRY("int 0x21", NULL, __asm__ volatile("int $0x21"));
    TRY("single step", RIP_OF("step_here"),
        __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; step_here: pushfq; andq $~0x100, (%%rsp); popfq"
                         :
                         :
                         : "cc", "memory"));
    TRY("division by zero", RIP_OF("div_here"),
        __asm__ volatile("xor %%ecx, %%ecx; div_here: divl %%ecx" : : "a"(1), "d"(0) : "ecx"));
    TRY("quotient too large", RIP_OF("idiv_here"),
        __asm__ volatile("idiv_here: idivl %%ecx" : : "a"(0x80000000), "d"(0xffffffff), "c"(-1)));
    TRY("x87 division", RIP_OF("wait_here"),
        __asm__ volatile("fninit; fnstcw -8(%%rsp); andw $~4, -8(%%rsp); fldcw -8(%%rsp); fld1; fldz; fdivrp; "
                         "wait_here: fwait"
                         :
                         :
                         : "memory", "st", "st(1)"));
    __asm__ volatile("fninit");
    TRY("x87 invalid", RIP_OF("wait2_here"),
        __asm__ volatile("fninit; fnstcw -8(%%rsp); andw $~1, -8(%%rsp); fldcw -8(%%rsp); fldz; fldz; fdivrp; "
                         "wait2_here: fwait"
                         :
                         :
                         : "memory", "st", "st(1)"));
    __asm__ volatile("fninit");
    (void)sink;
    return program_end();
}
