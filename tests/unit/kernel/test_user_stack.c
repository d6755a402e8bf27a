/* The first stack of a program, walked as a libc walks it. */
#include "exec/user_stack.h"

#include <stdbool.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "test.h"
#include "x86_64/paging.h"

/* From Linux's include/uapi/linux/auxvec.h, by hand: the source has its own. */
enum {
    NUL,
    PHDR = 3,
    PHENT,
    PHNUM,
    PAGESZ,
    BASE,
    FLAGS,
    ENTRY,
    UID = 11,
    EUID,
    GID,
    EGID,
    PLATFORM,
    HWCAP,
    CLKTCK,
    SECURE = 23,
    RANDOM = 25,
    HWCAP2,
    EXECFN = 31,
    SYSINFO_EHDR = 33,
    MINSIGSTKSZ = 51,
};
#define AUXV_TYPES 52
#define MISSING 0xffffffffffffffffull

#define TOP 0x7fffffffe000ull
#define STACK_SIZE (8ull * 1024 * 1024)
#define OVERHEAD 4096 /* more than what lies on the stack beside strings and their pointers */

static uint8_t *memory;
static size_t memory_size;
static struct user_stack stack;
static struct user_stack_layout layout;
static struct user_stack_memory writer;

/* A stack whose topmost `size` bytes are there, and a program without arguments. */
static void start(size_t size)
{
    free(memory);
    memory = malloc(size);
    memory_size = size;
    memset(memory, 0xcc, size);
    writer = user_stack_memory(memory, size, TOP - size);
    stack = (struct user_stack){
        .top = TOP,
        .limit = STACK_SIZE,
        .strings = {"", 0, 0, 0},
        .file_name = "/bin/test",
        .random = "0123456789abcdef",
        .entry = 0x401000,
    };
}

static int finish(void **state)
{
    (void)state;
    free(memory);
    memory = NULL;
    return 0;
}

static int build(void)
{
    return user_stack_build(&stack, &writer.writer, &layout);
}

/* What the program sees at a user address. */
static const void *user_memory(uint64_t address, size_t size)
{
    assert_in_range(address, layout.stack_pointer, TOP - size);
    return memory + memory_size - (TOP - address);
}

static uint64_t user_word(uint64_t address)
{
    uint64_t word;

    assert_int_equal(address % 8, 0);
    memcpy(&word, user_memory(address, 8), 8);
    return word;
}

static const char *user_string(uint64_t address)
{
    const char *string = user_memory(address, 1);

    assert_non_null(memchr(string, '\0', TOP - address));
    return string;
}

/* Check `count` string pointers from `at` on and the NULL behind them; the strings are those of the block
 * from *text on, at *address and next to each other. */
static uint64_t walk_strings(uint64_t at, size_t count, const char **text, uint64_t *address)
{
    for (size_t i = 0; i < count; i++, at += 8) {
        assert_int_equal(user_word(at), *address);
        assert_string_equal(user_string(*address), *text);
        *address += strlen(*text) + 1;
        *text += strlen(*text) + 1;
    }
    assert_int_equal(user_word(at), 0);
    return at + 8;
}

/* Check argc, argv, envp and leave the auxiliary vector in auxv, by type. */
static void walk(uint64_t auxv[AUXV_TYPES])
{
    const char *text = stack.strings.bytes;
    uint64_t at = layout.stack_pointer, address = layout.arguments_start, type;

    assert_int_equal(at % 16, 0);
    assert_int_equal(user_word(at), stack.strings.argument_count);
    at = walk_strings(at + 8, stack.strings.argument_count, &text, &address);
    assert_int_equal(address, layout.arguments_end);
    at = walk_strings(at, stack.strings.environment_count, &text, &address);
    assert_int_equal(address, layout.environment_end);
    for (size_t i = 0; i < AUXV_TYPES; i++)
        auxv[i] = MISSING;
    do {
        type = user_word(at);
        assert_in_range(type, 0, AUXV_TYPES - 1);
        assert_int_equal(auxv[type], MISSING); /* each once */
        auxv[type] = user_word(at + 8);
        at += 16;
    } while (type != NUL);
    assert_in_range(at, layout.stack_pointer, layout.arguments_start);
    for (size_t i = 0; i < memory_size - (TOP - layout.stack_pointer); i++)
        assert_int_equal(memory[i], 0xcc); /* nothing below RSP is touched */
}

