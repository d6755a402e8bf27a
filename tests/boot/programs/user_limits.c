/* What one user may take of the kernel's memory, each until it is refused: watches of epoll instances, open
 * files, bytes in pipes and sockets, reports of crashes in the log. The superuser goes on meanwhile. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USER 1000
#define DESCRIPTORS 4096
#define KEPT 16 /* descriptors that are free for other things */
#define CRASHES 40
#define REPORTS_A_PERIOD 10
#define PERIOD_S 5
#define LOG_READ_ALL 3

static char page[4096];
static int ready[2], end[2]; /* pipes: a child is done; children may end */

static long number_in(const char *path)
{
    long number = -1;
    FILE *file = fopen(path, "r");

    if (file == NULL || fscanf(file, "%ld", &number) != 1)
        printf("%s cannot be read\n", path);
    if (file != NULL)
        fclose(file);
    return number;
}

static int status_of(pid_t pid)
{
    int status = -1;

    waitpid(pid, &status, 0);
    return status;
}

static pid_t fork_as_user(void)
{
    pid_t pid = fork();

    if (pid == 0 && (setgid(USER) != 0 || setuid(USER) != 0))
        _exit(9);
    return pid;
}

/* Watch the same files with one instance after the other. Returns how many watches there are. */
static long watch_all(void)
{
    static int files[DESCRIPTORS / 2];
    struct epoll_event event = {.events = EPOLLIN};
    int file_count = 0;
    long watches = 0;

    while (file_count < DESCRIPTORS / 2 && (files[file_count] = eventfd(0, 0)) >= 0)
        file_count++;
    for (;;) {
        int instance = epoll_create1(0);
        if (instance < 0)
            return watches;
        for (int i = 0; i < file_count; i++, watches++) {
            if (epoll_ctl(instance, EPOLL_CTL_ADD, files[i], &event) != 0)
                return watches;
        }
    }
}

static void show_watches(void)
{
    const long max = number_in("/proc/sys/fs/epoll/max_user_watches");
    pid_t pid = fork_as_user();

    if (pid == 0) {
        const long watches = watch_all();
        printf("watches: %s, %s\n", strerror(errno), watches == max ? "as many as may be" : "another number");
        fflush(stdout);
        _exit(watches == max ? 0 : 1);
    }
    int status = status_of(pid), instance = epoll_create1(0), event = eventfd(0, 0);
    struct epoll_event any = {.events = EPOLLIN};
    printf("they are given back: %#x %d\n", status, epoll_ctl(instance, EPOLL_CTL_ADD, event, &any));
    close(instance);
    close(event);
}

/* Open as many files as one process may; ends with ENFILE as 1. */
static void open_all(void)
{
    int error = 0;

    for (int i = 0; i < DESCRIPTORS - KEPT && error == 0; i++)
        error = open("/dev/null", O_RDONLY) < 0 ? errno : 0;
    char result = error == ENFILE;
    if (error != 0 && error != ENFILE)
        printf("open: %s\n", strerror(error));
    (void)!write(ready[1], &result, 1);
    close(end[1]);
    (void)!read(end[0], &result, 1);
    _exit(0);
}

static void show_files(void)
{
    const long max = number_in("/proc/sys/fs/file-max");
    int children = 0;
    char is_refused = 0;

    if (pipe(ready) != 0 || pipe(end) != 0)
        return;
    while (!is_refused && children < max / DESCRIPTORS + 4) {
        if (fork_as_user() == 0)
            open_all();
        children++;
        (void)!read(ready[0], &is_refused, 1);
    }
    printf("files: %s\n", is_refused ? strerror(ENFILE) : "without end");
    printf("there are %s\n", number_in("/proc/sys/fs/file-nr") >= max ? "as many as may be" : "others");
    int file = open("/dev/null", O_RDONLY);
    printf("the superuser's: %d\n", file >= 0);
    close(file);
    close(end[1]);
    while (children-- > 0)
        wait(NULL);
    printf("they are given back: %d\n", number_in("/proc/sys/fs/file-nr") < max / 2);
}

static int set_nonblocking(int file)
{
    return fcntl(file, F_SETFL, O_NONBLOCK);
}

/* Make pipes until one is small. */
static void show_pipes(void)
{
    pid_t pid = fork_as_user();

    if (pid == 0) {
        int ends[2], size = 0, count = 0;
        while (count++ < DESCRIPTORS / 2 - KEPT && pipe(ends) == 0 &&
               (size = fcntl(ends[0], F_GETPIPE_SZ)) == 65536)
            ;
        printf("a pipe's size: %d\n", size);
        set_nonblocking(ends[1]);
        for (int i = 0; i < 3; i++)
            printf("it takes %zd\n", write(ends[1], page, sizeof(page)));
        size = fcntl(ends[0], F_SETPIPE_SZ, 65536);
        printf("more: %d %s\n", size, strerror(errno));
        fflush(stdout);
        _exit(0);
    }
    status_of(pid);
}

/* Fill queues of sockets until that is refused. */
static void show_sockets(void)
{
    pid_t pid = fork_as_user();

    if (pid == 0) {
        int pair[2], error = 0;
        while (error != ENOBUFS && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
            set_nonblocking(pair[1]);
            while (write(pair[1], page, sizeof(page)) > 0)
                ;
            error = errno;
        }
        printf("sockets: %s\n", strerror(errno));
        fflush(stdout);
        _exit(0);
    }
    status_of(pid);
}

static long seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Reports that the log has. */
static int reports(void)
{
    static char log[1 << 20];
    int size = klogctl(LOG_READ_ALL, log, sizeof(log) - 1), count = 0;

    for (char *at = log; size > 0 && (at = strstr(at, ") ended by SIGSEGV")) != NULL; at++)
        count++;
    return count;
}

static void show_reports(void)
{
    const long start = seconds();

    for (int i = 0; i < CRASHES; i++) {
        pid_t pid = fork_as_user();
        if (pid == 0)
            raise(SIGSEGV);
        if (!WIFSIGNALED(status_of(pid)))
            printf("it does not crash\n");
    }
    const long periods = (seconds() - start) / PERIOD_S + 2;
    const int count = reports();
    printf("reports: %s\n", count > 0 && count <= periods * REPORTS_A_PERIOD ? "some" : "none, or too many");
}

int main(void)
{
    const struct rlimit descriptors = {DESCRIPTORS, DESCRIPTORS};

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (setrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return 1;
    show_watches();
    show_files();
    show_pipes();
    show_sockets();
    show_reports();
    return 0;
}
