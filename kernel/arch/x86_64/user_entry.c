#include "arch/x86_64/user_entry.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"

/* Called by syscall_entry.S. */
syscall_function syscall_handler;

extern const char syscall_entry[], syscall_entry_compat[];

/* SYSRET computes the selectors as base + 8 and base + 16 and, on AMD's CPUs, keeps the base's RPL in
 * SS: it must be 3. SYSCALL computes SS as CS + 8. */
_Static_assert((SELECTOR_USER_BASE & 3) == 3, "STAR: RPL of SYSRET's base");
_Static_assert(SELECTOR_USER_DATA == SELECTOR_USER_BASE + 8, "STAR: SYSRET's SS");
_Static_assert(SELECTOR_USER_CODE == SELECTOR_USER_BASE + 16, "STAR: SYSRET's CS");
_Static_assert(SELECTOR_KERNEL_DATA == SELECTOR_KERNEL_CODE + 8, "STAR: SYSCALL's SS");

void user_entry_setup_cpu(void)
{
    msr_write(MSR_IA32_EFER, msr_read(MSR_IA32_EFER) | EFER_SCE);
    msr_write(MSR_IA32_STAR, (uint64_t)SELECTOR_USER_BASE << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
    msr_write(MSR_IA32_LSTAR, (uint64_t)syscall_entry);
    /* Ring 3 has no 32-bit code segment to come from; should it ever reach these two, they are harmless. With
     * a null selector SYSENTER is a #GP, whatever firmware left in the others of its registers. */
    msr_write(MSR_IA32_CSTAR, (uint64_t)syscall_entry_compat);
    msr_write(MSR_IA32_SYSENTER_CS, 0);
    if (cpu_features.has_rdtscp) /* the vDSO's getcpu() */
        msr_write(MSR_IA32_TSC_AUX, percpu_get()->cpu_index);
    /* Cleared on entry: IF, because GS and RSP are still the program's; TF, or the first kernel
     * instruction would trap; DF, NT and AC, because ring 0 relies on them. */
    msr_write(MSR_IA32_FMASK,
              RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_IOPL | RFLAGS_RF);
}

void user_entry_setup(syscall_function handler)
{
    syscall_handler = handler;
    user_entry_setup_cpu();
}

void user_entry_make_frame(struct trap_frame *frame, uint64_t entry, uint64_t stack_pointer)
{
    *frame = (struct trap_frame){
        .rip = entry,
        .cs = SELECTOR_USER_CODE,
        .rflags = RFLAGS_RESERVED1 | RFLAGS_IF,
        .rsp = stack_pointer,
        .ss = SELECTOR_USER_DATA,
    };
}
