/* What Linux would have to be changed for, so that only Lintel is looked at: /dev/kmsg, devtmpfs, devices in
 * /sys, settings that can be written. */
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>

#include "show.h"
#include "sleeping.h"

static int failures;

#define EXPECT(condition)                                                        \
    do {                                                                         \
        if (!(condition)) {                                                      \
            printf("line %d: not %s (errno %d)\n", __LINE__, #condition, errno); \
            failures++;                                                          \
        }                                                                        \
    } while (0)

static char bytes[8192];

static ssize_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t sum = 0, count;

    if (fd < 0)
        return -1;
    while ((count = read(fd, bytes + sum, 100)) > 0)
        sum += count;
    bytes[sum] = '\0';
    close(fd);
    return sum;
}

static int put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    ssize_t count = fd < 0 ? -1 : write(fd, text, strlen(text));

    int error = errno;
    close(fd);
    errno = error;
    return count == (ssize_t)strlen(text) ? 0 : -1;
}

static void records(void)
{
    int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK), level, second_level;
    struct pollfd poll_for = {.fd = fd, .events = POLLIN};
    unsigned sequence, next;
    unsigned long time_us;
    int start;

    EXPECT(fd >= 0);
    EXPECT(lseek(fd, 0, SEEK_END) == 0);
    EXPECT(read(fd, bytes, sizeof(bytes)) == -1 && errno == EAGAIN);
    EXPECT(poll(&poll_for, 1, 0) == 0);
    EXPECT(write(fd, "<4>first line\n", 14) == 14);
    EXPECT(write(fd, "second\tline", 11) == 11);
    EXPECT(poll(&poll_for, 1, 1000) == 1 && poll_for.revents == POLLIN);
    EXPECT(read(fd, bytes, 5) == -1 && errno == EINVAL);
    EXPECT(read(fd, BAD, 500) == -1 && errno == EFAULT);
    ssize_t count = read(fd, bytes, sizeof(bytes) - 1);
    EXPECT(count > 0);
    bytes[count > 0 ? count : 0] = '\0';
    EXPECT(sscanf(bytes, "%d,%u,%lu,-;%n", &level, &sequence, &time_us, &start) == 3 && level == 4);
    EXPECT(strcmp(bytes + start, "first line\n") == 0);
    count = read(fd, bytes, sizeof(bytes) - 1);
    bytes[count > 0 ? count : 0] = '\0';
    EXPECT(sscanf(bytes, "%d,%u,%*u,-;%n", &second_level, &next, &start) == 2 && next == sequence + 1);
    EXPECT(strcmp(bytes + start, "second\\x09line\n") == 0);
    EXPECT(lseek(fd, 0, SEEK_SET) == 0);
    EXPECT(read(fd, bytes, sizeof(bytes)) > 0);
    EXPECT(lseek(fd, 1, SEEK_SET) == -1 && errno == ESPIPE);
    EXPECT(lseek(fd, 0, SEEK_END) == 0);
    pid_t child = fork();
    if (child == 0) {
        await_sleep(getppid());
        EXPECT(write(fd, "later", 5) == 5);
        _exit(0);
    }
    EXPECT(poll(&poll_for, 1, 15000) == 1);
    waitpid(child, NULL, 0);
    close(fd);
}

