/* boot.cfg: what each key means, and that each mistake is named with its line. */
#include <string.h>

#include "test.h"

#include "abi/errno.h"
#include "bootloader/config.h"

static struct boot_config config;
static struct error error;

static int parse(const char *text)
{
    /* A copy of exact size, so that AddressSanitizer sees a read beyond it. */
    size_t size = strlen(text);
    char *copy = test_malloc(size + 1);
    memcpy(copy, text, size);
    int result = config_parse(copy, size, &config, &error);
    test_free(copy);
    return result;
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse(""), 0);
    assert_string_equal(config.kernel, "\\EFI\\lintel\\kernel.bin");
    assert_string_equal(config.utask, "\\EFI\\lintel\\utask.bin");
    assert_string_equal(config.initrd, "");
    assert_string_equal(config.command_line, "");
    assert_int_equal(config.screen, CONFIG_SCREEN_KEEP);
    assert_int_equal(config.timeout_seconds, 30);
    assert_false(config.wait_for_debugger);
}

static void test_every_key(void **state)
{
    (void)state;
    assert_int_equal(parse("# a comment = with an equals sign\r\n"
                           "\r\n"
                           "  kernel = EFI/a/k.bin \t\r\n"
                           "utask=\\u.bin\n"
                           "initrd=/EFI/initrd with spaces.cpio\n"
                           "cmdline= debug kaslr=off  init=/bin/a=b # not a comment \n"
                           "screen=1920x1080\n"
                           "\ttimeout = 0\n"
                           "debugger=wait"),
                     0);
    assert_string_equal(config.kernel, "\\EFI\\a\\k.bin");
    assert_string_equal(config.utask, "\\u.bin");
    assert_string_equal(config.initrd, "\\EFI\\initrd with spaces.cpio");
    assert_string_equal(config.command_line, "debug kaslr=off  init=/bin/a=b # not a comment");
    assert_int_equal(config.screen, CONFIG_SCREEN_SIZE);
    assert_int_equal(config.screen_width, 1920);
    assert_int_equal(config.screen_height, 1080);
    assert_int_equal(config.timeout_seconds, 0);
    assert_true(config.wait_for_debugger);
}

