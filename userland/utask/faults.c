#include "utask/faults.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/string.h"

#define KERNEL_ADDRESS 0xffffffff80000000ull
#define DIRECT_MAP_ADDRESS 0xffff800000000000ull
#define NON_CANONICAL 0x0000900000000000ull

static void fault_null(void)
{
    *(volatile int *)NULL = 1;
}

static void fault_null_call(void)
{
    __asm__ volatile("call *%0" : : "r"(0ull));
}

static void fault_kernel_read(void)
{
    (void)*(volatile char *)KERNEL_ADDRESS;
}

static void fault_kernel_write(void)
{
    *(volatile char *)DIRECT_MAP_ADDRESS = 1;
}

static void fault_kernel_jump(void)
{
    __asm__ volatile("jmp *%0" : : "r"(KERNEL_ADDRESS));
}

static void fault_write_code(void)
{
    *(volatile char *)(uintptr_t)fault_write_code = 1;
}

static void fault_write_rodata(void)
{
    static const volatile char constant = 1;

    *(volatile char *)(uintptr_t)&constant = 2;
}

static void fault_execute_data(void)
{
    static char code[] = {(char)0xc3}; /* RET */

    __asm__ volatile("call *%0" : : "r"(code));
}

static void fault_execute_stack(void)
{
    char code[16] = {(char)0xc3};

    __asm__ volatile("call *%0" : : "r"(code), "m"(code));
}

static void fault_privileged(void)
{
    __asm__ volatile("cli");
}

static void fault_hlt(void)
{
    __asm__ volatile("hlt");
}

static void fault_port(void)
{
    __asm__ volatile("inb $0x60, %%al" : : : "rax");
}

static void fault_msr(void)
{
    __asm__ volatile("rdmsr" : : "c"(0xc0000080) : "rax", "rdx");
}

static void fault_control_register(void)
{
    __asm__ volatile("mov %%cr3, %%rax" : : : "rax");
}

static void fault_interrupt(void)
{
    __asm__ volatile("int $0x30");
}

static void fault_divide(void)
{
    uint32_t low = 1, high = 0;

    __asm__ volatile("div %2" : "+a"(low), "+d"(high) : "r"(0));
}

static void fault_stack_overflow(void)
{
    __asm__ volatile("1: push %rax; jmp 1b");
}

static void fault_non_canonical_jump(void)
{
    __asm__ volatile("jmp *%0" : : "r"(NON_CANONICAL));
}

static void fault_non_canonical_read(void)
{
    (void)*(volatile char *)NON_CANONICAL;
}

static void fault_non_canonical_stack(void)
{
    __asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"(NON_CANONICAL));
}

static void fault_invalid_opcode(void)
{
    __asm__ volatile("ud2");
}

static void fault_breakpoint(void)
{
    __asm__ volatile("int3");
}

static void fault_single_step(void)
{
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop" : : : "memory", "cc");
}

/* Alignment checking is the program's own wish: RFLAGS.AC. */
static void fault_alignment(void)
{
    uint64_t words[2] = {0, 0};

    __asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq; mov 1(%0), %%rax"
                     :
                     : "r"(words)
                     : "rax", "memory", "cc");
}

/* Into compatibility mode, where SYSCALL and SYSENTER have entry points of their own: there is no segment for
 * it. */
static void fault_compatibility_mode(void)
{
    __asm__ volatile("ljmpl *1f(%rip)\n"
                     "1: .long 2f\n"
                     ".word 0x23\n"
                     "2: .byte 0x0f, 0x05\n" /* SYSCALL */
                     "ud2");
}

static void fault_sysenter(void)
{
    __asm__ volatile(".byte 0x0f, 0x34");
}

static void fault_simd(void)
{
    uint32_t mxcsr = 0;

    __asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0" : : "m"(mxcsr));
}

static void fault_x87(void)
{
    uint16_t control = 0x0340;

    __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control));
}

static const struct {
    const char *name;
    void (*commit)(void);
} faults[] = {
    {"null", fault_null},
    {"null-call", fault_null_call},
    {"kernel-read", fault_kernel_read},
    {"kernel-write", fault_kernel_write},
    {"kernel-jump", fault_kernel_jump},
    {"write-code", fault_write_code},
    {"write-rodata", fault_write_rodata},
    {"execute-data", fault_execute_data},
    {"execute-stack", fault_execute_stack},
    {"privileged", fault_privileged},
    {"hlt", fault_hlt},
    {"port", fault_port},
    {"msr", fault_msr},
    {"control-register", fault_control_register},
    {"interrupt", fault_interrupt},
    {"divide", fault_divide},
    {"stack-overflow", fault_stack_overflow},
    {"non-canonical-jump", fault_non_canonical_jump},
    {"non-canonical-read", fault_non_canonical_read},
    {"non-canonical-stack", fault_non_canonical_stack},
    {"invalid-opcode", fault_invalid_opcode},
    {"breakpoint", fault_breakpoint},
    {"single-step", fault_single_step},
    {"alignment", fault_alignment},
    {"simd", fault_simd},
    {"compatibility-mode", fault_compatibility_mode},
    {"sysenter", fault_sysenter},
    {"x87", fault_x87},
};

bool fault_commit(const char *name)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strcmp(faults[i].name, name) == 0) {
            faults[i].commit();
            return true;
        }
    }
    return false;
}
