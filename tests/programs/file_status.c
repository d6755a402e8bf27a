/* What stat() and its kin tell, of all kinds of files; flags, bad pointers; pipes. */
#include "show.h"

#include <sys/sysmacros.h>
#include <sys/vfs.h>

struct statx_head {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, spare;
    uint64_t ino, size, blocks, attributes_mask;
};

static void show_status(const char *what, int result, const struct stat *status)
{
    if (result != 0) {
        printf("%s: errno %d\n", what, errno);
        return;
    }
    printf("%s: mode %o links %d uid %d gid %d rdev %x:%x\n", what, status->st_mode,
           S_ISDIR(status->st_mode) ? 0 : (int)status->st_nlink, status->st_uid, status->st_gid,
           major(status->st_rdev), minor(status->st_rdev));
    if (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode))
        printf("  size %d\n", (int)status->st_size);
}

static void show_at(int dir, const char *path, int flags)
{
    struct stat status;
    char what[100];

    snprintf(what, sizeof(what), "fstatat %d \"%s\" %x", dir, path, flags);
    errno = 0;
    show_status(what, (int)syscall(SYS_newfstatat, dir, path, &status, flags), &status);
}

int main(void)
{
    struct stat status, second;
    struct statx_head statx[8];
    struct statfs statfs_of;
    int pipes[2];

    begin();
    make_file("f", "0123456789");
    mkdir("d", 01750);
    symlink("f", "l");
    link("f", "h");
    SHOW(mknod("fifo", S_IFIFO | 0620, 0));
    SHOW(mknod("sock", S_IFSOCK | 0600, 0));
    SHOW(mknod("reg", 0604, 0));
    SHOW(mknod("dir", S_IFDIR | 0600, 0));
    SHOW(mknod("bad", 0170000 | 0600, 0));
    SHOW(mknod("f", S_IFREG | 0600, 0));
    int dir = open("d", O_RDONLY), file = open("f", O_RDWR);
    static const char *const paths[] = {"f",         "d",    "l", "h",  "fifo", "sock", "reg",
                                        "/dev/null", "none", "",  "f/", "f/x",  "l/",   "d/"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        show_at(AT_FDCWD, paths[i], 0);
        show_at(AT_FDCWD, paths[i], AT_SYMLINK_NOFOLLOW);
        show_at(dir, paths[i], 0);
    }
    show_at(file, "", AT_EMPTY_PATH);
    show_at(file, "x", AT_EMPTY_PATH);
    show_at(file, "", 0);
    show_at(99, "", AT_EMPTY_PATH);
    show_at(99, "/dev/null", 0);
    show_at(dir, "../f", 0);
    show_at(AT_FDCWD, "f", 0x10000);
    pipe(pipes);
    show_status("pipe", fstat(pipes[0], &status), &status);
    fstat(pipes[1], &second);
    SHOW(status.st_ino == second.st_ino && status.st_dev == second.st_dev);
    show_at(pipes[0], "", AT_EMPTY_PATH);
    show_at(pipes[0], "x", 0);
    SHOW_RAW(fstat, file, BAD);
    SHOW_RAW(fstat, 99, BAD);
    SHOW_RAW(stat, "f", KERNEL);
    SHOW_RAW(stat, BAD, &status);
    SHOW_RAW(lstat, "none", BAD);
    stat("f", &status);
    stat("h", &second);
    SHOW(status.st_ino == second.st_ino && status.st_nlink == 2 && status.st_blksize >= 512);
    SHOW_RAW(statx, AT_FDCWD, "f", 0, 0x7ff, statx);
    printf("mask has all: %d, links %u, mode %o, size %d\n", (statx->mask & 0x7ff) == 0x7ff, statx->nlink,
           statx->mode, (int)statx->size);
    SHOW(statx->ino == status.st_ino);
    SHOW_RAW(statx, AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, 0x7ff, statx);
    printf("mode %o\n", statx->mode);
    SHOW_RAW(statx, pipes[0], "", AT_EMPTY_PATH, 0x7ff, statx);
    printf("mode %o\n", statx->mode);
    SHOW_RAW(statx, AT_FDCWD, "f", 0, 0x80000000u, statx);
    SHOW_RAW(statx, AT_FDCWD, "f", 0x6000, 0x7ff, statx);
    SHOW_RAW(statx, AT_FDCWD, "f", 0x2000, 0x7ff, statx);
    SHOW_RAW(statx, AT_FDCWD, "f", 0x10000, 0x7ff, statx);
    SHOW_RAW(statx, AT_FDCWD, "f", 0, 0x7ff, BAD);
    SHOW_RAW(statx, AT_FDCWD, "none", 0, 0x7ff, BAD);
    SHOW(statfs("f", &statfs_of));
    printf("%ld\n", (long)statfs_of.f_namelen);
    SHOW(statfs("none", &statfs_of));
    SHOW_RAW(statfs, "f", BAD);
    SHOW(fstatfs(file, &statfs_of));
    SHOW(fstatfs(99, &statfs_of));
    SHOW(fstatfs(pipes[0], &statfs_of));
    printf("%lx %ld\n", (unsigned long)statfs_of.f_type, (long)statfs_of.f_namelen);
    return 0;
}