static void test_accepted(void **state)
{
    static const char *const texts[] = {
        "\n\n\n",       "#",
        "#\n#\n",       " # indented\n",
        "cmdline=\n",   "timeout=3600",
        "screen=max\n", "screen=keep\r\n",
        "screen=1x1",   "screen=16384x16384",
        "timeout=5\r",  "timeout=0030",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (parse(texts[i]) != 0)
            fail_msg("\"%s\": %s", texts[i], error.reason);
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *reason;
    } mistakes[] = {
        {"kernel\n", "line 1: no '=' in \"kernel\""},
        {"\n\n  garbage here", "line 3: no '=' in \"garbage here\""},
        {"kernel=a\ncolour=blue\n", "line 2: unknown key \"colour\""},
        {"=value\n", "line 1: unknown key \"\""},
        {"Kernel=a\n", "line 1: unknown key \"Kernel\""},
        {"kern=a\n", "line 1: unknown key \"kern\""},
        {"timeout=1\r\n#\r\ntimeout=1\r\n", "line 3: timeout is given twice"},
        {"cmdline=\ncmdline=\n", "line 2: cmdline is given twice"},
        {"kernel=\n", "line 1: kernel needs a path"},
        {"utask= \t\r\n", "line 1: utask needs a path"},
        {"initrd=\n", "line 1: initrd needs a path"},
        {"timeout=\n", "line 1: timeout is \"\""},
        {"timeout=3601\n", "line 1: timeout is \"3601\""},
        {"timeout=-1\n", "line 1: timeout is \"-1\""},
        {"timeout=5s\n", "line 1: timeout is \"5s\""},
        {"timeout=99999999999999999999999\n", "line 1: timeout is \"99999999999999999999999\""},
        {"screen=\n", "line 1: screen is \"\""},
        {"screen=big\n", "line 1: screen is \"big\""},
        {"screen=1280\n", "line 1: screen is \"1280\""},
        {"screen=1280x\n", "line 1: screen is \"1280x\""},
        {"screen=x800\n", "line 1: screen is \"x800\""},
        {"screen=0x800\n", "line 1: screen is \"0x800\""},
        {"screen=800x0\n", "line 1: screen is \"800x0\""},
        {"screen=1280x800x32\n", "line 1: screen is \"1280x800x32\""},
        {"screen=16385x800\n", "line 1: screen is \"16385x800\""},
        {"screen=1280X800\n", "line 1: screen is \"1280X800\""},
        {"debugger=yes\n", "line 1: debugger is \"yes\""},
        {"cmdline=a\rb\n", "line 1: a carriage return that ends no line, at byte 9"},
        {"cmdline=a\n\x1b[31m\n", "line 2: byte 0x1b is not an ASCII character, at byte 10"},
        {"cmdline=\xc3\xa4\n", "line 1: byte 0xc3 is not an ASCII character, at byte 8"},
        {"\n\x7f\n", "line 2: byte 0x7f is not an ASCII character, at byte 1"},
        {"\xef\xbb\xbfkernel=a\n", "line 1: the file is encoded as UTF-8 (with a byte-order mark)"},
        {"\xff\xfekernel=a\n", "line 1: the file is encoded as UTF-16"},
        {"\xfe\xffkernel=a\n", "line 1: the file is encoded as UTF-16 (big-endian)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        if (parse(mistakes[i].text) != -EINVAL)
            fail_msg("\"%s\" was accepted", mistakes[i].text);
        assert_string_equal(error.subject, CONFIG_PATH);
        assert_contains(error.reason, mistakes[i].reason);
        assert_string_equal(config.kernel, "\\EFI\\lintel\\kernel.bin"); /* the defaults */
    }
}

static void test_nul_byte(void **state)
{
    (void)state;
    assert_int_equal(config_parse("cmdline=a\0b\n", 12, &config, &error), -EINVAL);
    assert_contains(error.reason, "line 1: a NUL byte, at byte 9");
}

/* The longest values that are allowed, and one more. */
static void test_lengths(void **state)
{
    static const struct {
        const char *key;
        size_t length_max;
    } keys[] = {{"kernel", 255}, {"utask", 255}, {"initrd", 255}, {"cmdline", 2047}};
    static char text[4096];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        for (size_t extra = 0; extra < 2; extra++) {
            size_t start = strlen(keys[i].key) + 1, length = keys[i].length_max + extra;
            strcpy(text, keys[i].key);
            strcat(text, "=");
            memset(text + start, '/', 1);
            memset(text + start + 1, 'x', length - 1);
            text[start + length] = '\0';
            assert_int_equal(parse(text), extra == 0 ? 0 : -EINVAL);
        }
    }
    assert_contains(error.reason, "cmdline is 2048 characters long; at most 2047 are allowed");
    /* A path that is made absolute grows by one. */
    strcpy(text, "kernel=");
    memset(text + 7, 'x', 255);
    text[7 + 255] = '\0';
    assert_int_equal(parse(text), -EINVAL);
    assert_contains(error.reason, "a path of 256 characters");
}

static void test_size(void **state)
{
    char *text = test_malloc(CONFIG_SIZE_MAX);

    (void)state;
    memset(text, '\n', CONFIG_SIZE_MAX);
    assert_int_equal(config_parse(text, CONFIG_SIZE_MAX, &config, &error), 0);
    test_free(text);
    assert_int_equal(config_parse(NULL, CONFIG_SIZE_MAX + 1, &config, &error), -E2BIG);
    assert_contains(error.reason, "65537 bytes long; at most 65536");
}

static void test_timeout_before_mistake(void **state)
{
    (void)state;
    assert_int_equal(parse("timeout=2\nbad\n"), -EINVAL);
    assert_int_equal(config.timeout_seconds, 2);
    assert_int_equal(parse("bad\ntimeout=2\n"), -EINVAL);
    assert_int_equal(config.timeout_seconds, 30);
}

static void test_command_line_words(void **state)
{
    static const struct {
        const char *command_line;
        bool has_word;
    } cases[] = {
        {"kaslr=off", true},   {"a kaslr=off b", true}, {"a\tkaslr=off", true}, {"  kaslr=off  ", true},
        {"kaslr=offx", false}, {"xkaslr=off", false},   {"kaslr=on", false},    {"", false},
        {"kaslr=of", false},
    };

    (void)state;
    config_init(&config);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        strcpy(config.command_line, cases[i].command_line);
        assert_int_equal(config_command_line_has(&config, "kaslr=off"), cases[i].has_word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_timeout_before_mistake),
        cmocka_unit_test(test_command_line_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
