/* Unmapping whole maps, their ends, holes in them, and nothing at all. */
#include <sys/mman.h>

#include "program.h"

/* write() tells, without dying, whether memory is there. */
static int is_mapped(const void *address)
{
    int pipe_ends[2];

    if (pipe(pipe_ends) != 0)
        return -1;
    long written = write(pipe_ends[1], address, 1);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return written == 1;
}

int main(void)
{
    program_begin();
    char *map = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect_true("eight pages", map != MAP_FAILED);
    memset(map, 1, 8 * PAGE);
    expect_value("a hole", munmap(map + 3 * PAGE, 2 * PAGE), 0);
    expect_value("the first page", munmap(map, PAGE), 0);
    expect_value("the last page, by one byte", munmap(map + 7 * PAGE, 1), 0);
    for (int i = 0; i < 8; i++)
        printf("page %d is mapped: %d\n", i, is_mapped(map + i * PAGE));
    expect_value("what is left is kept", map[PAGE] + map[2 * PAGE] + map[5 * PAGE] + map[7 * PAGE - 1], 4);
    expect_value("all, with holes", munmap(map, 8 * PAGE), 0);
    expect_value("nothing", munmap(map, 8 * PAGE), 0);
    expect_error("no bytes", munmap(map, 0), EINVAL);
    expect_error("odd address", munmap(map + 1, PAGE), EINVAL);
    expect_error("beyond a program's memory", munmap((void *)0x7ffffffff000, PAGE), EINVAL);
    expect_error("in the kernel", munmap((void *)0xffff800000000000, PAGE), EINVAL);
    expect_error("size that wraps", munmap(map, -1ul), EINVAL);
    return program_end();
}
