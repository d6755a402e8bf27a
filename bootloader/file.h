/* Files of the volume that the bootloader was loaded from (UEFI 2.10, sections 13.4 and 13.5).
 * Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_FILE_H
#define LINTEL_BOOTLOADER_FILE_H

#include <efi.h>
#include <stdint.h>

#include "error.h"

struct volume {
    EFI_FILE_HANDLE root; /* NULL when closed */
};

struct file {
    EFI_FILE_HANDLE handle; /* NULL when closed */
    const char *path;       /* the caller's; used in messages */
    uint64_t size_bytes;
};

/* Open the volume that the firmware loaded us from. Errors: -ENODEV. */
int volume_open(struct volume *ret_volume, struct error *error);

/* Open the file at path ('\' between names) for reading. path must outlive the file.
 * Errors: -ENOENT, -EINVAL (a folder), -ENOMEM, -EIO. */
int file_open(const struct volume *volume, const char *path, struct file *ret_file, struct error *error);

/* Read exactly size_bytes from offset into buffer, in pieces that every firmware can read, showing the
 * progress of large files. Errors: -EIO (read error, or the file ends early). */
int file_read(const struct file *file, uint64_t offset, void *buffer, uint64_t size_bytes,
              struct error *error);

/* Close; what is closed already stays so. */
void volume_close(struct volume *volume);
void file_close(struct file *file);

#endif
