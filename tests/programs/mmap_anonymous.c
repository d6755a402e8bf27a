/* Anonymous memory: zeroed, where it was asked for, and apart from other memory. */
#include <sys/mman.h>

#include "program.h"

static unsigned char *map(void *hint, size_t size, int prot, int flags)
{
    return mmap(hint, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

int main(void)
{
    const int rw = PROT_READ | PROT_WRITE;
    unsigned sum = 0;

    program_begin();
    unsigned char *a = map(NULL, 1000 * PAGE, rw, 0), *b = map(NULL, 1, rw, 0);
    expect_true("two maps", a != MAP_FAILED && b != MAP_FAILED);
    expect_true("at pages", ((uintptr_t)a | (uintptr_t)b) % PAGE == 0);
    expect_true("apart", b + PAGE <= a || b >= a + 1000 * PAGE);
    for (size_t i = 0; i < 1000 * PAGE; i += 509)
        sum |= a[i];
    expect_value("zeroed", sum, 0);
    memset(a, 0x77, 1000 * PAGE);
    expect_value("written", a[1000 * PAGE - 1], 0x77);
    expect_value("one byte takes a page", (b[PAGE - 1] = 9), 9);
    unsigned char *hole = a + 500 * PAGE;
    expect_true("fixed, over what is there", map(hole, 2 * PAGE, rw, MAP_FIXED) == hole);
    expect_value("is new", hole[0] | hole[2 * PAGE - 1], 0);
    expect_value("below it nothing changed", hole[-1], 0x77);
    expect_value("above it nothing changed", hole[2 * PAGE], 0x77);
    expect_value("unmapping a part", munmap(hole, PAGE), 0);
    expect_true("a free hint is taken", map(hole, PAGE, rw, 0) == hole);
    expect_true("a hint that is not free is not", map(hole, PAGE, rw, 0) != hole);
    unsigned char *reserved = map(NULL, 512ul << 20, PROT_NONE, MAP_NORESERVE);
    expect_true("512 MiB of PROT_NONE", reserved != MAP_FAILED);
    expect_value("unmapping it", munmap(reserved, 512ul << 20), 0);
    unsigned char *shared = mmap(NULL, PAGE, rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    expect_true("shared", shared != MAP_FAILED);
    expect_value("and zeroed", shared[0], 0);
    return program_end();
}
