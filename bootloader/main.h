/* The bootloader's entry point. */
#ifndef LINTEL_BOOTLOADER_MAIN_H
#define LINTEL_BOOTLOADER_MAIN_H

#include <efi.h>

/* Called by the firmware. Starts the kernel and does not return, or says why it cannot, gives back everything
 * it took and returns EFI_LOAD_ERROR, so that the firmware goes on with its next boot option. */
EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#endif
