/* utimensat() and its kin. */
#include "show.h"

#include <sys/time.h>
#include <time.h>
#include <utime.h>

static void show_times(const char *path)
{
    struct stat status;

    lstat(path, &status);
    if (status.st_atim.tv_sec > 1500000000)
        printf("%s: a now ", path);
    else
        printf("%s: a %ld.%09ld ", path, (long)status.st_atim.tv_sec, status.st_atim.tv_nsec);
    if (status.st_mtim.tv_sec > 1500000000)
        printf("m now\n");
    else
        printf("m %ld.%09ld\n", (long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

int main(void)
{
    struct timespec times[2] = {{1000, 5}, {2000, 999999999}};
    struct timeval old[2] = {{3000, 7}, {4000, 999999}};
    struct utimbuf oldest = {5000, 6000};

    begin();
    make_file("f", "x");
    symlink("f", "l");
    mkdir("d", 0755);
    int fd = open("f", O_RDWR), dir = open("d", O_RDONLY);
    SHOW(utimensat(AT_FDCWD, "f", times, 0));
    show_times("f");
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = 8;
    SHOW(utimensat(AT_FDCWD, "f", times, 0));
    show_times("f");
    times[0].tv_nsec = 9;
    times[1].tv_nsec = UTIME_NOW;
    SHOW(utimensat(AT_FDCWD, "f", times, 0));
    show_times("f");
    times[1].tv_nsec = 1;
    SHOW(utimensat(AT_FDCWD, "l", times, AT_SYMLINK_NOFOLLOW));
    show_times("l");
    SHOW(utimensat(dir, "../f", times, 0));
    show_times("f");
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = UTIME_OMIT;
    SHOW(utimensat(AT_FDCWD, "none", times, 0));
    times[0].tv_nsec = 1000000000;
    SHOW(utimensat(AT_FDCWD, "f", times, 0));
    times[0].tv_nsec = -1;
    SHOW(utimensat(AT_FDCWD, "none", times, 0));
    times[0].tv_nsec = 0;
    SHOW(utimensat(AT_FDCWD, "none", times, 0));
    SHOW(utimensat(AT_FDCWD, "f", times, 0x10));
    SHOW_RAW(utimensat, AT_FDCWD, "f", BAD, 0);
    SHOW_RAW(utimensat, AT_FDCWD, BAD, times, 0);
    SHOW_RAW(utimensat, fd, NULL, times, 0);
    show_times("f");
    SHOW_RAW(utimensat, fd, NULL, times, AT_SYMLINK_NOFOLLOW);
    SHOW_RAW(utimensat, AT_FDCWD, NULL, times, 0);
    SHOW_RAW(utimensat, 99, NULL, times, 0);
    SHOW_RAW(utimensat, AT_FDCWD, "f", NULL, 0);
    show_times("f");
    SHOW_RAW(utimes, "f", old);
    show_times("f");
    old[0].tv_usec = 1000000;
    SHOW_RAW(utimes, "f", old);
    SHOW_RAW(utimes, "f", BAD);
    SHOW_RAW(utime, "f", &oldest);
    show_times("f");
    SHOW_RAW(utime, "f", BAD);
    SHOW_RAW(utime, "none", NULL);
    old[0].tv_usec = 1;
    SHOW_RAW(futimesat, AT_FDCWD, "f", old);
    SHOW_RAW(futimesat, fd, NULL, old);
    show_times("f");
    SHOW(write(fd, "y", 1));
    show_times("f");
    oldest.actime = 1;
    oldest.modtime = 1;
    SHOW_RAW(utime, "d", &oldest);
    make_file("d/x", "");
    show_times("d");
    return 0;
}
