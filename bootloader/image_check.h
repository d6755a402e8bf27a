/* Checking an image's header and sliding an image by its relocation table. Pure: the bytes come from a file
 * that anybody may have written, and nothing of it is believed unchecked. */
#ifndef LINTEL_BOOTLOADER_IMAGE_CHECK_H
#define LINTEL_BOOTLOADER_IMAGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "image_header.h"

/* True when a file that begins with these bytes is an ELF file. */
bool image_is_elf(const void *bytes, size_t size);

/* Check the first bytes_size bytes of the file (min(file_size, IMAGE_HEADER_SIZE), any alignment) against the
 * file's size, against each other and against `kind` (IMAGE_KIND_*); copy them to ret_header.
 * Errors: -ENOEXEC, with the file's path and the reason. */
int image_header_check(const void *bytes, uint64_t file_size, uint32_t kind, const char *path,
                       struct image_header *ret_header, struct error *error);

/* Slide a loaded image: add slide to each word that its table names (ELF gABI, "Relative Relocation Table").
 * header is a checked one; code holds the bytes from offset 0 to rodata_end, data those from rodata_end to
 * bss_end. Each word must lie in rodata or data, and outside the table itself.
 * Errors: -ENOEXEC; then a part of the words has been changed. */
int image_relocate(const struct image_header *header, void *code, void *data, uint64_t slide,
                   const char *path, struct error *error);

#endif
