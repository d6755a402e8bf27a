/* getdents64() and getdents(): what entries look like, small buffers, going back, changes meanwhile;
 * getcwd(). */
#include "show.h"

struct entry64 {
    uint64_t ino;
    int64_t cookie;
    unsigned short size;
    unsigned char type;
    char name[];
};

struct entry {
    unsigned long ino;
    unsigned long cookie;
    unsigned short size;
    char name[];
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All entries, sorted by name, with their types. */
static void list(int fd, size_t size, int is_old)
{
    char buffer[4096], *names[64];
    int count = 0;
    long got;

    lseek(fd, 0, SEEK_SET);
    while ((got = syscall(is_old ? SYS_getdents : SYS_getdents64, fd, buffer, size)) > 0) {
        for (long at = 0; at < got;) {
            struct entry64 *new = (struct entry64 *)(buffer + at);
            struct entry *old = (struct entry *)(buffer + at);
            char text[300];
            snprintf(text, sizeof(text), "%s type %d size %d ino %d", is_old ? old->name : new->name,
                     is_old ? buffer[at + old->size - 1] : new->type, new->size, new->ino != 0);
            names[count++] = strdup(text);
            at += new->size;
        }
    }
    printf("%d entries, then %ld\n", count, got);
    qsort(names, (size_t)count, sizeof(names[0]), compare);
    for (int i = 0; i < count; i++)
        printf("  %s\n", names[i]);
}

int main(void)
{
    char buffer[4096], path[300];
    struct stat status;

    begin();
    mkdir("d", 0755);
    mkdir("d/sub", 0755);
    make_file("d/file", "x");
    make_file("d/a name that is somewhat longer than the others", "x");
    symlink("x", "d/link");
    mkfifo("d/fifo", 0600);
    mknod("d/sock", S_IFSOCK | 0600, 0);
    int fd = open("d", O_RDONLY), file = open("d/file", O_RDONLY), path_only = open("d", O_PATH);
    list(fd, sizeof(buffer), 0);
    list(fd, sizeof(buffer), 1);
    list(fd, 80, 0);
    lseek(fd, 0, SEEK_SET);
    SHOW_RAW(getdents64, fd, buffer, 10);
    SHOW_RAW(getdents64, fd, buffer, 23);
    SHOW_RAW(getdents64, fd, buffer, 24);
    SHOW_RAW(getdents64, fd, BAD, 100);
    SHOW_RAW(getdents64, file, buffer, 100);
    SHOW_RAW(getdents64, path_only, buffer, 100);
    SHOW_RAW(getdents64, 99, buffer, 100);
    SHOW_RAW(getdents64, 0, buffer, 100);
    lseek(fd, 0, SEEK_SET);
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "d/many%d", i);
        make_file(path, "");
    }
    int seen = 0;
    long got;
    while ((got = syscall(SYS_getdents64, fd, buffer, 200)) > 0) {
        for (long at = 0; at < got; at += ((struct entry64 *)(buffer + at))->size) {
            const char *name = ((struct entry64 *)(buffer + at))->name;
            snprintf(path, sizeof(path), "d/%s", name);
            seen++;
            if (strncmp(name, "many", 4) == 0)
                unlink(path);
        }
    }
    printf("%d seen\n", seen);
    list(fd, sizeof(buffer), 0);
    stat("d", &status);
    SHOW(status.st_nlink == 3);

    SHOW(chdir("d/sub"));
    SHOW(syscall(SYS_getcwd, buffer, sizeof(buffer)) > 0);
    printf("ends with d/sub: %d\n", strcmp(buffer + strlen(buffer) - 6, "/d/sub") == 0);
    SHOW_RAW(getcwd, buffer, 3);
    SHOW_RAW(getcwd, buffer, 0);
    SHOW_RAW(getcwd, BAD, 4096);
    SHOW(rmdir("../sub"));
    SHOW(syscall(SYS_getcwd, buffer, sizeof(buffer)) > 0);
    SHOW(open("x", O_CREAT | O_RDWR, 0600));
    SHOW(mkdir("x", 0700));
    SHOW(open(".", O_RDONLY) >= 0);
    SHOW(access("..", F_OK));
    SHOW(stat(".", &status));
    SHOW((int)status.st_nlink);
    int gone = open(".", O_RDONLY);
    SHOW_RAW(getdents64, gone, buffer, 1000);
    SHOW(fchdir(fd));
    SHOW(fchdir(file));
    SHOW(fchdir(99));
    SHOW(chdir("file"));
    SHOW(access("file", F_OK));
    SHOW_RAW(openat, fd, "sub", O_RDONLY, 0);
    SHOW_RAW(mkdirat, fd, "again", 0700);
    SHOW_RAW(fstat, fd, &status);
    SHOW((int)status.st_nlink);
    return 0;
}
