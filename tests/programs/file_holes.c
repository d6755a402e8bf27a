/* fallocate(FALLOC_FL_PUNCH_HOLE): what reads as zeros, and what memory is given back, with and without
 * mappings. The files are memfd_create()'s, so that both systems count the same pages. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "show.h"

#define PAGE 4096
#define PAGES 600

#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#endif

static int fd;

static void show_pages(void)
{
    struct stat status;

    fstat(fd, &status);
    printf("size %ld, pages %ld\n", (long)status.st_size, (long)status.st_blocks / 8);
}

static long punch(long offset, long size)
{
    return fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, size);
}

/* Runs of bytes that are 0, and of those that are not. */
static void show_runs(const char *bytes, long size)
{
    long start = 0;

    for (long i = 1; i <= size; i++) {
        if (i < size && (bytes[i] != 0) == (bytes[start] != 0))
            continue;
        printf("  %ld bytes %s\n", i - start, bytes[start] == 0 ? "of zeros" : "as they were");
        start = i;
    }
}

static void show_contents(void)
{
    static char bytes[PAGES * PAGE];

    show_runs(bytes, pread(fd, bytes, sizeof(bytes), 0));
}

static void fill(int pages)
{
    static char bytes[PAGES * PAGE];

    memset(bytes, 'x', sizeof(bytes));
    (void)!pwrite(fd, bytes, (size_t)pages * PAGE, 0);
}

static void ranges(void)
{
    printf("-- ranges\n");
    fill(PAGES);
    show_pages();
    SHOW(punch(PAGE, PAGE));
    show_pages();
    SHOW(punch(3 * PAGE + 5, PAGE));
    show_pages();
    SHOW(punch(6 * PAGE - 1, 2 * PAGE + 2));
    show_pages();
    SHOW(punch(10 * PAGE + 10, 20));
    show_pages();
    SHOW(punch(500 * PAGE, 50 * PAGE));
    show_pages();
    SHOW(punch(590 * PAGE + 1, 100 * PAGE)); /* beyond the end */
    show_pages();
    SHOW(punch(1000 * PAGE, PAGE));
    SHOW(punch(0, 0));
    SHOW(punch(-1, 5));
    SHOW(punch(0x7fffffffffffffff, 1));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, PAGE));
    show_contents();
    SHOW(punch(0, PAGES * PAGE));
    show_pages();
    show_contents();
    fill(3);
    show_pages();
}

static void mapped(void)
{
    printf("-- mapped\n");
    SHOW(ftruncate(fd, 0));
    fill(8);
    char *shared = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *private = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    for (int i = 0; i < 8; i++)
        shared[i * PAGE + 1] = 's';
    private[2 * PAGE] = 'p'; /* a copy of its own */
    private[5 * PAGE] = 'p';
    show_pages();
    SHOW(punch(PAGE, 3 * PAGE));
    show_pages();
    printf("shared\n");
    show_runs(shared, 8 * PAGE);
    printf("private\n");
    show_runs(private, 8 * PAGE);
    shared[2 * PAGE + 9] = 'n'; /* new, in the hole */
    printf("in the file\n");
    show_contents();
    printf("private still\n");
    show_runs(private, 8 * PAGE);
    SHOW(punch(0, 8 * PAGE));
    printf("all: shared\n");
    show_runs(shared, 8 * PAGE);
    printf("private\n");
    show_runs(private, 8 * PAGE);
    munmap(shared, 8 * PAGE);
    munmap(private, 8 * PAGE);
}

/* A shared mapping of another process's, too, and memory that comes and goes many times. */
static void again_and_again(void)
{
    char *shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int sum = 0, status;

    printf("-- again and again\n");
    SHOW(ftruncate(fd, PAGES * PAGE));
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 20000; i++)
            sum += shared[i % PAGES * PAGE] != 0;
        _exit(0);
    }
    for (int i = 0; i < 30; i++) {
        memset(shared, 'a' + i % 26, PAGES * PAGE);
        (void)punch(0, PAGES * PAGE);
        for (int page = 0; page < PAGES; page++)
            sum += shared[page * PAGE] != 0;
    }
    waitpid(child, &status, 0);
    printf("child %d, left over %d\n", status, sum);
    SHOW(punch(0, PAGES * PAGE));
    munmap(shared, PAGES * PAGE);
    SHOW(punch(0, PAGES * PAGE));
    show_pages();
}

int main(void)
{
    begin();
    fd = memfd_create("holes", 0);
    ranges();
    mapped();
    again_and_again();
    return 0;
}
