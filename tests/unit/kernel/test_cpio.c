/* Archives in pieces of every size, and damaged ones. */
#include "fs/cpio.h"

#include "abi/errno.h"
#include "cpio_sample.h"
#include "test.h"

static char seen[4096];
static int sink_error;

static int see_entry(struct cpio_sink *sink, const struct cpio_entry *entry)
{
    (void)sink;
    sprintf(seen + strlen(seen), "[%s %o %u %u %u]", entry->name, entry->mode, entry->ino, entry->nlink,
            entry->size);
    return sink_error;
}

static int see_data(struct cpio_sink *sink, const uint8_t *bytes, size_t size)
{
    (void)sink;
    strncat(seen, (const char *)bytes, size);
    return 0;
}

static int see_entry_end(struct cpio_sink *sink)
{
    (void)sink;
    strcat(seen, ";");
    return 0;
}

static int see_archive_end(struct cpio_sink *sink)
{
    (void)sink;
    strcat(seen, "END ");
    return 0;
}

static struct cpio_sink sink = {see_entry, see_data, see_entry_end, see_archive_end};
static struct cpio cpio;

static int read_pieces(const uint8_t *bytes, size_t size, size_t piece)
{
    int error = 0;

    seen[0] = '\0';
    cpio_init(&cpio, &sink);
    for (size_t at = 0, used; error == 0 && at < size; at += used)
        error = cpio_read(&cpio, bytes + at, size - at < piece ? size - at : piece, &used);
    return error;
}

static void make_two(struct sample *sample)
{
    sample->size = 0;
    sample_add(sample, "a", S_IFREG | 0644, 10, 1, "hello");
    sample_add(sample, "dir", S_IFDIR | 0755, 11, 2, "");
    sample_end(sample);
    sample->bytes[sample->size++] = 0; /* odd numbers of zeros, too */
    memset(sample->bytes + sample->size, 0, 512);
    sample->size += 512;
    size_t start = sample->size;
    struct sample second = {.size = 0};
    sample_add(&second, "link", S_IFLNK | 0777, 0xabc, 1, "a");
    sample_end(&second);
    memcpy(sample->bytes + start, second.bytes, second.size);
    sample->size += second.size;
}

static void pieces_make_no_difference(void **state)
{
    static struct sample sample;

    (void)state;
    make_two(&sample);
    for (size_t piece = 1; piece <= sample.size; piece++) {
        assert_int_equal(read_pieces(sample.bytes, sample.size, piece), 0);
        assert_string_equal(seen,
                            "[a 100644 10 1 5]hello;[dir 40755 11 2 0];END [link 120777 2748 1 1]a;END ");
        assert_true(cpio_is_complete(&cpio));
    }
}

static void an_archive_cut_short_is_not_complete(void **state)
{
    struct sample sample = {.size = 0};

    (void)state;
    sample_add(&sample, "a", S_IFREG | 0644, 10, 1, "hello");
    sample_end(&sample);
    for (size_t size = 1; size < sample.size; size++) {
        assert_int_equal(read_pieces(sample.bytes, size, size), 0);
        assert_false(cpio_is_complete(&cpio));
    }
}

static void what_is_no_archive_is_refused(void **state)
{
    static const struct {
        size_t at;
        const char *text;
    } cases[] = {
        {0, "070707"},
        {0, "x"},
        {6, "0000000g"},
        {94, "00000000"},
        {94, "00000001"},
        {94, "00001001"},
        {94, "ffffffff"},
        {94, "00000009"} /* behind the name's end */,
        {110, "\0"} /* in the middle of it */,
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample sample = {.size = 0};
        sample_add(&sample, "abc", S_IFREG | 0644, 10, 1, "hello");
        sample_end(&sample);
        size_t length = strlen(cases[i].text);
        memcpy(sample.bytes + cases[i].at, cases[i].text, length == 0 ? 1 : length);
        assert_int_equal(read_pieces(sample.bytes, sample.size, sample.size), -EINVAL);
    }
}

static void check_sums_are_compared(void **state)
{
    struct sample sample = {.size = 0};

    (void)state;
    sample_add(&sample, "abc", S_IFREG | 0644, 10, 1, "hello");
    sample_end(&sample);
    memcpy(sample.bytes, "070702", 6);
    assert_int_equal(read_pieces(sample.bytes, sample.size, 3), -EINVAL);
    memcpy(sample.bytes + 102, "00000214", 8); /* h + e + l + l + o */
    assert_int_equal(read_pieces(sample.bytes, sample.size, 3), 0);
}

static void the_sinks_error_comes_back(void **state)
{
    struct sample sample = {.size = 0};

    (void)state;
    sample_add(&sample, "abc", S_IFREG | 0644, 10, 1, "hello");
    sink_error = -ENOSPC;
    assert_int_equal(read_pieces(sample.bytes, sample.size, sample.size), -ENOSPC);
    sink_error = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(an_archive_cut_short_is_not_complete),
        cmocka_unit_test(what_is_no_archive_is_refused),
        cmocka_unit_test(check_sums_are_compared),
        cmocka_unit_test(the_sinks_error_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
