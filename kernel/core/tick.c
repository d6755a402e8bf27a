#include "core/tick.h"

#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/log.h"

static void tick_handle(struct trap_frame *frame)
{
    struct percpu *cpu = percpu_get();

    cpu->timer_ticks++;
    if (trap_frame_is_user(frame) && ++cpu->timer_ticks_user == TICK_HZ)
        log_info("timer: interrupted ring 3 %d times and resumed it, now at rip 0x%lx", TICK_HZ, frame->rip);
    lapic_end_of_interrupt();
}

void tick_setup(void)
{
    trap_set_interrupt_handler(TRAP_VECTOR_TIMER, tick_handle);
}
