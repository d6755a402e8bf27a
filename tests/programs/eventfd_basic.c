/* eventfd: counting, semaphores, overflow, waiting, errors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "program.h"

static int poll_one(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};

    (void)poll(&one, 1, 0);
    return one.revents;
}

static long put(int fd, uint64_t value)
{
    return write(fd, &value, 8);
}

static void show_read(const char *what, int fd)
{
    uint64_t value = 0;
    long result = read(fd, &value, 8);

    printf("%s: %ld %d %llx\n", what, result, result < 0 ? errno : 0, (unsigned long long)value);
}

static void *writer(void *argument)
{
    usleep(20000);
    put(*(int *)argument, 41);
    return NULL;
}

static void *reader(void *argument)
{
    usleep(20000);
    show_read("reader", *(int *)argument);
    return NULL;
}

int main(void)
{
    int counter, semaphore, blocking;
    uint64_t longer[2] = {1, 2};
    pthread_t thread;

    program_begin();
    counter = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
    expect_value("flags", fcntl(counter, F_GETFL), O_RDWR | O_NONBLOCK);
    expect_value("close on exec", fcntl(counter, F_GETFD), FD_CLOEXEC);
    expect_value("both", poll_one(counter), POLLIN | POLLOUT);
    show_read("initial", counter);
    show_read("nothing", counter);
    expect_value("writable", poll_one(counter), POLLOUT);
    expect_value("add", put(counter, 5) + put(counter, 6), 16);
    show_read("sum", counter);
    expect_value("add 0", put(counter, 0), 8);
    show_read("nothing", counter);
    expect_value("fill", put(counter, UINT64_MAX - 1), 8);
    expect_value("only readable", poll_one(counter), POLLIN);
    expect_error("full", put(counter, 1), EAGAIN);
    expect_error("too much", put(counter, UINT64_MAX), EINVAL);
    show_read("all", counter);
    expect_error("short write", write(counter, longer, 4), EINVAL);
    expect_error("short read", read(counter, longer, 7), EINVAL);
    expect_error("bad pointer", write(counter, (void *)16, 8), EFAULT);
    put(counter, 9);
    expect_value("long read", read(counter, longer, 16), 8);
    expect_error("pread", pread(counter, longer, 8, 0), ESPIPE);
    semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    show_read("one", semaphore);
    show_read("two", semaphore);
    show_read("three", semaphore);
    blocking = eventfd(0, 0);
    pthread_create(&thread, NULL, writer, &blocking);
    show_read("waited", blocking);
    pthread_join(thread, NULL);
    put(blocking, UINT64_MAX - 1);
    pthread_create(&thread, NULL, reader, &blocking);
    long written = put(blocking, 7);
    pthread_join(thread, NULL);
    expect_value("wait for room", written, 8);
    show_read("rest", blocking);
    expect_error("flags", eventfd(0, 2), EINVAL);
    expect_value("the old call", syscall(SYS_eventfd, 1) >= 0, 1);
    return program_end();
}
