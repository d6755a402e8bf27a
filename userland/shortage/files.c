/* Names, files, descriptors, locks, mounts. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shortage/shortage.h"

#define LARGE (3 << 20) /* more than one node of a file's tree of pages holds */

static int file_new(const char *name)
{
    return (int)NEED(open(name, O_RDWR | O_CREAT | O_EXCL, 0644));
}

static int file_with_bytes(const char *name, size_t size)
{
    static char bytes[65536];
    int fd = file_new(name);

    memset(bytes, 'x', sizeof(bytes));
    NEED(pwrite(fd, bytes, size < sizeof(bytes) ? size : sizeof(bytes), 0));
    NEED(lseek(fd, 0, SEEK_SET));
    return fd;
}

static long close_and_remove(int fd, const char *name, long result)
{
    close(fd);
    unlink(name);
    return result;
}

static long run_open(void)
{
    int file = file_new("f");
    long fd = TRY(open("f", O_RDONLY));

    if (fd >= 0)
        close((int)fd);
    return close_and_remove(file, "f", fd);
}

static long run_create(void)
{
    long fd = TRY(open("created-with-a-name-that-is-not-short-at-all", O_RDWR | O_CREAT, 0644));

    if (fd < 0)
        return access("created-with-a-name-that-is-not-short-at-all", F_OK) == 0 ? -EEXIST : fd;
    return close_and_remove((int)fd, "created-with-a-name-that-is-not-short-at-all", fd);
}

static long run_nameless(void)
{
    long fd = TRY(open(".", O_RDWR | O_TMPFILE, 0644));

    if (fd >= 0)
        close((int)fd);
    return fd == -EOPNOTSUPP ? 0 : fd;
}

static long run_mkdir(void)
{
    long result = TRY(mkdir("d", 0755));

    rmdir("d");
    return result;
}

static long run_mknod(void)
{
    long result = TRY(mknod("fifo", S_IFIFO | 0644, 0));

    unlink("fifo");
    return result;
}

static long run_open_fifo(void)
{
    NEED(mkfifo("fifo", 0644));
    long fd = TRY(open("fifo", O_RDWR | O_NONBLOCK));

    if (fd >= 0)
        close((int)fd);
    unlink("fifo");
    return fd;
}

static long run_symlink(void)
{
    long result = TRY(symlink("a-target-that-is-so-long-that-it-wants-some-room-of-its-own-anywhere", "s"));

    unlink("s");
    return result;
}

static long run_follow(void)
{
    struct stat attributes;

    close(file_new("f"));
    NEED(symlink("f", "s1"));
    NEED(symlink("s1", "s2"));
    long result = TRY(stat("s2", &attributes));
    unlink("s1");
    unlink("s2");
    unlink("f");
    return result;
}

static long run_link(void)
{
    int fd = file_new("f");
    long result = TRY(link("f", "linked"));

    unlink("linked");
    return close_and_remove(fd, "f", result);
}

static long run_rename(void)
{
    int fd = file_new("f");

    NEED(mkdir("d", 0755));
    long result = TRY(rename("f", "d/renamed-to-something-that-is-rather-longer"));
    unlink("d/renamed-to-something-that-is-rather-longer");
    rmdir("d");
    return close_and_remove(fd, "f", result);
}

static long run_rename_over(void)
{
    int fd = file_new("f");

    close(file_new("g"));
    long result = TRY(rename("f", "g"));
    unlink("g");
    return close_and_remove(fd, "f", result);
}

/* What takes away must not want memory that is not there; a shortage would be an answer. */
static long run_unlink(void)
{
    int fd = file_with_bytes("f", 10000);
    long result = TRY(unlink("f"));

    return close_and_remove(fd, "f", result);
}

static long run_rmdir(void)
{
    NEED(mkdir("d", 0755));
    long result = TRY(rmdir("d"));
    rmdir("d");
    return result;
}

static long run_write(void)
{
    static const char bytes[20000] = {1};
    int fd = file_new("f");
    long result = TRY(write(fd, bytes, sizeof(bytes)));

    return close_and_remove(fd, "f", result);
}

static long run_write_far(void)
{
    int fd = file_new("f");
    long result = TRY(pwrite(fd, "x", 1, LARGE));

    return close_and_remove(fd, "f", result);
}

static long run_write_vector(void)
{
    static char bytes[3][5000];
    struct iovec vector[200];
    int fd = file_new("f");

    for (size_t i = 0; i < 200; i++)
        vector[i] = (struct iovec){bytes[i % 3], 100};
    long result = TRY(writev(fd, vector, 200));
    return close_and_remove(fd, "f", result);
}

static long run_read_hole(void)
{
    static char bytes[20000];
    int fd = file_new("f");

    NEED(ftruncate(fd, sizeof(bytes)));
    long result = TRY(read(fd, bytes, sizeof(bytes)));
    return close_and_remove(fd, "f", result);
}

