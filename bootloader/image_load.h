/* Loading kernel.bin and utask.bin. Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_IMAGE_LOAD_H
#define LINTEL_BOOTLOADER_IMAGE_LOAD_H

#include <stdint.h>

#include "boot_info.h"
#include "error.h"
#include "file.h"
#include "image_header.h"

struct loaded_image {
    const char *path; /* the caller's */
    struct image_header header;
    uint64_t slide;
    uint64_t code_physical; /* text and rodata */
    uint64_t data_physical; /* data and bss; 0 if there is neither */
    uint64_t file_physical; /* the whole file, and nothing of the above, if it is ELF; else 0 */
    uint64_t file_size_bytes;
};

/* Read the image of this kind (IMAGE_KIND_*) at path into memory of its own types, the bss cleared; or a user
 * program that is an ELF file, as image_load_plain() does: the kernel makes an image of it.
 * Pages are given back by memory_free_all. Errors: -ENOENT, -ENOEXEC, -ENOMEM, -EIO, -EINVAL. */
int image_load(const struct volume *volume, const char *path, uint32_t kind, struct loaded_image *ret_image,
               struct error *error);

/* Slide a loaded image. Errors: -ENOEXEC. */
int image_slide(struct loaded_image *image, uint64_t slide, struct error *error);

/* What the kernel is told about it; all 0 for an ELF file. */
struct boot_image image_describe(const struct loaded_image *image);

/* size_bytes of the file at path into memory of KernelData, at an address that is a multiple of the page
 * size. Errors: -ENOENT, -ENOMEM, -EIO, -EINVAL (empty, or a folder). */
int image_load_plain(const struct volume *volume, const char *path, uint64_t *ret_physical,
                     uint64_t *ret_size_bytes, struct error *error);

#endif
