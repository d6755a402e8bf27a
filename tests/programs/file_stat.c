/* What stat tells of files, folders and descriptors. */
#include <fcntl.h>

#include "program.h"

int main(void)
{
    struct stat by_path, by_descriptor;

    program_begin();
    const char *folder = make_folder();
    const char *path = path_in(folder, "file");
    int file = open(path, O_WRONLY | O_CREAT, 0640);
    expect_true("open", file >= 3);
    expect_value("write", write(file, "12345", 5), 5);
    expect_value("stat", stat(path, &by_path), 0);
    expect_value("fstat", fstat(file, &by_descriptor), 0);
    expect_value("lstat", lstat(path, &by_path), 0);
    expect_true("the same file",
                by_path.st_dev == by_descriptor.st_dev && by_path.st_ino == by_descriptor.st_ino);
    expect_value("mode", by_path.st_mode, S_IFREG | 0640);
    expect_value("links", by_path.st_nlink, 1);
    expect_value("size", by_path.st_size, 5);
    expect_true("owner", by_path.st_uid == geteuid());
    expect_true("inode and block size are not 0", by_path.st_ino != 0 && by_path.st_blksize > 0);
    expect_value("a folder", stat(folder, &by_path), 0);
    expect_value("its mode", by_path.st_mode, S_IFDIR | 0755);
    expect_error("no such file", stat(path_in(folder, "none"), &by_path), ENOENT);
    expect_error("a file is no folder", stat(path_in(path, "x"), &by_path), ENOTDIR);
    expect_error("no name", stat("", &by_path), ENOENT);
    expect_error("closed descriptor", fstat(77, &by_path), EBADF);
    close(file);
    unlink(path);
    rmdir(folder);
    return program_end();
}
