/* Every file below /proc and /sys is read, with odd sizes and at odd offsets, by the superuser and by a user,
 * while processes come and go. What the files say is not looked at: the machine must still be there. */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#include "show.h"

static long files, directories, links;

static void read_file(const char *path)
{
    static const size_t sizes[] = {1, 7, 63, 4096, 100000};
    static char bytes[100000];
    int fd = open(path, O_RDONLY | O_NONBLOCK);

    if (fd < 0)
        return;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] == 1 && files % 4 != 0)
            continue; /* takes long */
        lseek(fd, 0, SEEK_SET);
        for (int n = 0; n < 3000 && read(fd, bytes, sizes[i]) > 0; n++)
            ;
    }
    (void)!pread(fd, bytes, 100, 50);
    (void)!pread(fd, bytes, 100, 1l << 40);
    (void)!pread(fd, BAD, 100, 0);
    (void)!read(fd, KERNEL, 100);
    lseek(fd, 5000, SEEK_SET);
    (void)!read(fd, bytes, 100);
    close(fd);
    files++;
}

static void walk(const char *path, int depth)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    struct stat status;
    char below[1024];

    if (directory == NULL)
        return;
    directories++;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (lstat(below, &status) != 0)
            continue;
        if (S_ISLNK(status.st_mode)) {
            char target[256];
            (void)!readlink(below, target, sizeof(target));
            (void)!stat(below, &status);
            links++;
        } else if (S_ISDIR(status.st_mode) && depth < 8) {
            walk(below, depth + 1);
        } else if (S_ISREG(status.st_mode)) {
            read_file(below);
        }
    }
    closedir(directory);
}

/* Something to look at: children that open files, change directories, become zombies. */
static void come_and_go(void)
{
    for (;;) {
        pid_t child = fork();
        if (child == 0) {
            int ends[2];
            (void)!pipe(ends);
            (void)!chdir("/tmp");
            (void)!open("/dev/null", O_RDONLY);
            usleep(1000 + rand() % 3000);
            _exit(0);
        }
        usleep(rand() % 2000);
        while (waitpid(-1, NULL, rand() % 2 == 0 ? WNOHANG : 0) > 0)
            ;
    }
}

int main(void)
{
    struct utsname names;

    begin();
    uname(&names);
    if (strstr(names.release, "lintel") != NULL) { /* Linux has files there that take long, or for ever */
        mkdir("/sys", 0755);
        mount("sys", "/sys", "sysfs", 0, NULL);
        pid_t busy = fork();
        if (busy == 0)
            come_and_go();
        walk("/proc", 0);
        walk("/sys", 0);
        printf(files > 200 && directories > 40 && links > 20 ? "" : "%ld files, %ld directories, %ld links\n",
               files, directories, links);
        pid_t user = fork();
        if (user == 0) {
            setgid(1000);
            setuid(1000);
            walk("/proc", 0);
            walk("/sys", 0);
            _exit(0);
        }
        int status;
        waitpid(user, &status, 0);
        if (status != 0)
            printf("status %x\n", status);
        kill(busy, SIGKILL);
        waitpid(busy, NULL, 0);
        umount("/sys");
    }
    printf("done\n");
    return 0;
}