static long run_truncate(void)
{
    int fd = file_with_bytes("f", 20000);
    long result = TRY(ftruncate(fd, 5001));

    if (result >= 0)
        result = TRY(ftruncate(fd, LARGE));
    return close_and_remove(fd, "f", result);
}

static long run_fallocate(void)
{
    int fd = file_new("f");
    long result = TRY(fallocate(fd, 0, 0, 50000));

    return close_and_remove(fd, "f", result);
}

static long run_sendfile(void)
{
    int from = file_with_bytes("f", 30000), to = file_new("g");
    long result = TRY(sendfile(to, from, NULL, 30000));

    close_and_remove(from, "f", 0);
    return close_and_remove(to, "g", result);
}

static long run_copy_range(void)
{
    int from = file_with_bytes("f", 30000), to = file_new("g");
    long result = TRY(copy_file_range(from, NULL, to, NULL, 30000, 0));

    close_and_remove(from, "f", 0);
    return close_and_remove(to, "g", result);
}

static long run_list(void)
{
    char entries[4096];
    int fd = (int)NEED(open(".", O_RDONLY | O_DIRECTORY));
    long result = TRY(syscall(SYS_getdents64, fd, entries, sizeof(entries)));

    close(fd);
    return result;
}

static long run_getcwd(void)
{
    char name[4096];

    return TRY(getcwd(name, sizeof(name)) == NULL ? -1 : 0);
}

static long run_chdir(void)
{
    NEED(mkdir("d", 0755));
    long result = TRY(chdir("d"));
    if (result == 0)
        NEED(chdir(".."));
    rmdir("d");
    return result;
}

static long run_high_descriptor(void)
{
    int fd = file_new("f");
    long result = TRY(fcntl(fd, F_DUPFD, 900));

    if (result >= 0)
        close((int)result);
    return close_and_remove(fd, "f", result);
}

static long run_dup2(void)
{
    int fd = file_new("f");
    long result = TRY(dup2(fd, 700));

    close(700);
    return close_and_remove(fd, "f", result);
}

static long run_record_lock(void)
{
    int fd = file_new("f");
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 100};
    struct flock middle = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 40, .l_len = 10};
    long result = TRY(fcntl(fd, F_SETLK, &all));

    if (result >= 0)
        result = TRY(fcntl(fd, F_SETLK, &middle));
    return close_and_remove(fd, "f", result == -ENOLCK ? -ENOMEM : result);
}

static long run_flock(void)
{
    int fd = file_new("f");
    long result = TRY(flock(fd, LOCK_EX));

    return close_and_remove(fd, "f", result == -ENOLCK ? -ENOMEM : result);
}

static long run_exchange(void)
{
    int fd = file_new("f");

    NEED(mkdir("d", 0755));
    close(file_new("d/g"));
    long result = TRY(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "d/g", 2 /* RENAME_EXCHANGE */));
    unlink("d/g");
    rmdir("d");
    return close_and_remove(fd, "f", result);
}

static long run_terminal(void)
{
    int number = 0, unlocked = 0;
    char name[32];
    long master = TRY(open("/dev/ptmx", O_RDWR | O_NOCTTY)), slave;

    if (master == -ENOENT || master == -ENXIO)
        return 0;
    if (master < 0)
        return master;
    NEED(syscall(SYS_ioctl, master, 0x40045431, &unlocked));
    NEED(syscall(SYS_ioctl, master, 0x80045430, &number));
    snprintf(name, sizeof(name), "/dev/pts/%d", number);
    slave = TRY(open(name, O_RDWR | O_NOCTTY));
    if (slave >= 0) {
        long written = TRY(write((int)slave, "hello\n", 6));
        close((int)slave);
        slave = written < 0 ? written : slave;
    }
    close((int)master);
    return slave == -ENOENT ? 0 : slave; /* no devpts is mounted */
}

const struct shortage_case file_cases[] = {
    {"open", run_open},
    {"create", run_create},
    {"nameless", run_nameless},
    {"mkdir", run_mkdir},
    {"mknod", run_mknod},
    {"open-fifo", run_open_fifo},
    {"symlink", run_symlink},
    {"follow", run_follow},
    {"link", run_link},
    {"rename", run_rename},
    {"rename-over", run_rename_over},
    {"unlink", run_unlink},
    {"rmdir", run_rmdir},
    {"write", run_write},
    {"write-far", run_write_far},
    {"write-vector", run_write_vector},
    {"read-hole", run_read_hole},
    {"truncate", run_truncate},
    {"fallocate", run_fallocate},
    {"sendfile", run_sendfile},
    {"copy-range", run_copy_range},
    {"list", run_list},
    {"getcwd", run_getcwd},
    {"chdir", run_chdir},
    {"high-descriptor", run_high_descriptor},
    {"dup2", run_dup2},
    {"record-lock", run_record_lock},
    {"flock", run_flock},
    {"exchange", run_exchange},
    {"terminal", run_terminal},
    {NULL, NULL},
};
