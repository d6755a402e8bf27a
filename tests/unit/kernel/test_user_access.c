/* Which user ranges reach the copy routine, and what comes of its faults. */
#include "mm/user_access.h"

#include "abi/errno.h"
#include "arch/x86_64/user_copy.h"
#include "boot_info.h"
#include "test.h"

static unsigned copies;
static size_t left; /* what the copy routine says it could not copy */

size_t user_copy(void *destination, const void *source, size_t size)
{
    (void)destination;
    (void)source;
    assert_true(size >= left);
    copies++;
    return left;
}

static const struct {
    uint64_t start;
    size_t size;
    bool is_valid;
} ranges[] = {
    {0x1000, 1, true},
    {0, 1, true}, /* not mapped: the copy faults */
    {0, USER_END, true},
    {USER_END - 1, 1, true},
    {USER_END, 0, true},
    {USER_END, 1, false},
    {USER_END - 1, 2, false},
    {1, USER_END, false},
    {0, USER_END + 1, false},
    {0x1000, SIZE_MAX, false},
    {0x1000, SIZE_MAX - 0xfff, false},
    {UINT64_MAX, 1, false},
    {UINT64_MAX, 2, false},
    {UINT64_MAX, SIZE_MAX, false},
    {0x800000000000, 1, false},
    {DIRECT_MAP_BASE, 1, false},
    {KERNEL_IMAGE_WINDOW, 0x1000, false},
};

static void only_the_user_half_is_touched(void **state)
{
    char byte;

    (void)state;
    left = 0;
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        user_ptr_t start = {ranges[i].start};
        size_t copied = 1234, expected = ranges[i].is_valid ? ranges[i].size : 0;
        int error = ranges[i].is_valid ? 0 : -EFAULT;

        copies = 0;
        assert_int_equal(user_copy_in(&byte, start, ranges[i].size, &copied), error);
        assert_int_equal(copied, expected);
        assert_int_equal(user_copy_in(&byte, start, ranges[i].size, NULL), error);
        assert_int_equal(user_copy_out(start, &byte, ranges[i].size), error);
        assert_int_equal(copies, ranges[i].is_valid ? 3 : 0);
    }
}

static void a_fault_is_an_error_and_tells_how_far_it_came(void **state)
{
    char bytes[16];
    size_t copied;

    (void)state;
    for (left = 1; left <= sizeof(bytes); left++) {
        assert_int_equal(user_copy_in(bytes, (user_ptr_t){0x1000}, sizeof(bytes), &copied), -EFAULT);
        assert_int_equal(copied, sizeof(bytes) - left);
        assert_int_equal(user_copy_out((user_ptr_t){0x1000}, bytes, sizeof(bytes)), -EFAULT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_user_half_is_touched),
        cmocka_unit_test(a_fault_is_an_error_and_tells_how_far_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
