#include "arch/x86_64/signal_frame.h"

#include "abi/errno.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/fpu_state.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "lib/string.h"
#include "mm/user_access.h"

#define RED_ZONE_SIZE 128
#define CANONICAL_SHIFT 47
#define FPU_STATE_LEGACY_ALIGNMENT 16 /* FXRSTOR's */

/* What a program may set by a frame. */
#define RFLAGS_RESTORED (RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_RF | RFLAGS_AC)

static bool signal_has_xsave(void)
{
    return fpu_copying.method != FPU_FXSAVE;
}

static size_t signal_fpu_size(void)
{
    return fpu_state_size() + (signal_has_xsave() ? sizeof(uint32_t) : 0);
}

/* Where the frame is to be, with the vector registers above it at *ret_fpu; 0: the alternate stack has no
 * room for it. */
static uint64_t signal_frame_place(const struct trap_frame *frame, const struct signal_delivery *delivery,
                                   uint64_t *ret_fpu)
{
    const struct signal_stack *stack = &delivery->stack;
    bool is_on_stack = signal_stack_has(stack, frame->rsp);
    uint64_t top = frame->rsp - RED_ZONE_SIZE;

    if ((delivery->action->flags & SA_ONSTACK) != 0 && stack->size != 0 && !signal_stack_has(stack, top)) {
        top = stack->start + stack->size;
        is_on_stack = true;
    }
    *ret_fpu = (top - signal_fpu_size()) & ~(uint64_t)(FPU_STATE_ALIGNMENT - 1);
    uint64_t address = ((*ret_fpu - sizeof(struct signal_frame)) & ~15ull) - 8;
    bool is_within = address > stack->start && address - stack->start <= stack->size;
    return is_on_stack && !is_within ? 0 : address;
}

_Static_assert(offsetof(struct fpu_state, software) == 464 && sizeof(struct signal_fpu_software) == 48 &&
                   offsetof(struct signal_fpu_software, state_size) == 16 && SIGNAL_FPU_MAGIC2 == 0x46505845u,
               "user_fpu.S");

/* What the program is told of a state that holds all components. */
static struct signal_fpu_software signal_fpu_software(void)
{
    return (struct signal_fpu_software){
        .magic1 = SIGNAL_FPU_MAGIC1,
        .extended_size = (uint32_t)signal_fpu_size(),
        .components = fpu_components(),
        .state_size = (uint32_t)fpu_state_size(),
    };
}

static int signal_fpu_copy_out_legacy(uint64_t address)
{
    _Alignas(FPU_STATE_ALIGNMENT) uint8_t legacy[FPU_STATE_LEGACY_SIZE] = {0};

    fpu_save((struct fpu_state *)legacy);
    return user_copy_out((user_ptr_t){address}, legacy, sizeof(legacy));
}

/* The registers are the program's own all the time that it is in the kernel. */
static int signal_fpu_copy_out(uint64_t address)
{
    if (!signal_has_xsave())
        return signal_fpu_copy_out_legacy(address);
    if (!user_range_is_valid((user_ptr_t){address}, signal_fpu_size()))
        return -EFAULT;
    const struct signal_fpu_software software = signal_fpu_software();
    return user_fpu_save((struct fpu_state *)address, &software, fpu_copying.components_low,
                         fpu_copying.components_high) == 0
               ? 0
               : -EFAULT;
}

static void signal_registers_save(struct signal_registers *registers, const struct trap_frame *frame)
{
    registers->r8 = frame->r8;
    registers->r9 = frame->r9;
    registers->r10 = frame->r10;
    registers->r11 = frame->r11;
    registers->r12 = frame->r12;
    registers->r13 = frame->r13;
    registers->r14 = frame->r14;
    registers->r15 = frame->r15;
    registers->rdi = frame->rdi;
    registers->rsi = frame->rsi;
    registers->rbp = frame->rbp;
    registers->rbx = frame->rbx;
    registers->rdx = frame->rdx;
    registers->rax = frame->rax;
    registers->rcx = frame->rcx;
    registers->rsp = frame->rsp;
    registers->rip = frame->rip;
    registers->rflags = frame->rflags;
    registers->cs = SELECTOR_USER_CODE;
    registers->gs = registers->fs = 0;
    registers->ss = SELECTOR_USER_DATA;
}

static void signal_registers_restore(struct trap_frame *frame, const struct signal_registers *registers)
{
    frame->r8 = registers->r8;
    frame->r9 = registers->r9;
    frame->r10 = registers->r10;
    frame->r11 = registers->r11;
    frame->r12 = registers->r12;
    frame->r13 = registers->r13;
    frame->r14 = registers->r14;
    frame->r15 = registers->r15;
    frame->rdi = registers->rdi;
    frame->rsi = registers->rsi;
    frame->rbp = registers->rbp;
    frame->rbx = registers->rbx;
    frame->rdx = registers->rdx;
    frame->rax = registers->rax;
    frame->rcx = registers->rcx;
    frame->rsp = registers->rsp;
    frame->rip = registers->rip;
    frame->rflags = (frame->rflags & ~RFLAGS_RESTORED) | (registers->rflags & RFLAGS_RESTORED);
}

/* Every byte of the structure is written: it goes to the program. */
static void signal_frame_fill(struct signal_frame *out, const struct trap_frame *frame,
                              const struct signal_delivery *delivery, uint64_t fpu_address)
{
    struct signal_registers *registers = &out->context.registers;

    out->return_address = delivery->action->restorer;
    out->context.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (signal_has_xsave() ? UC_FP_XSTATE : 0);
    out->context.link = 0;
    out->context.stack = delivery->stack;
    signal_registers_save(registers, frame);
    registers->error_code = delivery->trap->error_code;
    registers->trap_number = delivery->trap->number;
    registers->cr2 = delivery->trap->address;
    registers->fpu_state = fpu_address;
    registers->blocked = out->context.blocked = delivery->blocked;
    for (size_t i = 0; i < sizeof(registers->reserved) / sizeof(registers->reserved[0]); i++)
        registers->reserved[i] = 0;
}

