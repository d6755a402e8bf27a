/* Text that the kernel makes up: pieces, escapes, sets of CPUs, and numbers that programs write. */
#include <stdio.h>

#include "abi/errno.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/user_copy.h"
#include "fake_memory.h"
#include "fs/text.h"
#include "procfs/cpu_list.h"
#include "procfs/number.h"
#include "test.h"

static unsigned cpus_online = 4;

unsigned cpu_count_online(void)
{
    return cpus_online;
}

/* No program's memory is touched. */
size_t user_copy(void *destination, const void *source, size_t size)
{
    (void)destination;
    (void)source;
    return size;
}

static int set_up(void **state)
{
    (void)state;
    fake_memory_start(2 * MIB);
    return 0;
}

static void check_text(struct text *text, const char *wanted)
{
    char bytes[256];
    struct io io = io_kernel(bytes, sizeof(bytes) - 1);
    int64_t count = text_give(text, &io, 0);

    assert_int_equal(count, strlen(wanted));
    bytes[count] = '\0';
    assert_string_equal(bytes, wanted);
    text_free(text);
}

static void long_text_is_read_in_any_pieces(void **state)
{
    static char bytes[40000];
    struct text text;

    (void)state;
    text_init(&text);
    for (unsigned i = 0; i < 5000; i++)
        text_print(&text, "%07u", i);
    assert_int_equal(text.length, 35000);
    for (uint64_t offset = 0; offset < 36000;) {
        const size_t size = random_below(9000) + 1;
        struct io io = io_kernel(bytes, size);
        const int64_t count = text_give(&text, &io, offset);
        const uint64_t left = offset < 35000 ? 35000 - offset : 0;
        char number[8];
        assert_int_equal(count, left < size ? left : size);
        for (int64_t i = 0; i < count; i++) {
            snprintf(number, sizeof(number), "%07u", (unsigned)((offset + (uint64_t)i) / 7));
            assert_int_equal(bytes[i], number[(offset + (uint64_t)i) % 7]);
        }
        offset += size;
    }
    text_free(&text);
    assert_int_equal(text.length, 0);
}

static void without_memory_it_is_cut(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    for (unsigned i = 0; i < 400000 && text.error == 0; i++)
        text_add_string(&text, "0123456789");
    assert_int_equal(text.error, -ENOMEM);
    assert_true(text.length > 4096);
    text_free(&text);
    assert_int_equal(text.error, 0);
}

static void special_characters_are_octal(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    text_add_escaped(&text, "a b\tc\\d\n\"e#", " \t\n");
    check_text(&text, "a\\040b\\011c\\134d\\012\"e#");
    text_add_escaped(&text, "", " ");
    check_text(&text, "");
}

static void sets_of_cpus(void **state)
{
    static const struct {
        unsigned online;
        const char *members; /* '1' for each CPU that is in */
        const char *list, *mask;
    } sets[] = {
        {1, "1", "0", "1"},
        {4, "1111", "0-3", "f"},
        {4, "1011", "0,2-3", "d"},
        {6, "010101", "1,3,5", "2a"},
        {33, "100000000000000000000000000000001", "0,32", "1,00000001"},
        {4, "", "", "0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct cpu_set set = {{0}};
        struct text text;
        cpus_online = sets[i].online;
        for (unsigned cpu = 0; sets[i].members[cpu] != '\0'; cpu++) {
            if (sets[i].members[cpu] == '1')
                cpu_set_add(&set, cpu);
        }
        text_init(&text);
        cpu_list_show(&text, &set);
        check_text(&text, sets[i].list);
        cpu_list_show_mask(&text, &set);
        check_text(&text, sets[i].mask);
    }
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        int error;
        int64_t value;
    } all[] = {
        {"0", 0, 0},
        {"7\n", 0, 7},
        {" \t-12 ", 0, -12},
        {"+5", 0, 5},
        {"0x1F", 0, 31},
        {"017", 0, 15},
        {"08", -EINVAL, 0},
        {"0x", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"\n", -EINVAL, 0},
        {"-", -EINVAL, 0},
        {"1 2", -EINVAL, 0},
        {"12a", -EINVAL, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"9223372036854775808", -ERANGE, 0},
        {"99999999999999999999999", -ERANGE, 0},
        {"-9223372036854775807", 0, -INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        int64_t value = 0;
        assert_int_equal(number_parse(all[i].text, strlen(all[i].text), &value), all[i].error);
        assert_int_equal(value, all[i].value);
    }
}

static void several_numbers(void **state)
{
    const char *text = "4 0x10\t7\n";
    size_t length = strlen(text);
    int64_t value;

    (void)state;
    assert_int_equal(number_parse_next(&text, &length, &value), 0);
    assert_int_equal(value, 4);
    assert_int_equal(number_parse_next(&text, &length, &value), 0);
    assert_int_equal(value, 16);
    assert_int_equal(number_parse_next(&text, &length, &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(number_parse_next(&text, &length, &value), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(long_text_is_read_in_any_pieces, set_up),
        cmocka_unit_test_setup(without_memory_it_is_cut, set_up),
        cmocka_unit_test_setup(special_characters_are_octal, set_up),
        cmocka_unit_test_setup(sets_of_cpus, set_up),
        cmocka_unit_test(numbers),
        cmocka_unit_test(several_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
