/* What mmap refuses, and how. */
#include <sys/mman.h>

#include "program.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static long map(uintptr_t address, size_t size, int flags, int descriptor, long offset)
{
    return syscall(SYS_mmap, address, size, PROT_READ | PROT_WRITE, flags, descriptor, offset);
}

int main(void)
{
    const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

    program_begin();
    expect_error("no bytes", map(0, 0, anonymous, -1, 0), EINVAL);
    expect_error("neither shared nor private", map(0, PAGE, MAP_ANONYMOUS, -1, 0), EINVAL);
    expect_error("odd offset", map(0, PAGE, anonymous, -1, 1), EINVAL);
    expect_error("odd fixed address", map(0x10000001, PAGE, anonymous | MAP_FIXED, -1, 0), EINVAL);
    expect_error("size that wraps", map(0, -1ul, anonymous, -1, 0), ENOMEM);
    expect_error("size beyond a program's memory", map(0, 1ul << 47, anonymous, -1, 0), ENOMEM);
    expect_error("fixed in the kernel", map(0xffff800000000000, PAGE, anonymous | MAP_FIXED, -1, 0), ENOMEM);
    expect_error("fixed across the end", map(0x7ffffffff000, 2 * PAGE, anonymous | MAP_FIXED, -1, 0), ENOMEM);
    expect_error("descriptor -1", map(0, PAGE, MAP_PRIVATE, -1, 0), EBADF);
    expect_error("closed descriptor", map(0, PAGE, MAP_PRIVATE, 77, 0), EBADF);
    long page = map(0, PAGE, anonymous, -1, 0);
    expect_true("a page", page > 0 && page % PAGE == 0);
    expect_error("fixed without replacing", map(page, PAGE, anonymous | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    *(volatile char *)page = 1;
    expect_value("the page is still there", *(volatile char *)page, 1);
    return program_end();
}
