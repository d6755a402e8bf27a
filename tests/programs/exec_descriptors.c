/* Descriptors over execve(): close-on-exec closes, the others and their positions stay. */
#include "again.h"

static void show(int fd)
{
    char bytes[4] = "";

    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) {
        printf("fd %d: errno %d\n", fd, errno);
        return;
    }
    ssize_t count = read(fd, bytes, 3);
    printf("fd %d: flags %d, read %zd \"%s\", at %ld\n", fd, flags, count, bytes,
           (long)lseek(fd, 0, SEEK_CUR));
}

static void open_and_execute(void *argument)
{
    int kept = open("file", O_RDONLY), closed = open("file", O_RDONLY | O_CLOEXEC);

    (void)argument;
    lseek(kept, 2, SEEK_SET);
    dup2(kept, 20);
    dup2(kept, 21);
    fcntl(21, F_SETFD, FD_CLOEXEC);
    fcntl(closed, F_DUPFD_CLOEXEC, 100);
    fcntl(closed, F_DUPFD, 200);
    execve(own_path(), (char *[]){"x", "show", NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

static void fail_to_execute(void)
{
    int closed = open("file", O_RDONLY | O_CLOEXEC);

    expect_error("execve", execve("nothing", (char *[]){"x", NULL}, (char *[]){NULL}), ENOENT);
    expect_value("it is still open", fcntl(closed, F_GETFD), FD_CLOEXEC);
    close(closed);
}

int main(int argc, char **argv)
{
    static const int shown[] = {3, 4, 5, 20, 21, 100, 200};

    (void)argv;
    program_begin();
    if (argc > 1) {
        for (size_t i = 0; i < COUNT_OF(shown); i++)
            show(shown[i]);
        return 0;
    }
    write_text("file", "0123456789abcdef", 0644);
    expect_value("status", in_child(open_and_execute, NULL), 0);
    fail_to_execute();
    return program_end();
}
