/* The image header, one field wrong at a time and cut at every length, and the relocation table. */
#include <string.h>

#include "test.h"

#include "abi/errno.h"
#include "bootloader/image_check.h"
#include "image_sample.h"

#define PATH "\\k.bin"

static uint8_t file[SAMPLE_DATA_END];
static struct image_header header;
static struct error error;

static int check(uint64_t file_size, uint32_t kind)
{
    /* Only as many bytes as the loader would have read. */
    size_t size = file_size < IMAGE_HEADER_SIZE ? file_size : IMAGE_HEADER_SIZE;
    uint8_t *bytes = test_malloc(size + 1);
    memcpy(bytes + 1, file, size); /* and not aligned */
    int result = image_header_check(bytes + 1, file_size, kind, PATH, &header, &error);
    test_free(bytes);
    return result;
}

static void test_valid(void **state)
{
    (void)state;
    for (uint32_t kind = IMAGE_KIND_KERNEL; kind <= IMAGE_KIND_USER; kind++) {
        image_sample_make(kind, file);
        assert_int_equal(check(SAMPLE_DATA_END, kind), 0);
        assert_memory_equal(&header, file, sizeof(header));
    }
}

static void test_each_field_wrong(void **state)
{
    static const struct {
        size_t offset, size;
        uint64_t value;
        const char *reason;
    } cases[] = {
#define FIELD(name) offsetof(struct image_header, name), sizeof(((struct image_header *)0)->name)
        {FIELD(magic), 0x4d494c45544e4949, "no \"LINTELIM\" at byte 8"},
        {FIELD(version), 0, "has image version 0; this bootloader knows version 1"},
        {FIELD(version), 2, "has image version 2"},
        {FIELD(kind), IMAGE_KIND_USER, "is an image of kind 2; kind 1 (kernel) is expected"},
        {FIELD(kind), 0, "kind 0"},
        {FIELD(link_address), 0, "is linked at 0x0; 0xffffffff80000000 is expected"},
        {FIELD(link_address), KERNEL_LINK_BASE + 4096, "is linked at 0xffffffff80001000"},
        {FIELD(entry_offset), SAMPLE_TEXT_END, "entry point 0x2000 is outside its text"},
        {FIELD(entry_offset), UINT64_MAX, "is outside its text"},
        {FIELD(text_end), 0, "its text ends at 0x0, before it begins"},
        {FIELD(text_end), 0x1001, "its text ends at 0x1001, not at a page's boundary"},
        {FIELD(text_end), 0x4000, "its rodata ends at 0x3000, before it begins (0x4000)"},
        {FIELD(text_end), UINT64_MAX & ~0xfffull, "its text ends at 0xfffffffffffff000; images end below"},
        {FIELD(rodata_end), 0x1000, "its rodata ends at 0x1000, before it begins"},
        {FIELD(rodata_end), 0x2ff8, "its rodata ends at 0x2ff8, not at"},
        {FIELD(rodata_end), 0x5000, "its data ends at 0x4000, before it begins"},
        {FIELD(data_end), 0x2000, "its data ends at 0x2000, before it begins"},
        {FIELD(data_end), 0x4001, "its data ends at 0x4001, not at"},
        {FIELD(data_end), 0x5000, "is 16384 bytes long, but its header says 20480: it is cut short"},
        {FIELD(data_end), 0x3000, "is 16384 bytes long, but its header says 12288: it is longer"},
        {FIELD(bss_end), 0x3000, "its bss ends at 0x3000, before it begins"},
        {FIELD(bss_end), 0x6010, "its bss ends at 0x6010, not at"},
        {FIELD(bss_end), IMAGE_MAX_SIZE + 0x1000ull,
         "its bss ends at 0x10001000; images end below 0x10000000"},
        {FIELD(relocs_offset), 0, "is outside its rodata"},
        {FIELD(relocs_offset), SAMPLE_RELOCS + 4, "is not made of 8-byte words"},
        {FIELD(relocs_offset), 0x1000, "is outside its rodata"},
        {FIELD(relocs_offset), 0x3000, "is outside its rodata"},
        {FIELD(relocs_offset), UINT64_MAX - 7, "is outside its rodata"},
        {FIELD(relocs_size), 0, "is not made of 8-byte words"},
        {FIELD(relocs_size), 12, "is not made of 8-byte words"},
        {FIELD(relocs_size), 0x1000, "is outside its rodata"},
        {FIELD(relocs_size), UINT64_MAX & ~7ull, "is outside its rodata"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        image_sample_make(IMAGE_KIND_KERNEL, file);
        memcpy(file + cases[i].offset, &cases[i].value, cases[i].size);
        assert_int_equal(check(SAMPLE_DATA_END, IMAGE_KIND_KERNEL), -ENOEXEC);
        assert_string_equal(error.subject, PATH);
        assert_contains(error.reason, cases[i].reason);
    }
}

static void test_kinds_exchanged(void **state)
{
    (void)state;
    image_sample_make(IMAGE_KIND_KERNEL, file);
    assert_int_equal(check(SAMPLE_DATA_END, IMAGE_KIND_USER), -ENOEXEC);
    assert_contains(error.reason, "kind 1; kind 2 (user) is expected");
    image_sample_make(IMAGE_KIND_USER, file);
    assert_int_equal(check(SAMPLE_DATA_END, IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "kind 2; kind 1 (kernel) is expected");
}

static void test_user_image_with_relocations(void **state)
{
    uint64_t relocs[2] = {SAMPLE_RELOCS, 8};

    (void)state;
    image_sample_make(IMAGE_KIND_USER, file);
    memcpy(file + offsetof(struct image_header, relocs_offset), relocs, sizeof(relocs));
    assert_int_equal(check(SAMPLE_DATA_END, IMAGE_KIND_USER), -ENOEXEC);
    assert_contains(error.reason, "only a kernel may have one");
}

static void test_every_truncation(void **state)
{
    (void)state;
    image_sample_make(IMAGE_KIND_KERNEL, file);
    for (uint64_t size = 0; size < SAMPLE_DATA_END; size++) {
        assert_int_equal(check(size, IMAGE_KIND_KERNEL), -ENOEXEC);
        assert_contains(error.reason, size == 0                  ? "is empty"
                                      : size < IMAGE_HEADER_SIZE ? "shorter than an image's header"
                                                                 : "it is cut short");
    }
    assert_int_equal(check(SAMPLE_DATA_END + 1, IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "longer than it should be");
}

static void test_foreign_files(void **state)
{
    (void)state;
    memset(file, 0, sizeof(file));
    memcpy(file,
           "\x7f"
           "ELF\x02\x01\x01",
           7);
    for (size_t size = 0; size <= 8; size++)
        assert_int_equal(image_is_elf(file, size), size >= 4);
    assert_int_equal(check(sizeof(file), IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "is an ELF file; only utask may be one");
    assert_int_equal(check(4, IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "is an ELF file");
    assert_int_equal(check(3, IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "shorter than");
    file[3] = 'f';
    assert_false(image_is_elf(file, sizeof(file)));
    memcpy(file, "MZ\x90", 3);
    assert_int_equal(check(sizeof(file), IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "is a PE program");
    memset(file, 0, sizeof(file));
    assert_int_equal(check(1ull << 40, IMAGE_KIND_KERNEL), -ENOEXEC);
    assert_contains(error.reason, "is not an image of Lintel's");
}

/* Code and data as the loader places them: apart. */
static uint8_t code[SAMPLE_RODATA_END], data[SAMPLE_BSS_END - SAMPLE_RODATA_END];

static int relocate(uint64_t slide)
{
    memcpy(&header, file, sizeof(header));
    memcpy(code, file, sizeof(code));
    memset(data, 0, sizeof(data));
    memcpy(data, file + SAMPLE_RODATA_END, SAMPLE_DATA_END - SAMPLE_RODATA_END);
    return image_relocate(&header, code, data, slide, PATH, &error);
}

static void test_relocate(void **state)
{
    const uint64_t slide = 0x1234000;

    (void)state;
    image_sample_make(IMAGE_KIND_KERNEL, file);
    assert_int_equal(relocate(slide), 0);
    for (size_t i = 0; i < sample_word_count; i++) {
        uint64_t value;
        memcpy(&value, file + sample_words[i], sizeof(value));
        value += slide;
        memcpy(file + sample_words[i], &value, sizeof(value));
    }
    assert_memory_equal(code, file, SAMPLE_RODATA_END);
    assert_memory_equal(data, file + SAMPLE_RODATA_END, SAMPLE_DATA_END - SAMPLE_RODATA_END);
    for (size_t i = SAMPLE_DATA_END - SAMPLE_RODATA_END; i < sizeof(data); i++)
        assert_int_equal(data[i], 0);
}

static void test_relocate_nothing(void **state)
{
    (void)state;
    image_sample_make(IMAGE_KIND_USER, file);
    assert_int_equal(relocate(0x1000), 0);
    assert_memory_equal(code, file, SAMPLE_RODATA_END);
}

static void test_relocate_corrupt(void **state)
{
    static const uint64_t words[] = {
        0,                                /* far below */
        KERNEL_LINK_BASE - 8,             /* just below */
        KERNEL_LINK_BASE,                 /* the header */
        KERNEL_LINK_BASE + 0x1ff8,        /* text */
        KERNEL_LINK_BASE + SAMPLE_RELOCS, /* the table itself */
        KERNEL_LINK_BASE + SAMPLE_RELOCS - 4,
        KERNEL_LINK_BASE + SAMPLE_RODATA_END - 4, /* across two places */
        KERNEL_LINK_BASE + SAMPLE_DATA_END - 6,
        KERNEL_LINK_BASE + SAMPLE_DATA_END, /* bss */
        KERNEL_LINK_BASE + SAMPLE_BSS_END,
        UINT64_MAX - 1,
        3, /* a bitmap before any address */
        UINT64_MAX,
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        image_sample_make(IMAGE_KIND_KERNEL, file);
        memcpy(file + SAMPLE_RELOCS, &words[i], 8);
        if (relocate(0x1000) != -ENOEXEC)
            fail_msg("0x%lx was accepted", words[i]);
        assert_contains(error.reason, "its relocation table names a word outside its data (entry 0: ");
    }
    /* A bitmap that runs off the end */
    image_sample_make(IMAGE_KIND_KERNEL, file);
    uint64_t bitmap = 3;
    memcpy(file + SAMPLE_RELOCS + 3 * 8, &(uint64_t){KERNEL_LINK_BASE + 0x3ff8}, 8);
    memcpy(file + SAMPLE_RELOCS + 4 * 8, &bitmap, 8);
    assert_int_equal(relocate(0x1000), -ENOEXEC);
    assert_contains(error.reason, "(entry 4: 0x3)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_each_field_wrong),
        cmocka_unit_test(test_kinds_exchanged),
        cmocka_unit_test(test_user_image_with_relocations),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_relocate),
        cmocka_unit_test(test_relocate_nothing),
        cmocka_unit_test(test_relocate_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
