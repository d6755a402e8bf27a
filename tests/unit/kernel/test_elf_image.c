/* Plans of ELF files as gcc, glibc and musl make them, and of files that are wrong in one field. */
#include "exec/elf_image.h"

#include <stdlib.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "test.h"
#include "x86_64/paging.h"

#define FILE_SIZE 0x5000
#define HEADERS 6

/* A static program: R, RX, R, RW with bss, TLS and GNU_STACK, as the linker lays it out. */
static struct {
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdrs[ELF_PROGRAM_HEADERS_MAX + 1];
} file;
static uint64_t file_size;
static struct elf_reason reason;
static struct elf_image image;

static void make_file(unsigned type, uint64_t base)
{
    static const Elf64_Phdr phdrs[HEADERS] = {
        {PT_LOAD, PF_R, 0, 0, 0, 0x500, 0x500, 0x1000},
        {PT_LOAD, PF_R | PF_X, 0x1000, 0x1000, 0, 0x1234, 0x1234, 0x1000},
        {PT_LOAD, PF_R, 0x3000, 0x3000, 0, 0x100, 0x100, 0x1000},
        {PT_LOAD, PF_R | PF_W, 0x3e10, 0x4e10, 0, 0x200, 0x2000, 0x1000},
        {7 /* PT_TLS */, PF_R, 0x3e10, 0x4e10, 0, 0x10, 0x50, 8},
        {PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16},
    };

    memset(&file, 0, sizeof(file));
    memcpy(file.phdrs, phdrs, sizeof(phdrs));
    for (size_t i = 0; i < HEADERS; i++)
        file.phdrs[i].p_vaddr += base;
    file.ehdr = (Elf64_Ehdr){
        .e_ident = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0},
        .e_type = type,
        .e_machine = 62,
        .e_version = 1,
        .e_entry = base + 0x1100,
        .e_phoff = 64,
        .e_ehsize = 64,
        .e_phentsize = 56,
        .e_phnum = HEADERS,
    };
    file_size = FILE_SIZE;
}

static int make_fixed(void **state)
{
    (void)state;
    make_file(2, 0x400000);
    return 0;
}

static int make_position_independent(void **state)
{
    (void)state;
    make_file(3, 0);
    return 0;
}

/* Both steps, each with exactly the bytes that it may look at, and not aligned. */
static int plan(void)
{
    struct elf_header header;
    size_t size = file_size < ELF_HEADER_SIZE ? file_size : ELF_HEADER_SIZE;
    char *bytes = malloc(size + 1);

    memset(&reason, 0, sizeof(reason));
    memcpy(bytes + 1, &file.ehdr, size);
    int error = elf_header_check(bytes + 1, file_size, &header, &reason);
    free(bytes);
    if (error != 0)
        return error;
    assert_int_equal(header.program_headers_offset, file.ehdr.e_phoff);
    assert_int_equal(header.program_headers_size, file.ehdr.e_phnum * 56);
    bytes = malloc(header.program_headers_size + 1);
    memcpy(bytes + 1, file.phdrs, header.program_headers_size);
    error = elf_image_plan(&header, bytes + 1, &image, &reason);
    free(bytes);
    return error;
}

static void refused(const char *words)
{
    struct elf_image before;

    memset(&image, 0x5a, sizeof(image));
    memcpy(&before, &image, sizeof(image));
    assert_int_equal(plan(), -ENOEXEC);
    assert_contains(reason.text, words);
    assert_memory_equal(&image, &before, sizeof(image));
}

static void a_fixed_program_is_planned(void **state)
{
    static const struct elf_segment segments[] = {
        {0x400000, 0x500, 0, 0x500, PF_R},
        {0x401000, 0x1234, 0x1000, 0x1234, PF_R | PF_X},
        {0x403000, 0x100, 0x3000, 0x100, PF_R},
        {0x404e10, 0x2000, 0x3e10, 0x200, PF_R | PF_W},
    };

    (void)state;
    assert_int_equal(plan(), 0);
    assert_int_equal(image.segment_count, COUNT_OF(segments));
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        assert_int_equal(image.segments[i].address, segments[i].address);
        assert_int_equal(image.segments[i].memory_size, segments[i].memory_size);
        assert_int_equal(image.segments[i].file_offset, segments[i].file_offset);
        assert_int_equal(image.segments[i].file_size, segments[i].file_size);
        assert_int_equal(image.segments[i].flags, segments[i].flags);
    }
    assert_int_equal(image.start, 0x400000);
    assert_int_equal(image.end, 0x407000);
    assert_int_equal(image.alignment, 0x1000);
    assert_int_equal(image.entry, 0x401100);
    assert_int_equal(image.program_headers, 0x400040);
    assert_int_equal(image.program_header_count, HEADERS);
    assert_false(image.is_position_independent);
    assert_false(image.has_executable_stack);
    assert_int_equal(elf_image_move(&image, 0x400000), -EINVAL);
}