int signal_frame_push(struct trap_frame *frame, const struct signal_delivery *delivery)
{
    struct signal_frame out;
    uint64_t fpu_address, address = signal_frame_place(frame, delivery, &fpu_address);
    size_t size = offsetof(struct signal_frame, info);

    if (address == 0 || (delivery->action->flags & SA_RESTORER) == 0 ||
        delivery->action->handler >> CANONICAL_SHIFT != 0)
        return -EFAULT;
    signal_frame_fill(&out, frame, delivery, fpu_address);
    if ((delivery->action->flags & SA_SIGINFO) != 0) {
        out.info = (struct siginfo_padded){.info = *delivery->info};
        size = sizeof(out);
    }
    if (signal_fpu_copy_out(fpu_address) != 0 || user_copy_out((user_ptr_t){address}, &out, size) != 0)
        return -EFAULT;
    frame->rdi = (uint64_t)delivery->info->signal;
    frame->rsi = address + offsetof(struct signal_frame, info);
    frame->rdx = address + offsetof(struct signal_frame, context);
    frame->rax = 0;
    frame->rip = delivery->action->handler;
    frame->rsp = address;
    frame->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
    return 0;
}

/* The size of the state that was copied to *fpu, copied_size bytes of it, as it says itself; 0: there is
 * FXSAVE's part alone, which is what a program writes that knows of nothing else. */
static size_t signal_fpu_state_size(const struct fpu_state *fpu, size_t copied_size)
{
    const struct signal_fpu_software *software = &fpu->software;
    const size_t size = software->state_size;
    uint32_t magic2;

    if (!signal_has_xsave() || software->magic1 != SIGNAL_FPU_MAGIC1 ||
        size < offsetof(struct fpu_state, ymm) || size > fpu_state_size() || size > software->extended_size ||
        size + sizeof(magic2) > copied_size)
        return 0;
    memcpy(&magic2, (const char *)fpu + size, sizeof(magic2));
    return magic2 == SIGNAL_FPU_MAGIC2 ? size : 0;
}

/* Make what the program has written at `address` a state that the CPU takes. */
static int signal_fpu_copy_in(struct fpu_state *fpu, uint64_t address)
{
    size_t copied_size;

    (void)user_copy_in(fpu, (user_ptr_t){address}, signal_fpu_size(), &copied_size);
    if (copied_size < FPU_STATE_LEGACY_SIZE)
        return -EFAULT;
    const size_t size = signal_fpu_state_size(fpu, copied_size);
    if (address % (size == 0 ? FPU_STATE_LEGACY_ALIGNMENT : FPU_STATE_ALIGNMENT) != 0)
        return -EFAULT;
    if (size == 0) {
        fpu_state_adopt_legacy(fpu, fpu_state_size(), fpu_mxcsr_mask());
        return 0;
    }
    if (size < fpu_state_size())
        memset((char *)fpu + size, 0, fpu_state_size() - size);
    return fpu_state_adopt(fpu, fpu_components(), fpu->software.components, fpu_mxcsr_mask()) == 0 ? 0
                                                                                                   : -EFAULT;
}

static __attribute__((noinline)) int signal_fpu_load_copy(uint64_t address)
{
    _Alignas(FPU_STATE_ALIGNMENT) union {
        struct fpu_state state;
        uint8_t bytes[FPU_STATE_SIZE_MAX];
    } fpu;
    int error = signal_fpu_copy_in(&fpu.state, address);

    if (error == 0)
        fpu_restore(&fpu.state);
    return error;
}

/* A state that is as it was written is loaded from where it lies; any other, also one that makes the CPU
 * fault, is copied and looked at. */
static int signal_fpu_load(uint64_t address)
{
    if (signal_has_xsave() && user_range_is_valid((user_ptr_t){address}, signal_fpu_size())) {
        const struct signal_fpu_software software = signal_fpu_software();
        fpu_forget_pointers();
        if (user_fpu_restore((const struct fpu_state *)address, &software, fpu_copying.components_low,
                             fpu_copying.components_high) == 0)
            return 0;
    }
    return signal_fpu_load_copy(address);
}

static bool signal_is_canonical(uint64_t address)
{
    uint64_t top = address >> CANONICAL_SHIFT;

    return top == 0 || top == UINT64_MAX >> CANONICAL_SHIFT;
}

int signal_frame_pop(struct trap_frame *frame, struct signal_return *ret_return)
{
    struct signal_context context;

    /* The handler's return has taken the return address off. IRETQ to an RIP that is not canonical would
     * fault in ring 0; RSP it takes as it comes. */
    if (user_copy_in(&context, (user_ptr_t){frame->rsp}, sizeof(context), NULL) != 0 ||
        !signal_is_canonical(context.registers.rip))
        return -EFAULT;
    if (context.registers.fpu_state != 0 && signal_fpu_load(context.registers.fpu_state) != 0)
        return -EFAULT;
    signal_registers_restore(frame, &context.registers);
    frame->vector = TRAP_VECTOR_SIGRETURN;
    *ret_return = (struct signal_return){
        .blocked = context.blocked,
        .stack = context.stack,
        .has_fpu = context.registers.fpu_state != 0,
    };
    return 0;
}
