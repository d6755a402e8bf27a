/* inotify: which events each call makes, for the file itself and for its directory; masks, flags, errors. */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "show.h"
#include "sleeping.h"

#define RENAME_EXCHANGE 2
#define PLACE "/tmp/inotify-events"

static int fd;
static uint32_t last_cookie;

static void show_mask(uint32_t mask)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{IN_ACCESS, "ACCESS"},
                 {IN_MODIFY, "MODIFY"},
                 {IN_ATTRIB, "ATTRIB"},
                 {IN_CLOSE_WRITE, "CLOSE_WRITE"},
                 {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"},
                 {IN_OPEN, "OPEN"},
                 {IN_MOVED_FROM, "MOVED_FROM"},
                 {IN_MOVED_TO, "MOVED_TO"},
                 {IN_CREATE, "CREATE"},
                 {IN_DELETE, "DELETE"},
                 {IN_DELETE_SELF, "DELETE_SELF"},
                 {IN_MOVE_SELF, "MOVE_SELF"},
                 {IN_UNMOUNT, "UNMOUNT"},
                 {IN_Q_OVERFLOW, "Q_OVERFLOW"},
                 {IN_IGNORED, "IGNORED"},
                 {IN_ISDIR, "ISDIR"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((mask & names[i].bit) != 0)
            printf(" %s", names[i].name);
        mask &= ~names[i].bit;
    }
    if (mask != 0)
        printf(" %#x", mask);
}

static void show_event(const struct inotify_event *event)
{
    const char *cookie = event->cookie == 0             ? ""
                         : event->cookie == last_cookie ? ", same cookie"
                                                        : ", new cookie";

    printf("    %d:", event->wd);
    show_mask(event->mask);
    printf(", length %u%s%s%s\n", event->len, event->len > 0 ? " " : "", event->len > 0 ? event->name : "",
           cookie);
    last_cookie = event->cookie;
}

/* All that is there. */
static void show_events(void)
{
    static char bytes[65536] __attribute__((aligned(8)));
    ssize_t size;

    while ((size = read(fd, bytes, sizeof(bytes))) > 0) {
        for (char *at = bytes; at < bytes + size;) {
            const struct inotify_event *event = (const struct inotify_event *)at;
            show_event(event);
            at += sizeof(*event) + event->len;
        }
    }
}

#define DO(call) (printf("%s\n", #call), (void)(call), show_events())

static int file;

static void begin_watching(void)
{
    fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    last_cookie = 0;
}

