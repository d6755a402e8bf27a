/* sendfile(), copy_file_range(), splice(). */
#include "show.h"

#include <sys/sendfile.h>

int main(void)
{
    off_t offset = 2, other = 3;
    int pipes[2];
    static char block[70000];

    begin();
    make_file("a", "0123456789");
    make_file("b", "");
    int a = open("a", O_RDWR), b = open("b", O_RDWR), append = open("b", O_WRONLY | O_APPEND);
    int reader = open("a", O_RDONLY), dir = open(".", O_RDONLY);
    SHOW(pipe(pipes));
    SHOW(sendfile(b, a, &offset, 4));
    SHOW(offset);
    SHOW(lseek(a, 0, SEEK_CUR));
    SHOW(sendfile(b, a, NULL, 3));
    SHOW(lseek(a, 0, SEEK_CUR));
    SHOW(sendfile(b, a, NULL, 100));
    SHOW(sendfile(b, a, NULL, 100));
    show_file("b");
    SHOW(sendfile(b, a, NULL, 0));
    SHOW(sendfile(append, a, NULL, 1));
    SHOW(sendfile(reader, a, NULL, 1));
    SHOW(sendfile(b, 99, NULL, 1));
    SHOW(sendfile(99, a, NULL, 1));
    SHOW(sendfile(b, dir, NULL, 1));
    SHOW(sendfile(b, pipes[0], NULL, 1));
    SHOW(sendfile(b, pipes[0], &offset, 1));
    offset = -1;
    SHOW(sendfile(b, a, &offset, 1));
    SHOW(sendfile(b, a, BAD, 1));
    offset = 0;
    SHOW(sendfile(pipes[1], a, &offset, 5));
    SHOW(read(pipes[0], block, 100));

    offset = 1;
    SHOW(copy_file_range(a, &offset, b, &other, 4, 0));
    printf("%ld %ld\n", (long)offset, (long)other);
    show_file("b");
    SHOW(copy_file_range(a, NULL, b, NULL, 4, 0));
    SHOW(lseek(a, 0, SEEK_SET));
    SHOW(lseek(b, 0, SEEK_SET));
    SHOW(copy_file_range(a, NULL, b, NULL, 100, 0));
    show_file("b");
    SHOW(copy_file_range(a, NULL, b, NULL, 100, 1));
    SHOW(copy_file_range(a, NULL, append, NULL, 1, 0));
    SHOW(copy_file_range(b, NULL, reader, NULL, 1, 0));
    SHOW(copy_file_range(dir, NULL, b, NULL, 1, 0));
    SHOW(copy_file_range(pipes[0], NULL, b, NULL, 1, 0));
    SHOW(copy_file_range(99, NULL, b, NULL, 1, 0));
    offset = 0, other = 2;
    SHOW(copy_file_range(a, &offset, a, &other, 4, 0));
    offset = 0, other = 6;
    SHOW(copy_file_range(a, &offset, a, &other, 4, 0));
    show_file("a");

    offset = 0;
    SHOW(splice(a, &offset, pipes[1], NULL, 6, 0));
    SHOW(offset);
    SHOW(splice(pipes[0], NULL, b, NULL, 4, 0));
    SHOW(lseek(b, 0, SEEK_CUR));
    SHOW(read(pipes[0], block, 100));
    SHOW(splice(pipes[0], NULL, b, NULL, 4, SPLICE_F_NONBLOCK));
    SHOW(splice(a, NULL, b, NULL, 4, 0));
    SHOW(splice(a, NULL, pipes[1], &offset, 4, 0));
    SHOW(splice(a, NULL, pipes[0], NULL, 4, 0));
    SHOW(splice(99, NULL, pipes[1], NULL, 4, 0));
    SHOW(splice(a, NULL, pipes[1], NULL, 0, 0));
    SHOW(splice(a, NULL, pipes[1], NULL, 1, 0x100));
    SHOW(fcntl(pipes[1], F_GETPIPE_SZ));
    SHOW(fcntl(a, F_GETPIPE_SZ));
    SHOW(fcntl(pipes[1], F_SETPIPE_SZ, 65536));
    return 0;
}
