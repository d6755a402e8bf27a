/* What mount() may be told of a tmpfs: each option at its borders, nonsense, and text without an end. */
#include "fs/tmpfs_options.h"

#include <stdlib.h>
#include <string.h>

#include "abi/errno.h"
#include "test.h"

#define MEMORY 1000 /* frames */

static struct tmpfs_options options;

static int parse(const char *text)
{
    options = (struct tmpfs_options){.limits = {11, 12}, .mode = 013, .uid = 14, .gid = 15};
    return tmpfs_options_parse(&options, text, text == NULL ? 0 : strlen(text) + 1, MEMORY);
}

static void expect_unchanged(void)
{
    assert_int_equal(options.limits.frames, 11);
    assert_int_equal(options.limits.nodes, 12);
    assert_int_equal(options.mode, 013);
    assert_int_equal(options.uid, 14);
    assert_int_equal(options.gid, 15);
}

static void nothing_changes_nothing(void **state)
{
    static const char *const texts[] = {NULL, "", ",", ",,,", "huge=always", "noswap", "huge", ",noswap,"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(parse(texts[i]), 0);
        expect_unchanged();
    }
}

static void numbers_have_units(void **state)
{
    static const struct {
        const char *text;
        uint64_t frames;
    } sizes[] = {
        {"size=0", 0},         {"size=4096", 1},        {"size=4097", 2},
        {"size=1", 1},         {"size=4k", 1},          {"size=1M", 256},
        {"size=2g", 2 << 18},  {"size=1t", 1ull << 28}, {"size=50%", MEMORY / 2},
        {"size=100%", MEMORY}, {"nr_blocks=7", 7},      {"nr_blocks=2k", 2048},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_int_equal(parse(sizes[i].text), 0);
        assert_int_equal(options.limits.frames, sizes[i].frames);
        assert_int_equal(options.limits.nodes, 12);
    }
    assert_int_equal(parse("nr_inodes=3k"), 0);
    assert_int_equal(options.limits.nodes, 3072);
    assert_int_equal(options.limits.frames, 11);
}

static void the_root_has_an_owner(void **state)
{
    (void)state;
    assert_int_equal(parse("mode=1777,uid=1000,gid=4294967294"), 0);
    assert_int_equal(options.mode, 01777);
    assert_int_equal(options.uid, 1000);
    assert_int_equal(options.gid, 4294967294u);
    assert_int_equal(options.limits.frames, 11);
    assert_int_equal(parse("uid=1,uid=2,,mode=0"), 0); /* the last one counts */
    assert_int_equal(options.uid, 2);
    assert_int_equal(options.mode, 0);
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "sizes=1",
        "siz=1",
        "size",
        "size=",
        "size=x",
        "size=1x",
        "size=1kk",
        "size=-1",
        "size= 1",
        "=1,unknown",
        "size=18446744073709551616",
        "size=18446744073709551615k",
        "nr_inodes=99999999999t",
        "mode=8",
        "mode=10000",
        "mode=",
        "mode",
        "mode=7x",
        "uid=4294967295",
        "gid=4294967296",
        "uid=-1",
        "uid=1k",
        "unknown",
        "unknown=1",
        "size=1 ,mode=0",
        "Size=1",
        "mode=0;uid=1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(parse(texts[i]), -EINVAL);
}

/* The text may fill its room without a NUL, and nothing behind it is looked at. */
static void text_ends_where_its_room_does(void **state)
{
    const char text[] = {'u', 'i', 'd', '=', '1', '2', '3'};
    char *copy = malloc(sizeof(text));

    (void)state;
    for (size_t size = 0; size <= sizeof(text); size++) {
        memcpy(copy, text, sizeof(text));
        copy = realloc(copy, size == 0 ? 1 : size); /* the sanitizer watches its end */
        options = (struct tmpfs_options){.uid = 14};
        int error = tmpfs_options_parse(&options, copy, size, MEMORY);
        copy = realloc(copy, sizeof(text));
        assert_int_equal(error, size == 0 || size >= 5 ? 0 : -EINVAL);
        assert_int_equal(options.uid, size == 0 ? 14 : size == 5 ? 1 : size == 6 ? 12 : size == 7 ? 123 : 14);
    }
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changes_nothing),       cmocka_unit_test(numbers_have_units),
        cmocka_unit_test(the_root_has_an_owner),         cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(text_ends_where_its_room_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
