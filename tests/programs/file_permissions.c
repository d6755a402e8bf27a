/* chmod(), chown(), access() and what permissions keep whom from; needs to be run by root. */
#include "show.h"

static void show_mode(const char *path)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        printf("%s: errno %d\n", path, errno);
    else
        printf("%s: mode %o uid %d gid %d\n", path, status.st_mode, status.st_uid, status.st_gid);
}

static void as_user(void)
{
    SHOW(access("ours", R_OK));
    SHOW(access("ours", W_OK));
    SHOW(open("ours", O_RDONLY));
    SHOW(open("secret", O_RDONLY));
    SHOW(open("mine", O_RDWR) >= 0);
    SHOW(chmod("mine", 06755));
    show_mode("mine");
    SHOW(chmod("ours", 0777));
    SHOW(chown("mine", 0, -1));
    SHOW(chown("mine", 1000, 1000));
    SHOW(chown("mine", -1, 77));
    SHOW(chown("mine", -1, -1));
    SHOW(chown("ours", -1, -1));
    show_mode("mine");
    SHOW(mkdir("d/new", 0755));
    SHOW(mkdir("sticky/new", 0755));
    SHOW(unlink("sticky/theirs"));
    SHOW(rename("sticky/theirs", "sticky/moved"));
    SHOW(rmdir("sticky/new"));
    SHOW(unlink("d/in"));
    SHOW(open("closed/x", O_RDONLY));
    SHOW(access("closed/x", F_OK));
    SHOW(chdir("closed"));
    SHOW(open("closed", O_RDONLY));
    SHOW(mknod("sticky/null", S_IFCHR | 0666, 0x103));
    SHOW(mknod("ours", S_IFCHR | 0666, 0x103));
    SHOW(mknod("sticky/fifo", S_IFIFO | 0666, 0));
    SHOW(chroot("."));
    SHOW(truncate("ours", 0));
    SHOW(access("program", X_OK));
    SHOW(access("mine", X_OK));
    SHOW(symlink("mine", "sticky/link") == 0 && lchown("sticky/link", 1000, 1000) == 0);
}

int main(void)
{
    int status;

    begin();
    SHOW(chmod(".", 0755));
    make_file("ours", "x");
    make_file("secret", "x");
    make_file("mine", "x");
    make_file("program", "x");
    symlink("mine", "l");
    mkdir("d", 0755);
    make_file("d/in", "x");
    mkdir("closed", 0700);
    make_file("closed/x", "x");
    mkdir("sticky", 0777);
    SHOW(chmod("sticky", 01777));
    make_file("sticky/theirs", "x");
    SHOW(chmod("secret", 0));
    SHOW(chmod("program", 0711));
    SHOW(chown("mine", 1000, 1000));
    show_mode("mine");
    SHOW(chmod("mine", 04755));
    SHOW(chown("mine", 1000, -1));
    show_mode("mine");
    SHOW(chmod("l", 0600));
    show_mode("mine");
    show_mode("l");
    SHOW(lchown("l", 5, 6));
    show_mode("l");
    SHOW(chmod("none", 0));
    SHOW(chmod("", 0));
    SHOW(chmod(BAD, 0));
    SHOW(chown(BAD, 0, 0));
    SHOW(access(BAD, 0));
    SHOW(access("secret", R_OK | W_OK));
    SHOW(access("secret", X_OK));
    SHOW(access("secret", 8));
    SHOW(access("secret", -1));
    SHOW(access("none", 8));
    SHOW_RAW(faccessat2, AT_FDCWD, "l", R_OK, AT_SYMLINK_NOFOLLOW);
    SHOW_RAW(faccessat2, AT_FDCWD, "l", R_OK, 0x1);
    SHOW_RAW(fchownat, AT_FDCWD, "l", 7, 8, AT_SYMLINK_NOFOLLOW);
    SHOW_RAW(fchownat, AT_FDCWD, "l", 7, 8, 1);
    int fd = open("mine", O_RDONLY);
    SHOW_RAW(fchownat, fd, "", 1000, 1000, AT_EMPTY_PATH);
    SHOW_RAW(fchownat, fd, "", 7, 8, 0);
    SHOW(fchmod(fd, 0644));
    SHOW(fchmod(99, 0644));
    SHOW(fchown(fd, 1000, 1000));
    show_mode("mine");
    SHOW(umask(0777) == 022);
    SHOW(mkdir("masked", 07777));
    SHOW(umask(01022) == 0777);
    SHOW(umask(022) == 022);
    show_mode("masked");
    SHOW(chmod("d", 02775));
    SHOW(chown("d", 3, 4));
    SHOW(mkdir("d/sub", 0755));
    make_file("d/file", "x");
    show_mode("d/sub");
    show_mode("d/file");
    fflush(stdout);
    if (fork() == 0) {
        setgid(1000);
        setuid(1000);
        as_user();
        _exit(0);
    }
    wait(&status);
    SHOW(status);
    return 0;
}
