/* Options of devpts: what they say of the terminals that are made, and how they are shown. */
#include <sys/stat.h>

#include "terminal.h"

#define PLACE "/tmp/pty_options"

static void show_mode(const char *name)
{
    struct stat status;

    if (stat(name, &status) != 0)
        printf("%s: errno %d\n", name, errno);
    else
        printf("%s: mode %o uid %u gid %u\n", name, status.st_mode, status.st_uid, status.st_gid);
}

static void show_options(void)
{
    FILE *mounts = fopen("/proc/mounts", "r");
    char line[512], last[512] = "not mounted";

    while (fgets(line, sizeof(line), mounts) != NULL) {
        if (strstr(line, " " PLACE " devpts ") != NULL)
            snprintf(last, sizeof(last), "%s", strstr(line, PLACE));
    }
    fclose(mounts);
    printf("%s", last);
}

static int open_here(void)
{
    int fd = open(PLACE "/ptmx", O_RDWR | O_NOCTTY), zero = 0;

    if (fd >= 0)
        ioctl(fd, TIOCSPTLCK, &zero);
    return fd;
}

static int mount_here(const char *options)
{
    return mount("devpts", PLACE, "devpts", 0, options);
}

int main(void)
{
    int masters[2];

    program_begin();
    mkdir(PLACE, 0755);
    expect_error("mode=8", mount_here("newinstance,mode=8"), EINVAL);
    expect_error("unknown", mount_here("newinstance,nothing"), EINVAL);
    expect_error("too many", mount_here("newinstance,max=1048577"), EINVAL);
    expect_value("mount", mount_here("newinstance,gid=5,uid=7,mode=640,ptmxmode=666,max=2"), 0);
    show_options();
    show_mode(PLACE "/ptmx");
    for (unsigned i = 0; i < 2; i++)
        masters[i] = open_here();
    expect_true("two", masters[0] >= 0 && masters[1] >= 0);
    show_mode(PLACE "/0");
    expect_error("a third one", open_here(), ENOSPC);
    close(masters[0]);
    masters[0] = open_here();
    expect_true("in place of the first", masters[0] >= 0);
    close(masters[0]);
    close(masters[1]);
    expect_value("umount", umount(PLACE), 0);
    expect_value("as usual", mount_here("newinstance,ptmxmode=0666,mode=0620"), 0);
    show_options();
    masters[0] = open_here();
    show_mode(PLACE "/0");
    close(masters[0]);
    expect_value("umount", umount(PLACE), 0);
    expect_value("rmdir", rmdir(PLACE), 0);
    return program_end();
}