static void strings_and_vectors_read_back(void **state)
{
#define STRINGS(bytes) bytes, sizeof(bytes) - 1
    static const struct user_strings cases[] = {
        {STRINGS(""), 0, 0},
        {STRINGS("utask\0"), 1, 0},
        {STRINGS("a\0b\0c\0"), 3, 0},
        {STRINGS("a\0b\0c\0"), 1, 2},
        {STRINGS("a\0b\0c\0"), 0, 3},
        {STRINGS("\0\0\0\0"), 2, 2},
        {STRINGS("/bin/sh\0-c\0echo \xc3\xa4\0PATH=/bin\0HOME=/\0"), 3, 2},
    };
    uint64_t auxv[AUXV_TYPES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start(2 * PAGE_SIZE);
        stack.strings = cases[i];
        assert_int_equal(build(), 0);
        walk(auxv);
    }
}

static void the_auxiliary_vector_is_the_abis(void **state)
{
    static const struct {
        unsigned type;
        uint64_t value, value_without;
    } expected[] = {
        {SYSINFO_EHDR, 0x7ffff7fc1000, MISSING},
        {MINSIGSTKSZ, 3632, MISSING},
        {HWCAP, 0xbfebfbff, 0},
        {PAGESZ, 4096, 4096},
        {CLKTCK, 100, 100},
        {PHDR, 0x400040, 0},
        {PHENT, 56, 56},
        {PHNUM, 9, 0},
        {BASE, 0x7ffff7fc3000, 0},
        {FLAGS, 0, 0},
        {ENTRY, 0x401000, 0x401000},
        {UID, 1001, 0},
        {EUID, 1002, 0},
        {GID, 1003, 0},
        {EGID, 1004, 0},
        {SECURE, 1, 0},
        {HWCAP2, 2, 0},
        {NUL, 0, 0},
    };
    uint64_t auxv[AUXV_TYPES];

    (void)state;
    for (int is_full = 0; is_full <= 1; is_full++) {
        start(PAGE_SIZE);
        if (is_full) {
            stack.program_headers = 0x400040;
            stack.program_header_count = 9;
            stack.interpreter_base = 0x7ffff7fc3000;
            stack.ids.uid = 1001;
            stack.ids.effective_uid = 1002;
            stack.ids.gid = 1003;
            stack.ids.effective_gid = 1004;
            stack.ids.is_secure = true;
            stack.hwcap = 0xbfebfbff;
            stack.hwcap2 = 2;
            stack.signal_stack_size = 3632;
            stack.system_call_library = 0x7ffff7fc1000;
        }
        assert_int_equal(build(), 0);
        walk(auxv);
        for (size_t i = 0; i < COUNT_OF(expected); i++)
            assert_int_equal(auxv[expected[i].type], is_full ? expected[i].value : expected[i].value_without);
        assert_string_equal(user_string(auxv[EXECFN]), "/bin/test");
        assert_string_equal(user_string(auxv[PLATFORM]), "x86_64");
        assert_memory_equal(user_memory(auxv[RANDOM], 16), "0123456789abcdef", 16);
    }
}

/* The IDs of a stack that is there already change, and nothing else does. */
static void ids_change_in_place(void **state)
{
    const struct user_stack_ids ids = {
        .uid = 1, .effective_uid = 2, .gid = 3, .effective_gid = 4, .is_secure = 1};
    uint64_t before[AUXV_TYPES], after[AUXV_TYPES];

    (void)state;
    for (int has_more = 0; has_more <= 1; has_more++) {
        start(PAGE_SIZE);
        stack.signal_stack_size = has_more ? 3632 : 0;
        assert_int_equal(build(), 0);
        walk(before);
        assert_int_equal(user_stack_write_ids(&layout, &writer.writer, &ids), 0);
        walk(after);
        for (size_t i = 0; i < AUXV_TYPES; i++) {
            uint64_t id = i == UID ? 1 : i == EUID ? 2 : i == GID ? 3 : i == EGID ? 4 : i == SECURE ? 1 : 0;
            assert_int_equal(after[i], id != 0 ? id : before[i]);
        }
    }
}

