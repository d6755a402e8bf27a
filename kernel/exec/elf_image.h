/* What an ELF file asks for, made into a plan that the loader can follow without looking at the file's
 * headers again. Pure: the bytes come from a file that anybody may have written, and nothing of them is
 * believed unchecked.
 *
 * In two steps, as the program headers may be anywhere in the file:
 *   1  read min(file size, ELF_HEADER_SIZE) bytes:    elf_header_check() says where the program headers are
 *   2  read those:                                    elf_image_plan() makes the plan
 * and for a position-independent program, once the loader has found a place for it:
 *   3  elf_image_move() puts the plan there.
 *
 * An interpreter (the dynamic linker) that it asks for is told of: to load that is the loader's. */
#ifndef LINTEL_EXEC_ELF_IMAGE_H
#define LINTEL_EXEC_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf64.h"

#define ELF_HEADER_SIZE sizeof(Elf64_Ehdr)
#define ELF_PROGRAM_HEADERS_MAX 64
#define ELF_PROGRAM_HEADERS_SIZE_MAX (ELF_PROGRAM_HEADERS_MAX * sizeof(Elf64_Phdr)) /* less than a page */
#define ELF_SEGMENTS_MAX 16
#define ELF_ALIGNMENT_MAX 0x40000000ull
#define ELF_REASON_SIZE 160

/* Why a file is refused: goes on after the file's name ("is not an ELF file"). Filled on -ENOEXEC alone. */
struct elf_reason {
    char text[ELF_REASON_SIZE];
};

/* The file's header, checked, and where its program headers are. */
struct elf_header {
    uint64_t file_size;
    uint64_t entry;
    uint64_t program_headers_offset; /* in the file */
    size_t program_headers_size;     /* > 0, at most ELF_PROGRAM_HEADERS_SIZE_MAX; inside the file */
    bool is_position_independent;
};

/* Bytes `address` to `address + file_size` hold the file's from file_offset on; from there to
 * `address + memory_size` all is zero. Address and offset are equal within a page where file_size > 0. The
 * rest of the first page is the program's to see (the file's bytes or zeroes), that of the last must be zero.
 */
struct elf_segment {
    uint64_t address;
    uint64_t memory_size; /* > 0 */
    uint64_t file_offset;
    uint64_t file_size; /* <= memory_size; offset and size lie inside the file */
    uint32_t flags;     /* PF_R, PF_W, PF_X */
};

struct elf_image {
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* by address; no two have a page in common */
    size_t segment_count;                          /* > 0 */
    uint64_t start;     /* of the lowest segment's first page; > 0 when the program may not be moved */
    uint64_t end;       /* of the highest segment's last page, at most USER_END; the heap (brk) begins here */
    uint64_t alignment; /* by multiples of this the program may be moved: a power of two, >= PAGE_SIZE */
    uint64_t entry;     /* inside an executable segment */
    uint64_t program_headers; /* AT_PHDR, and AT_PHNUM: 0 both if no segment has all of them */
    size_t program_header_count;
    uint64_t interpreter_offset;  /* PT_INTERP: its name in the file, with a NUL if it is right */
    uint64_t interpreter_size;    /* 0: none; offset and size lie inside the file */
    bool is_position_independent; /* must be moved to where `start` is not 0 */
    bool has_executable_stack;    /* asked for by PT_GNU_STACK */
};

/* Check the file's header: `bytes` are the first min(file_size, ELF_HEADER_SIZE) of the file, at any
 * alignment. Errors: -ENOEXEC. */
int elf_header_check(const void *bytes, uint64_t file_size, struct elf_header *ret_header,
                     struct elf_reason *ret_reason);

/* Check the program headers, header->program_headers_size bytes at any alignment, and make the plan.
 * Errors: -ENOEXEC. */
int elf_image_plan(const struct elf_header *header, const void *program_headers, struct elf_image *ret_image,
                   struct elf_reason *ret_reason);

/* Move all addresses of a position-independent plan, so that its pages begin at new_start. Errors: -EINVAL
 * (not position-independent, not by a multiple of its alignment, page 0, beyond USER_END); then nothing has
 * changed. */
int elf_image_move(struct elf_image *image, uint64_t new_start);

#endif
