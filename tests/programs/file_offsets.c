/* Positions: lseek(), pread(), pwrite(), appending, beyond the end. */
#include "show.h"

int main(void)
{
    char bytes[64] = {0};
    int pipes[2];

    begin();
    make_file("f", "0123456789");
    int fd = open("f", O_RDWR), other = open("f", O_RDWR | O_APPEND), dir = open(".", O_RDONLY);
    SHOW(lseek(fd, 4, SEEK_SET));
    SHOW(lseek(fd, -1, SEEK_CUR));
    SHOW(lseek(fd, 5, SEEK_END));
    SHOW(lseek(fd, -11, SEEK_END));
    SHOW(lseek(fd, -1, SEEK_SET));
    SHOW(lseek(fd, INT64_MAX, SEEK_CUR));
    SHOW(read(fd, bytes, 1));
    SHOW(lseek(fd, 0, SEEK_DATA));
    SHOW(lseek(fd, 3, SEEK_DATA));
    SHOW(lseek(fd, 3, SEEK_HOLE));
    SHOW(lseek(fd, 1000, SEEK_HOLE));
    SHOW(lseek(fd, 1000, SEEK_DATA));
    SHOW(lseek(fd, -1, SEEK_DATA));
    SHOW(lseek(fd, 0, 5));
    SHOW(lseek(fd, 0, -1));
    SHOW(lseek(fd, 20, SEEK_SET));
    SHOW(read(fd, bytes, 5));
    SHOW(write(fd, "end", 3));
    SHOW(pread(fd, bytes, 64, 8));
    SHOW(pread(fd, bytes, 64, 100));
    SHOW(pread(fd, bytes, 64, -1));
    SHOW(pwrite(fd, "ab", 2, 1));
    SHOW(pwrite(fd, "ab", 2, -5));
    SHOW(pwrite(fd, "ab", 0, INT64_MAX));
    SHOW(pwrite(fd, "ab", 2, INT64_MAX));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(write(other, "AA", 2));
    SHOW(lseek(other, 0, SEEK_CUR));
    SHOW(lseek(other, 0, SEEK_SET));
    SHOW(pwrite(other, "BB", 2, 0));
    SHOW(read(other, bytes, 4));
    show_file("f");
    SHOW(lseek(dir, 0, SEEK_SET));
    SHOW(lseek(dir, -1, SEEK_SET));
    SHOW(pread(dir, bytes, 1, 0));
    SHOW(read(dir, bytes, 1));
    SHOW(write(dir, bytes, 1));
    SHOW(ftruncate(dir, 0));
    SHOW(pipe(pipes));
    SHOW(lseek(pipes[0], 0, SEEK_SET));
    SHOW(pread(pipes[0], bytes, 1, 0));
    SHOW(pwrite(pipes[1], bytes, 1, 0));
    SHOW(pread(pipes[0], bytes, 1, -1));
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
    SHOW(lseek(null, 100, SEEK_SET));
    SHOW(lseek(zero, 100, SEEK_END));
    SHOW(lseek(zero, 100, 7));
    SHOW(pread(zero, bytes, 10, 1000));
    SHOW(pread(null, bytes, 10, 1000));
    SHOW(pwrite(null, bytes, 10, 1000));
    SHOW(write(full, bytes, 10));
    SHOW(write(full, bytes, 0));
    SHOW(read(full, bytes, 10));
    SHOW(lseek(99, 0, SEEK_SET));
    SHOW(pread(99, bytes, 1, 0));
    SHOW(pread(99, bytes, 1, -1));
    return 0;
}
