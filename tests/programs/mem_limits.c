/* RLIMIT_AS and RLIMIT_DATA: what is refused, and what is not. */
#define _GNU_SOURCE
#include "program.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define MIB (1 << 20)

static long map(size_t size, int protection, int flags)
{
    return (long)mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, some = {64 * MIB, RLIM_INFINITY};
    struct rlimit data = {16 * MIB, RLIM_INFINITY};

    program_begin();
    char *old = (char *)map(8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    expect_value("RLIMIT_AS", setrlimit(RLIMIT_AS, &some), 0);
    expect_true("below it", map(16 * MIB, PROT_READ, MAP_PRIVATE) != -1);
    expect_error("beyond it", map(64 * MIB, PROT_NONE, MAP_PRIVATE), ENOMEM);
    expect_error("shared, beyond it", map(64 * MIB, PROT_READ, MAP_SHARED), ENOMEM);
    expect_error("mremap, beyond it", (long)mremap(old, 8 * MIB, 64 * MIB, MREMAP_MAYMOVE), ENOMEM);
    expect_value("in the place of the old",
                 (long)mmap(old, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                            0) == (long)old,
                 1);
    char *brk_now = sbrk(0);
    expect_true("brk, beyond it", sbrk(64 * MIB) == (void *)-1 && sbrk(0) == brk_now);
    expect_value("no limit", setrlimit(RLIMIT_AS, &all), 0);
    expect_value("RLIMIT_DATA", setrlimit(RLIMIT_DATA, &data), 0);
    expect_error("data, beyond it", map(16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE), ENOMEM);
    char *read_only = (char *)map(16 * MIB, PROT_READ, MAP_PRIVATE);
    expect_true("no data", read_only != MAP_FAILED);
    expect_true("shared is no data", map(16 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED) != -1);
    expect_error("data by mprotect", mprotect(read_only, 16 * MIB, PROT_READ | PROT_WRITE), ENOMEM);
    expect_value("a little of it", mprotect(read_only, MIB, PROT_READ | PROT_WRITE), 0);
    return program_end();
}
