/* Copying between kernel and user memory: the only instructions of the kernel that touch user
 * memory. Callers use mm/user_access.h, which checks the range. */
#ifndef LINTEL_ARCH_USER_COPY_H
#define LINTEL_ARCH_USER_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame;

/* Copy size bytes with access to user pages permitted (SMAP) and faults caught. One of the two
 * pointers is a user address in the user half. Returns the number of bytes NOT copied: 0 on
 * success; after a fault all bytes before the faulting one (8-byte granularity at least) are copied.
 * Context: thread, interrupts enabled or not. */
size_t user_copy(void *destination, const void *source, size_t size);

struct fpu_state;
struct signal_fpu_software;

/* XSAVE the registers to the program's memory, all of the components, with `software` in its place and
 * SIGNAL_FPU_MAGIC2 behind the state. `state` is a multiple of 64, and the range lies in the user half.
 * Returns 0, or 1 after a fault: some bytes may be written. Context: thread. */
int user_fpu_save(struct fpu_state *state, const struct signal_fpu_software *software,
                  uint32_t components_low, uint32_t components_high);

/* XRSTOR the registers from there, where `software` says and the program's memory repeats that
 * user_fpu_save() wrote a state. Returns 0; or 1 if it is another one, or after a fault, also for what the
 * CPU does not take: the registers may be anything that the program could have loaded. Context: thread. */
int user_fpu_restore(const struct fpu_state *state, const struct signal_fpu_software *software,
                     uint32_t components_low, uint32_t components_high);

/* Whether the address is that of an instruction of user_copy() or user_fpu.S that may fault. */
bool user_copy_is_at(uint64_t rip);

/* If the frame is of a fault at an instruction of user_copy(), user_fpu.S or user_word.S, make it resume
 * at the fix-up and return true. Called by trap_dispatch(). */
bool user_copy_fixup(struct trap_frame *frame);

#endif