static void a_position_independent_program_is_moved(void **state)
{
    static const uint64_t bad[] = {0, 0x800, 0x10000800, USER_END - 0x6000, USER_END, UINT64_MAX & ~0xfffull};

    (void)state;
    assert_int_equal(plan(), 0);
    assert_true(image.is_position_independent);
    assert_int_equal(image.start, 0);
    assert_int_equal(image.program_headers, 0x40);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(elf_image_move(&image, bad[i]), -EINVAL);
        assert_int_equal(image.start, 0);
    }
    static const uint64_t places[] = {0x1000, USER_END - 0x7000, 0x555555554000};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_int_equal(elf_image_move(&image, places[i]), 0);
        assert_int_equal(image.start, places[i]);
        assert_int_equal(image.end, places[i] + 0x7000);
        assert_int_equal(image.entry, places[i] + 0x1100);
        assert_int_equal(image.program_headers, places[i] + 0x40);
        assert_int_equal(image.segments[3].address, places[i] + 0x4e10);
        assert_int_equal(image.segments[3].file_offset, 0x3e10);
    }
}

static void the_largest_alignment_counts(void **state)
{
    (void)state;
    file.phdrs[1].p_align = 0x200000;
    file.phdrs[2].p_align = 0;
    file.phdrs[3].p_align = 1;
    assert_int_equal(plan(), 0);
    assert_int_equal(image.alignment, 0x200000);
    assert_int_equal(elf_image_move(&image, 0x1001000), -EINVAL);
    assert_int_equal(elf_image_move(&image, 0x1000000), 0);
    /* One that was not linked at 0 keeps its place within the alignment. */
    make_file(3, 0x10001000);
    file.phdrs[1].p_align = 0x200000;
    assert_int_equal(plan(), 0);
    assert_int_equal(elf_image_move(&image, 0x1000000), -EINVAL);
    assert_int_equal(elf_image_move(&image, 0x1001000), 0);
}

