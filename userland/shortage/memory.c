/* Mappings, and pages that are touched: for these a shortage ends no program as long as there is memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shortage/shortage.h"

#define PAGE 4096
#define PAGES 8
#define SIZE (PAGES * PAGE)

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long map_result(void *address)
{
    return address == MAP_FAILED ? -1 : 0;
}

static void touch(volatile char *address, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE)
        address[at] = 1;
}

/* TRY(map) with the address. */
static long try_map(size_t size, int protection, int flags, int fd, char **ret_address)
{
    shortage_begin();
    void *address = mmap(NULL, size, protection, flags, fd, 0);
    *ret_address = address;
    return shortage_end(map_result(address));
}

static long try_touch(char *address)
{
    shortage_begin();
    touch(address, SIZE);
    return shortage_end(0);
}

static char *mapped(void)
{
    char *address = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, PRIVATE, -1, 0);

    NEED(map_result(address));
    return address;
}

static long run_map(void)
{
    char *address;
    long result = try_map(SIZE, PROT_READ | PROT_WRITE, PRIVATE, -1, &address);

    if (result < 0)
        return result;
    result = try_touch(address);
    munmap(address, SIZE);
    return result;
}

static long run_map_populated(void)
{
    char *address;
    long result = try_map(SIZE, PROT_READ | PROT_WRITE, PRIVATE | MAP_POPULATE, -1, &address);

    if (result >= 0)
        munmap(address, SIZE);
    return result;
}

static long run_map_shared(void)
{
    char *address;
    long result = try_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, &address);

    if (result < 0)
        return result;
    result = try_touch(address);
    munmap(address, SIZE);
    return result;
}

static long run_map_file(void)
{
    int fd = (int)NEED(open("f", O_RDWR | O_CREAT, 0644));
    char *shared, *copy;

    NEED(ftruncate(fd, SIZE));
    long result = try_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, &shared);
    if (result >= 0) {
        try_touch(shared);
        result = try_map(SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, &copy);
        if (result >= 0) {
            try_touch(copy);
            munmap(copy, SIZE);
        }
        munmap(shared, SIZE);
    }
    close(fd);
    unlink("f");
    return result;
}

static long run_unmap_middle(void)
{
    char *address = mapped();

    touch(address, SIZE);
    long result = TRY(munmap(address + PAGE, PAGE));
    munmap(address, SIZE);
    return result;
}

/* Each page an area of its own: the spare ones do not suffice. */
static long run_protect(void)
{
    char *address = mapped();
    long result = 0;

    for (unsigned i = 1; result >= 0 && i < PAGES; i += 2)
        result = TRY(mprotect(address + i * PAGE, PAGE, PROT_READ));
    munmap(address, SIZE);
    return result;
}

static long run_resize(void)
{
    char *address = mapped();

    touch(address, SIZE);
    shortage_begin();
    char *moved = mremap(address, SIZE, 600 * PAGE, MREMAP_MAYMOVE);
    long result = shortage_end(map_result(moved));
    munmap(result < 0 ? address : moved, result < 0 ? SIZE : 600 * PAGE);
    return result;
}

/* Into the middle of another area, elsewhere. */
static long run_move(void)
{
    char *address = mapped(), *other = mapped();

    touch(address, SIZE);
    touch(other, SIZE);
    shortage_begin();
    char *moved = mremap(address + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other + 3 * PAGE);
    long result = shortage_end(map_result(moved));
    munmap(address, SIZE);
    munmap(other, SIZE);
    return result;
}

static long run_map_fixed(void)
{
    char *address = mapped();

    touch(address, SIZE);
    shortage_begin();
    char *over = mmap(address + PAGE, PAGE, PROT_READ, PRIVATE | MAP_FIXED, -1, 0);
    long result = shortage_end(map_result(over));
    munmap(address, SIZE);
    return result;
}

static long run_advise(void)
{
    char *address = mapped();

    touch(address, SIZE);
    long result = TRY(madvise(address + PAGE, PAGE, MADV_DONTNEED));
    if (result >= 0)
        result = TRY(madvise(address + PAGE, PAGE, MADV_DONTFORK));
    munmap(address, SIZE);
    return result;
}

static long run_lock(void)
{
    char *address = mapped();
    long result = TRY(mlock(address + PAGE, 2 * PAGE));

    munmap(address, SIZE);
    return result;
}

static long run_lock_all(void)
{
    long result = TRY(mlockall(MCL_CURRENT));

    munlockall();
    return result;
}

static long run_break(void)
{
    char *start = (char *)syscall(SYS_brk, 0);

    shortage_begin();
    char *end = (char *)syscall(SYS_brk, start + SIZE);
    long result = shortage_end(0);
    if (end == start)
        return -ENOMEM; /* as the C library says it */
    touch(start, SIZE);
    syscall(SYS_brk, start);
    return result;
}

static long run_memfd(void)
{
    long fd = TRY(syscall(SYS_memfd_create, "name", 0));
    char *address;

    if (fd < 0)
        return fd;
    long result = TRY(ftruncate((int)fd, SIZE));
    if (result >= 0)
        result = try_map(SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, &address);
    if (result >= 0) {
        try_touch(address);
        munmap(address, SIZE);
    }
    close((int)fd);
    return result;
}

static long run_copy_on_write(void)
{
    char *address = mapped();
    int fds[2], status;

    touch(address, SIZE);
    NEED(pipe(fds));
    pid_t child = (pid_t)NEED(fork());
    if (child == 0) {
        char byte;
        close(fds[1]);
        read(fds[0], &byte, 1);
        _exit(0);
    }
    long result = try_touch(address);
    close(fds[0]);
    close(fds[1]);
    NEED(waitpid(child, &status, 0));
    munmap(address, SIZE);
    return result;
}

/* The kernel touches them. */
static long run_read_into_untouched(void)
{
    char *address = mapped();
    int fd = (int)NEED(open("/dev/zero", O_RDONLY));
    long result = TRY(read(fd, address, SIZE));

    close(fd);
    munmap(address, SIZE);
    return result;
}

static __attribute__((noinline)) void use_stack(void)
{
    volatile char large[40 * PAGE];

    touch(large, sizeof(large));
}

static long run_stack(void)
{
    shortage_begin();
    use_stack();
    return shortage_end(0);
}

const struct shortage_case memory_cases[] = {
    {"map", run_map},
    {"map-populated", run_map_populated},
    {"map-shared", run_map_shared},
    {"map-file", run_map_file},
    {"unmap-middle", run_unmap_middle},
    {"protect", run_protect},
    {"resize", run_resize},
    {"move", run_move},
    {"map-fixed", run_map_fixed},
    {"advise", run_advise},
    {"lock", run_lock},
    {"lock-all", run_lock_all},
    {"break", run_break},
    {"memfd", run_memfd},
    {"copy-on-write", run_copy_on_write},
    {"read-into-untouched", run_read_into_untouched},
    {"stack", run_stack},
    {NULL, NULL},
};
