/* FIFOs: opening them waits for the other end, unless one does not want to. */
#include "show.h"

int main(void)
{
    char bytes[16];
    int status;

    begin();
    SHOW(mkfifo("fifo", 0600));
    SHOW(mkfifo("fifo", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    SHOW(reader >= 0);
    SHOW(read(reader, bytes, 1));
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    SHOW(writer >= 0);
    SHOW(read(reader, bytes, 1));
    SHOW(write(writer, "hello", 5));
    SHOW(lseek(writer, 0, SEEK_SET));
    SHOW(read(reader, bytes, 16));
    SHOW(close(writer));
    SHOW(read(reader, bytes, 16));
    SHOW(close(reader));
    int both = open("fifo", O_RDWR);
    SHOW(both >= 0);
    SHOW(write(both, "self", 4));
    SHOW(read(both, bytes, 16));
    SHOW(close(both));
    pid_t child = fork();
    if (child == 0) {
        int fd = open("fifo", O_WRONLY);
        write(fd, "from the child", 14);
        _exit(fd >= 0 ? 0 : 1);
    }
    reader = open("fifo", O_RDONLY);
    ssize_t count = read(reader, bytes, sizeof(bytes));
    printf("%.*s\n", (int)count, bytes);
    SHOW(read(reader, bytes, 16));
    wait(&status);
    SHOW(status);
    SHOW(unlink("fifo"));
    SHOW(open("fifo", O_RDONLY));
    SHOW(truncate("fifo", 0));
    return 0;
}
