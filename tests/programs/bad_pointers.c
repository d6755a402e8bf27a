/* System calls that are handed addresses where nothing is, in every argument that is a pointer: EFAULT, and
 * nothing else happens. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "program.h"

static int file, folder;

static void try(const char *where, long bad)
{
    struct iovec pieces = {(void *)bad, 8};
    const struct {
        const char *what;
        long number, a, b, c, d;
    } calls[] = {
        {"write buffer", SYS_write, file, bad, 8, 0},
        {"read buffer", SYS_read, file, bad, 8, 0},
        {"pread64 buffer", SYS_pread64, file, bad, 8, 0},
        {"writev pieces", SYS_writev, file, bad, 1, 0},
        {"readv pieces", SYS_readv, file, bad, 1, 0},
        {"writev buffer", SYS_writev, file, (long)&pieces, 1, 0},
        {"readv buffer", SYS_readv, file, (long)&pieces, 1, 0},
        {"open path", SYS_open, bad, O_RDONLY, 0, 0},
        {"stat path", SYS_stat, bad, (long)&pieces, 0, 0},
        {"stat buffer", SYS_stat, (long)"/", bad, 0, 0},
        {"fstat buffer", SYS_fstat, file, bad, 0, 0},
        {"newfstatat path", SYS_newfstatat, AT_FDCWD, bad, (long)&pieces, 0},
        {"newfstatat buffer", SYS_newfstatat, AT_FDCWD, (long)"/", bad, 0},
        {"getdents64 buffer", SYS_getdents64, folder, bad, 1024, 0},
        {"mkdir path", SYS_mkdir, bad, 0700, 0, 0},
        {"unlink path", SYS_unlink, bad, 0, 0, 0},
        {"rename from", SYS_rename, bad, (long)"/tmp/x", 0, 0},
        {"chdir path", SYS_chdir, bad, 0, 0, 0},
        {"getcwd buffer", SYS_getcwd, bad, 1024, 0, 0},
        {"uname buffer", SYS_uname, bad, 0, 0, 0},
        {"pipe2 ends", SYS_pipe2, bad, 0, 0, 0},
        {"clock_gettime time", SYS_clock_gettime, 1, bad, 0, 0},
        {"nanosleep request", SYS_nanosleep, bad, 0, 0, 0},
        {"getrandom buffer", SYS_getrandom, bad, 8, 0, 0},
    };

    for (unsigned i = 0; i < COUNT_OF(calls); i++) {
        char what[80];
        lseek(file, 0, SEEK_SET);
        snprintf(what, sizeof(what), "%s %s", calls[i].what, where);
        expect_error(what, syscall(calls[i].number, calls[i].a, calls[i].b, calls[i].c, calls[i].d), EFAULT);
    }
}

int main(void)
{
    program_begin();
    const char *path = make_folder();
    folder = open(path, O_RDONLY | O_DIRECTORY);
    file = open(path_in(path, "file"), O_RDWR | O_CREAT, 0600);
    expect_value("write", write(file, "some bytes in a file", 20), 20);
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    memset(pages, 'p', PAGE);
    try("in page 0", 8);
    try("in a page without access", (long)pages + PAGE);
    try("in the kernel", (long)0xffff800000000000);
    try("at the top", -8);
    try("that is not canonical", 0x800000000000);
    expect_error("a path that runs into nothing", open(pages + PAGE - 4, O_RDONLY), EFAULT);
    expect_error("a time across the edge", syscall(SYS_clock_gettime, 1, pages + PAGE - 8), EFAULT);
    expect_value("the file is what it was", lseek(file, 0, SEEK_END), 20);
    close(file);
    close(folder);
    unlink(path_in(path, "file"));
    rmdir(path);
    return program_end();
}
