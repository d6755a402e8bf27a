/* A mount that is detached while somebody works in it: it lives on, but mounts and unmounts nothing any more;
 * and several who unmount the same one: it goes once. */
#define _GNU_SOURCE
#include <sys/mount.h>

#include "show.h"

#define BASE "/tmp/mount-detached"
#define PLACE BASE "/a"
#define OTHER BASE "/b"
#define RACERS 3
#define ROUNDS 60

static void make_place(void)
{
    SHOW(mount("none", PLACE, "tmpfs", 0, NULL));
    SHOW(mkdir(PLACE "/inner", 0755));
    SHOW(mkdir(PLACE "/second", 0755));
}

static void work_in_detached(void)
{
    printf("-- detached\n");
    make_place();
    SHOW(mount("none", PLACE "/inner", "tmpfs", 0, NULL));
    SHOW(chdir(PLACE));
    int inner = open("inner", O_RDONLY | O_DIRECTORY);
    SHOW(umount2(PLACE, MNT_DETACH));
    SHOW(access(PLACE "/inner", F_OK));
    SHOW(access("inner", F_OK));
    SHOW(umount2(".", MNT_DETACH));
    SHOW(umount2(".", 0));
    SHOW(mount(".", OTHER, NULL, MS_MOVE, NULL));
    SHOW(mount(".", OTHER, NULL, MS_BIND, NULL));
    SHOW(mount("inner", OTHER, NULL, MS_BIND, NULL));
    SHOW(mount("none", ".", "tmpfs", 0, NULL));
    SHOW(mount("none", "inner", "tmpfs", 0, NULL));
    SHOW(mount(OTHER, "second", NULL, MS_BIND, NULL));
    SHOW(mount("none", ".", NULL, MS_REMOUNT | MS_NOEXEC, NULL));
    SHOW(mount("none", ".", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
    SHOW(fchdir(inner));
    SHOW(umount2(".", MNT_DETACH));
    SHOW(mount("none", ".", "tmpfs", 0, NULL));
    SHOW(close(inner));
    SHOW(chdir("/"));
}

/* A mount on another one's way to a detached place. */
static void move_to_detached(void)
{
    printf("-- to a detached place\n");
    make_place();
    SHOW(mount("none", OTHER, "tmpfs", 0, NULL));
    SHOW(chdir(PLACE));
    SHOW(umount2(PLACE, MNT_DETACH));
    SHOW(mount(OTHER, "inner", NULL, MS_MOVE, NULL));
    SHOW(chdir("/"));
    SHOW(umount(OTHER));
    SHOW(umount(OTHER));
}

/* Returns whether it was this one who unmounted it. */
static int unmount_once(int start, int flags)
{
    char byte;

    (void)!read(start, &byte, 1); /* till all are there */
    return umount2(PLACE, flags) == 0;
}

static int race(int flags)
{
    int start[2], status, count = 0;

    if (mount("none", PLACE, "tmpfs", 0, NULL) != 0 || pipe(start) != 0)
        return -1;
    for (int i = 0; i < RACERS; i++) {
        if (fork() == 0) {
            close(start[1]);
            _exit(unmount_once(start[0], flags));
        }
    }
    close(start[0]);
    close(start[1]);
    while (wait(&status) > 0)
        count += WEXITSTATUS(status);
    if (count == 0) /* one was busy because of another one's look */
        count += umount2(PLACE, 0) == 0;
    return count;
}

static void races(const char *what, int flags)
{
    int right = 0;

    for (int i = 0; i < ROUNDS; i++)
        right += race(flags) == 1;
    printf("%s: unmounted once in %d of %d\n", what, right, ROUNDS);
}

int main(void)
{
    begin();
    SHOW(mkdir(BASE, 0755));
    SHOW(mkdir(PLACE, 0755));
    SHOW(mkdir(OTHER, 0755));
    work_in_detached();
    move_to_detached();
    races("at the same time", 0);
    races("at the same time, detaching", MNT_DETACH);
    SHOW(rmdir(PLACE));
    SHOW(rmdir(OTHER));
    SHOW(rmdir(BASE));
    return 0;
}
