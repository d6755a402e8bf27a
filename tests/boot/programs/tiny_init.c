/* An init as somebody might write it for an initramfs of his own: mounts what tools need, runs a shell on the console
 * again and again until that exits with status 0, then switches the machine off. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void mount_at(const char *type, const char *place)
{
    mkdir(place, 0755);
    if (mount(type, place, type, MS_NOSUID | MS_NOEXEC, NULL) != 0)
        printf("init: %s: %s\n", place, strerror(errno));
}

static pid_t start_shell(void)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    setsid();
    ioctl(STDIN_FILENO, TIOCSCTTY, 0);
    execl("/bin/busybox", "sh", (char *)NULL);
    _exit(1);
}

int main(void)
{
    int status = 1;

    mount_at("proc", "/proc");
    mount_at("sysfs", "/sys");
    printf("init: ready, pid %d\n", (int)getpid());
    while (status != 0) {
        pid_t shell = start_shell(), ended;
        while ((ended = wait(&status)) != shell)
            printf("init: reaped an orphan that ended with status %d\n", WEXITSTATUS(status));
        printf("init: the shell ended with status %d\n", WEXITSTATUS(status));
    }
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