/* RSP is aligned, and the vectors are whole, for each number of strings, around the pieces in which they are
 * written, and for every length. */
static void every_number_of_strings_is_aligned(void **state)
{
    static char block[2 * 300];
    uint64_t auxv[AUXV_TYPES];

    (void)state;
    for (size_t i = 0; i < sizeof(block); i += 2)
        block[i] = (char)('a' + i % 25);
    for (size_t count = 0; count <= 300; count++) {
        start(3 * PAGE_SIZE);
        stack.strings = (struct user_strings){block, 2 * count, count / 2, count - count / 2};
        assert_int_equal(build(), 0);
        walk(auxv);
    }
    for (size_t length = 1; length < 40; length++) {
        memset(block, 'y', length);
        block[length] = '\0';
        start(PAGE_SIZE);
        stack.strings = (struct user_strings){block, length + 1, 1, 0};
        assert_int_equal(build(), 0);
        walk(auxv);
    }
}

static void a_string_has_a_limit(void **state)
{
    char *block = malloc(USER_STACK_STRING_MAX + 1);

    (void)state;
    memset(block, 's', USER_STACK_STRING_MAX + 1);
    for (size_t size = USER_STACK_STRING_MAX; size <= USER_STACK_STRING_MAX + 1; size++) {
        start(USER_STACK_STRING_MAX + OVERHEAD);
        block[size - 1] = '\0';
        stack.strings = (struct user_strings){block, size, 1, 0};
        assert_int_equal(build(), size <= USER_STACK_STRING_MAX ? 0 : -E2BIG);
        block[size - 1] = 's';
    }
    free(block);
}

/* How many strings of one character are taken: each costs its two bytes and a pointer, and the file's name is
 * counted too. */
static void all_strings_have_a_limit(void **state)
{
    static const struct {
        uint64_t stack_limit, strings_limit;
    } cases[] = {
        {STACK_SIZE, STACK_SIZE / 4},
        {1ull << 20, 1ull << 18},
        {4096, USER_STACK_STRINGS_FLOOR},
        {0, USER_STACK_STRINGS_FLOOR},
        {1ull << 30, USER_STACK_STRINGS_CEILING},
        {UINT64_MAX, USER_STACK_STRINGS_CEILING},
    };
    static char block[2 * USER_STACK_STRINGS_CEILING / 10 + 20];

    (void)state;
    for (size_t i = 0; i < sizeof(block); i += 2)
        block[i] = 'x';
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t most = (cases[i].strings_limit - sizeof("/bin/test")) / 10;
        for (size_t count = most; count <= most + 1; count++) {
            for (size_t arguments = 0; arguments <= count; arguments += count) {
                start(cases[i].strings_limit + OVERHEAD);
                stack.limit = cases[i].stack_limit;
                stack.strings = (struct user_strings){block, 2 * count, arguments, count - arguments};
                assert_int_equal(build(), count == most ? 0 : -E2BIG);
            }
        }
    }
}

static void wrong_counts_are_refused(void **state)
{
    static const struct {
        struct user_strings strings;
        int error;
    } cases[] = {
        {{"a\0b\0", 4, 1, 0}, -EINVAL},
        {{"a\0b\0", 4, 1, 2}, -EINVAL},
        {{"a\0b\0", 3, 1, 1}, -EINVAL},
        {{"", 0, 1, 0}, -EINVAL},
        {{"a", 1, 0, 0}, -EINVAL},
        {{"", 0, SIZE_MAX, 0}, -E2BIG},
        {{"", 0, SIZE_MAX / 8 + 2, 0}, -E2BIG},
        {{"", 0, 1, SIZE_MAX}, -E2BIG},
        {{"", SIZE_MAX - 8, 1, 0}, -E2BIG},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start(PAGE_SIZE);
        stack.strings = cases[i].strings;
        assert_int_equal(build(), cases[i].error);
        for (size_t j = 0; j < PAGE_SIZE; j++)
            assert_int_equal(memory[j], 0xcc);
    }
}

