/* The block of a new program's strings: taken from memory that may have holes, grown, changed for scripts. */
#include <stdlib.h>

#include "abi/errno.h"
#include "arch/x86_64/user_copy.h"
#include "exec/argument_block.h"
#include "fake_memory.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"
#include "test.h"

static struct argument_block block;
static uint64_t free_before;
static uint64_t hole; /* the program's memory ends here */

/* The kernel reads ahead in the program's memory, as it may: not what a sanitizer of the host expects. */
__attribute__((no_sanitize("address"))) size_t user_copy(void *destination, const void *source, size_t size)
{
    uint64_t from = (uint64_t)source;
    size_t copied = from >= hole ? 0 : from + size > hole ? hole - from : size;

    for (volatile size_t i = 0; i < copied; i++)
        ((char *)destination)[i] = ((const char *)source)[i];
    return size - copied;
}

static int start(void **state)
{
    paddr_t frame;

    (void)state;
    alloc_failure_set(UINT64_MAX);
    fake_memory_start(64 * MIB);
    assert_int_equal(frames_alloc(0, &frame), 0);
    frames_free(frame, 0);
    free_before = frames_get_stats().free;
    hole = UINT64_MAX;
    block = (struct argument_block){0};
    return 0;
}

static int finish(void **state)
{
    (void)state;
    alloc_failure_set(UINT64_MAX);
    argument_block_free(&block);
    assert_int_equal(frames_get_stats().free, free_before);
    return 0;
}

static user_ptr_t user(const void *pointer)
{
    return (user_ptr_t){(uint64_t)pointer};
}

static void vectors_are_copied(void **state)
{
    const char *arguments[] = {"one", "", "three", NULL}, *environment[] = {"A=1", NULL};

    (void)state;
    assert_int_equal(argument_block_copy_arguments(&block, user(arguments)), 0);
    assert_int_equal(argument_block_copy_environment(&block, user(environment)), 0);
    assert_int_equal(argument_block_copy_environment(&block, user(NULL)), 0);
    assert_int_equal(block.argument_count, 3);
    assert_int_equal(block.environment_count, 1);
    assert_int_equal(block.size_bytes, 15);
    assert_memory_equal(block.bytes, "one\0\0three\0A=1", 15);
}

/* Strings of every length around the pieces, and more of them than one page holds. */
static void it_grows(void **state)
{
    static char text[70000];
    const char *arguments[100];
    size_t size = 0;

    (void)state;
    memset(text, 't', sizeof(text) - 1);
    for (size_t i = 0; i < COUNT_OF(arguments) - 1; i++) {
        size_t length = i < 90 ? i + 20 : (i - 89) * 6999;
        arguments[i] = text + sizeof(text) - 1 - length;
        size += length + 1;
    }
    arguments[COUNT_OF(arguments) - 1] = NULL;
    assert_int_equal(argument_block_copy_arguments(&block, user(arguments)), 0);
    assert_int_equal(block.argument_count, COUNT_OF(arguments) - 1);
    assert_int_equal(block.size_bytes, size);
    const char *at = block.bytes;
    for (size_t i = 0; i < block.argument_count; i++) {
        assert_string_equal(at, arguments[i]);
        at += strlen(at) + 1;
    }
}

static void limits_hold(void **state)
{
    char *text = malloc(USER_STACK_STRING_MAX + 1);
    const char *many[40];

    (void)state;
    memset(text, 't', USER_STACK_STRING_MAX);
    text[USER_STACK_STRING_MAX] = '\0';
    many[0] = text;
    many[1] = NULL;
    assert_int_equal(argument_block_copy_arguments(&block, user(many)), -E2BIG);
    argument_block_free(&block);
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = text + 1;
    many[COUNT_OF(many) - 1] = NULL;
    assert_int_equal(argument_block_copy_arguments(&block, user(many)), -E2BIG);
    argument_block_free(&block);
    many[20] = NULL;
    assert_int_equal(argument_block_copy_arguments(&block, user(many)), 0);
    free(text);
}

/* The program's memory ends at each byte of vector and strings in turn. */
static void holes_are_found(void **state)
{
    struct {
        const char *vector[20];
        char text[19][3];
    } memory;

    (void)state;
    for (size_t i = 0; i < 19; i++) {
        memcpy(memory.text[i], "ab", 3);
        memory.vector[i] = memory.text[i];
    }
    memory.vector[19] = NULL;
    for (size_t size = 0; size <= sizeof(memory.vector) + sizeof(memory.text); size++) {
        hole = (uint64_t)&memory + size;
        bool is_whole = size >= sizeof(memory.vector) + sizeof(memory.text);
        assert_int_equal(argument_block_copy_arguments(&block, user(&memory)), is_whole ? 0 : -EFAULT);
        argument_block_free(&block);
    }
    hole = UINT64_MAX;
    assert_int_equal(argument_block_copy_arguments(&block, (user_ptr_t){USER_END - 8}), -EFAULT);
    assert_int_equal(argument_block_copy_arguments(&block, (user_ptr_t){UINT64_MAX - 7}), -EFAULT);
}

static void the_first_is_replaced(void **state)
{
    static char name[5000];
    const char *const words[] = {"/bin/sh", "-e", name};

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    assert_int_equal(argument_block_add_argument(&block, "zero", 5), 0);
    assert_int_equal(argument_block_add_argument(&block, "one", 4), 0);
    assert_int_equal(argument_block_add_variable(&block, "A=1", 4), 0);
    assert_int_equal(argument_block_replace_first(&block, words, 2), 0);
    assert_int_equal(block.size_bytes, 19);
    assert_memory_equal(block.bytes, "/bin/sh\0-e\0one\0A=1", 19);
    assert_int_equal(block.argument_count, 3);
    assert_int_equal(argument_block_replace_first(&block, words + 2, 1), 0);
    assert_string_equal(block.bytes, name);
    assert_memory_equal(block.bytes + sizeof(name), "-e\0one\0A=1", 11);
    assert_int_equal(block.argument_count, 3);
    assert_int_equal(argument_block_replace_first(&block, words, 1), 0);
    assert_memory_equal(block.bytes, "/bin/sh\0-e\0one\0A=1", 19);
}

static void without_memory_nothing_changes(void **state)
{
    static char text[6000];
    const char *const words[] = {text};

    (void)state;
    memset(text, 't', sizeof(text) - 1);
    alloc_failure_set(0);
    assert_int_equal(argument_block_add_argument(&block, "a", 2), -ENOMEM);
    alloc_failure_set(UINT64_MAX);
    assert_int_equal(argument_block_add_argument(&block, "a", 2), 0);
    alloc_failure_set(0);
    assert_int_equal(argument_block_replace_first(&block, words, 1), -ENOMEM);
    assert_int_equal(block.argument_count, 1);
    assert_memory_equal(block.bytes, "a", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(vectors_are_copied, start, finish),
        cmocka_unit_test_setup_teardown(it_grows, start, finish),
        cmocka_unit_test_setup_teardown(limits_hold, start, finish),
        cmocka_unit_test_setup_teardown(holes_are_found, start, finish),
        cmocka_unit_test_setup_teardown(the_first_is_replaced, start, finish),
        cmocka_unit_test_setup_teardown(without_memory_nothing_changes, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
