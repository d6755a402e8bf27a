/* Scripts' first lines. What is expected was measured on Linux: execve() of a file with these bytes. */
#include "exec/script.h"

#include <stdlib.h>

#include "abi/errno.h"
#include "test.h"

static struct script script;

/* Parse from memory that ends where the bytes end. */
static int parse(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1); /* never of size 0 */

    memcpy(copy + 1, bytes, size);
    int error = script_parse(copy + 1, size, &script);
    free(copy);
    return error;
}

static void lines_are_read_as_linux_reads_them(void **state)
{
#define LINE(text) text, sizeof(text) - 1
    static const struct {
        const char *line;
        size_t size;
        int error;
        const char *interpreter, *argument; /* NULL: none */
    } cases[] = {
        {LINE("#!/bin/sh\n"), 0, "/bin/sh", NULL},
        {LINE("#!/bin/sh\nexit 0\n"), 0, "/bin/sh", NULL},
        {LINE("#!  \t/bin/sh \t \n"), 0, "/bin/sh", NULL},
        {LINE("#!/bin/sh -e\n"), 0, "/bin/sh", "-e"},
        {LINE("#!/bin/sh\t-e\n"), 0, "/bin/sh", "-e"},
        {LINE("#!/usr/bin/env  a \t b  \n"), 0, "/usr/bin/env", "a \t b"},
        {LINE("#!/bin/sh\r\n"), 0, "/bin/sh\r", NULL},
        {LINE("#!sh\n"), 0, "sh", NULL},
        {LINE("#!/bin/sh"), 0, "/bin/sh", NULL},
        {LINE("#!/bin/sh -x"), 0, "/bin/sh", "-x"},
        {LINE("#!/bin/sh -x  "), 0, "/bin/sh", "-x  "},
        {LINE("#!/bin/sh  "), 0, "/bin/sh", ""},
        {LINE("#!/bin/sh\0 -x\n"), 0, "/bin/sh", NULL},
        {LINE("#!/bin/sh -x\0y\n"), 0, "/bin/sh", "-x"},
        {LINE("#!\n"), -ENOEXEC, NULL, NULL},
        {LINE("#!  \t\n/bin/sh\n"), -ENOEXEC, NULL, NULL},
        {LINE("#!"), -EACCES, NULL, NULL},
        {LINE("#! "), -EACCES, NULL, NULL},
        {LINE("#!\0/bin/sh\n"), -EACCES, NULL, NULL},
        {LINE(" #!/bin/sh\n"), -ENOEXEC, NULL, NULL},
        {LINE("#"), -ENOEXEC, NULL, NULL},
        {LINE("!#/bin/sh\n"), -ENOEXEC, NULL, NULL},
        {LINE(""), -ENOEXEC, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int error = parse(cases[i].line, cases[i].size);
        if (error != cases[i].error)
            fail_msg("\"%s\" gives %d", cases[i].line, error);
        if (error != 0)
            continue;
        assert_string_equal(script.interpreter, cases[i].interpreter);
        assert_int_equal(script.has_argument, cases[i].argument != NULL);
        assert_string_equal(script.argument, cases[i].argument == NULL ? "" : cases[i].argument);
    }
}

/* An interpreter's name of every length around the line's limit, with and without what may follow it. */
static void long_names_are_never_cut(void **state)
{
    static const struct {
        const char *tail;
        size_t longest; /* name that is taken */
    } cases[] = {{"\n", 253}, {" ", 253}, {"\t-x\n", 253}, {"y\n", 252}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t length = 245; length < 270; length++) {
            char line[300] = "#!";
            memset(line + 2, 'n', length);
            strcpy(line + 2 + length, cases[i].tail);
            strcat(line, "rest of the file");
            int error = parse(line, SCRIPT_LINE_SIZE);
            if (length > cases[i].longest) {
                assert_int_equal(error, -ENOEXEC);
                continue;
            }
            assert_int_equal(error, 0);
            assert_int_equal(strlen(script.interpreter), length + (i == 3));
        }
    }
}

static void long_arguments_lose_their_end(void **state)
{
    char line[SCRIPT_LINE_SIZE + 1];

    (void)state;
    memset(line, 'a', sizeof(line));
    memcpy(line, "#!/x ", 5);
    assert_int_equal(parse(line, SCRIPT_LINE_SIZE), 0);
    assert_string_equal(script.interpreter, "/x");
    assert_int_equal(strlen(script.argument), SCRIPT_LINE_SIZE - 1 - 5);
    line[SCRIPT_LINE_SIZE - 1] = '\n';
    assert_int_equal(parse(line, SCRIPT_LINE_SIZE), 0);
    assert_int_equal(strlen(script.argument), SCRIPT_LINE_SIZE - 1 - 5);
    assert_int_equal(parse(line, sizeof(line)), 0); /* what is behind is not looked at */
    assert_int_equal(strlen(script.argument), SCRIPT_LINE_SIZE - 1 - 5);
    memset(line + 2, ' ', sizeof(line) - 2);
    assert_int_equal(parse(line, SCRIPT_LINE_SIZE), -ENOEXEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_as_linux_reads_them),
        cmocka_unit_test(long_names_are_never_cut),
        cmocka_unit_test(long_arguments_lose_their_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
