/* With frame pointers, RBP points to the caller's saved RBP, and the return address lies above it
 * (System V ABI, section 3.2.2). The chain is followed only through mapped kernel stacks and only
 * upwards, since what is being reported may be a broken stack. */
#include "arch/x86_64/backtrace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/log.h"
#include "core/symbols.h"
#include "mm/user_access.h"

#define BACKTRACE_DEPTH 24

struct stack_frame {
    uint64_t caller; /* saved RBP */
    uint64_t return_address;
};

void backtrace_log_registers(const struct trap_frame *f)
{
    log_error("rip %016lx  cs %02lx  rflags %08lx  rsp %016lx  ss %02lx", f->rip, f->cs, f->rflags, f->rsp,
              f->ss);
    log_error("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_error("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
    log_error("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", f->r9, f->r10, f->r11, f->r12);
    log_error("r13 %016lx  r14 %016lx  r15 %016lx", f->r13, f->r14, f->r15);
    log_error("cr2 %016lx  cr3 %016lx  cr4 %016lx", cr2_read(), cr3_read(), cr4_read());
}

static void backtrace_log_address(unsigned depth, uint64_t address)
{
    uint64_t offset;
    const char *name = symbols_lookup(address, &offset);

    if (name != NULL)
        log_error("  #%u %016lx %s+0x%lx", depth, address, name, offset);
    else
        log_error("  #%u %016lx", depth, address);
}

static bool stack_is_readable(uint64_t address)
{
    struct page_table table = page_table_current();
    struct page_mapping mapping;

    return address % 8 == 0 && address >= KERNEL_STACKS_BASE &&
           address < KERNEL_STACKS_BASE + KERNEL_REGION_SIZE - sizeof(struct stack_frame) &&
           page_table_lookup(&table, address, &mapping) == 0 &&
           page_table_lookup(&table, address + sizeof(struct stack_frame) - 1, &mapping) == 0;
}

void backtrace_log(const struct trap_frame *frame)
{
    bool is_kernel = frame != NULL && !trap_frame_is_user(frame);
    uint64_t at = is_kernel ? frame->rbp : (uint64_t)__builtin_frame_address(0), last = 0;
    unsigned depth = 0;

    log_error("call chain:");
    if (is_kernel)
        backtrace_log_address(depth++, frame->rip);
    for (; depth < BACKTRACE_DEPTH && at > last && stack_is_readable(at); depth++) {
        const struct stack_frame *stack = (const struct stack_frame *)at;
        if (!symbols_is_text(stack->return_address))
            break;
        /* The call is the instruction before the return address: it may be a function's last. */
        backtrace_log_address(depth, stack->return_address - 1);
        last = at;
        at = stack->caller;
    }
}

void backtrace_log_user(const struct trap_frame *frame)
{
    uint64_t at = frame->rbp, last = 0;

    log_error("call chain:");
    log_error("  #0 %016lx", frame->rip);
    for (unsigned depth = 1; depth < BACKTRACE_DEPTH && at > last; depth++) {
        struct stack_frame stack;
        if (user_copy_in(&stack, (user_ptr_t){at}, sizeof(stack), NULL) != 0 || stack.return_address == 0)
            break;
        log_error("  #%u %016lx", depth, stack.return_address - 1);
        last = at;
        at = stack.caller;
    }
}
