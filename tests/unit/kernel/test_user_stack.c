/* The first stack of a program, walked as a libc walks it. */
#include "proc/user_stack.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "test.h"
#include "x86_64/paging.h"

/* From Linux's include/uapi/linux/auxvec.h, by hand: the source has its own. */
enum {
    NUL,
    PAGESZ = 6,
    BASE = 7,
    FLAGS,
    ENTRY,
    UID = 11,
    EUID,
    GID,
    EGID,
    CLKTCK = 17,
    SECURE = 23,
    RANDOM = 25,
    EXECFN = 31
};
#define AUXV_TYPES 32

#define TOP 0x7fffffffe000ull
#define STACK_SIZE (4 * PAGE_SIZE)

static uint8_t *memory;
static struct user_stack stack;
static uint64_t stack_pointer;

static void start(const char *arguments, size_t size)
{
    free(memory);
    memory = malloc(size);
    memset(memory, 0xcc, size);
    stack = (struct user_stack){
        .memory = memory,
        .size = size,
        .top = TOP,
        .name = "utask",
        .arguments = arguments,
        .entry = 0x40000058,
        .random = "0123456789abcdef",
    };
}

static int finish(void **state)
{
    (void)state;
    free(memory);
    memory = NULL;
    return 0;
}

/* What the program sees at a user address. */
static const void *user_memory(uint64_t address, size_t size)
{
    assert_in_range(address, stack_pointer, TOP - size);
    return memory + stack.size - (TOP - address);
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

static void build(void)
{
    assert_int_equal(user_stack_build(&stack, &stack_pointer), 0);
    assert_int_equal(stack_pointer % 16, 0);
    assert_in_range(stack_pointer, TOP - stack.size / 2, TOP - 1);
    for (size_t i = 0; i < stack.size - (TOP - stack_pointer); i++)
        assert_int_equal(memory[i], 0xcc); /* nothing below RSP is touched */
}

/* Check argc, argv, envp and leave the auxiliary vector in auxv, by type. */
static void walk(const char *const *arguments, size_t count, uint64_t auxv[AUXV_TYPES])
{
    uint64_t at = stack_pointer;

    assert_int_equal(user_word(at), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(user_string(user_word(at += 8)), arguments[i]);
    assert_int_equal(user_word(at += 8), 0); /* end of argv */
    assert_int_equal(user_word(at += 8), 0); /* no environment */

    memset(auxv, 0xff, AUXV_TYPES * sizeof(auxv[0]));
    uint64_t type;
    do {
        type = user_word(at += 8);
        assert_in_range(type, 0, AUXV_TYPES - 1);
        assert_int_equal(auxv[type], UINT64_MAX); /* each once */
        auxv[type] = user_word(at += 8);
    } while (type != NUL);
}

static void arguments_and_vectors_read_back(void **state)
{
    static const struct {
        const char *text;
        const char *words[8];
    } cases[] = {
        {"", {"utask"}},
        {"  \t ", {"utask"}},
        {"one", {"utask", "one"}},
        {" one  two\tthree ", {"utask", "one", "two", "three"}},
        {"-- \xc3\xa4=\"x y\"", {"utask", "--", "\xc3\xa4=\"x", "y\""}},
        {"a b c d e f g", {"utask", "a", "b", "c", "d", "e", "f", "g"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t auxv[AUXV_TYPES];
        size_t count = 0;
        while (count < COUNT_OF(cases[i].words) && cases[i].words[count] != NULL)
            count++;
        start(cases[i].text, STACK_SIZE);
        build();
        walk(cases[i].words, count, auxv);
    }
}

static void the_auxiliary_vector_is_the_abis(void **state)
{
    static const char *const words[] = {"utask", "one"};
    static const struct {
        unsigned type;
        uint64_t value;
    } expected[] = {
        {PAGESZ, 4096}, {BASE, 0}, {FLAGS, 0},    {ENTRY, 0x40000058}, {UID, 0}, {EUID, 0},
        {GID, 0},       {EGID, 0}, {CLKTCK, 100}, {SECURE, 0},         {NUL, 0},
    };
    uint64_t auxv[AUXV_TYPES];

    (void)state;
    start("one", STACK_SIZE);
    build();
    walk(words, 2, auxv);
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_int_equal(auxv[expected[i].type], expected[i].value);
    assert_string_equal(user_string(auxv[EXECFN]), "utask");
    assert_memory_equal(user_memory(auxv[RANDOM], 16), "0123456789abcdef", 16);
}

/* RSP is aligned, and the vectors are whole, for each number of arguments and every length of the strings. */
static void every_number_of_arguments_is_aligned(void **state)
{
    char text[USER_STACK_ARGUMENTS_MAX * 2 + 20] = "";
    const char *words[USER_STACK_ARGUMENTS_MAX] = {"utask"};
    uint64_t auxv[AUXV_TYPES];

    (void)state;
    for (size_t count = 1; count <= USER_STACK_ARGUMENTS_MAX; count++) {
        start(text, STACK_SIZE);
        build();
        walk(words, count, auxv);
        if (count < USER_STACK_ARGUMENTS_MAX)
            words[count] = "x";
        strcat(text, "x ");
    }
    for (size_t length = 1; length <= 16; length++) {
        memset(text, 'y', length);
        text[length] = '\0';
        words[1] = text;
        start(text, STACK_SIZE);
        build();
        walk(words, 2, auxv);
    }
}

static void too_many_arguments_are_refused(void **state)
{
    char text[USER_STACK_ARGUMENTS_MAX * 2 + 1] = "";

    (void)state;
    for (size_t i = 0; i < USER_STACK_ARGUMENTS_MAX; i++)
        strcat(text, "x ");
    start(text, STACK_SIZE);
    assert_int_equal(user_stack_build(&stack, &stack_pointer), -E2BIG);
}

/* Strings of every length up to more than the stack: what fits in half of it is taken, what does not is
 * refused, and nothing is written outside (AddressSanitizer). */
static void too_long_arguments_are_refused(void **state)
{
    static char text[PAGE_SIZE + 1];
    const size_t half = PAGE_SIZE / 2;
    bool was_refused = false;

    (void)state;
    for (size_t length = 0; length < PAGE_SIZE; length++) {
        memset(text, 'z', length);
        text[length] = '\0';
        start(text, PAGE_SIZE);
        uint64_t sp = 0x1234;
        int error = user_stack_build(&stack, &sp);
        if (error == 0) {
            assert_false(was_refused);
            assert_in_range(sp, TOP - half, TOP - 1);
            continue;
        }
        assert_int_equal(error, -E2BIG);
        was_refused = true;
        for (size_t i = 0; i < half; i++)
            assert_int_equal(memory[i], 0xcc);
    }
    assert_true(was_refused);
}

/* Many words that would fit as strings, but not with their pointers. */
static void pointers_count_too(void **state)
{
    static char text[PAGE_SIZE];
    bool was_refused = false;

    (void)state;
    for (size_t words = 1; words < USER_STACK_ARGUMENTS_MAX; words++) {
        char *at = text;
        for (size_t i = 0; i < words; i++)
            at += sprintf(at, "%s ", "argument-of-twenty-five-b");
        start(text, PAGE_SIZE);
        int error = user_stack_build(&stack, &stack_pointer);
        assert_true(error == 0 || error == -E2BIG);
        assert_true(error != 0 || !was_refused);
        was_refused |= error != 0;
    }
    assert_true(was_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(arguments_and_vectors_read_back, finish),
        cmocka_unit_test_teardown(the_auxiliary_vector_is_the_abis, finish),
        cmocka_unit_test_teardown(every_number_of_arguments_is_aligned, finish),
        cmocka_unit_test_teardown(too_many_arguments_are_refused, finish),
        cmocka_unit_test_teardown(too_long_arguments_are_refused, finish),
        cmocka_unit_test_teardown(pointers_count_too, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
