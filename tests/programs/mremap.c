/* Growing, shrinking and moving maps. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "program.h"

int main(void)
{
    program_begin();
    char *map = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect_true("eight pages", map != MAP_FAILED);
    memset(map, 'r', 8 * PAGE);
    expect_true("shrinking stays", mremap(map, 8 * PAGE, 4 * PAGE, 0) == map);
    expect_true("growing may stay", mremap(map, 4 * PAGE, 8 * PAGE, 0) == map);
    expect_value("what is new is zero", map[4 * PAGE] | map[8 * PAGE - 1], 0);
    mmap(map + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    munmap(map + 5 * PAGE, 3 * PAGE);
    mprotect(map + 4 * PAGE, PAGE, PROT_READ);
    expect_error("no room, not to be moved", (long)mremap(map, 4 * PAGE, 100 * PAGE, 0), ENOMEM);
    char *moved = mremap(map, 4 * PAGE, 100 * PAGE, MREMAP_MAYMOVE);
    expect_true("moved", moved != MAP_FAILED && moved != map);
    expect_value("with its contents", moved[0] + moved[4 * PAGE - 1], 2 * 'r');
    expect_value("and zeroes behind", moved[4 * PAGE] | moved[100 * PAGE - 1], 0);
    expect_error("the old place is gone", (long)mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    expect_error("odd address", (long)mremap(moved + 1, PAGE, PAGE, 0), EINVAL);
    expect_error("to no bytes", (long)mremap(moved, PAGE, 0, 0), EINVAL);
    expect_error("unknown flag", (long)mremap(moved, PAGE, PAGE, 0x80), EINVAL);
    return program_end();
}