static void nodes(void)
{
    struct stat a, b;

    mkdir("/tmp/dev1", 0755);
    mkdir("/tmp/dev2", 0755);
    EXPECT(mount("dev", "/tmp/dev1", "devtmpfs", 0, NULL) == 0);
    EXPECT(stat("/tmp/dev1/null", &a) == 0 && S_ISCHR(a.st_mode) && a.st_rdev == makedev(1, 3));
    EXPECT(symlink("null", "/tmp/dev1/nothing") == 0);
    EXPECT(mount("dev", "/tmp/dev2", "devtmpfs", 0, NULL) == 0);
    EXPECT(stat("/tmp/dev2/null", &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    EXPECT(stat("/tmp/dev2/nothing", &b) == 0);
    EXPECT(umount("/tmp/dev1") == 0);
    EXPECT(umount("/tmp/dev2") == 0);
    EXPECT(mount("dev", "/tmp/dev1", "devtmpfs", 0, NULL) == 0);
    EXPECT(unlink("/tmp/dev1/nothing") == 0);
    EXPECT(umount("/tmp/dev1") == 0);
    rmdir("/tmp/dev1");
    rmdir("/tmp/dev2");
}

static void classes(void)
{
    struct stat a, b;

    mkdir("/tmp/sys", 0755);
    EXPECT(mount("sys", "/tmp/sys", "sysfs", 0, NULL) == 0);
    EXPECT(slurp("/tmp/sys/class/mem/null/dev") > 0 && strcmp(bytes, "1:3\n") == 0);
    EXPECT(slurp("/tmp/sys/dev/char/1:3/uevent") > 0 && strstr(bytes, "DEVNAME=null\n") != NULL);
    EXPECT(stat("/tmp/sys/dev/char/1:3", &a) == 0 && stat("/tmp/sys/class/mem/null", &b) == 0);
    EXPECT(a.st_ino == b.st_ino);
    EXPECT(access("/tmp/sys/class/mem/null/subsystem/zero", F_OK) == 0);
    EXPECT(access("/tmp/sys/dev/char/1:4711", F_OK) == -1 && errno == ENOENT);
    EXPECT(slurp("/tmp/sys/devices/system/cpu/online") > 0 && bytes[0] == '0');
    EXPECT(access("/tmp/sys/devices/system/cpu/cpu0/topology", F_OK) == 0);
    EXPECT(access("/tmp/sys/devices/system/cpu/cpu00", F_OK) == -1);
    EXPECT(mkdir("/tmp/sys/new", 0755) == -1 && errno == EPERM);
    EXPECT(mount("inner", "/tmp/sys/fs", "tmpfs", 0, NULL) ==
           0); /* a folder is the same one when it is looked up again */
    EXPECT(mkdir("/tmp/sys/fs/new", 0755) == 0 && access("/tmp/sys/fs/new", F_OK) == 0);
    EXPECT(umount("/tmp/sys/fs") == 0);
    EXPECT(umount("/tmp/sys") == 0);
    rmdir("/tmp/sys");
}

static void settings(void)
{
    struct utsname names;

    EXPECT(put("/proc/sys/kernel/hostname", "changed\n") == 0);
    uname(&names);
    EXPECT(strcmp(names.nodename, "changed") == 0);
    EXPECT(put("/proc/sys/kernel/hostname", "lintel\n") == 0);
    EXPECT(slurp("/proc/sys/kernel/hostname") > 0 && strcmp(bytes, "lintel\n") == 0);
    EXPECT(slurp("/proc/sys/kernel/printk") > 0);
    EXPECT(put("/proc/sys/kernel/printk", bytes) == 0);
    EXPECT(put("/proc/sys/kernel/printk", "9") == -1 && errno == EINVAL);
    EXPECT(put("/proc/sys/vm/drop_caches", "3\n") == 0);
    EXPECT(put("/proc/sys/vm/drop_caches", "5\n") == -1);
    EXPECT(put("/proc/sys/kernel/ostype", "Other") == -1 && errno == EACCES);
    EXPECT(open("/proc/sys/vm/drop_caches", O_RDONLY) == -1 && errno == EACCES);
    char first[64];
    EXPECT(slurp("/proc/sys/kernel/random/uuid") == 37);
    strcpy(first, bytes);
    EXPECT(slurp("/proc/sys/kernel/random/uuid") == 37 && strcmp(first, bytes) != 0);
    EXPECT(slurp("/proc/sys/kernel/random/boot_id") == 37);
    strcpy(first, bytes);
    EXPECT(slurp("/proc/sys/kernel/random/boot_id") == 37 && strcmp(first, bytes) == 0);
    pid_t user = fork();
    if (user == 0) {
        setuid(1000);
        prctl(PR_SET_DUMPABLE, 1); /* or its files would be root's */
        EXPECT(put("/proc/sys/kernel/hostname", "x") == -1 && errno == EACCES);
        EXPECT(open("/proc/kmsg", O_RDONLY) == -1 && errno == EACCES);
        EXPECT(open("/proc/sysrq-trigger", O_WRONLY) == -1 && errno == EACCES);
        EXPECT(put("/proc/1/oom_score_adj", "1") == -1);
        EXPECT(put("/proc/self/oom_score_adj", "10") == 0);
        EXPECT(put("/proc/self/oom_score_adj", "-10") == -1 && errno == EACCES);
        _exit(failures);
    }
    int status;
    waitpid(user, &status, 0);
    EXPECT(status == 0);
}

int main(void)
{
    struct utsname names;

    begin();
    uname(&names);
    if (strstr(names.release, "lintel") != NULL) {
        records();
        nodes();
        classes();
        settings();
    }
    printf("%d failures\n", failures);
    return 0;
}