static void contents(void)
{
    char bytes[16];

    printf("-- a file in a directory\n");
    begin_watching();
    SHOW(inotify_add_watch(fd, PLACE, IN_ALL_EVENTS));
    DO(file = open(PLACE "/file", O_RDWR | O_CREAT, 0644));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ALL_EVENTS));
    DO(write(file, "hello", 5));
    DO(write(file, "", 0));
    DO(lseek(file, 0, SEEK_SET));
    DO(read(file, bytes, 3));
    DO(pread(file, bytes, 3, 0));
    DO(read(file, bytes, 16));
    DO(read(file, bytes, 16)); /* the end */
    DO(pwrite(file, "x", 1, 0));
    DO(ftruncate(file, 2));
    DO(truncate(PLACE "/file", 3));
    DO(fallocate(file, 0, 0, 100));
    DO(fchmod(file, 0600));
    DO(chmod(PLACE "/file", 0644));
    DO(chown(PLACE "/file", 0, 0));
    DO(utimensat(AT_FDCWD, PLACE "/file", NULL, 0));
    DO(utimensat(AT_FDCWD, PLACE "/file", (struct timespec[]){{1, 0}, {0, UTIME_OMIT}}, 0));
    DO(utimensat(AT_FDCWD, PLACE "/file", (struct timespec[]){{0, UTIME_OMIT}, {1, 0}}, 0));
    DO(utimensat(AT_FDCWD, PLACE "/file", (struct timespec[]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
    int copy = dup(file);
    DO(close(file));
    DO(close(copy));
    DO(file = open(PLACE "/file", O_RDONLY));
    DO(close(file));
    DO(file = open(PLACE "/file", O_WRONLY | O_TRUNC));
    DO(close(file));
    DO(file = open(PLACE "/file", O_PATH));
    DO(close(file));
    DO(access(PLACE "/file", R_OK));
    struct stat status;
    DO(stat(PLACE "/file", &status));
    DO(open(PLACE "/none", O_RDONLY));
    DO(open(PLACE "/file", O_CREAT | O_EXCL, 0644));
    close(fd);
}

static void names(void)
{
    printf("-- names\n");
    begin_watching();
    SHOW(inotify_add_watch(fd, PLACE, IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ALL_EVENTS));
    DO(mkdir(PLACE "/directory", 0755));
    SHOW(inotify_add_watch(fd, PLACE "/directory", IN_ALL_EVENTS));
    DO(link(PLACE "/file", PLACE "/directory/link"));
    DO(unlink(PLACE "/directory/link"));
    DO(symlink("nowhere", PLACE "/symlink"));
    DO(mkfifo(PLACE "/fifo", 0644));
    DO(rename(PLACE "/file", PLACE "/file2"));
    DO(rename(PLACE "/file2", PLACE "/directory/a name that is longer than sixteen bytes"));
    DO(rename(PLACE "/directory/a name that is longer than sixteen bytes", PLACE "/file"));
    DO(rename(PLACE "/symlink", PLACE "/fifo"));
    DO(rename(PLACE "/file", PLACE "/none/file"));
    DO(syscall(SYS_renameat2, AT_FDCWD, PLACE "/file", AT_FDCWD, PLACE "/directory", RENAME_EXCHANGE));
    DO(syscall(SYS_renameat2, AT_FDCWD, PLACE "/file", AT_FDCWD, PLACE "/directory", RENAME_EXCHANGE));
    DO(unlink(PLACE "/fifo"));
    DO(unlink(PLACE "/none"));
    DO(rename(PLACE "/directory", PLACE "/directory2"));
    int directory = open(PLACE "/directory2", O_RDONLY | O_DIRECTORY);
    show_events();
    char entries[1024];
    DO(syscall(SYS_getdents64, directory, entries, sizeof(entries)));
    DO(fchmod(directory, 0700));
    DO(close(directory));
    DO(rmdir(PLACE "/directory2"));
    DO(unlink(PLACE "/file"));
    DO(chmod(PLACE, 0755));
    DO(mkdir(PLACE "/inner", 0755));
    DO(rmdir(PLACE "/inner"));
    close(fd);
}

static void removed_while_open(void)
{
    printf("-- removed while it is open\n");
    begin_watching();
    file = open(PLACE "/file", O_RDWR | O_CREAT, 0644);
    SHOW(inotify_add_watch(fd, PLACE, IN_ALL_EVENTS));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ALL_EVENTS));
    DO(unlink(PLACE "/file"));
    DO(write(file, "x", 1));
    DO(close(file));
    SHOW(inotify_rm_watch(fd, 2));
    close(fd);
    printf("-- with IN_EXCL_UNLINK\n");
    begin_watching();
    file = open(PLACE "/file", O_RDWR | O_CREAT, 0644);
    SHOW(inotify_add_watch(fd, PLACE, IN_ALL_EVENTS | IN_EXCL_UNLINK));
    DO(write(file, "x", 1));
    DO(unlink(PLACE "/file"));
    DO(write(file, "x", 1));
    DO(close(file));
    close(fd);
}

static void masks(void)
{
    char name[PATH_MAX];

    printf("-- masks\n");
    begin_watching();
    close(open(PLACE "/file", O_WRONLY | O_CREAT, 0644));
    SHOW(symlink("file", PLACE "/symlink"));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_MODIFY));
    DO(truncate(PLACE "/file", 1));
    DO(chmod(PLACE "/file", 0600));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ATTRIB | IN_MASK_ADD));
    DO(chmod(PLACE "/file", 0600));
    SHOW(inotify_add_watch(fd, PLACE "/symlink", IN_ATTRIB)); /* what it leads to */
    DO(truncate(PLACE "/file", 1));
    SHOW(inotify_add_watch(fd, PLACE "/symlink", IN_ALL_EVENTS | IN_DONT_FOLLOW));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ATTRIB | IN_MASK_CREATE));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ATTRIB | IN_MASK_CREATE | IN_MASK_ADD));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ATTRIB | IN_ONLYDIR));
    SHOW(inotify_add_watch(fd, PLACE, IN_CREATE | IN_ONLYDIR));
    SHOW(inotify_add_watch(fd, PLACE "/file", 0));
    SHOW(inotify_add_watch(fd, PLACE "/file", 0x1000));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ISDIR));
    SHOW(inotify_add_watch(fd, PLACE "/none", IN_ATTRIB));
    SHOW(inotify_add_watch(fd, BAD, IN_ATTRIB));
    SHOW(inotify_add_watch(-1, PLACE, IN_ATTRIB));
    SHOW(inotify_add_watch(1, PLACE, 0));
    int null = open("/dev/null", O_RDWR);
    SHOW(inotify_add_watch(null, PLACE, IN_ATTRIB));
    SHOW(inotify_rm_watch(null, 1));
    close(null);
    SHOW(inotify_rm_watch(fd, 99));
    SHOW(inotify_rm_watch(fd, -1));
    SHOW(inotify_rm_watch(-1, 1));
    DO(inotify_rm_watch(fd, 1));
    SHOW(inotify_rm_watch(fd, 1));
    SHOW(inotify_add_watch(fd, PLACE "/file", IN_ATTRIB | IN_ONESHOT)); /* another number */
    DO(chmod(PLACE "/file", 0600));
    DO(chmod(PLACE "/file", 0600));
    SHOW(inotify_init1(0x1234));
    memset(name, 'n', sizeof(name));
    memcpy(name, PLACE "/", sizeof(PLACE));
    name[sizeof(PLACE) + NAME_MAX] = '\0';
    SHOW(inotify_add_watch(fd, PLACE, IN_ALL_EVENTS));
    DO(mkdir(name, 0755));
    DO(rmdir(name));
    close(fd);
}

