/* Stricter than Linux where that costs no real program anything: segments are in ascending order and share no
 * page (the gABI's order; Linux maps one over the other), and the entry point is executable. As lenient as
 * Linux with the rest: headers' sizes, versions of the ABI, and program headers of other types are passed
 * over. */
#include "exec/elf_image.h"

#include <stdarg.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/types.h"

__attribute__((format(printf, 2, 3))) static int elf_refuse(struct elf_reason *reason, const char *format,
                                                            ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to_buffer_v(reason->text, sizeof(reason->text), format, arguments);
    va_end(arguments);
    return -ENOEXEC;
}

/* True when `size` bytes from `start` on end at most at `limit`. */
static bool elf_range_fits(uint64_t start, uint64_t size, uint64_t limit)
{
    return start <= limit && size <= limit - start;
}

static int elf_check_identity(const Elf64_Ehdr *ehdr, struct elf_reason *reason)
{
    const uint8_t *ident = ehdr->e_ident;

    if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB || ehdr->e_machine != EM_X86_64)
        return elf_refuse(reason, "is for another CPU (class %u, byte order %u, machine %u), not for x86-64",
                          ident[EI_CLASS], ident[EI_DATA], ehdr->e_machine);
    if (ident[EI_VERSION] != EV_CURRENT || ehdr->e_version != EV_CURRENT)
        return elf_refuse(reason, "has ELF version %u; version %u is known", ehdr->e_version, EV_CURRENT);
    if (ident[EI_OSABI] != ELFOSABI_SYSV && ident[EI_OSABI] != ELFOSABI_GNU)
        return elf_refuse(reason, "is for another operating system (OSABI %u)", ident[EI_OSABI]);
    if (ehdr->e_type != ET_EXEC && ehdr->e_type != ET_DYN)
        return elf_refuse(reason, "is not a program (ELF type %u): it was not linked, or is a core file",
                          ehdr->e_type);
    return 0;
}

int elf_header_check(const void *bytes, uint64_t file_size, struct elf_header *ret_header,
                     struct elf_reason *ret_reason)
{
    Elf64_Ehdr ehdr;

