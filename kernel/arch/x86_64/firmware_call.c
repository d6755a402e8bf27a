#include "arch/x86_64/firmware_call.h"

#include "arch/x86_64/trap.h"
#include "boot_info.h"

extern const char firmware_call_resume[];
extern const uint64_t firmware_call_stack;

bool firmware_call_fixup(struct trap_frame *frame)
{
    if (firmware_call_stack == 0 || frame->rip >= USER_END || frame->vector == TRAP_NMI ||
        frame->vector == TRAP_MACHINE_CHECK)
        return false;
    frame->rip = (uint64_t)firmware_call_resume;
    frame->rsp = firmware_call_stack;
    frame->rax = FIRMWARE_CALL_FAULTED;
    return true;
}
