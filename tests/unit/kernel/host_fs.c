#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_operation.h"

static int old_root = -1, old_directory = -1;
static char top[64];

int host_fs_begin(void)
{
    strcpy(top, "/dev/shm/lintel-fs.XXXXXX");
    if (geteuid() != 0 || mkdtemp(top) == NULL)
        return -1;
    old_root = open("/", O_RDONLY | O_DIRECTORY);
    old_directory = open(".", O_RDONLY | O_DIRECTORY);
    umask(0);
    if (chmod(top, 0755) != 0 || setgroups(0, NULL) != 0 || chdir(top) != 0 || chroot(".") != 0)
        return -1;
    return 0;
}

void host_fs_end(void)
{
    char command[128];

    if (fchdir(old_root) != 0 || chroot(".") != 0 || fchdir(old_directory) != 0)
        abort();
    snprintf(command, sizeof(command), "rm -rf %s", top);
    if (system(command) != 0)
        abort();
    close(old_root);
    close(old_directory);
}

static int do_stat(const struct fs_operation *operation, struct fs_result *result, int flags)
{
    struct stat stat;

    if (fstatat(AT_FDCWD, operation->path, &stat, flags) != 0)
        return -1;
    snprintf(result->text, sizeof(result->text), "mode %o nlink %lu size %ld uid %u gid %u", stat.st_mode,
             (unsigned long)stat.st_nlink, (long)stat.st_size, stat.st_uid, stat.st_gid);
    return 0;
}

static int do_open(const struct fs_operation *operation, struct fs_result *result)
{
    char bytes[5000];
    int fd = open(operation->path, (int)operation->flags, operation->mode);
    ssize_t written, got;

    if (fd < 0)
        return -1;
    memset(bytes, 'a' + operation->size % 26, sizeof(bytes));
    written = write(fd, bytes, operation->size);
    int write_error = written < 0 ? errno : 0;
    got = pread(fd, bytes, sizeof(bytes), 0);
    int read_error = got < 0 ? errno : 0;
    unsigned sum = 0;
    for (ssize_t i = 0; i < got; i++)
        sum = sum * 31 + (unsigned char)bytes[i];
    off_t at = lseek(fd, 0, SEEK_CUR);
    snprintf(result->text, sizeof(result->text), "write %zd %d read %zd %d sum %u at %ld", written,
             write_error, got, read_error, sum, (long)at);
    close(fd);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int do_list(const struct fs_operation *operation, struct fs_result *result)
{
    char *names[64];
    size_t count = 0, length = 0;
    DIR *directory = opendir(operation->path);
    struct dirent *entry;

    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL && count < 64) {
        if (asprintf(&names[count++], "%s %d\n", entry->d_name, entry->d_type) < 0)
            abort();
    }
    closedir(directory);
    qsort(names, count, sizeof(names[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(result->text + length, sizeof(result->text) - length, "%s", names[i]);
        free(names[i]);
    }
    return 0;
}

static int do_call(const struct fs_operation *operation, struct fs_result *result)
{
    switch (operation->call) {
    case FS_MKDIR:
        return mkdir(operation->path, operation->mode);
    case FS_RMDIR:
        return rmdir(operation->path);
    case FS_UNLINK:
        return unlink(operation->path);
    case FS_OPEN:
        return do_open(operation, result);
    case FS_RENAME:
        return renameat2(AT_FDCWD, operation->path, AT_FDCWD, operation->path2, operation->flags);
    case FS_LINK:
        return link(operation->path, operation->path2);
    case FS_SYMLINK:
        return symlink(operation->path2, operation->path);
    case FS_READLINK: {
        ssize_t length = readlink(operation->path, result->text, sizeof(result->text) - 1);
        result->text[length < 0 ? 0 : length] = '\0';
        return length < 0 ? -1 : 0;
    }
    case FS_STAT:
        return do_stat(operation, result, 0);
    case FS_LSTAT:
        return do_stat(operation, result, AT_SYMLINK_NOFOLLOW);
    case FS_CHMOD:
        return chmod(operation->path, operation->mode);
    case FS_MKFIFO:
        return mknod(operation->path, S_IFIFO | operation->mode, 0);
    case FS_TRUNCATE:
        return truncate(operation->path, operation->size);
    case FS_LIST:
        return do_list(operation, result);
    default:
        abort();
    }
}

void host_fs_do(const struct fs_operation *operation, struct fs_result *result)
{
    result->text[0] = '\0';
    if (operation->is_user && (setegid(1000) != 0 || seteuid(1000) != 0))
        abort();
    result->error = do_call(operation, result) == 0 ? 0 : errno;
    if (operation->is_user && (seteuid(0) != 0 || setegid(0) != 0))
        abort();
}
