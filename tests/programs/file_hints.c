/* readahead(), sync_file_range(), fchmodat2(): what they check. */
#include <sys/socket.h>

#include "show.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void show_mode(const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        printf("%s: %o\n", path, status.st_mode);
}

static void hints(int fd, const char *what)
{
    printf("-- %s\n", what);
    SHOW_RAW(readahead, fd, 0L, 4096L);
    SHOW_RAW(sync_file_range, fd, 0L, 0L, 7);
}

int main(void)
{
    int ends[2], sockets[2];

    begin();
    make_file("file", "contents");
    SHOW(mkdir("folder", 0755));
    SHOW(symlink("file", "link"));
    if (pipe(ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0)
        return 1;
    hints(-1, "no descriptor");
    hints(open("file", O_RDONLY), "to be read");
    hints(open("file", O_WRONLY), "to be written");
    hints(open("file", O_PATH), "a path");
    hints(open("folder", O_RDONLY), "a folder");
    hints(ends[0], "a pipe");
    hints(sockets[0], "a socket");
    hints(open("/dev/null", O_RDWR), "a device");
    const int fd = open("file", O_RDWR);
    SHOW_RAW(readahead, fd, -1L, 10L);
    SHOW_RAW(readahead, fd, 100L, 10L);
    SHOW_RAW(sync_file_range, fd, 0L, 0L, 8);
    SHOW_RAW(sync_file_range, fd, -1L, 0L, 0);
    SHOW_RAW(sync_file_range, fd, 0L, -1L, 0);
    SHOW_RAW(sync_file_range, fd, 0x7fffffffffffffffL, 1L, 0);
    SHOW_RAW(sync_file_range, fd, 1L, 0x7ffffffffffffff0L, 0);
    printf("-- fchmodat2\n");
    SHOW_RAW(fchmodat2, AT_FDCWD, "file", 0600, 0);
    SHOW_RAW(fchmodat2, AT_FDCWD, "link", 0640, 0);
    SHOW_RAW(fchmodat2, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW);
    SHOW_RAW(fchmodat2, AT_FDCWD, "file", 0604, AT_SYMLINK_NOFOLLOW);
    show_mode("file");
    SHOW_RAW(fchmodat2, fd, "", 0444, AT_EMPTY_PATH);
    SHOW_RAW(fchmodat2, fd, "", 0444, 0);
    SHOW_RAW(fchmodat2, AT_FDCWD, "file", 0444, AT_SYMLINK_FOLLOW);
    SHOW_RAW(fchmodat2, AT_FDCWD, "file", 0444, AT_REMOVEDIR);
    SHOW_RAW(fchmodat2, AT_FDCWD, "none", 0444, 0);
    SHOW_RAW(fchmodat2, 99, "file", 0444, 0);
    SHOW_RAW(fchmodat2, AT_FDCWD, BAD, 0444, 0);
    show_mode("file");
    return 0;
}
