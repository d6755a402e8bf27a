/* /proc/self/fd and fdinfo: what descriptors are, and opening them once more. */
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "show.h"

static char target[4096];

/* The link of a descriptor; numbers in brackets are left out. */
static void show_link(int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    errno = 0;
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    target[length < 0 ? 0 : length] = '\0';
    char *number = strstr(target, ":[");
    if (number != NULL && number[2] >= '0' && number[2] <= '9')
        strcpy(number + 2, "N]");
    printf("link: %s, errno %d\n", target, length < 0 ? errno : 0);
}

static void show_mode(int fd)
{
    struct stat status;
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (lstat(path, &status) != 0)
        printf("lstat: errno %d\n", errno);
    else
        printf("mode %o\n", status.st_mode);
}

static int again(int fd, int flags)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags);
}

static void show_bytes(const char *what, int fd)
{
    char bytes[64];
    ssize_t count = read(fd, bytes, sizeof(bytes));

    printf("%s: %zd %.*s, errno %d\n", what, count, count > 0 ? (int)count : 0, bytes, count < 0 ? errno : 0);
}

static void files(void)
{
    struct stat a, b;

    make_file("/tmp/proc-fd", "contents");
    int fd = open("/tmp/proc-fd", O_RDWR);
    show_link(fd);
    show_mode(fd);
    lseek(fd, 4, SEEK_SET);
    int second = again(fd, O_RDONLY);
    show_mode(second);
    show_bytes("its own position", second);
    show_bytes("the first's", fd);
    SHOW(write(second, "x", 1));
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    SHOW(stat(path, &a));
    SHOW(fstat(fd, &b));
    printf("the same file: %d\n", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    SHOW(truncate(path, 3));
    SHOW(open(path, O_RDONLY | O_NOFOLLOW));
    int found = again(fd, O_PATH | O_NOFOLLOW);
    SHOW(fstat(found, &a));
    printf("O_PATH of the link itself: %o\n", a.st_mode & S_IFMT);
    close(found);
    close(second);
    SHOW(rename("/tmp/proc-fd", "/tmp/proc-fd-renamed"));
    show_link(fd);
    SHOW(link("/tmp/proc-fd-renamed", "/tmp/proc-fd-second"));
    SHOW(unlink("/tmp/proc-fd-second"));
    SHOW(unlink("/tmp/proc-fd-renamed"));
    show_link(fd);
    second = again(fd, O_RDONLY);
    show_bytes("though it is removed", second);
    show_link(second);
    close(second);
    close(fd);
    show_link(fd);
    SHOW(again(fd, O_RDONLY));
}

static void directories(void)
{
    mkdir("/tmp/proc-fd-d", 0755);
    int fd = open("/tmp/proc-fd-d", O_RDONLY | O_DIRECTORY);
    show_link(fd);
    show_mode(fd);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d/inside", fd);
    SHOW(mkdir(path, 0755));
    SHOW(access("/tmp/proc-fd-d/inside", F_OK));
    snprintf(path, sizeof(path), "/proc/self/fd/%d/../proc-fd-d/inside/..", fd);
    SHOW(access(path, F_OK));
    SHOW(chdir(path));
    SHOW(readlink("/proc/self/cwd", target, sizeof(target)));
    SHOW(rmdir("/tmp/proc-fd-d/inside"));
    SHOW(rmdir("/tmp/proc-fd-d"));
    ssize_t length = readlink("/proc/self/cwd", target, sizeof(target));
    printf("cwd: %.*s\n", (int)length, target);
    show_link(fd);
    SHOW(syscall(SYS_getcwd, target, sizeof(target)));
    SHOW(chdir("/"));
    close(fd);
}

static void pipes(void)
{
    int ends[2];

    pipe(ends);
    show_link(ends[0]);
    show_link(ends[1]);
    show_mode(ends[0]);
    show_mode(ends[1]);
    int reader = again(ends[0], O_RDONLY), writer = again(ends[0], O_WRONLY);
    SHOW(write(writer, "one", 3));
    SHOW(write(ends[1], "two", 3));
    show_bytes("both", reader);
    close(ends[1]);
    SHOW(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    show_bytes("a writer is left", ends[0]);
    close(writer);
    show_bytes("none is left", ends[0]);
    show_bytes("for none of them", reader);
    show_link(reader);
    close(ends[0]);
    close(reader);
    pipe(ends);
    reader = again(ends[1], O_RDWR);
    SHOW(write(reader, "self", 4));
    show_bytes("read and write", reader);
    close(ends[0]);
    close(ends[1]);
    close(reader);
}

static void others(void)
{
    int pair[2], fds[3];

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    show_link(pair[0]);
    SHOW(again(pair[0], O_RDWR));
    fds[0] = eventfd(0, 0);
    fds[1] = epoll_create1(0);
    fds[2] = timerfd_create(CLOCK_MONOTONIC, 0);
    for (int i = 0; i < 3; i++) {
        show_link(fds[i]);
        SHOW(again(fds[i], O_RDONLY));
        close(fds[i]);
    }
    close(pair[0]);
    close(pair[1]);
    int null = open("/dev/null", O_RDWR);
    show_link(null);
    int second = again(null, O_RDONLY);
    show_bytes("null", second);
    close(null);
    close(second);
}

/* Lines of /proc/net/unix that have our name in them, but for address, references and inode. */
static void show_sockets(void)
{
    static const char *const names[] = {"@proc-fd", "/tmp/proc-fd-socket"};
    static char line[512];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        FILE *file = fopen("/proc/net/unix", "r");
        while (fgets(line, sizeof(line), file) != NULL) {
            char flags[16], type[8], state[8];
            if (strstr(line, names[i]) == NULL || strstr(line, names[i])[-1] != ' ')
                continue;
            sscanf(line, "%*s %*s %*s %15s %7s %7s", flags, type, state);
            printf("%s %s %s %s", flags, type, state, strstr(line, names[i]));
        }
        fclose(file);
    }
}

static void sockets(void)
{
    static const struct sockaddr_un names[] = {{AF_UNIX, "\0proc-fd"}, {AF_UNIX, "/tmp/proc-fd-socket"}};
    int fds[2];

    fds[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
    fds[1] = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(fds[0], (const struct sockaddr *)&names[0], 2 + 8));
    SHOW(bind(fds[1], (const struct sockaddr *)&names[1], sizeof(names[1])));
    show_sockets();
    SHOW(listen(fds[1], 1));
    show_sockets();
    close(fds[0]);
    close(fds[1]);
    unlink(names[1].sun_path);
    show_sockets();
}

static void nameless(void)
{
    char path[64];
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

    SHOW(write(fd, "named later", 11));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/proc-fd-named", AT_SYMLINK_FOLLOW));
    show_file("/tmp/proc-fd-named");
    SHOW(unlink("/tmp/proc-fd-named"));
    close(fd);
}

static void list(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0, last = -1, is_ordered = 1, own = dirfd(directory);
    struct dirent *entry;

    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = atoi(entry->d_name);
        is_ordered &= fd > last;
        last = fd;
        count += fcntl(fd, F_GETFD) >= 0;
        if (entry->d_type != DT_LNK)
            printf("type %d\n", entry->d_type);
    }
    printf("%d descriptors, in order %d, own is the last %d\n", count, is_ordered, last == own);
    closedir(directory);
}

