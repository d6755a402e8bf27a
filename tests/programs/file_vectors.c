/* readv(), writev(), preadv(), pwritev() and their second forms, with bad vectors. */
#include "show.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>

int main(void)
{
    char a[8] = {0}, b[8] = {0};
    struct iovec two[2] = {{a, 3}, {b, 5}}, bad[3] = {{a, 3}, {BAD, 3}, {b, 3}}, none[1] = {{NULL, 0}};
    struct iovec kernel[2] = {{a, 1}, {KERNEL, 1}}, huge[2] = {{a, 1}, {b, (size_t)-1}};
    static struct iovec many[IOV_MAX + 1];
    int pipes[2];

    begin();
    make_file("f", "0123456789");
    int fd = open("f", O_RDWR), reader = open("f", O_RDONLY), writer = open("f", O_WRONLY);
    SHOW(readv(fd, two, 2));
    printf("%.3s %.5s\n", a, b);
    SHOW(readv(fd, two, 2));
    SHOW(readv(fd, two, 2));
    SHOW(readv(fd, two, 0));
    SHOW(readv(fd, two, -1));
    SHOW(readv(fd, NULL, 0));
    SHOW(readv(fd, NULL, 1));
    SHOW(readv(fd, BAD, 2));
    SHOW(readv(fd, none, 1));
    for (int i = 0; i <= IOV_MAX; i++)
        many[i] = (struct iovec){a, 0};
    SHOW(readv(fd, many, IOV_MAX));
    SHOW(readv(fd, many, IOV_MAX + 1));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(readv(fd, bad, 3));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(readv(fd, kernel, 2));
    SHOW(readv(fd, huge, 2));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(writev(fd, bad, 3));
    SHOW(writev(fd, &bad[1], 1));
    SHOW(writev(fd, kernel, 2));
    SHOW(writev(fd, huge, 2));
    SHOW(writev(fd, two, 2));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(writev(reader, two, 2));
    SHOW(writev(reader, BAD, 2));
    SHOW(readv(writer, two, 2));
    SHOW(readv(writer, BAD, 2));
    SHOW(readv(99, BAD, 2));
    SHOW(preadv(fd, two, 2, 2));
    SHOW(preadv(fd, two, 2, -1));
    SHOW(pwritev(fd, two, 2, 4));
    SHOW(pwritev(fd, two, 2, -1));
    SHOW_RAW(preadv2, fd, two, 2, -1, 0, 0);
    SHOW_RAW(preadv2, fd, two, 2, 0, 0, 0x40000000);
    SHOW_RAW(pwritev2, fd, two, 2, -1, 0, 2);
    SHOW_RAW(pwritev2, fd, two, 2, -2, 0, 0);
    SHOW(pipe(pipes));
    SHOW(writev(pipes[1], two, 2));
    SHOW(writev(pipes[1], bad, 3));
    SHOW(readv(pipes[0], two, 1));
    SHOW(readv(pipes[0], two, 2));
    SHOW(preadv(pipes[0], two, 2, 0));
    SHOW(pwritev(pipes[1], two, 2, 0));
    SHOW_RAW(preadv2, pipes[0], two, 2, 0, 0, 0);

    /* A buffer that ends where nothing is mapped. */
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 4096, 4096);
    memset(pages, 'p', 4096);
    SHOW(pwrite(fd, pages + 4090, 10, 0));
    SHOW(pwrite(fd, pages + 4096, 10, 0));
    SHOW(pread(fd, pages + 4090, 10, 0));
    SHOW(pread(fd, pages + 4096, 10, 0));
    SHOW(pwrite(fd, KERNEL, 1, 0));
    SHOW(pwrite(fd, a, (size_t)-1, 0));
    SHOW(pwrite(fd, KERNEL, 0, 0));
    SHOW(pwrite(fd, BAD, 0, 0));
    SHOW(pread(fd, BAD, 0, 0));
    SHOW(write(pipes[1], pages + 4090, 10));
    SHOW(write(pipes[1], pages + 4096, 10));
    SHOW(write(pipes[1], pages + 4086, 10));
    SHOW(fcntl(pipes[0], F_SETFL, O_NONBLOCK));
    SHOW(read(pipes[0], pages + 4096, 10));
    SHOW(read(pipes[0], pages + 4090, 10));
    SHOW(read(pipes[0], pages, 10));
    return 0;
}
