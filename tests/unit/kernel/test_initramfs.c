/* Archives become files. */
#include "fs/initramfs.h"

#include "abi/errno.h"
#include "cpio_sample.h"
#include "fake_fs.h"
#include "fs/file.h"
#include "host_gzip.h"
#include "mm/alloc_failure.h"
#include "test.h"

static struct sample sample;
static struct initramfs_report report;

static int set_up(void **state)
{
    (void)state;
    fake_fs_begin();
    sample.size = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"dir/a", "dir/b", "dir/c", "link", "null", "again", "f"};
    for (size_t i = 0; i < COUNT_OF(files); i++)
        (void)path_unlink(&fake_root, files[i]);
    (void)path_rmdir(&fake_root, "dir");
    fake_fs_end();
    return 0;
}

static struct node_attributes attributes_of(const char *name)
{
    struct path path;

    assert_int_equal(path_lookup(&fake_root, name, PATH_NO_FOLLOW, &path), 0);
    struct node_attributes attributes = node_get_attributes(path.node);
    path_unref(&path);
    return attributes;
}

static void assert_contents(const char *name, const char *expected)
{
    char bytes[100];
    struct file *file;
    struct io io = io_kernel(bytes, sizeof(bytes));

    assert_int_equal(file_open(&fake_root, name, O_RDONLY, 0, &file), 0);
    assert_int_equal(file_read(file, &io), strlen(expected));
    assert_memory_equal(bytes, expected, strlen(expected));
    file_unref(file);
}

static void make_sample(void)
{
    sample_add(&sample, ".", S_IFDIR | 0751, 1, 2, "");
    sample_add(&sample, "dir", S_IFDIR | 02755, 2, 2, "");
    sample_add(&sample, "dir/a", S_IFREG | 04755, 3, 3, "");
    sample_add(&sample, "./dir/b", S_IFREG | 04755, 3, 3, "");
    sample_add(&sample, "/dir/c", S_IFREG | 04755, 3, 3, "three names");
    sample_add(&sample, "link", S_IFLNK | 0777, 4, 1, "dir/a");
    sample_add(&sample, "null", S_IFCHR | 0666, 5, 1, "");
    sample_end(&sample);
}

static void assert_sample_is_there(void)
{
    struct node_attributes a = attributes_of("dir/a"), null = attributes_of("null");

    assert_int_equal(a.mode, S_IFREG | 04755);
    assert_int_equal(a.uid, 5);
    assert_int_equal(a.gid, 6);
    assert_int_equal(a.nlink, 3);
    assert_int_equal(a.mtime_ns, 1000ull * 1000000000);
    assert_int_equal(attributes_of("dir/b").ino, a.ino);
    assert_contents("dir/c", "three names");
    assert_contents("link", "three names");
    assert_int_equal(null.mode, S_IFCHR | 0666);
    assert_int_equal(null.rdev, 0x103);
    assert_int_equal(attributes_of("/").mode, S_IFDIR | 0751);
    assert_int_equal(attributes_of("dir").mode, S_IFDIR | 02755);
}

static int unpack(const uint8_t *bytes, size_t size)
{
    return initramfs_unpack(&fake_root, bytes, size, &report);
}

static void files_have_all_their_attributes(void **state)
{
    (void)state;
    make_sample();
    assert_int_equal(unpack(sample.bytes, sample.size), 0);
    assert_int_equal(report.entries, 7);
    assert_int_equal(report.bytes, 11);
    assert_int_equal(report.skipped, 0);
    assert_sample_is_there();
}

static void compressed_and_plain_archives_follow_each_other(void **state)
{
    static uint8_t image[200000];
    struct sample second = {.size = 0};

    (void)state;
    make_sample();
    sample_add(&second, "f", S_IFREG | 0600, 3, 2, "new");
    sample_add(&second, "dir/a", S_IFREG | 0600, 9, 1, "other");
    sample_end(&second);
    size_t size = host_gzip(sample.bytes, sample.size, 9, image + 8, sizeof(image) - 100000);
    if (size == 0)
        skip();
    size = (size + 8 + 511) & ~511ull;
    memcpy(image + size, second.bytes, second.size);
    assert_int_equal(unpack(image, size + second.size), 0);
    assert_contents("f", "new"); /* the same number, another archive */
    assert_contents("dir/a", "other");
    assert_contents("dir/b", "three names");
    assert_int_equal(attributes_of("f").nlink, 1);
}

static void what_cannot_be_made_is_skipped(void **state)
{
    (void)state;
    sample_add(&sample, "nowhere/x", S_IFREG | 0600, 1, 1, "lost");
    sample_add(&sample, "f", S_IFREG | 0600, 2, 1, "kept");
    sample_end(&sample);
    assert_int_equal(unpack(sample.bytes, sample.size), 0);
    assert_int_equal(report.skipped, 1);
    assert_int_equal(report.first_error, -ENOENT);
    assert_string_equal(report.first_skipped, "nowhere/x");
    assert_contents("f", "kept");
}

static void damage_is_an_error(void **state)
{
    (void)state;
    sample_add(&sample, "f", S_IFREG | 0600, 2, 1, "kept");
    size_t whole = sample.size;
    assert_int_equal(unpack(sample.bytes, whole), -EINVAL);
    assert_int_equal(unpack((const uint8_t *)"\x1f\x8bxxxx", 6), -EIO);
    assert_int_equal(unpack((const uint8_t *)"garbage", 7), -EINVAL);
    assert_int_equal(unpack((const uint8_t *)"\0\0\0", 3), 0);
}

static void each_allocation_may_fail(void **state)
{
    uint64_t successes = 0;
    int error;

    (void)state;
    make_sample();
    do {
        alloc_failure_set(successes++);
        error = unpack(sample.bytes, sample.size);
        assert_true(error == 0 || error == -ENOMEM);
        assert_true(successes < 1000);
    } while (alloc_failure_has_happened());
    assert_int_equal(error, 0);
    assert_true(successes > 10);
    alloc_failure_set(UINT64_MAX);
    assert_sample_is_there();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_have_all_their_attributes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compressed_and_plain_archives_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_made_is_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
