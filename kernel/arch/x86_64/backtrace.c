/* With frame pointers, RBP points to the caller's saved RBP, and the return address lies above it
 * (System V ABI, section 3.2.2). The chain is followed only through mapped kernel stacks and only
 * upwards, since what is being reported may be a broken stack. */
#include "arch/x86_64/backtrace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/context_switch.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/log.h"
#include "core/symbols.h"
#include "lib/format.h"
#include "mm/types.h"
#include "mm/user_access.h"

#define BACKTRACE_DEPTH 24

extern const char trap_return[]; /* trap_entry.S: where trap_dispatch() returns to */

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

/* A word of a kernel stack. It is read through the direct map: a stack whose owner goes on, and ends, while
 * this looks at it may be unmapped at any moment; its memory stays readable. */
static bool stack_read(uint64_t address, uint64_t *ret_word)
{
    struct page_table table = page_table_current();
    struct page_mapping mapping;

    if (address % 8 != 0 || address < KERNEL_STACKS_BASE ||
        address >= KERNEL_STACKS_BASE + KERNEL_REGION_SIZE ||
        page_table_lookup(&table, address, &mapping) != 0)
        return false;
    *ret_word = __atomic_load_n((const uint64_t *)direct_map(mapping.address), __ATOMIC_RELAXED);
    return true;
}

/* Step over the struct trap_frame at `frame`, which an interrupt of ring 0 left on this stack. */
static bool stack_read_trap(uint64_t frame, uint64_t *ret_rip, uint64_t *ret_frame_pointer)
{
    uint64_t cs;

    return stack_read(frame + offsetof(struct trap_frame, cs), &cs) && (cs & 3) == 0 &&
           stack_read(frame + offsetof(struct trap_frame, rip), ret_rip) && symbols_is_text(*ret_rip) &&
           stack_read(frame + offsetof(struct trap_frame, rbp), ret_frame_pointer);
}

unsigned backtrace_collect(uint64_t frame_pointer, uint64_t *ret_addresses, unsigned max)
{
    uint64_t at = frame_pointer, last = 0, caller, return_address;
    unsigned count = 0;

    while (count < max && at > last && stack_read(at, &caller) &&
           stack_read(at + sizeof(uint64_t), &return_address) && symbols_is_text(return_address)) {
        /* The call is the instruction before the return address: it may be a function's last. */
        ret_addresses[count++] = return_address - 1;
        last = at;
        at = caller;
        if (return_address == (uint64_t)trap_return && count < max) {
            if (!stack_read_trap(last + sizeof(struct stack_frame), &ret_addresses[count], &at))
                break;
            count++;
            last = 0; /* maybe another stack */
        }
    }
    return count;
}

unsigned backtrace_collect_trap(const struct trap_frame *frame, uint64_t *ret_addresses, unsigned max)
{
    if (trap_frame_is_user(frame) || max == 0)
        return 0;
    ret_addresses[0] = frame->rip;
    return 1 + backtrace_collect(frame->rbp, ret_addresses + 1, max - 1);
}

unsigned backtrace_collect_context(uint64_t stack_pointer, uint64_t *ret_addresses, unsigned max)
{
    uint64_t return_address, frame_pointer;

    if (max == 0 || !stack_read(stack_pointer + offsetof(struct context, return_address), &return_address) ||
        !stack_read(stack_pointer + offsetof(struct context, rbp), &frame_pointer) ||
        !symbols_is_text(return_address))
        return 0;
    ret_addresses[0] = return_address - 1;
    return 1 + backtrace_collect(frame_pointer, ret_addresses + 1, max - 1);
}

size_t backtrace_format(const uint64_t *addresses, unsigned count, char *ret_text, size_t size)
{
    size_t length = 0;

    ret_text[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        uint64_t offset;
        const char *name = symbols_lookup(addresses[i], &offset), *separator = i == 0 ? "" : " < ";
        size_t room = size - length;
        size_t added = name != NULL
                           ? format_to_buffer(ret_text + length, room, "%s%s", separator, name)
                           : format_to_buffer(ret_text + length, room, "%s0x%lx", separator, addresses[i]);
        if (added >= room) {
            ret_text[length] = '\0';
            break;
        }
        length += added;
    }
    return length;
}

void backtrace_log(const struct trap_frame *frame)
{
    bool is_kernel = frame != NULL && !trap_frame_is_user(frame);
    uint64_t addresses[BACKTRACE_DEPTH];
    unsigned count =
        is_kernel ? backtrace_collect_trap(frame, addresses, BACKTRACE_DEPTH)
                  : backtrace_collect((uint64_t)__builtin_frame_address(0), addresses, BACKTRACE_DEPTH);

    log_error("call chain:");
    for (unsigned depth = 0; depth < count; depth++)
        backtrace_log_address(depth, addresses[depth]);
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
