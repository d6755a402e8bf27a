/* Traps: exceptions and interrupts.
 *
 * Every vector has a stub in trap_entry.S that saves the registers as struct trap_frame on the
 * kernel stack and calls trap_dispatch(). SYSCALL (syscall_entry.S) makes the same frame. */
#ifndef LINTEL_ARCH_TRAP_H
#define LINTEL_ARCH_TRAP_H

/* Exception vectors (Intel SDM volume 3, table 6-1; AMD APM volume 2, table 8-1). */
#define TRAP_DIVIDE_ERROR 0
#define TRAP_DEBUG 1
#define TRAP_NMI 2
#define TRAP_BREAKPOINT 3
#define TRAP_OVERFLOW 4
#define TRAP_BOUND_RANGE 5
#define TRAP_INVALID_OPCODE 6
#define TRAP_DEVICE_NOT_AVAILABLE 7
#define TRAP_DOUBLE_FAULT 8
#define TRAP_COPROCESSOR_OVERRUN 9
#define TRAP_INVALID_TSS 10
#define TRAP_SEGMENT_NOT_PRESENT 11
#define TRAP_STACK_FAULT 12
#define TRAP_GENERAL_PROTECTION 13
#define TRAP_PAGE_FAULT 14
#define TRAP_X87 16
#define TRAP_ALIGNMENT_CHECK 17
#define TRAP_MACHINE_CHECK 18
#define TRAP_SIMD 19
#define TRAP_VIRTUALIZATION 20
#define TRAP_CONTROL_PROTECTION 21
#define TRAP_HYPERVISOR_INJECTION 28
#define TRAP_VMM_COMMUNICATION 29
#define TRAP_SECURITY 30

#define TRAP_EXCEPTION_COUNT 32
#define TRAP_VECTOR_TIMER 0x30        /* local APIC timer */
#define TRAP_VECTOR_DEVICE_FIRST 0x40 /* I/O APIC pins, see ioapic.h */
#define TRAP_VECTOR_DEVICE_LAST 0x7f
#define TRAP_VECTOR_SYSCALL 0x80 /* what a SYSCALL's frame says; no gate leads there */
#define TRAP_VECTOR_SIGRETURN \
    0x81 /* what a frame says that was SYSCALL's, and is that of a signal handler now */
/* From CPU to CPU; above all devices, so that none of them delays the others. See ipi.h where nothing is
 * said. */
#define TRAP_VECTOR_SCREEN 0xf8   /* vt/vt_screen.c: to this CPU itself */
#define TRAP_VECTOR_WATCHDOG 0xf9 /* sched/watchdog.c: begin */
#define TRAP_VECTOR_WHERE 0xfa    /* cpu_where.h */
#define TRAP_VECTOR_RESCHEDULE 0xfb
#define TRAP_VECTOR_CALL 0xfc
#define TRAP_VECTOR_STOP 0xfd
#define TRAP_VECTOR_SPURIOUS 0xff /* local APIC's spurious interrupt */
#define TRAP_VECTOR_COUNT 256

/* Page-fault error code (Intel SDM volume 3, section 4.7). */
#define PAGE_FAULT_PRESENT 1u /* a protection violation; else the page is not mapped */
#define PAGE_FAULT_WRITE 2u
#define PAGE_FAULT_USER 4u
#define PAGE_FAULT_RESERVED 8u
#define PAGE_FAULT_EXECUTE 16u

/* Offsets that assembly uses. */
#define TRAP_FRAME_SIZE 176
#define TRAP_FRAME_RAX 80
#define TRAP_FRAME_VECTOR 120
#define TRAP_FRAME_RIP 136
#define TRAP_FRAME_CS 144

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The interrupted state. Changes are taken over on return. Drawn as it lies on the stack, the
 * lowest address first; from rip on the CPU pushed it. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
    uint64_t rax, rcx, rdx, rsi, rdi;
    uint64_t vector;
    uint64_t error_code; /* 0 for vectors that have none; of TRAP_VECTOR_SYSCALL: the call's number (RAX) */
    uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct trap_frame) == TRAP_FRAME_SIZE, "assembly uses it");
_Static_assert(offsetof(struct trap_frame, rax) == TRAP_FRAME_RAX, "assembly uses it");
_Static_assert(offsetof(struct trap_frame, vector) == TRAP_FRAME_VECTOR, "assembly uses it");
_Static_assert(offsetof(struct trap_frame, rip) == TRAP_FRAME_RIP, "assembly uses it");
_Static_assert(offsetof(struct trap_frame, cs) == TRAP_FRAME_CS, "assembly uses it");

/* True when the frame is of ring 3. */
static inline bool trap_frame_is_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3;
}

/* Manual's mnemonic and name of an exception, e.g. "#PF page fault". Static string. */
const char *trap_exception_name(uint64_t vector);

/* Called for an exception in ring 3, with interrupts enabled. Of a page fault fault_address is CR2, and
 * `error` what the page-fault handler returned; of #DB fault_address is DR6; else both are 0. Returning
 * resumes the program. */
typedef void (*trap_user_fault_handler)(struct trap_frame *frame, uint64_t fault_address, int error);
void trap_set_user_fault_handler(trap_user_fault_handler handler);

/* Called first for a page fault in ring 3, or in ring 0 at an instruction of user_copy() where interrupts
 * are enabled; it runs with interrupts enabled. error_code: PAGE_FAULT_*. After 0 the instruction is tried
 * again, else the fault goes on as it would without this. */
typedef int (*trap_page_fault_handler)(uint64_t fault_address, uint64_t error_code);
void trap_set_page_fault_handler(trap_page_fault_handler handler);

/* What is done before a return to ring 3, with interrupts enabled, as long as percpu.has_return_work is set.
 * The frame is what ring 3 will have; changes are taken over. */
void trap_set_return_work(void (*work)(struct trap_frame *frame));

/* Handler of an interrupt, vectors 32 and up: runs with interrupts disabled; it acknowledges the
 * interrupt controller itself. A vector without one is logged and ignored. */
typedef void (*trap_interrupt_handler)(struct trap_frame *frame);
void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler handler);

/* What /proc/interrupts calls a device's interrupt; NULL: it has no name. `name` must stay valid. */
void trap_set_interrupt_name(unsigned vector, const char *name);
const char *trap_interrupt_name(unsigned vector);

/* How many interrupts of that vector an online CPU took; modulo 2^32. Context: any. */
uint32_t trap_interrupt_count(unsigned cpu, unsigned vector);

/* Entry points' addresses, for the IDT. */
uint64_t trap_stub_address(unsigned vector);

/* Called by syscall_entry.S with interrupts enabled. */
void trap_return_work(struct trap_frame *frame);

/* Called by trap_entry.S. */
void trap_dispatch(struct trap_frame *frame);
#endif

#endif
