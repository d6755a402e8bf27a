/* O_TMPFILE: a file without a name, which linkat() may give it one. */
#include "show.h"

int main(void)
{
    struct stat status;
    char byte;

    begin();
    mkdir("d", 0755);
    make_file("f", "x");
    int fd = open("d", O_TMPFILE | O_RDWR, 0640);
    SHOW(fd >= 0);
    SHOW(fstat(fd, &status));
    printf("links %d mode %o size %d\n", (int)status.st_nlink, status.st_mode, (int)status.st_size);
    SHOW(write(fd, "hello", 5));
    SHOW_RAW(linkat, fd, "", AT_FDCWD, "d/named", AT_EMPTY_PATH);
    SHOW(fstat(fd, &status));
    printf("links %d\n", (int)status.st_nlink);
    show_file("d/named");
    SHOW_RAW(linkat, fd, "", AT_FDCWD, "d/named", AT_EMPTY_PATH);
    SHOW_RAW(linkat, fd, "", AT_FDCWD, "d/again", 0);
    SHOW(unlink("d/named"));
    SHOW_RAW(linkat, fd, "", AT_FDCWD, "d/again", AT_EMPTY_PATH);
    int only = open("d", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
    SHOW(only >= 0);
    SHOW(read(only, &byte, 1));
    SHOW_RAW(linkat, only, "", AT_FDCWD, "d/only", AT_EMPTY_PATH);
    SHOW(open("d", O_TMPFILE | O_RDONLY, 0600));
    SHOW(open("f", O_TMPFILE | O_RDWR, 0600));
    SHOW(open("none", O_TMPFILE | O_RDWR, 0600));
    SHOW(open("d", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600));
    SHOW(open("d", O_TMPFILE | O_RDWR | O_CREAT, 0600));
    return 0;
}
