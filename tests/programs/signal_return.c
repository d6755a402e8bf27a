/* rt_sigreturn() of frames that no handler ever had: the process may end of it, the system may not. Then what
 * is wrong in a known way. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "program.h"

#define ROUNDS 10000 /* in each of CHILDREN processes */
#define CHILDREN 4
#define FPU_SIZE 4096

struct frame {
    unsigned long flags, link, stack[3], registers[23], fpu, reserved[8], mask;
};

enum { RSP = 15, RIP = 16, RFLAGS = 17, SELECTORS = 18 };

static struct frame frame __attribute__((aligned(64)));
static unsigned char fpu[FPU_SIZE] __attribute__((aligned(64)));
static sigjmp_buf back;
static unsigned long *rounds_done; /* of all children */
static unsigned long seed;
static volatile int is_away, handled;

static unsigned long random_word(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* No alignment checks, nothing else that a frame may have set. */
static inline void reset_flags(void)
{
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushq $2; popfq; lea 128(%%rsp), %%rsp; fninit"
                     :
                     :
                     : "cc", "memory");
}

static void landed(void)
{
    reset_flags();
    siglongjmp(back, 2);
}

static void handler(int signal)
{
    reset_flags();
    if (handled++ > 4 * ROUNDS)
        _exit(1);
    if (signal == SIGALRM && !is_away)
        return;
    siglongjmp(back, 1);
}

static void call_return(void)
{
    __asm__ volatile("mov %0, %%rsp; syscall" : : "r"(&frame), "a"(SYS_rt_sigreturn) : "memory");
    __builtin_unreachable();
}

/* Those that the system has switched on, all of which its own frames hold. */
static unsigned components(void)
{
    unsigned low;

    __asm__("xgetbv" : "=a"(low) : "c"(0) : "edx");
    return low;
}

/* A sound frame that leads to landed(). */
static void make_sound(void)
{
    static unsigned char stack[4096] __attribute__((aligned(16)));
    static const unsigned char magic2[4] = {0x45, 0x58, 0x50, 0x46};
    static unsigned size;

    memset(&frame, 0, sizeof(frame));
    memset(fpu, 0, sizeof(fpu));
    frame.stack[1] = SS_DISABLE;
    frame.registers[RSP] = (unsigned long)(stack + sizeof(stack) - 8);
    frame.registers[RIP] = (unsigned long)landed;
    frame.registers[RFLAGS] = 0x202;
    frame.registers[SELECTORS] = 0x2b000000000033;
    frame.fpu = (unsigned long)fpu;
    fpu[0] = 0x7f, fpu[1] = 3, fpu[24] = 0x80, fpu[25] = 0x1f;
    if (size == 0)
        __asm__("cpuid" : "=b"(size) : "a"(0xd), "c"(0) : "edx");
    unsigned software[4] = {0x46505853, size + 4, components(), 0}, state_size = size;
    memcpy(fpu + 464, software, sizeof(software));
    memcpy(fpu + 480, &state_size, 4);
    memcpy(fpu + size, magic2, 4);
    fpu[512] = 3;
}

static void mutate(void)
{
    unsigned char *bytes = random_word() % 2 != 0 ? (unsigned char *)&frame : fpu;
    unsigned long size = bytes == fpu ? 600 : sizeof(frame);

    for (unsigned long count = 1 + random_word() % 8; count-- > 0;)
        switch (random_word() % 4) {
        case 0:
            bytes[random_word() % size] = (unsigned char)random_word();
            break;
        case 1:
            bytes[random_word() % size] ^= 1 << random_word() % 8;
            break;
        case 2:
            ((unsigned long *)bytes)[random_word() % (size / 8)] = random_word();
            break;
        default:
            ((unsigned long *)bytes)[random_word() % (size / 8)] = -1ul << random_word() % 64;
            break;
        }
}

static void storm(int number)
{
    const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_NODEFER};
    unsigned long none = 0;
    stack_t stack = {.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     .ss_size = 65536};

    seed = 88172645463325252ul + (unsigned long)number;
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &action, NULL);
    /* A frame may lead into an endless loop. */
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 50000}, {0, 50000}}, NULL);
    for (volatile int round = 0; round < ROUNDS; round++) {
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
        sigaltstack(&stack, NULL);
        if (sigsetjmp(back, 0) == 0) {
            make_sound();
            const unsigned long sound_rsp = frame.registers[RSP];
            mutate();
            frame.stack[0] = (unsigned long)stack.ss_sp;
            frame.stack[1] = 0;
            frame.stack[2] = stack.ss_size;
            frame.mask = 0;
            if (frame.registers[RIP] != (unsigned long)landed)
                frame.registers[RIP] |= 1ul << 40; /* not into this program, which might do anything */
            if (frame.registers[RSP] != sound_rsp)
                frame.registers[RSP] |= 1ul << 46; /* not into its data */
            is_away = 1;
            call_return();
        }
        is_away = 0;
        __atomic_fetch_add(rounds_done, 1, __ATOMIC_RELAXED);
    }
    _exit(0);
}

static void try(const char *what, int is_to_land)
{
    int status, child = fork();

    if (child == 0) {
        if (sigsetjmp(back, 1) == 0)
            call_return();
        _exit(77);
    }
    waitpid(child, &status, 0);
    expect_value(what, status, is_to_land ? 77 << 8 : SIGSEGV);
}

int main(void)
{
    program_begin();
    make_sound();
    try("sound", 1);
    frame.registers[RIP] = 0x8000000000000000;
    try("RIP not canonical", 0);
    make_sound();
    frame.registers[RFLAGS] = ~0x100ul & ~0x40000ul;
    try("all flags but TF and AC", 1);
    make_sound();
    frame.registers[SELECTORS] = 0x33;
    frame.flags = 0;
    try("no SS", 1);
    make_sound();
    frame.fpu = 0;
    try("no vector registers", 1);
    frame.fpu = 8;
    try("vector registers at 8", 0);
    make_sound();
    fpu[464] = 0;
    try("no magic1", 1);
    make_sound();
    memset(fpu + 512, 0xff, 8);
    try("components that are not there", 0);
    fpu[464] = 0;
    try("which do not matter without magic1", 1);
    make_sound();
    fpu[520] = 1;
    try("compacted", 0);
    make_sound();
    fpu[472] = 3;
    try("x87 and SSE alone", 1);
    fpu[512] = 0xff;
    try("which say that there is more", 0);
    make_sound();
    memmove(fpu + 8, fpu, sizeof(fpu) - 8);
    frame.fpu += 8;
    try("at no multiple of 64", 0);
    fpu[472] = 0;
    try("nor of 16, without magic1", 0);
    make_sound();
    memcpy(fpu + 480, &(unsigned){100}, 4);
    try("a size too small", 1);
    make_sound();
    memcpy(fpu + 480, &(unsigned){0x40000000}, 4);
    try("a size too large", 1);
    rounds_done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < CHILDREN; i++) {
        int child = fork();
        if (child == 0)
            storm(i);
    }
    for (int i = 0; i < CHILDREN; i++)
        wait(NULL);
    expect_true("most were tried", *rounds_done > CHILDREN * ROUNDS / 2);
    printf("the system lives\n");
    return program_end();
}
