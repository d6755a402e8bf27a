/* Pages: mapped, touched, copied. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

#define PAGE 4096

static volatile char *map_pages(long count)
{
    return mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int64_t touch(volatile char *pages, long count)
{
    int64_t start = bench_now();

    for (long i = 0; i < count; i++)
        pages[i * PAGE] = 1;
    return bench_now() - start;
}

static int64_t measure_mmap(long count)
{
    int64_t start = bench_now();

    for (long i = 0; i < count; i++) {
        volatile char *page = map_pages(1);
        if (page == MAP_FAILED)
            return bench_error();
        *page = 1;
        if (munmap((void *)page, PAGE) != 0)
            return bench_error();
    }
    return bench_now() - start;
}

/* A page that was never touched. Small pages on Linux, too. */
static int64_t measure_fault(long count)
{
    volatile char *pages = map_pages(count);

    if (pages == MAP_FAILED)
        return bench_error();
    madvise((void *)pages, (size_t)count * PAGE, MADV_NOHUGEPAGE);
    int64_t ticks = touch(pages, count);
    munmap((void *)pages, (size_t)count * PAGE);
    return ticks;
}

/* A child's first write to a page that it shares with its parent. */
static int64_t measure_copy_on_write(long count)
{
    volatile char *pages = map_pages(count);
    volatile int64_t *result = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || result == MAP_FAILED)
        return bench_error();
    madvise((void *)pages, (size_t)count * PAGE, MADV_NOHUGEPAGE);
    touch(pages, count);
    *result = -EPROTO;
    pid_t child = fork();
    if (child == 0) {
        *result = touch(pages, count);
        _exit(0);
    }
    int64_t ticks = child < 0 ? bench_error() : 0;
    if (child > 0) {
        waitpid(child, NULL, 0);
        ticks = *result;
    }
    munmap((void *)pages, (size_t)count * PAGE);
    munmap((void *)result, PAGE);
    return ticks;
}

const struct bench_row bench_memory_rows[] = {
    {"mmap_touch_munmap", measure_mmap, 1000},
    {"page_fault", measure_fault, 1024},
    {"copy_on_write", measure_copy_on_write, 1024},
    {NULL, NULL, 0},
};
