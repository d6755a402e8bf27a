/* The firmware that started us: its tables (UEFI 2.10, section 4) and what makes them easier to use.
 * Context of everything here: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_FIRMWARE_H
#define LINTEL_BOOTLOADER_FIRMWARE_H

#include <efi.h>
#include <stddef.h>

extern EFI_HANDLE efi_image; /* ourselves */
extern EFI_SYSTEM_TABLE *efi_system;
extern EFI_BOOT_SERVICES *efi_boot;

/* Remember the tables and stop the watchdog, with which the firmware would restart the machine five
 * minutes after it started us. */
void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* How the firmware loaded us; NULL if it does not say. */
EFI_LOADED_IMAGE *firmware_loaded_image(void);

/* Pool memory of size_bytes, not cleared; NULL if there is none. The caller frees it. */
void *firmware_pool_allocate(size_t size_bytes);
void firmware_pool_free(void *memory);

/* For __attribute__((cleanup)): frees what the pointer variable points to, which may be NULL. */
void firmware_pool_cleanup(void *pointer_variable);

/* The meaning of a status code in words, "unknown error" if it is none of UEFI's. Static. */
const char *firmware_status_text(EFI_STATUS status);

#endif
