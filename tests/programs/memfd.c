/* memfd_create(): files that are nothing but memory. */
#define _GNU_SOURCE
#include "program.h"

#include <fcntl.h>
#include <sys/mman.h>

int main(void)
{
    char name[300], byte = 0;
    struct stat status;

    program_begin();
    int fd = memfd_create("a name", MFD_CLOEXEC);
    expect_true("made", fd >= 0);
    expect_value("close-on-exec", fcntl(fd, F_GETFD), FD_CLOEXEC);
    expect_value("flags", fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    expect_value("fstat", fstat(fd, &status), 0);
    expect_value("type", status.st_mode & S_IFMT, S_IFREG);
    expect_value("permissions", status.st_mode & 0777, 0777);
    expect_value("names", (long)status.st_nlink, 0);
    expect_value("size", status.st_size, 0);
    expect_value("truncate", ftruncate(fd, 2 * PAGE), 0);
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    map[PAGE] = 'm';
    expect_value("read", pread(fd, &byte, 1, PAGE) == 1 ? byte : -1, 'm');
    expect_value("write", write(fd, "w", 1), 1);
    expect_value("mapped", map[0], 'w');
    close(fd);
    expect_value("closed", map[0] + map[PAGE], 'w' + 'm');
    memset(name, 'n', sizeof(name));
    name[249] = '\0';
    expect_true("a name of 249", close(memfd_create(name, 0)) == 0);
    name[249] = 'n';
    name[250] = '\0';
    expect_error("a name of 250", memfd_create(name, 0), EINVAL);
    expect_error("bad name", syscall(SYS_memfd_create, (void *)8, 0), EFAULT);
    expect_error("bad flags", memfd_create("x", 0x8000), EINVAL);
    return program_end();
}