    if (file_size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return elf_refuse(ret_reason, "is not an ELF file");
    if (file_size < sizeof(ehdr))
        return elf_refuse(ret_reason, "is cut short: %lu bytes, less than an ELF header", file_size);
    memcpy(&ehdr, bytes, sizeof(ehdr));
    int error = elf_check_identity(&ehdr, ret_reason);
    if (error != 0)
        return error;

    if (ehdr.e_phnum == 0)
        return elf_refuse(ret_reason, "has no program headers: nothing says what to load");
    if (ehdr.e_phentsize != sizeof(Elf64_Phdr))
        return elf_refuse(ret_reason, "has program headers of %u bytes; they have %zu", ehdr.e_phentsize,
                          sizeof(Elf64_Phdr));
    if (ehdr.e_phnum > ELF_PROGRAM_HEADERS_MAX)
        return elf_refuse(ret_reason, "has %u program headers; at most %u are allowed", ehdr.e_phnum,
                          ELF_PROGRAM_HEADERS_MAX);
    size_t size = ehdr.e_phnum * sizeof(Elf64_Phdr);
    if (!elf_range_fits(ehdr.e_phoff, size, file_size))
        return elf_refuse(ret_reason, "is cut short: %lu bytes, but its program headers are at 0x%lx",
                          file_size, ehdr.e_phoff);
    *ret_header = (struct elf_header){
        .file_size = file_size,
        .entry = ehdr.e_entry,
        .program_headers_offset = ehdr.e_phoff,
        .program_headers_size = size,
        .is_position_independent = ehdr.e_type == ET_DYN,
    };
    return 0;
}

/* What can be said of a segment by itself; `number` is that of its program header. */
static int elf_check_segment(const Elf64_Phdr *phdr, size_t number, const struct elf_header *header,
                             struct elf_reason *reason)
{
    if (phdr->p_filesz > phdr->p_memsz)
        return elf_refuse(reason, "its segment %zu is larger in the file (0x%lx) than in memory (0x%lx)",
                          number, phdr->p_filesz, phdr->p_memsz);
    if (phdr->p_filesz > 0 && !elf_range_fits(phdr->p_offset, phdr->p_filesz, header->file_size))
        return elf_refuse(reason, "is cut short: %lu bytes, but its segment %zu has 0x%lx bytes at 0x%lx",
                          header->file_size, number, phdr->p_filesz, phdr->p_offset);
    if (!elf_range_fits(phdr->p_vaddr, phdr->p_memsz, USER_END))
        return elf_refuse(reason, "its segment %zu (0x%lx bytes at 0x%lx) is outside a program's memory",
                          number, phdr->p_memsz, phdr->p_vaddr);
    if ((phdr->p_align & (phdr->p_align - 1)) != 0 || phdr->p_align > ELF_ALIGNMENT_MAX)
        return elf_refuse(reason, "its segment %zu is aligned to 0x%lx: no power of two, or too large",
                          number, phdr->p_align);
    if (phdr->p_filesz > 0 && (phdr->p_vaddr - phdr->p_offset) % PAGE_SIZE != 0)
        return elf_refuse(reason, "its segment %zu at 0x%lx is not aligned as in the file (0x%lx)", number,
                          phdr->p_vaddr, phdr->p_offset);
    return 0;
}

/* Add a segment to the plan. */
static int elf_add_segment(struct elf_image *image, const Elf64_Phdr *phdr, size_t number,
                           const struct elf_header *header, struct elf_reason *reason)
{
    int error = elf_check_segment(phdr, number, header, reason);

    if (error != 0 || phdr->p_memsz == 0)
        return error;
    if (image->segment_count == ELF_SEGMENTS_MAX)
        return elf_refuse(reason, "has more than %u segments to load", ELF_SEGMENTS_MAX);
    if (image->segment_count == 0)
        image->start = page_round_down(phdr->p_vaddr);
    else if (phdr->p_vaddr < image->end)
        return elf_refuse(reason,
                          "its segment %zu at 0x%lx begins below the end of the one before it (0x%lx)",
                          number, phdr->p_vaddr, image->end);
    image->end = page_round_up(phdr->p_vaddr + phdr->p_memsz);
    if (phdr->p_align > image->alignment)
        image->alignment = phdr->p_align;
    image->segments[image->segment_count++] = (struct elf_segment){
        .address = phdr->p_vaddr,
        .memory_size = phdr->p_memsz,
        .file_offset = phdr->p_offset,
        .file_size = phdr->p_filesz,
        .flags = phdr->p_flags & (PF_R | PF_W | PF_X),
    };
    return 0;
}

/* The first one counts, as on Linux. */
static int elf_take_interpreter(struct elf_image *image, const Elf64_Phdr *phdr,
                                const struct elf_header *header, struct elf_reason *reason)
{
    if (image->interpreter_size > 0)
        return 0;
    if (phdr->p_filesz < 2 || !elf_range_fits(phdr->p_offset, phdr->p_filesz, header->file_size))
        return elf_refuse(reason, "its interpreter's name (PT_INTERP) is not in the file");
    image->interpreter_offset = phdr->p_offset;
    image->interpreter_size = phdr->p_filesz;
    return 0;
}

/* What one program header says. */
static int elf_take_program_header(struct elf_image *image, const Elf64_Phdr *phdr, size_t number,
                                   const struct elf_header *header, struct elf_reason *reason)
{
    switch (phdr->p_type) {
    case PT_LOAD:
        return elf_add_segment(image, phdr, number, header, reason);
    case PT_INTERP:
        return elf_take_interpreter(image, phdr, header, reason);
    case PT_GNU_STACK:
        image->has_executable_stack = (phdr->p_flags & PF_X) != 0;
        return 0;
    default:
        return 0;
    }
}

/* Where the program finds its program headers in memory, if anywhere. */
static void elf_find_program_headers(struct elf_image *image, const struct elf_header *header)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        uint64_t inside = header->program_headers_offset - segment->file_offset;
        if (header->program_headers_offset >= segment->file_offset &&
            elf_range_fits(inside, header->program_headers_size, segment->file_size)) {
            image->program_headers = segment->address + inside;
            image->program_header_count = header->program_headers_size / sizeof(Elf64_Phdr);
            return;
        }
    }
}

static bool elf_is_executable(const struct elf_image *image, uint64_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if ((segment->flags & PF_X) && address >= segment->address &&
            address - segment->address < segment->memory_size)
            return true;
    }
    return false;
}

int elf_image_plan(const struct elf_header *header, const void *program_headers, struct elf_image *ret_image,
                   struct elf_reason *ret_reason)
{
    struct elf_image image = {
        .alignment = PAGE_SIZE,
        .entry = header->entry,
        .is_position_independent = header->is_position_independent,
    };
    size_t count = header->program_headers_size / sizeof(Elf64_Phdr);

    for (size_t i = 0; i < count; i++) {
        Elf64_Phdr phdr;
        memcpy(&phdr, (const char *)program_headers + i * sizeof(phdr), sizeof(phdr));
        int error = elf_take_program_header(&image, &phdr, i, header, ret_reason);
        if (error != 0)
            return error;
    }
    if (image.segment_count == 0)
        return elf_refuse(ret_reason, "has no segment to load");
    if (!image.is_position_independent && image.start == 0)
        return elf_refuse(ret_reason, "has a segment in page 0, where null pointers point");
    if (!elf_is_executable(&image, image.entry))
        return elf_refuse(ret_reason, "its entry point 0x%lx is outside its executable segments",
                          image.entry);
    elf_find_program_headers(&image, header);
    *ret_image = image;
    return 0;
}

int elf_image_move(struct elf_image *image, uint64_t new_start)
{
    uint64_t slide = new_start - image->start; /* may wrap: the program may also move down */

    if (!image->is_position_independent || slide % image->alignment != 0 || new_start < PAGE_SIZE ||
        !elf_range_fits(new_start, image->end - image->start, USER_END))
        return -EINVAL;

    /* Commit: nothing below fails. */
    for (size_t i = 0; i < image->segment_count; i++)
        image->segments[i].address += slide;
    image->start += slide;
    image->end += slide;
    image->entry += slide;
    if (image->program_header_count > 0)
        image->program_headers += slide;
    return 0;
}