static void reading(void)
{
    char bytes[64];
    int waiting;

    printf("-- reading\n");
    begin_watching();
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};
    SHOW(inotify_add_watch(fd, PLACE, IN_ATTRIB | IN_CREATE | IN_DELETE));
    SHOW(read(fd, bytes, sizeof(bytes)));
    SHOW(read(fd, bytes, 0));
    SHOW(poll(&one, 1, 0));
    chmod(PLACE, 0700);
    chmod(PLACE, 0700); /* the same: told once */
    mkdir(PLACE "/seventeen bytes.", 0755);
    chmod(PLACE, 0700);
    rmdir(PLACE "/seventeen bytes.");
    SHOW(poll(&one, 1, 0));
    printf("events %#x\n", one.revents);
    SHOW(ioctl(fd, FIONREAD, &waiting));
    printf("bytes %d\n", waiting);
    SHOW(read(fd, bytes, 15));
    SHOW(read(fd, BAD, 64));
    SHOW(read(fd, bytes, 47)); /* not enough for a name */
    SHOW(read(fd, bytes, 64));
    show_events();
    SHOW(write(fd, bytes, 16));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(fcntl(fd, F_GETFD));
    fcntl(fd, F_SETFL, 0);
    pid_t child = fork();
    if (child == 0) {
        await_sleep(getppid());
        chmod(PLACE, 0755);
        _exit(0);
    }
    SHOW(read(fd, bytes, sizeof(bytes))); /* waits */
    waitpid(child, NULL, 0);
    close(fd);
}

static void overflow(void)
{
    printf("-- too many\n");
    begin_watching();
    inotify_add_watch(fd, PLACE, IN_CREATE | IN_DELETE);
    for (int i = 0; i < 8200; i++) {
        mkdir(PLACE "/x", 0755);
        rmdir(PLACE "/x");
    }
    int count = 0, overflows = 0;
    struct inotify_event event[2];
    while (read(fd, event, sizeof(event)) > 0) {
        count++;
        overflows += event[0].mask == IN_Q_OVERFLOW && event[0].wd == -1;
    }
    printf("%d events, of which %d for those that are lost\n", count, overflows);
    DO(mkdir(PLACE "/x", 0755));
    DO(rmdir(PLACE "/x"));
    close(fd);
}

static void unmounted(void)
{
    printf("-- unmounted\n");
    begin_watching();
    SHOW(mkdir(PLACE "/mount", 0755));
    SHOW(mount("none", PLACE "/mount", "tmpfs", 0, NULL));
    close(open(PLACE "/mount/file", O_WRONLY | O_CREAT, 0644));
    SHOW(inotify_add_watch(fd, PLACE "/mount/file", IN_MODIFY));
    DO(umount(PLACE "/mount"));
    SHOW(rmdir(PLACE "/mount"));
    close(fd);
}

int main(void)
{
    begin();
    SHOW(mkdir(PLACE, 0755));
    contents();
    names();
    removed_while_open();
    masks();
    reading();
    overflow();
    unmounted();
    SHOW(unlink(PLACE "/file"));
    SHOW(unlink(PLACE "/symlink"));
    SHOW(rmdir(PLACE));
    return 0;
}
