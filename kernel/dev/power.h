/* Power off, restart, and leaving an emulator.
 * All but power_debug_exit() stop the other CPUs first, and of several callers at the same time only one goes
 * on. Context: any, the machine's other activity does not matter any more. */
#ifndef LINTEL_DEV_POWER_H
#define LINTEL_DEV_POWER_H

#include <stdint.h>

struct boot_info;

/* Prepare the page table that the firmware's ResetSystem is called on. Errors: -ENOMEM, -ENODEV (no runtime
 * services): power_restart() then has other means, power_off() none.
 * Context: early boot, once, after kernel_map_setup(). */
int power_setup(const struct boot_info *boot);

/* Stop all CPUs; whoever sits there may switch the machine off. */
_Noreturn void power_halt(void);

/* Switch the machine off through the firmware. If that fails: say so and stop. */
_Noreturn void power_off(void);

/* Restart the machine: through the firmware, else by the reset control register, else by a triple fault. */
_Noreturn void power_restart(void);

/* End QEMU through its isa-debug-exit device at port 0xf4 with exit status (value << 1) | 1; stop where there
 * is no such device. */
_Noreturn void power_debug_exit(uint8_t value);

#endif