/* A writer that fails at one call after the other: its error comes back, and no layout. */
struct failing_writer {
    struct user_stack_writer writer;
    size_t calls, calls_until_failure;
};

static int failing_write(struct user_stack_writer *base, uint64_t address, const void *bytes, size_t size)
{
    struct failing_writer *self = (struct failing_writer *)base;

    (void)bytes;
    assert_in_range(address, TOP - PAGE_SIZE, TOP - size);
    assert_true(size > 0);
    return self->calls++ == self->calls_until_failure ? -EFAULT : 0;
}

static void errors_of_the_writer_end_it(void **state)
{
    struct failing_writer failing = {.writer = {failing_write}};
    size_t tries = 0;
    int error;

    (void)state;
    do {
        start(PAGE_SIZE);
        stack.strings = (struct user_strings){"a\0b\0c\0", 6, 2, 1};
        failing.calls = 0;
        failing.calls_until_failure = tries++;
        layout.stack_pointer = 0x1234;
        error = user_stack_build(&stack, &failing.writer, &layout);
        if (error != 0) {
            assert_int_equal(error, -EFAULT);
            assert_int_equal(failing.calls, tries);
            assert_int_equal(layout.stack_pointer, 0x1234);
        }
    } while (error != 0);
    assert_in_range(tries, 6, 8);
}

/* Memory of every size around what is needed: taken or refused, and never written outside (AddressSanitizer).
 */
static void too_little_memory_is_refused(void **state)
{
    size_t needed;

    (void)state;
    start(PAGE_SIZE);
    stack.strings = (struct user_strings){"a\0b\0", 4, 1, 1};
    assert_int_equal(build(), 0);
    needed = TOP - layout.stack_pointer;
    for (size_t size = 1; size < needed + 3; size++) {
        start(size);
        stack.strings = (struct user_strings){"a\0b\0", 4, 1, 1};
        assert_int_equal(build(), size < needed ? -E2BIG : 0);
    }
}

static void words_become_arguments(void **state)
{
    static const struct {
        const char *text;
        const char *bytes;
        size_t size, count;
    } cases[] = {
        {"", "utask\0", 6, 1},
        {"  \t ", "utask\0", 6, 1},
        {"one", "utask\0one\0", 10, 2},
        {" one  two\tthree ", "utask\0one\0two\0three\0", 20, 4},
        {"-- =\"x y\"", "utask\0--\0=\"x\0y\"\0", 16, 4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t size = cases[i].size - 1; size <= cases[i].size; size++) {
            struct user_strings strings = {0};
            char *buffer = malloc(size);
            int error = user_strings_add_words(&strings, buffer, size, "utask");
            struct user_strings before = strings;
            if (error == 0)
                error = user_strings_add_words(&strings, buffer, size, cases[i].text);
            assert_int_equal(error, size < cases[i].size ? -E2BIG : 0);
            if (error == 0) {
                assert_int_equal(strings.argument_count, cases[i].count);
                assert_int_equal(strings.size_bytes, cases[i].size);
                assert_int_equal(strings.environment_count, 0);
                assert_memory_equal(strings.bytes, cases[i].bytes, cases[i].size);
            } else {
                assert_memory_equal(&strings, &before, sizeof(strings));
            }
            free(buffer);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(strings_and_vectors_read_back, finish),
        cmocka_unit_test_teardown(the_auxiliary_vector_is_the_abis, finish),
        cmocka_unit_test_teardown(ids_change_in_place, finish),
        cmocka_unit_test_teardown(every_number_of_strings_is_aligned, finish),
        cmocka_unit_test_teardown(a_string_has_a_limit, finish),
        cmocka_unit_test_teardown(all_strings_have_a_limit, finish),
        cmocka_unit_test_teardown(wrong_counts_are_refused, finish),
        cmocka_unit_test_teardown(errors_of_the_writer_end_it, finish),
        cmocka_unit_test_teardown(too_little_memory_is_refused, finish),
        cmocka_unit_test_teardown(words_become_arguments, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
