/* An ELF file: the bytes as they are, and the same behind a header that is right, so that the checks behind
 * the first ones are reached. What is accepted must keep every promise of elf_image.h. */
#include <stdlib.h>
#include <string.h>

#include "boot_info.h"
#include "exec/elf_image.h"
#include "x86_64/paging.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int is_true)
{
    if (!is_true)
        abort();
}

static void check_image(const struct elf_image *image, uint64_t file_size)
{
    uint64_t end = image->start;
    int has_entry = 0;

    require(image->segment_count > 0 && image->segment_count <= ELF_SEGMENTS_MAX);
    require(image->start % PAGE_SIZE == 0 && image->end % PAGE_SIZE == 0 && image->end <= USER_END);
    require((image->alignment & (image->alignment - 1)) == 0 && image->alignment >= PAGE_SIZE);
    require(image->is_position_independent || image->start > 0);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        require(segment->address >= end && segment->memory_size > 0);
        require(segment->memory_size <= image->end - segment->address);
        end = (segment->address + segment->memory_size + PAGE_MASK) & ~PAGE_MASK;
        require(segment->file_size <= segment->memory_size);
        if (segment->file_size > 0) {
            require(segment->file_offset < file_size &&
                    segment->file_size <= file_size - segment->file_offset);
            require(segment->file_offset % PAGE_SIZE == segment->address % PAGE_SIZE);
        }
        require(segment->flags <= 7);
        if ((segment->flags & PF_X) && image->entry - segment->address < segment->memory_size)
            has_entry = 1;
    }
    require(end == image->end && has_entry);
    require(image->interpreter_size == 0 ||
            (image->interpreter_offset < file_size &&
             image->interpreter_size <= file_size - image->interpreter_offset));
    require((image->program_headers == 0) == (image->program_header_count == 0) || image->start == 0);
}

static void check(const uint8_t *file, size_t size)
{
    struct elf_header header;
    struct elf_image image;
    struct elf_reason reason;

    if (elf_header_check(file, size, &header, &reason) != 0) {
        require(strnlen(reason.text, sizeof(reason.text)) < sizeof(reason.text));
        return;
    }
    require(header.program_headers_size > 0 && header.program_headers_size <= ELF_PROGRAM_HEADERS_SIZE_MAX);
    require(header.program_headers_offset <= size &&
            header.program_headers_size <= size - header.program_headers_offset);
    if (elf_image_plan(&header, file + header.program_headers_offset, &image, &reason) != 0)
        return;
    check_image(&image, size);
    if (elf_image_move(&image, 0x555540000000 + image.start % image.alignment) == 0)
        check_image(&image, size);
}

/* A header that is right, and program headers whose fields are small numbers mostly: each takes eight bytes
 * of the input. */
static size_t make_plausible(const uint8_t *data, size_t size, uint8_t *ret_file)
{
    size_t count = size / 8 < ELF_PROGRAM_HEADERS_MAX ? size / 8 : ELF_PROGRAM_HEADERS_MAX;
    Elf64_Ehdr ehdr = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT, data[0] % 4u},
        .e_type = data[1] & 1 ? ET_EXEC : ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = data[2] * 0x100u,
        .e_phoff = sizeof(ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = count,
    };

    memcpy(ret_file, &ehdr, sizeof(ehdr));
    for (size_t i = 0; i < count; i++) {
        const uint8_t *in = data + i * 8;
        Elf64_Phdr phdr = {
            .p_type = in[0] % 8u == 0 ? PT_GNU_STACK : PT_LOAD,
            .p_flags = in[1],
            .p_offset = in[2] * 0x80u,
            .p_vaddr = (i << 15) + in[3] * 0x80u,
            .p_filesz = in[4] * 0x80u,
            .p_memsz = in[5] * 0x100u,
            .p_align = 1ull << in[6] % 34u,
        };
        if (in[7] % 8u == 0)
            phdr.p_vaddr = ~phdr.p_vaddr;
        if (in[7] % 8u == 1)
            phdr.p_memsz = USER_END - phdr.p_vaddr + in[6];
        memcpy(ret_file + sizeof(ehdr) + i * sizeof(phdr), &phdr, sizeof(phdr));
    }
    return sizeof(ehdr) + count * sizeof(Elf64_Phdr) + data[3] * 0x80u;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[ELF_HEADER_SIZE + ELF_PROGRAM_HEADERS_SIZE_MAX + 0x8000];

    check(data, size);
    if (size >= 8)
        check(file, make_plausible(data, size, file));
    return 0;
}
