/* Entered from main.c by the UEFI calling convention (Microsoft x64): RCX = physical address of the PML4,
 * RDX = top of the stack, R8 = entry point, R9 = boot info. 64-bit mode, firmware's page tables, GDT and IDT, boot
 * services gone. Leaves by a jump to R8 with RDI = boot info; nothing returns here.
 *
 * Exceptions have no handler from CLI to the kernel's own IDT; an NMI in between would restart the machine. */

#include "x86_64/paging.h"

#define MSR_EFER 0xc0000080 /* SDM volume 4, table 2-2 */
#define EFER_SCE (1 << 0)
#define EFER_NXE (1 << 11)
#define CR0_WP (1 << 16) /* SDM volume 3, section 2.5 */
#define CR4_PGE (1 << 7)
#define CR4_PCIDE (1 << 17)
#define CR4_CET (1 << 23)

    .text
    .p2align 8 /* shorter than 256 bytes, so it lies in one page: the identity-mapped one */
    .globl handoff
handoff:
    cli /* firmware's handlers are unmapped soon; first, as it may have left interrupts on */
    cld /* the System V ABI wants DF clear at entry */

    /* Off with what firmware may have turned on. PGE: its global entries would outlive the CR3 write. PCIDE: the
     * low bits of CR3 would be a PCID. CET: shadow stacks would check the kernel's returns against firmware's
     * stack; it goes before CR0.WP is touched, as CET demands WP. */
    mov %cr4, %rax
    and $~(CR4_PGE | CR4_PCIDE | CR4_CET), %rax
    mov %rax, %cr4

    /* NXE before CR3: without it bit 63 of our entries is a reserved bit. SCE: SYSCALL for ring 3. */
    mov %rcx, %r10 /* RDMSR takes RCX and EDX */
    mov %rdx, %r11
    mov $MSR_EFER, %ecx
    rdmsr
    or $(EFER_SCE | EFER_NXE), %eax
    wrmsr

    /* Read-only pages are so for ring 0 too. Nothing is written between here and the new tables. */
    mov %cr0, %rax
    or $CR0_WP, %rax
    mov %rax, %cr0

    /* Our tables: the instructions that follow are at the same address in them. Flushes the TLB. */
    mov %r10, %cr3

    mov %r11, %rsp      /* the old stack is not mapped any more */
    xor %ebp, %ebp      /* the end of every backtrace */
    mov %r9, %rdi       /* first argument of the System V ABI */
    jmp *%r8            /* a jump, not a call: there is nothing to return to */
handoff_end:

    .if handoff_end - handoff > 256
    .error "handoff may cross a page"
    .endif
