/* Calling a UEFI runtime service. Firmware is called in its own physical addresses, and it may be
 * buggy: a fault inside it comes back as an error. docs/hazards/firmware-runtime.md */
#ifndef LINTEL_ARCH_FIRMWARE_CALL_H
#define LINTEL_ARCH_FIRMWARE_CALL_H

#include <stdbool.h>
#include <stdint.h>

struct trap_frame;

/* Answer of firmware_call() when the firmware faulted. No EFI_STATUS has this value. */
#define FIRMWARE_CALL_FAULTED UINT64_MAX

/* Call the function at `function` (an identity-mapped address) by the Microsoft x64 calling
 * convention, which UEFI prescribes (UEFI 2.10, section 2.3.4.2), on the page tables at physical address
 * page_table, which must map the kernel half as well. Returns its result or FIRMWARE_CALL_FAULTED.
 * Context: one CPU at a time, interrupts disabled. Needs 4 KiB of stack (UEFI 2.10, section 2.3.4). */
uint64_t firmware_call(uint64_t page_table, uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3,
                       uint64_t a4);

/* If the frame is of a fault in firmware under firmware_call(), make that call return and say true.
 * Called by trap_dispatch(). */
bool firmware_call_fixup(struct trap_frame *frame);

#endif
