/* mlock() and its kind, mincore(), msync(): what they answer. */
#define _GNU_SOURCE
#include "program.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char *map;

static void locks(void)
{
    expect_value("mlock", mlock(map, PAGE), 0);
    expect_value("in the middle of a page", mlock(map + 100, 10), 0);
    expect_value("nothing", mlock(map, 0), 0);
    expect_error("a hole", mlock(map + 2 * PAGE, 2 * PAGE), ENOMEM);
    expect_error("without an end", mlock(map, -PAGE), EINVAL);
    expect_error("DONTNEED of what is locked", madvise(map, PAGE, MADV_DONTNEED), EINVAL);
    expect_value("munlock", munlock(map, PAGE), 0);
    expect_value("DONTNEED", madvise(map, PAGE, MADV_DONTNEED), 0);
    expect_error("munlock of a hole", munlock(map + 2 * PAGE, 2 * PAGE), ENOMEM);
    expect_error("mlock2 flags", syscall(SYS_mlock2, map, PAGE, 2), EINVAL);
    expect_value("mlock2", syscall(SYS_mlock2, map, PAGE, 1), 0);
    expect_error("mlockall(0)", mlockall(0), EINVAL);
    expect_error("mlockall(ONFAULT)", mlockall(4), EINVAL);
    expect_error("mlockall(unknown)", mlockall(8), EINVAL);
    expect_value("mlockall", mlockall(MCL_FUTURE), 0);
    expect_value("munlockall", munlockall(), 0);
}

/* Who is not root has a limit. */
static void limits(void)
{
    struct rlimit two_pages = {2 * PAGE, 2 * PAGE}, none = {0, 0};

    setrlimit(RLIMIT_MEMLOCK, &two_pages);
    if (setresuid(1000, 1000, 1000) != 0)
        printf("cannot be user 1000\n");
    expect_value("two pages", mlock(map, 2 * PAGE), 0);
    expect_error("three", mlock(map, 3 * PAGE), ENOMEM);
    expect_value("the same two", mlock(map, 2 * PAGE), 0);
    expect_error("MAP_LOCKED",
                 (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0), EAGAIN);
    expect_value("munlock", munlock(map, 2 * PAGE), 0);
    char *locked = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    expect_true("MAP_LOCKED", locked != MAP_FAILED);
    setrlimit(RLIMIT_MEMLOCK, &none);
    expect_error("none", mlock(map, PAGE), EPERM);
    expect_error("none at all", mlockall(MCL_CURRENT), EPERM);
}

static void residents(void)
{
    unsigned char present[4] = {9, 9, 9, 9};
    char *fresh = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    fresh[PAGE] = 1;
    expect_value("mincore", mincore(fresh, 3 * PAGE, present), 0);
    printf("%d %d %d %d\n", present[0] & 1, present[1] & 1, present[2] & 1, present[3]);
    expect_value("dropped", madvise(fresh, 3 * PAGE, MADV_DONTNEED), 0);
    expect_value("mincore", mincore(fresh, 2 * PAGE + 1, present), 0);
    printf("%d %d %d %d\n", present[0] & 1, present[1] & 1, present[2] & 1, present[3]);
    expect_value("POPULATE_WRITE", madvise(fresh, 2 * PAGE, 23), 0);
    expect_value("mincore", mincore(fresh, 3 * PAGE, present), 0);
    printf("%d %d %d %d\n", present[0] & 1, present[1] & 1, present[2] & 1, present[3]);
    expect_error("unaligned", mincore(fresh + 1, PAGE, present), EINVAL);
    expect_error("a hole", mincore(map + 2 * PAGE, 2 * PAGE, present), ENOMEM);
    expect_error("bad vector", mincore(fresh, PAGE, (void *)8), EFAULT);
    expect_error("beyond all", mincore(fresh, -PAGE, present), ENOMEM);
    expect_value("nothing", mincore(fresh, 0, NULL), 0);
    char *populated =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    expect_value("MAP_POPULATE", mincore(populated, 2 * PAGE, present), 0);
    printf("%d %d\n", present[0] & 1, present[1] & 1);
}

static void syncs(void)
{
    expect_value("msync", msync(map, PAGE, MS_SYNC), 0);
    expect_value("no flags", msync(map, PAGE, 0), 0);
    expect_error("both", msync(map, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    expect_error("unknown", msync(map, PAGE, 8), EINVAL);
    expect_error("unaligned", msync(map + 1, PAGE, MS_SYNC), EINVAL);
    expect_error("a hole", msync(map + 2 * PAGE, 2 * PAGE, MS_SYNC), ENOMEM);
    expect_value("nothing", msync(map, 0, MS_SYNC), 0);
}

int main(void)
{
    program_begin();
    map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(map + 3 * PAGE, PAGE);
    locks();
    residents();
    syncs();
    if (fork() == 0) {
        limits();
        _exit(0);
    }
    wait(NULL);
    return program_end();
}
