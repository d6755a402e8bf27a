/* Supplementary groups: getgroups(), setgroups(), what a fork keeps, what files are checked against. */
#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>

#include "program.h"

static void show(const char *what)
{
    gid_t groups[64];
    long count = syscall(SYS_getgroups, 64, groups);

    printf("%s: %ld:", what, count);
    for (long i = 0; i < count; i++)
        printf(" %u", groups[i]);
    printf("\n");
}

int main(void)
{
    static const gid_t some[] = {30, 10, 20, 10}, bad[] = {1, (gid_t)-1};
    gid_t list[8];
    int status;

    program_begin();
    expect_value("setgroups of none", syscall(SYS_setgroups, 0, NULL), 0);
    show("none");
    expect_value("setgroups", syscall(SYS_setgroups, 4, some), 0);
    show("sorted");
    expect_value("their number", syscall(SYS_getgroups, 0, NULL), 4);
    expect_error("no room", syscall(SYS_getgroups, 3, list), EINVAL);
    expect_error("a negative size", syscall(SYS_getgroups, -1, list), EINVAL);
    expect_error("to nowhere", syscall(SYS_getgroups, 8, 8), EFAULT);
    expect_error("setgroups from nowhere", syscall(SYS_setgroups, 2, 8), EFAULT);
    expect_error("one that cannot be", syscall(SYS_setgroups, 2, bad), EINVAL);
    expect_error("far too many", syscall(SYS_setgroups, 70000, some), EINVAL);
    expect_error("a negative number", syscall(SYS_setgroups, -1, some), EINVAL);
    show("as before");

    const char *folder = make_folder(), *file = path_in(folder, "of-group-20");
    int fd = open(file, O_CREAT | O_WRONLY, 0640);
    expect_value("chown", fchown(fd, 500, 20), 0);
    expect_value("chmod", fchmod(fd, 0640), 0);
    close(fd);
    if (fork() == 0) {
        expect_value("setresgid", syscall(SYS_setresgid, 99, 99, 99), 0);
        expect_value("setresuid", syscall(SYS_setresuid, 1000, 1000, 1000), 0);
        show("of a child");
        expect_error("setgroups", syscall(SYS_setgroups, 0, NULL), EPERM);
        expect_error("setgroups, too many", syscall(SYS_setgroups, 70000, some), EPERM);
        expect_true("read by a supplementary group", open(file, O_RDONLY) >= 0);
        expect_error("write", open(file, O_WRONLY), EACCES);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    if (fork() == 0) {
        expect_value("setgroups of none", syscall(SYS_setgroups, 0, NULL), 0);
        expect_value("setresgid", syscall(SYS_setresgid, 99, 99, 99), 0);
        expect_value("setresuid", syscall(SYS_setresuid, 1000, 1000, 1000), 0);
        expect_error("read by nobody", open(file, O_RDONLY), EACCES);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    unlink(file);
    rmdir(folder);
    return program_end();
}