static void info(void)
{
    char path[64], bytes[512];

    make_file("/tmp/proc-fd", "0123456789");
    int fd = open("/tmp/proc-fd", O_RDWR | O_APPEND | O_CLOEXEC);
    lseek(fd, 7, SEEK_SET);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    int file = open(path, O_RDONLY);
    ssize_t count = read(file, bytes, sizeof(bytes) - 1);
    bytes[count < 0 ? 0 : count] = '\0';
    *strstr(bytes, "mnt_id") = '\0';
    unsigned flags = (unsigned)strtoul(strstr(bytes, "flags:\t") + 7, NULL, 8);
    printf("%.6s flags %o\n", bytes, flags & (O_ACCMODE | O_APPEND | O_CLOEXEC));
    close(file);
    close(fd);
    SHOW(open(path, O_RDONLY));
    unlink("/tmp/proc-fd");
}

/* Of another process: by its own user, and by nobody else but the superuser. */
static void foreign(void)
{
    int ends[2];
    char path[64];

    pipe(ends);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(ends[1]);
        read(ends[0], &byte, 1);
        _exit(0);
    }
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", child, ends[0]);
    SHOW(readlink(path, target, sizeof(target)) > 0);
    pid_t other = fork();
    if (other == 0) {
        setgid(4711);
        setuid(4711);
        SHOW(readlink(path, target, sizeof(target)));
        SHOW(open(path, O_RDONLY));
        snprintf(path, sizeof(path), "/proc/%d/fd", child);
        SHOW(open(path, O_RDONLY));
        snprintf(path, sizeof(path), "/proc/%d/exe", child);
        SHOW(readlink(path, target, sizeof(target)));
        snprintf(path, sizeof(path), "/proc/%d/cwd", child);
        SHOW(chdir(path));
        snprintf(path, sizeof(path), "/proc/%d/environ", child);
        SHOW(open(path, O_RDONLY));
        snprintf(path, sizeof(path), "/proc/%d/stat", child);
        SHOW(close(open(path, O_RDONLY)));
        snprintf(path, sizeof(path), "/proc/%d/comm", child);
        SHOW(open(path, O_WRONLY));
        snprintf(path, sizeof(path), "/proc/%d/mem", child);
        SHOW(open(path, O_RDONLY));
        _exit(0);
    }
    waitpid(other, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    waitpid(child, NULL, 0);
    SHOW(readlink(path, target, sizeof(target)));
}

int main(void)
{
    begin();
    files();
    directories();
    pipes();
    others();
    sockets();
    nameless();
    list();
    info();
    foreign();
    return 0;
}
