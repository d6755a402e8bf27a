/* Protection changes a page at a time, and what system calls then may do there. */
#include <sys/mman.h>

#include "program.h"

/* The C library's rounds to pages. */
static long protect(void *address, size_t size, long protection)
{
    return syscall(SYS_mprotect, address, size, protection);
}

int main(void)
{
    int pipe_ends[2];

    program_begin();
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect_true("four pages", map != MAP_FAILED);
    expect_value("pipe", pipe(pipe_ends), 0);
    memset(map, 'm', 4 * PAGE);
    expect_value("second page to read-only", protect(map + PAGE, PAGE, PROT_READ), 0);
    expect_value("third page to nothing", protect(map + 2 * PAGE, PAGE, PROT_NONE), 0);
    expect_value("write() from the read-only page", write(pipe_ends[1], map + PAGE, 4), 4);
    expect_error("write() from the page without access", write(pipe_ends[1], map + 2 * PAGE, 4), EFAULT);
    expect_error("read() into the read-only page", read(pipe_ends[0], map + PAGE, 4), EFAULT);
    expect_value("the read-only page is unchanged", map[PAGE], 'm');
    expect_value("back to read and write", protect(map, 4 * PAGE, PROT_READ | PROT_WRITE), 0);
    expect_value("contents survived", map[2 * PAGE] + map[3 * PAGE], 2 * 'm');
    map[PAGE] = map[2 * PAGE] = 'n';
    expect_value("they can be written again", map[PAGE] + map[2 * PAGE], 2 * 'n');
    expect_value("no bytes", protect(map, 0, PROT_READ), 0);
    expect_error("odd address", protect(map + 1, PAGE, PROT_READ), EINVAL);
    expect_error("unknown protection", protect(map, PAGE, 0x100), EINVAL);
    munmap(map + PAGE, PAGE);
    expect_error("across a hole", protect(map, 3 * PAGE, PROT_READ), ENOMEM);
    expect_error("size that wraps", protect(map, -1ul & ~0xffful, PROT_READ), ENOMEM);
    return program_end();
}
