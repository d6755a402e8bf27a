/* Where a further CPU begins: from real mode over protected mode to 64-bit mode (Intel SDM volume 3, sections
 * 9.9.1 and 9.8.5). This is data to the kernel: it runs as a copy, at the start of a page below 1 MiB whose
 * layout ap_trampoline.h draws. */
#include "arch/x86_64/ap_trampoline.h"

#define CR0_PE_ET 0x11
#define CR0_PG_WP_NE_ET_PE 0x80010031 /* CD and NW, which INIT leaves as they were, become 0: caches on */
#define CR4_PAE_BIT 0x20
#define CPUID_EXTENDED_FEATURES 0x80000001
#define CPUID_EXTENDED_NX_BIT 20
#define MSR_MISC_ENABLE 0x1a0
#define MISC_ENABLE_XD_DISABLE_HIGH (1 << 2) /* bit 34 */
#define MSR_EFER 0xc0000080
#define EFER_SCE_LME_NXE 0x901

    .section .rodata

/* Real mode: CS = page / 16, IP = 0, interrupts disabled; nothing else is defined. */
    .code16
    .balign 16
    .globl ap_trampoline_start
ap_trampoline_start:
    cli
    cld
    xor %ebp, %ebp
    mov %cs, %bp
    mov %bp, %ds
    shl $4, %ebp /* the page's address, kept to the end */
    lgdtl AP_GDT_POINTER
    mov $CR0_PE_ET, %eax
    mov %eax, %cr0
    ljmpl *AP_PROTECTED_ENTRY

/* Protected mode, no paging: flat segments. */
    .code32
    .globl ap_trampoline_protected
ap_trampoline_protected:
    mov $AP_SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov $CR4_PAE_BIT, %eax
    mov %eax, %cr4
    mov AP_PAGE_TABLE(%ebp), %eax
    mov %eax, %cr3

    /* Firmware can hide NX on Intel's CPUs, on each for itself. It is there: the bootloader has looked. */
    mov $CPUID_EXTENDED_FEATURES, %eax
    cpuid
    bt $CPUID_EXTENDED_NX_BIT, %edx
    jc 1f
    mov $MSR_MISC_ENABLE, %ecx
    rdmsr
    and $~MISC_ENABLE_XD_DISABLE_HIGH, %edx
    wrmsr
1:  mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_SCE_LME_NXE, %eax
    wrmsr
    mov $CR0_PG_WP_NE_ET_PE, %eax
    mov %eax, %cr0
    ljmpl *AP_LONG_ENTRY(%ebp)

/* 64-bit mode, on the page's identity mapping, which the entry function leaves. */
    .code64
    .globl ap_trampoline_long
ap_trampoline_long:
    mov %ebp, %ebp
    mov AP_STACK_TOP(%rbp), %rsp
    mov AP_ARGUMENT(%rbp), %rdi
    mov AP_ENTRY(%rbp), %rax
    xor %ebp, %ebp /* the chain of stack frames ends here */
    call *%rax
    ud2 /* it does not return */
    .globl ap_trampoline_end
ap_trampoline_end:
