/* mremap(): DONTUNMAP, moves of shared and of file pages, ranges of several areas. */
#define _GNU_SOURCE
#include "program.h"

#include <fcntl.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

int main(void)
{
    program_begin();
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    map[0] = 'a';
    map[PAGE] = 'b';
    char *moved = mremap(map, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
    expect_true("DONTUNMAP", moved != MAP_FAILED && moved != map);
    expect_value("the new one has the pages", moved[0] * 256 + moved[PAGE], 'a' * 256 + 'b');
    expect_value("the old one zeros", map[0] + map[PAGE], 0);
    expect_error("DONTUNMAP without MAYMOVE", (long)mremap(map, PAGE, PAGE, MREMAP_DONTUNMAP), EINVAL);
    expect_error("DONTUNMAP of another size",
                 (long)mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
    expect_error("unknown flags", (long)mremap(map, PAGE, PAGE, 8), EINVAL);
    expect_error("FIXED alone", (long)mremap(map, PAGE, PAGE, MREMAP_FIXED, moved), EINVAL);
    expect_error("FIXED upon itself",
                 (long)mremap(map, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map + PAGE), EINVAL);
    char *fixed = mremap(moved, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map + 2 * PAGE);
    expect_true("FIXED", fixed == map + 2 * PAGE);
    expect_value("with the pages", fixed[0] * 256 + fixed[PAGE], 'a' * 256 + 'b');

    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 's';
    char *twice = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
    expect_true("a second mapping of shared memory", twice != MAP_FAILED && twice != shared);
    twice[1] = 't';
    expect_value("the same pages", shared[0] * 256 + shared[1], 's' * 256 + 't');
    expect_error("of private memory", (long)mremap(map, 0, PAGE, MREMAP_MAYMOVE), EINVAL);

    int fd = open("file", O_RDWR | O_CREAT, 0600);
    expect_value("write", ftruncate(fd, 3 * PAGE) + pwrite(fd, "x", 1, 2 * PAGE), 1);
    char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
    file = mremap(file, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    expect_value("a file's mapping that grows", file[PAGE], 'x');
    mprotect(map, PAGE, PROT_READ);
    expect_error("two areas", (long)mremap(map, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE), EFAULT);
    expect_value("two areas that shrink", mremap(map, 2 * PAGE, PAGE, 0) == map, 1);
    expect_error("what is not there any more", (long)mremap(map + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE),
                 EFAULT);
    unlink("file");
    return program_end();
}
