/* MADV_DONTNEED empties memory; other advice is taken. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "program.h"

int main(void)
{
    program_begin();
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect_true("four pages", map != MAP_FAILED);
    memset(map, 'a', 4 * PAGE);
    expect_value("MADV_DONTNEED", madvise(map + PAGE, 2 * PAGE, MADV_DONTNEED), 0);
    expect_value("the pages read zero", map[PAGE] | map[3 * PAGE - 1], 0);
    expect_value("their neighbours do not", map[PAGE - 1] + map[3 * PAGE], 2 * 'a');
    map[PAGE] = 'b';
    expect_value("and can be written", map[PAGE], 'b');
    expect_value("MADV_NORMAL", madvise(map, PAGE, MADV_NORMAL), 0);
    expect_value("MADV_WILLNEED", madvise(map, PAGE, MADV_WILLNEED), 0);
    expect_value("no bytes", madvise(map, 0, MADV_DONTNEED), 0);
    expect_error("odd address", madvise(map + 1, PAGE, MADV_DONTNEED), EINVAL);
    expect_error("unknown advice", madvise(map, PAGE, 4711), EINVAL);
    munmap(map + PAGE, PAGE);
    expect_error("across a hole", madvise(map, 3 * PAGE, MADV_DONTNEED), ENOMEM);
    expect_value("what was behind the hole is emptied", map[2 * PAGE], 0);
    return program_end();
}
