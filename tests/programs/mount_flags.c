/* Mounts that do without set-user-ID bits, devices or programs: what is refused there, and what statfs()
 * tells. */
#define _GNU_SOURCE
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "show.h"

#define PLACE "/tmp/mount-flags"
#define PROC "/tmp/mount-proc"
#define FLAGS (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)
#define ST_RDONLY 1
#define ST_NOSUID 2
#define ST_NODEV 4
#define ST_NOEXEC 8
#define USER 12345

/* The options of the mount upon a directory, as /proc tells them; of the newest one. */
static void show_listed(const char *path)
{
    static const char *const names[] = {"ro", "rw", "nosuid", "nodev", "noexec"};
    char line[512], place[128], options[256], found[256] = "";
    FILE *file = fopen(PROC "/self/mounts", "r");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%*s %127s %*s %255s", place, options) == 2 && strcmp(place, path) == 0)
            strcpy(found, options);
    }
    printf("  listed:");
    for (char *word = strtok(found, ","); word != NULL; word = strtok(NULL, ",")) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            printf("%s%s", strcmp(word, names[i]) == 0 ? " " : "", strcmp(word, names[i]) == 0 ? word : "");
    }
    printf("\n");
    if (file != NULL)
        fclose(file);
}

static void show_flags(const char *path)
{
    struct statfs status;

    if (statfs(path, &status) != 0)
        printf("statfs: errno %d\n", errno);
    else
        printf("flags of %s: %#lx\n", path, (unsigned long)status.f_flags & FLAGS);
    show_listed(path);
}

static void copy_itself(const char *path)
{
    static char bytes[65536];
    int from = open((const char *)getauxval(AT_EXECFN), O_RDONLY),
        to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    ssize_t size;

    while ((size = read(from, bytes, sizeof(bytes))) > 0)
        (void)!write(to, bytes, (size_t)size);
    close(from);
    close(to);
}

static void run(const char *what, uid_t user)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        (void)!setresuid(user, user, user);
        execl(PLACE "/program", "x", "shows", NULL);
        printf("execve: errno %d\n", errno);
        _exit(1);
    }
    waitpid(child, &status, 0);
    printf("%s: status %#x\n", what, (unsigned)status);
}

static void map_program(void)
{
    int fd = open(PLACE "/program", O_RDWR);
    void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    printf("mapped to execute: %d\n", map == MAP_FAILED ? errno : 0);
    if (map != MAP_FAILED) /* which keeps the mount busy */
        munmap(map, 4096);
    map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    SHOW(mprotect(map, 4096, PROT_READ | PROT_EXEC));
    SHOW(mprotect(map, 4096, PROT_READ | PROT_WRITE));
    munmap(map, 4096);
    map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    SHOW(mprotect(map, 4096, PROT_READ | PROT_EXEC));
    munmap(map, 4096);
    close(fd);
}

static void open_null(void)
{
    int fd = open(PLACE "/null", O_RDWR);

    printf("open a device: errno %d\n", fd < 0 ? errno : 0);
    close(fd);
    fd = open(PLACE "/null", O_PATH);
    printf("open its path: errno %d\n", fd < 0 ? errno : 0);
    close(fd);
}

static void look(void)
{
    show_flags(PLACE);
    open_null();
    SHOW(access(PLACE "/program", X_OK));
    SHOW(access(PLACE "/program", R_OK));
    SHOW(access(PLACE, X_OK));
    run("as root", 0);
    run("as a user", USER);
    map_program();
}

static void fill(void)
{
    copy_itself(PLACE "/program");
    SHOW(chown(PLACE "/program", USER + 1, USER + 2));
    SHOW(chmod(PLACE "/program", 06755));
    SHOW(mknod(PLACE "/null", S_IFCHR | 0666, makedev(1, 3)));
    SHOW(chmod(PLACE "/null", 0666));
}

static void mounted(const char *what, unsigned long flags)
{
    printf("-- %s\n", what);
    SHOW(mount("none", PLACE, "tmpfs", flags, NULL));
    fill();
    look();
    SHOW(umount(PLACE));
}

static void changes(void)
{
    printf("-- remount\n");
    SHOW(mount("none", PLACE, "tmpfs", MS_NOSUID, NULL));
    fill();
    SHOW(mount("none", PLACE, NULL, MS_REMOUNT | MS_NOEXEC, NULL));
    look();
    SHOW(mount("none", PLACE, NULL, MS_REMOUNT | MS_RDONLY, NULL));
    show_flags(PLACE);
    SHOW(mount("none", PLACE, NULL, MS_REMOUNT, NULL));
    show_flags(PLACE);
    printf("-- bind\n");
    SHOW(mkdir(PLACE "/inner", 0755));
    SHOW(mount(PLACE, PLACE "/inner", NULL, MS_BIND | MS_NODEV, NULL)); /* as the source's mount */
    show_flags(PLACE "/inner");
    SHOW(mount(NULL, PLACE "/inner", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC | MS_NODEV, NULL));
    show_flags(PLACE "/inner");
    show_flags(PLACE);
    SHOW(access(PLACE "/inner/program", X_OK));
    SHOW(access(PLACE "/program", X_OK));
    SHOW(mount(PLACE "/inner", PLACE "/inner", NULL, MS_BIND, NULL));
    show_flags(PLACE "/inner");
    SHOW(umount(PLACE "/inner"));
    SHOW(umount(PLACE "/inner"));
    SHOW(mount(NULL, PLACE "/inner", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL));
    SHOW(umount(PLACE));
}

int main(int argc, char **argv)
{
    uid_t real, effective, saved;

    (void)argv;
    begin();
    if (argc > 1) {
        getresuid(&real, &effective, &saved);
        printf("users %d %d %d, group %d, secure %lu\n", real, effective, saved, getegid(),
               getauxval(AT_SECURE));
        return 7;
    }
    SHOW(mkdir(PROC, 0755));
    SHOW(mount("proc", PROC, "proc", MS_NOSUID | MS_NOEXEC, NULL));
    show_flags(PROC);
    SHOW(mkdir(PLACE, 0755));
    mounted("all is permitted", 0);
    mounted("MS_NOSUID", MS_NOSUID);
    mounted("MS_NODEV", MS_NODEV);
    mounted("MS_NOEXEC", MS_NOEXEC);
    mounted("all of them", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    changes();
    SHOW(rmdir(PLACE));
    SHOW(umount(PROC));
    SHOW(rmdir(PROC));
    return 0;
}
