/* open(): what each flag means, and which do not go together. */
#include "show.h"

static void show_flags(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd < 0) {
        printf("open %s %o: errno %d\n", path, flags, errno);
        return;
    }
    printf("open %s %o: F_GETFL %o F_GETFD %d\n", path, flags, fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    close(fd);
}

int main(void)
{
    static const int flags[] = {O_RDONLY,
                                O_WRONLY,
                                O_RDWR,
                                3,
                                O_RDWR | O_APPEND,
                                O_RDONLY | O_NONBLOCK,
                                O_RDONLY | O_CLOEXEC,
                                O_RDONLY | O_NOCTTY,
                                O_RDWR | O_SYNC,
                                O_RDWR | O_DSYNC,
                                O_RDONLY | O_NOATIME,
                                O_RDONLY | O_DIRECTORY,
                                O_RDONLY | O_NOFOLLOW,
                                O_PATH,
                                O_PATH | O_RDWR | O_CREAT,
                                O_PATH | O_DIRECTORY,
                                O_PATH | O_NOFOLLOW,
                                O_RDONLY | O_CREAT,
                                O_RDONLY | O_CREAT | O_EXCL,
                                O_RDONLY | O_TRUNC,
                                O_RDONLY | O_CREAT | O_DIRECTORY,
                                O_WRONLY | O_DIRECTORY,
                                0x40000000,
                                O_RDONLY | O_EXCL};
    static const char *const paths[] = {"file",  "dir",    "link", "loop",  "dangling",
                                        "none",  "file/",  "dir/", "none/", "file/x",
                                        "dir/.", "dir/..", ".",    "/",     ""};

    begin();
    make_file("file", "contents");
    mkdir("dir", 0755);
    symlink("file", "link");
    symlink("loop", "loop");
    symlink("nowhere", "dangling");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (size_t j = 0; j < sizeof(flags) / sizeof(flags[0]); j++) {
            show_flags(paths[i], flags[j]);
            unlink("none");
            unlink("nowhere");
            make_file("file", "contents");
        }
    }
    int path = open("file", O_PATH);
    char byte;
    struct stat status;
    SHOW(read(path, &byte, 1));
    SHOW(write(path, &byte, 1));
    SHOW(lseek(path, 0, SEEK_SET));
    SHOW_RAW(fchmod, path, 0600);
    SHOW_RAW(fchown, path, 0, 0);
    SHOW(ftruncate(path, 0));
    SHOW(fsync(path));
    SHOW(fcntl(path, F_SETFL, O_APPEND));
    SHOW(fcntl(path, F_SETFD, FD_CLOEXEC));
    SHOW(fstat(path, &status));
    SHOW(fchdir(path));
    SHOW_RAW(ioctl, path, 0x5421, &byte);
    SHOW_RAW(openat, path, "x", O_RDONLY, 0);
    SHOW_RAW(openat, path, "/", O_RDONLY, 0);
    SHOW_RAW(openat, 77, "x", O_RDONLY, 0);
    SHOW_RAW(openat, 77, "", O_RDONLY, 0);
    SHOW_RAW(openat, AT_FDCWD, BAD, O_RDONLY, 0);
    SHOW_RAW(openat, AT_FDCWD, KERNEL, O_RDONLY, 0);
    SHOW_RAW(openat, AT_FDCWD, NULL, O_RDONLY, 0);
    SHOW_RAW(creat, "made", 04755);
    stat("made", &status);
    printf("mode %o\n", status.st_mode);
    return 0;
}