/* One field of the ELF header at a time. */
static void wrong_headers_are_refused(void **state)
{
#define EHDR(name) offsetof(Elf64_Ehdr, name), sizeof(((Elf64_Ehdr *)0)->name)
    static const struct {
        size_t offset, size;
        uint64_t value;
        const char *words; /* NULL: it is fine */
    } cases[] = {
        {0, 1, 0x7e, "is not an ELF file"},
        {3, 1, 'f', "is not an ELF file"},
        {EI_CLASS, 1, 1, "is for another CPU (class 1, byte order 1, machine 62)"},
        {EI_DATA, 1, 2, "is for another CPU (class 2, byte order 2"},
        {EHDR(e_machine), 183, "is for another CPU (class 2, byte order 1, machine 183)"},
        {EI_VERSION, 1, 0, "has ELF version"},
        {EHDR(e_version), 2, "has ELF version 2"},
        {EI_OSABI, 1, 3, NULL},
        {EI_OSABI, 1, 9, "is for another operating system (OSABI 9)"},
        {EHDR(e_type), 1, "is not a program (ELF type 1)"},
        {EHDR(e_type), 4, "is not a program (ELF type 4)"},
        {EHDR(e_phnum), 0, "has no program headers"},
        {EHDR(e_phnum), ELF_PROGRAM_HEADERS_MAX, NULL},
        {EHDR(e_phnum), ELF_PROGRAM_HEADERS_MAX + 1, "has 65 program headers; at most 64"},
        {EHDR(e_phnum), 0xffff, "has 65535 program headers"},
        {EHDR(e_phentsize), 32, "has program headers of 32 bytes; they have 56"},
        {EHDR(e_phoff), FILE_SIZE - HEADERS * 56, NULL},
        {EHDR(e_phoff), FILE_SIZE - HEADERS * 56 + 1, "is cut short: 20480 bytes, but its program headers"},
        {EHDR(e_phoff), UINT64_MAX - 100, "is cut short"},
        {EHDR(e_entry), 0x400fff, "its entry point 0x400fff is outside"},
        {EHDR(e_entry), 0x401000, NULL},
        {EHDR(e_entry), 0x402233, NULL},
        {EHDR(e_entry), 0x402234, "its entry point 0x402234 is outside"},
        {EHDR(e_entry), 0x404e10, "is outside its executable segments"},
        {EHDR(e_entry), 0, "is outside its executable segments"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_file(2, 0x400000);
        memcpy((char *)&file.ehdr + cases[i].offset, &cases[i].value, cases[i].size);
        if (cases[i].words != NULL)
            refused(cases[i].words);
        else if (plan() != 0)
            fail_msg("case %zu: %s", i, reason.text);
    }
}

/* One field of a program header at a time; segment 3 is the one with data and bss. */
static void wrong_segments_are_refused(void **state)
{
#define PHDR(name) offsetof(Elf64_Phdr, name), sizeof(((Elf64_Phdr *)0)->name)
    static const struct {
        unsigned number;
        size_t offset, size;
        uint64_t value;
        const char *words; /* NULL: it is fine */
    } cases[] = {
        {3, PHDR(p_filesz), 0x2001, "its segment 3 is larger in the file (0x2001) than in memory (0x2000)"},
        {3, PHDR(p_filesz), 0x2000,
         "is cut short: 20480 bytes, but its segment 3 has 0x2000 bytes at 0x3e10"},
        {3, PHDR(p_filesz), 0x11f0, NULL},
        {3, PHDR(p_filesz), 0x11f1, "is cut short"},
        {3, PHDR(p_offset), UINT64_MAX - 0x1ef, "is cut short"},
        {3, PHDR(p_offset), 0x3e11, "its segment 3 at 0x404e10 is not aligned as in the file (0x3e11)"},
        {3, PHDR(p_memsz), USER_END - 0x404e10, NULL},
        {3, PHDR(p_memsz), USER_END - 0x404e10 + 1, "is outside a program's memory"},
        {3, PHDR(p_memsz), UINT64_MAX, "is outside a program's memory"},
        {3, PHDR(p_memsz), UINT64_MAX - 0x404e10, "is outside a program's memory"},
        {3, PHDR(p_vaddr), USER_END + 0xe10, "is outside a program's memory"},
        {3, PHDR(p_vaddr), 0xffff800000000e10, "is outside a program's memory"},
        {3, PHDR(p_vaddr), 0x403e10,
         "its segment 3 at 0x403e10 begins below the end of the one before it (0x404000)"},
        {3, PHDR(p_vaddr), 0x404e10, NULL},
        {3, PHDR(p_vaddr), 0x300e10, "begins below the end"},
        {0, PHDR(p_vaddr), 0, "page 0"},
        {0, PHDR(p_vaddr), 0x1000, NULL},
        {1, PHDR(p_memsz), 0x3000,
         "its segment 2 at 0x403000 begins below the end of the one before it (0x404000)"},
        {1, PHDR(p_memsz), 0x2000, NULL},
        {1, PHDR(p_memsz), 0x2001, "begins below the end"},
        {1, PHDR(p_align), 0x1800, "its segment 1 is aligned to 0x1800"},
        {1, PHDR(p_align), 1ull << 30, NULL},
        {1, PHDR(p_align), 1ull << 31, "or too large"},
        {1, PHDR(p_flags), PF_R | PF_W | PF_X, NULL},
        {1, PHDR(p_flags), PF_R, "entry point 0x401100 is outside its executable segments"},
        {1, PHDR(p_flags), 0xfff00000 | PF_X, NULL},
        {1, PHDR(p_type), PT_INTERP, "entry point"},
        {4, PHDR(p_type), 0x6fffffff, NULL},
        {4, PHDR(p_offset), UINT64_MAX, NULL}, /* of no concern: not loaded */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_file(2, 0x400000);
        memcpy((char *)&file.phdrs[cases[i].number] + cases[i].offset, &cases[i].value, cases[i].size);
        if (cases[i].words != NULL)
            refused(cases[i].words);
        else if (plan() != 0)
            fail_msg("case %zu: %s", i, reason.text);
    }
}

static void an_interpreter_is_told_of(void **state)
{
    static const struct {
        uint64_t offset, size;
        const char *words;
    } cases[] = {
        {0x100, 28, NULL},
        {0x100, 1, "interpreter's name"},
        {UINT64_MAX, 28, "interpreter's name"},
        {0x100, UINT64_MAX, "interpreter's name"},
    };

    (void)state;
    make_file(2, 0x400000);
    assert_int_equal(plan(), 0);
    assert_int_equal(image.interpreter_size, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_file(2, 0x400000);
        file.phdrs[4] =
            (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = cases[i].offset, .p_filesz = cases[i].size};
        if (cases[i].words != NULL) {
            refused(cases[i].words);
            continue;
        }
        assert_int_equal(plan(), 0);
        assert_int_equal(image.interpreter_offset, cases[i].offset);
        assert_int_equal(image.interpreter_size, cases[i].size);
    }
}

static void files_cut_anywhere_are_refused(void **state)
{
    (void)state;
    for (file_size = 0; file_size < 0x4010; file_size += file_size < 0x1000 ? 1 : 61)
        refused(file_size < 4 ? "is not an ELF file" : "is cut short");
    file_size = 0x4010;
    assert_int_equal(plan(), 0);
}

static void empty_segments_and_bss_segments(void **state)
{
    (void)state;
    file.phdrs[2].p_filesz = file.phdrs[2].p_memsz = 0;
    file.phdrs[2].p_vaddr = 0x123; /* nothing is there */
    assert_int_equal(plan(), 0);
    assert_int_equal(image.segment_count, 3);
    file.phdrs[3].p_filesz = 0;
    file.phdrs[3].p_offset = UINT64_MAX; /* of no concern: all zeroes */
    assert_int_equal(plan(), 0);
    assert_int_equal(image.segments[2].file_size, 0);
    for (size_t i = 0; i < HEADERS; i++)
        file.phdrs[i].p_memsz = file.phdrs[i].p_filesz = 0;
    refused("has no segment to load");
}

static void too_many_segments_are_refused(void **state)
{
    (void)state;
    for (size_t count = ELF_SEGMENTS_MAX; count <= ELF_SEGMENTS_MAX + 1; count++) {
        for (size_t i = 0; i < count; i++)
            file.phdrs[i] = (Elf64_Phdr){PT_LOAD, PF_X, 0, 0x400000 + i * 0x2000, 0, 0x1800, 0x1800, 0x1000};
        file.ehdr.e_phnum = count;
        if (count <= ELF_SEGMENTS_MAX) {
            assert_int_equal(plan(), 0);
            assert_int_equal(image.segment_count, count);
        } else {
            refused("has more than 16 segments");
        }
    }
}

static void the_stack_may_be_executable(void **state)
{
    (void)state;
    file.phdrs[5].p_flags = PF_R | PF_W | PF_X;
    assert_int_equal(plan(), 0);
    assert_true(image.has_executable_stack);
    file.ehdr.e_phnum = HEADERS - 1; /* nothing is said of it */
    assert_int_equal(plan(), 0);
    assert_false(image.has_executable_stack);
}

/* The program headers are behind a segment's end, in part or altogether: no AT_PHDR. */
static void program_headers_may_be_left_out_of_memory(void **state)
{
    static const struct {
        uint64_t offset, address;
    } cases[] = {
        {64, 0x400040},
        {0x500 - HEADERS * 56, 0x400500 - HEADERS * 56},
        {0x500 - HEADERS * 56 + 1, 0},
        {0x600, 0},
        {0x1000, 0x401000},
        {0x3e10, 0x404e10},
        {0x4400, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t address = cases[i].address;
        file.ehdr.e_phoff = cases[i].offset;
        assert_int_equal(plan(), 0);
        assert_int_equal(image.program_headers, address);
        assert_int_equal(image.program_header_count, address == 0 ? 0 : HEADERS);
    }
    make_file(3, 0);
    file.ehdr.e_phoff = 0x600;
    assert_int_equal(plan(), 0);
    assert_int_equal(elf_image_move(&image, 0x10000), 0);
    assert_int_equal(image.program_headers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fixed_program_is_planned, make_fixed),
        cmocka_unit_test_setup(a_position_independent_program_is_moved, make_position_independent),
        cmocka_unit_test_setup(the_largest_alignment_counts, make_position_independent),
        cmocka_unit_test_setup(wrong_headers_are_refused, make_fixed),
        cmocka_unit_test_setup(wrong_segments_are_refused, make_fixed),
        cmocka_unit_test_setup(an_interpreter_is_told_of, make_fixed),
        cmocka_unit_test_setup(files_cut_anywhere_are_refused, make_fixed),
        cmocka_unit_test_setup(empty_segments_and_bss_segments, make_fixed),
        cmocka_unit_test_setup(too_many_segments_are_refused, make_fixed),
        cmocka_unit_test_setup(the_stack_may_be_executable, make_fixed),
        cmocka_unit_test_setup(program_headers_may_be_left_out_of_memory, make_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
