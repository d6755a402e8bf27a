/* Function names by address, from a table like tools/make-symbols writes it. */
#include "core/symbols.h"

#include "test.h"

/* An image whose text is 0x1000 bytes, and its table. */
__asm__(".pushsection .rodata\n"
        ".balign 4\n"
        ".globl symbol_table, __image_start, __text_end\n"
        "symbol_table:\n"
        "    .long 4\n"
        "    .long 0x58, 36\n"
        "    .long 0x100, 42\n"
        "    .long 0x101, 48\n"
        "    .long 0xff0, 52\n"
        "    .asciz \"start\", \"first\", \"one\", \"last\"\n"
        "__image_start:\n"
        "    .skip 0x1000\n"
        "__text_end:\n"
        ".popsection\n");

extern const char __image_start[], __text_end[];

static void addresses_have_the_name_of_the_function_around_them(void **state)
{
    static const struct {
        uint64_t offset;
        const char *name; /* NULL: unknown */
        uint64_t into;
    } cases[] = {
        {0, NULL, 0},        {0x57, NULL, 0},      {0x58, "start", 0}, {0xff, "start", 0xa7},
        {0x100, "first", 0}, {0x101, "one", 0},    {0x102, "one", 1},  {0xfef, "one", 0xeee},
        {0xff0, "last", 0},  {0xfff, "last", 0xf}, {0x1000, NULL, 0},  {UINT64_MAX, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t into = 0;
        const char *name = symbols_lookup((uint64_t)__image_start + cases[i].offset, &into);
        if (cases[i].name == NULL) {
            assert_null(name);
            continue;
        }
        assert_string_equal(name, cases[i].name);
        assert_int_equal(into, cases[i].into);
    }
}

static void text_is_what_lies_between_the_images_borders(void **state)
{
    (void)state;
    assert_true(symbols_is_text((uint64_t)__image_start));
    assert_true(symbols_is_text((uint64_t)__text_end - 1));
    assert_false(symbols_is_text((uint64_t)__text_end));
    assert_false(symbols_is_text((uint64_t)__image_start - 1));
    assert_false(symbols_is_text(0));
    assert_false(symbols_is_text(UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_have_the_name_of_the_function_around_them),
        cmocka_unit_test(text_is_what_lies_between_the_images_borders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
