/* Mounts, and watches on names. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shortage/shortage.h"

static long make_in(const char *name)
{
    int fd = (int)NEED(open(name, O_RDWR | O_CREAT, 0644));

    NEED(ftruncate(fd, 5000));
    return close(fd);
}

static long run_mount(void)
{
    NEED(mkdir("m", 0755));
    long result = TRY(mount("none", "m", "tmpfs", 0, "size=1m"));
    if (result >= 0) {
        make_in("m/f");
        result = TRY(umount2("m", 0));
    }
    umount2("m", MNT_DETACH);
    rmdir("m");
    return result;
}

/* One mount below the other, shown a second time, then at another place. */
static long run_bind_and_move(void)
{
    NEED(mkdir("m", 0755));
    NEED(mkdir("n", 0755));
    NEED(mount("none", "m", "tmpfs", 0, NULL));
    NEED(mkdir("m/inner", 0755));
    NEED(mkdir("m/other", 0755));
    NEED(mount("none", "m/inner", "tmpfs", 0, NULL));
    long result = TRY(mount("m", "n", NULL, MS_BIND | MS_REC, NULL));
    if (result >= 0)
        result = TRY(mount("m/inner", "m/other", NULL, MS_MOVE, NULL));
    umount2("n", MNT_DETACH);
    umount2("m", MNT_DETACH);
    rmdir("n");
    rmdir("m");
    return result;
}

static long run_inotify(void)
{
    long fd = TRY(inotify_init1(IN_NONBLOCK));

    if (fd == -ENOSYS)
        return 0;
    if (fd < 0)
        return fd;
    long result = TRY(inotify_add_watch((int)fd, ".", IN_CREATE | IN_DELETE | IN_MODIFY));
    if (result >= 0) {
        result = TRY(open("f", O_RDWR | O_CREAT, 0644));
        if (result >= 0)
            close((int)result);
        rename("f", "g");
        unlink("g");
    }
    close((int)fd);
    return result;
}

const struct shortage_case mount_cases[] = {
    {"mount", run_mount},
    {"bind-and-move", run_bind_and_move},
    {"inotify", run_inotify},
    {NULL, NULL},
};
