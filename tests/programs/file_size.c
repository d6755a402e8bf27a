/* truncate(), ftruncate(), fallocate(), and RLIMIT_FSIZE. */
#include "show.h"

#include <sys/resource.h>

static int taken;

static void on_signal(int signal)
{
    taken = signal;
}

static void show_size(const char *path)
{
    struct stat status;

    printf("%s has %lld bytes\n", path, stat(path, &status) == 0 ? (long long)status.st_size : -1ll);
}

int main(void)
{
    struct rlimit limit = {4096, RLIM_INFINITY};
    static char page[8192];
    int pipes[2];

    begin();
    make_file("f", "0123456789");
    mkdir("d", 0755);
    symlink("f", "l");
    int fd = open("f", O_RDWR), reader = open("f", O_RDONLY);
    SHOW(truncate("f", 4));
    show_file("f");
    SHOW(truncate("l", 6));
    show_file("f");
    SHOW(truncate("f", -1));
    SHOW(truncate("d", 0));
    SHOW(truncate("none", 0));
    SHOW(truncate("/dev/null", 0));
    SHOW(truncate("f/x", 0));
    SHOW(truncate("", 0));
    SHOW(truncate(BAD, 0));
    SHOW(truncate(BAD, -1));
    SHOW(ftruncate(fd, 100));
    SHOW(ftruncate(fd, 2));
    SHOW(ftruncate(fd, 8));
    show_file("f");
    SHOW(ftruncate(reader, 0));
    SHOW(ftruncate(99, 0));
    SHOW(ftruncate(99, -1));
    SHOW(pipe(pipes));
    SHOW(ftruncate(pipes[1], 0));
    SHOW(fallocate(fd, 0, 0, 20));
    show_size("f");
    SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 100, 20));
    show_size("f");
    SHOW(fallocate(fd, 0, 0, 0));
    SHOW(fallocate(fd, 0, -1, 10));
    SHOW(fallocate(fd, 0, 0, -10));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1, 2));
    show_file("f");
    SHOW(fallocate(fd, 0x1000, 0, 10));
    SHOW(fallocate(reader, 0, 0, 10));
    SHOW(fallocate(pipes[1], 0, 0, 10));
    SHOW(fallocate(99, 0, 0, 10));
    SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
    SHOW(posix_fadvise(fd, 0, 0, 77));
    SHOW(posix_fadvise(pipes[0], 0, 0, 0));
    SHOW(posix_fadvise(99, 0, 0, 0));
    SHOW(fsync(fd));
    SHOW(fdatasync(pipes[0]));
    SHOW(fsync(99));
    SHOW_RAW(syncfs, fd);
    SHOW_RAW(syncfs, 99);

    signal(SIGXFSZ, on_signal);
    SHOW(setrlimit(RLIMIT_FSIZE, &limit));
    SHOW(pwrite(fd, page, 8192, 0));
    printf("signal %d\n", taken);
    SHOW(pwrite(fd, page, 1, 4095));
    SHOW(pwrite(fd, page, 1, 4096));
    printf("signal %d\n", taken);
    taken = 0;
    SHOW(ftruncate(fd, 4097));
    printf("signal %d\n", taken);
    taken = 0;
    SHOW(truncate("f", 10000));
    printf("signal %d\n", taken);
    taken = 0;
    SHOW(fallocate(fd, 0, 4000, 97));
    printf("signal %d\n", taken);
    taken = 0;
    SHOW(ftruncate(fd, 4096));
    SHOW(ftruncate(fd, 10));
    taken = 0;
    SHOW(write(pipes[1], page, 5000));
    printf("signal %d\n", taken);
    return 0;
}
