/* mremap() of sparsely touched memory: far away, upon what is there, and after a fork. */
#define _GNU_SOURCE
#include "program.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define PAGES 1200L
#define SIZE (PAGES * PAGE)
#define FAR (1L << 32)

static char *reserve(void)
{
    return mmap(NULL, FAR + 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static char *map_at(char *place)
{
    return mmap(place, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void fill(char *pages, long step, int seed)
{
    for (long i = 0; i < PAGES; i += step)
        *(int *)(pages + i * PAGE) = (int)i + seed;
}

static long count(char *pages, long step, int seed)
{
    long right = 0;

    for (long i = 0; i < PAGES; i += step)
        right += *(int *)(pages + i * PAGE) == (int)i + seed;
    return right;
}

static void move_in_child(char *from, char *to, long step)
{
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        char *moved = mremap(from, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        _exit(moved == to ? (int)count(to, step, 7) : 255);
    }
    waitpid(child, &status, 0);
    expect_value("pages that a child moved", WEXITSTATUS(status), (PAGES + step - 1) / step);
}

int main(void)
{
    program_begin();
    char *base = reserve();
    for (long step = 8; step < 600; step *= 3) {
        map_at(base);
        fill(base, step, 7);
        move_in_child(base, base + FAR, step);
        expect_value("its parent's", count(base, step, 7), (PAGES + step - 1) / step);
        fill(map_at(base + FAR), 1, 9);
        char *moved = mremap(base, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, base + FAR);
        expect_true("moved upon what was there", moved == base + FAR);
        expect_value("pages", count(moved, step, 7), (PAGES + step - 1) / step);
        expect_value("what was there, and lay between", moved[PAGE], 0);
        expect_value("munmap", munmap(moved, SIZE), 0);
    }
    return program_end();
}
