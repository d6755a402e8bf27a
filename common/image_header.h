/* The image header: what kernel.bin and utask.bin say about themselves.
 *
 * Both are flat binaries: byte 0 of the file belongs at the link address, and so on. A flat file
 * cannot say how much zeroed memory follows it nor which part may be executed, so each begins with
 * this header. Its first eight bytes are code, a jump over the header, so that the entry point is
 * the link address itself. The linker scripts compute every field.
 *
 * Layout of an image in memory; every *_end is an offset from the link address and a multiple of
 * IMAGE_PAGE_SIZE:
 *
 *   offset 0        text_end        rodata_end        data_end = file size        bss_end
 *   | header, text  | rodata        | data            | bss (not in the file)     |
 *   | read, execute | read          | read, write     | read, write, zeroed       |
 */
#ifndef LINTEL_COMMON_IMAGE_HEADER_H
#define LINTEL_COMMON_IMAGE_HEADER_H

#define IMAGE_PAGE_SIZE 4096
#define IMAGE_HEADER_SIZE 88
#define IMAGE_VERSION 1
#define IMAGE_KIND_KERNEL 1 /* linked in the top 2 GiB, may be slid by its relocation table */
#define IMAGE_KIND_USER 2   /* linked at USER_IMAGE_BASE, never moved */

#define KERNEL_LINK_BASE 0xffffffff80000000
#define USER_IMAGE_BASE 0x40000000
/* No image may be larger in memory, bss included: the kernel shares its 2 GiB with its own slide. */
#define IMAGE_MAX_SIZE 0x10000000

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAGIC "LINTELIM" /* eight bytes, no terminator in the file */

struct image_header {
    uint8_t jump[8];        /* code: jump to the start-up routine behind the header */
    uint8_t magic[8];       /* IMAGE_MAGIC */
    uint32_t version;       /* IMAGE_VERSION */
    uint32_t kind;          /* IMAGE_KIND_* */
    uint64_t link_address;  /* virtual address of byte 0; page-aligned */
    uint64_t entry_offset;  /* of the first instruction, from the link address; below text_end */
    uint64_t text_end;      /* > 0 */
    uint64_t rodata_end;    /* >= text_end */
    uint64_t data_end;      /* >= rodata_end; equals the size of the file */
    uint64_t bss_end;       /* >= data_end */
    uint64_t relocs_offset; /* of the relocation table (ELF RELR words), 8-aligned, inside rodata;
                               0 if there is none */
    uint64_t relocs_size;   /* in bytes, a multiple of 8; 0 if there is none */
};

_Static_assert(sizeof(struct image_header) == IMAGE_HEADER_SIZE, "image header size");
_Static_assert(offsetof(struct image_header, magic) == 8, "image header layout");
_Static_assert(offsetof(struct image_header, link_address) == 24, "image header layout");
_Static_assert(offsetof(struct image_header, text_end) == 40, "image header layout");
_Static_assert(offsetof(struct image_header, bss_end) == 64, "image header layout");
_Static_assert(offsetof(struct image_header, relocs_size) == 80, "image header layout");
#endif

#endif
