/* Where an instruction raises the exception, it is executed. Exceptions that no instruction of ring
 * 0 raises on every CPU (machine check, virtualization, ...) are entered through their IDT gate with
 * the frame that the CPU would push. */
#include "arch/x86_64/provoke_exception.h"

#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "x86_64/paging.h"

#define NON_CANONICAL 0x0000900000000000ull
#define X87_UNMASK_ALL 0x0340 /* control word: all exceptions unmasked */
#define MXCSR_UNMASK_ALL 0x0000

static void raise_de(void)
{
    uint32_t low = 1, high = 0;

    __asm__ volatile("div %2" : "+a"(low), "+d"(high) : "r"(0));
}

static void raise_db(void)
{
    __asm__ volatile("pushfq; orq %0, (%%rsp); popfq; nop" : : "i"((uint32_t)RFLAGS_TF) : "memory", "cc");
}

static void raise_ud(void)
{
    __asm__ volatile("ud2");
}

static void raise_nm(void)
{
    cr0_write(cr0_read() | CR0_TS);
    __asm__ volatile("fnop");
}

/* The page fault cannot push its frame on a stack that is not mapped. */
static void raise_df(void)
{
    __asm__ volatile("mov %0, %%rsp; push %%rax"
                     :
                     : "r"((uint64_t)KERNEL_STACKS_BASE + PAGE_SIZE_2M)
                     : "memory");
}

static void raise_ts(void)
{
    descriptors_break_tss();
    __asm__ volatile("int $2"); /* has an interrupt stack, which the TSS is now too short for */
}

static void raise_np(void)
{
    __asm__ volatile("mov %w0, %%fs" : : "r"(SELECTOR_NOT_PRESENT));
}

static void raise_ss(void)
{
    __asm__ volatile("mov %w0, %%ss" : : "r"(SELECTOR_NOT_PRESENT));
}

static void raise_gp(void)
{
    *(volatile uint64_t *)NON_CANONICAL = 0;
}

static void raise_pf(void)
{
    *(volatile uint64_t *)(KERNEL_HEAP_BASE + KERNEL_REGION_SIZE - PAGE_SIZE_2M) = 0;
}

static void raise_mf(void)
{
    uint16_t control = X87_UNMASK_ALL;

    __asm__ volatile("fninit; fldcw %0; fldz; fld1; fdivp; fwait" : : "m"(control));
}

/* QEMU's TCG goes on behind the division; then the gate is entered by INT. */
static void raise_xm(void)
{
    uint32_t mxcsr = MXCSR_UNMASK_ALL;

    __asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0; int $19" : : "m"(mxcsr));
}

/* Uses up the kernel stack, as endless recursion does. */
static void raise_stack(void)
{
    __asm__ volatile("1: push %rax; jmp 1b");
}

extern const char __image_start[];

static void raise_write_text(void)
{
    *(volatile char *)(uintptr_t)__image_start = 0;
}

static void raise_execute_data(void)
{
    static char data[16] = {(char)0xc3}; /* RET */

    ((void (*)(void))(uintptr_t)data)();
}

/* Ring 0 has no business below the user half's end: SMAP and an empty user half see to it. */
static void raise_user_memory(void)
{
    *(volatile char *)(uintptr_t)0x1000 = 0;
}

/* INT n makes the frame that the CPU makes for vectors without an error code. */
#define DEFINE_RAISE_INT(vector)                    \
    static void raise_int_##vector(void)            \
    {                                               \
        __asm__ volatile("int %0" : : "i"(vector)); \
    }

DEFINE_RAISE_INT(2)
DEFINE_RAISE_INT(3)
DEFINE_RAISE_INT(4)
DEFINE_RAISE_INT(5)
DEFINE_RAISE_INT(9)
DEFINE_RAISE_INT(15)
DEFINE_RAISE_INT(18)
DEFINE_RAISE_INT(20)
DEFINE_RAISE_INT(22)
DEFINE_RAISE_INT(23)
DEFINE_RAISE_INT(24)
DEFINE_RAISE_INT(25)
DEFINE_RAISE_INT(26)
DEFINE_RAISE_INT(27)
DEFINE_RAISE_INT(28)
DEFINE_RAISE_INT(31)

