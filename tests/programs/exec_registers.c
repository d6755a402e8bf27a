/* lintel: flags="-nostdlib -ffreestanding -fno-stack-protector" */
/* How a program begins: its registers, flags, segments, vector registers, stack. */
static long call(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}

static void put(const char *text)
{
    long size = 0;

    while (text[size] != '\0')
        size++;
    call(1, 1, (long)text, size);
}

static void put_number(const char *what, unsigned long value)
{
    char digits[20] = "0x0000000000000000\n";

    for (int i = 17; i > 1; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    put(what);
    put(digits);
}

/* As _start pushed them. */
struct registers {
    unsigned long flags, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
};

void begin(const struct registers *at_start, unsigned long stack)
{
    unsigned short cs, ss, ds, es, fs, gs, control;
    unsigned mxcsr;
    unsigned long xmm[2];

    __asm__ volatile("mov %%cs, %0; mov %%ss, %1; mov %%ds, %2; mov %%es, %3; mov %%fs, %4; mov %%gs, %5"
                     : "=r"(cs), "=r"(ss), "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
    __asm__ volatile("fnstcw %0; stmxcsr %1; movups %%xmm7, %2" : "=m"(control), "=m"(mxcsr), "=m"(xmm));
    put_number("rax ", at_start->rax);
    put_number("rbx ", at_start->rbx);
    put_number("rdx ", at_start->rdx);
    put_number("rsi ", at_start->rsi);
    put_number("rdi ", at_start->rdi);
    put_number("rbp ", at_start->rbp);
    put_number("r8 ", at_start->r8);
    put_number("r9 ", at_start->r9);
    put_number("r10 ", at_start->r10);
    put_number("r12 ", at_start->r12);
    put_number("r13 ", at_start->r13);
    put_number("r14 ", at_start->r14);
    put_number("r15 ", at_start->r15);
    put_number("flags ", at_start->flags);
    put_number("stack's alignment ", stack & 15);
    put_number("cs ", cs);
    put_number("ss ", ss);
    put_number("ds, es, fs, gs ", ds | es | fs | gs);
    put_number("fcw ", control);
    put_number("mxcsr ", mxcsr);
    put_number("xmm7 ", xmm[0] | xmm[1]);
    call(231, 0, 0, 0);
}

__asm__(".globl _start\n"
        "_start:\n"
        "    push %rax; push %rbx; push %rcx; push %rdx; push %rsi; push %rdi; push %rbp; push %r8\n"
        "    push %r9; push %r10; push %r11; push %r12; push %r13; push %r14; push %r15; pushfq\n"
        "    mov %rsp, %rdi\n"
        "    lea 128(%rsp), %rsi\n"
        "    and $-16, %rsp\n"
        "    call begin\n");
