/* What the kernel tells in files: each is opened, read, listed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shortage/shortage.h"

#define FILES_MAX 400
#define NAME_SIZE 128
#define DEPTH_MAX 4

static char names[FILES_MAX][NAME_SIZE];
static size_t name_count;

/* Other processes come and go, this one's files are below `self`; what is read from these ends never. */
static int is_wanted(const char *name)
{
    return name[0] != '.' && (name[0] < '0' || name[0] > '9') && strcmp(name, "kmsg") != 0 &&
           strcmp(name, "fail-nth") != 0 && strcmp(name, "thread-self") != 0 && strcmp(name, "task") != 0;
}

static void collect(const char *folder_name, unsigned depth)
{
    DIR *folder = opendir(folder_name);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL && name_count < FILES_MAX) {
        char *name = names[name_count];
        if (!is_wanted(entry->d_name) ||
            snprintf(name, NAME_SIZE, "%s/%s", folder_name, entry->d_name) >= NAME_SIZE)
            continue;
        name_count++;
        if (depth < DEPTH_MAX && (entry->d_type == DT_DIR || strcmp(entry->d_name, "self") == 0))
            collect(name, depth + 1);
    }
    if (folder != NULL)
        closedir(folder);
}

static long read_or_list(int fd, char *bytes, size_t size)
{
    long result = read(fd, bytes, size);

    if (result < 0 && errno == EISDIR)
        result = syscall(SYS_getdents64, fd, bytes, size);
    return result;
}

/* As it is without a failure, it is to be again. Returns 0 for what cannot be done anyway. */
static long try_read(const char *name)
{
    char bytes[4096];
    int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return 0;
    long expected = read_or_list(fd, bytes, sizeof(bytes));
    close(fd);
    fd = (int)TRY(open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (fd < 0)
        return fd;
    long result = TRY(read_or_list(fd, bytes, sizeof(bytes)));
    close(fd);
    return expected < 0 ? 0 : result;
}

static long try_all(void)
{
    char target[NAME_SIZE];
    struct stat attributes;
    long result = 0;

    for (size_t i = 0; result >= 0 && i < name_count; i++) {
        result = try_read(names[i]);
        if (result >= 0 && lstat(names[i], &attributes) == 0 && S_ISLNK(attributes.st_mode) &&
            readlink(names[i], target, sizeof(target)) >= 0)
            result = TRY(readlink(names[i], target, sizeof(target)));
        if (result >= 0 && stat(names[i], &attributes) == 0)
            result = TRY(stat(names[i], &attributes));
    }
    return result;
}

static long run_on(const char *type, const char *place)
{
    NEED(mkdir(place, 0755));
    long result = TRY(mount("none", place, type, 0, NULL));
    if (result >= 0) {
        name_count = 0;
        collect(place, 1);
        result = try_all();
    }
    umount2(place, MNT_DETACH);
    rmdir(place);
    return result == -ENODEV ? 0 : result; /* there is no such kind */
}

static long run_proc(void)
{
    return run_on("proc", "proc");
}

static long run_sys(void)
{
    return run_on("sysfs", "sys");
}

static long run_terminals(void)
{
    return run_on("devpts", "pts");
}

static long run_devices(void)
{
    name_count = 0;
    collect("/dev", DEPTH_MAX);
    return try_all();
}

const struct shortage_case system_file_cases[] = {
    {"proc", run_proc}, {"sys", run_sys}, {"pts", run_terminals}, {"devices", run_devices}, {NULL, NULL},
};