/* For vectors with an error code INT n pushes none: make the whole frame and jump to the gate. */
static void raise_with_error_code(unsigned vector)
{
    __asm__ volatile("mov %%rsp, %%rcx\n\t"
                     "and $-16, %%rsp\n\t"
                     "mov %%ss, %%rdx\n\t"
                     "push %%rdx\n\t"
                     "push %%rcx\n\t"
                     "pushfq\n\t"
                     "mov %%cs, %%rdx\n\t"
                     "push %%rdx\n\t"
                     "lea 1f(%%rip), %%rdx\n\t"
                     "push %%rdx\n\t"
                     "push $0\n\t"
                     "jmp *%0\n"
                     "1:"
                     :
                     : "r"(trap_stub_address(vector))
                     : "rcx", "rdx", "memory");
}

static void raise_ac(void)
{
    raise_with_error_code(TRAP_ALIGNMENT_CHECK);
}

static void raise_cp(void)
{
    raise_with_error_code(TRAP_CONTROL_PROTECTION);
}

static void raise_vc(void)
{
    raise_with_error_code(TRAP_VMM_COMMUNICATION);
}

static void raise_sx(void)
{
    raise_with_error_code(TRAP_SECURITY);
}

#ifdef LINTEL_DEBUG_LOCKS
static struct spinlock outer_lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST);
static struct spinlock inner_lock = SPINLOCK_INITIALIZER(LOCK_RANK_DEVICE);

static void misuse_lock_order(void)
{
    struct spinlock_state inner = spin_lock(&inner_lock), outer = spin_lock(&outer_lock);

    spin_unlock(&outer_lock, outer);
    spin_unlock(&inner_lock, inner);
}

static void misuse_lock_twice(void)
{
    struct spinlock_state once = spin_lock(&outer_lock), twice = spin_lock(&outer_lock);

    spin_unlock(&outer_lock, twice);
    spin_unlock(&outer_lock, once);
}

static void misuse_lock_sleep(void)
{
    struct spinlock_state state = spin_lock(&outer_lock);

    lock_rank_check_may_sleep();
    spin_unlock(&outer_lock, state);
}
#endif

static const struct {
    const char *name;
    void (*raise)(void);
} exceptions[] = {
    {"de", raise_de},
    {"db", raise_db},
    {"nmi", raise_int_2},
    {"bp", raise_int_3},
    {"of", raise_int_4},
    {"br", raise_int_5},
    {"ud", raise_ud},
    {"nm", raise_nm},
    {"df", raise_df},
    {"9", raise_int_9},
    {"ts", raise_ts},
    {"np", raise_np},
    {"ss", raise_ss},
    {"gp", raise_gp},
    {"pf", raise_pf},
    {"15", raise_int_15},
    {"mf", raise_mf},
    {"ac", raise_ac},
    {"mc", raise_int_18},
    {"xm", raise_xm},
    {"ve", raise_int_20},
    {"cp", raise_cp},
    {"22", raise_int_22},
    {"23", raise_int_23},
    {"24", raise_int_24},
    {"25", raise_int_25},
    {"26", raise_int_26},
    {"27", raise_int_27},
    {"hv", raise_int_28},
    {"vc", raise_vc},
    {"sx", raise_sx},
    {"31", raise_int_31},
    {"stack", raise_stack},
    {"write-text", raise_write_text},
    {"execute-data", raise_execute_data},
    {"user-memory", raise_user_memory},
#ifdef LINTEL_DEBUG_LOCKS
    {"lock-inversion", misuse_lock_order},
    {"lock-recursion", misuse_lock_twice},
    {"lock-sleep", misuse_lock_sleep},
#endif
};

bool provoke_exception(const char *name)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
        if (strcmp(exceptions[i].name, name) == 0) {
            exceptions[i].raise();
            return true;
        }
    }
    return false;
}
