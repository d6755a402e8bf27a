/* What open and its kin refuse, and how. */
#include <fcntl.h>

#include "program.h"

int main(void)
{
    char long_name[300];

    program_begin();
    const char *folder = make_folder();
    const char *path = path_in(folder, "file");
    memset(long_name, 'n', sizeof(long_name));
    memcpy(long_name, "/tmp/", 5);
    long_name[sizeof(long_name) - 1] = '\0';
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    expect_true("open", file >= 3);
    expect_error("no such file", open(path_in(folder, "none"), O_RDONLY), ENOENT);
    expect_error("no such folder", open(path_in(folder, "none/file"), O_WRONLY | O_CREAT, 0600), ENOENT);
    expect_error("no name", open("", O_RDONLY), ENOENT);
    expect_error("a file is no folder", open(path_in(path, "x"), O_RDONLY), ENOTDIR);
    expect_error("a file is no folder", open(path, O_RDONLY | O_DIRECTORY), ENOTDIR);
    expect_error("exists already", open(path, O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
    expect_error("a folder for writing", open(folder, O_WRONLY), EISDIR);
    expect_error("too long a name", open(long_name, O_RDONLY), ENAMETOOLONG);
    expect_error("mkdir of what exists", mkdir(path, 0700), EEXIST);
    expect_error("mkdir in what does not", mkdir(path_in(folder, "none/d"), 0700), ENOENT);
    expect_error("unlink of what does not exist", unlink(path_in(folder, "none")), ENOENT);
    expect_error("rmdir of a file", rmdir(path), ENOTDIR);
    expect_error("rename of what does not exist", rename(path_in(folder, "none"), path), ENOENT);
    expect_value("rename", rename(path, path_in(folder, "other")), 0);
    expect_error("the old name is gone", access(path, F_OK), ENOENT);
    expect_value("the new one is there", access(path_in(folder, "other"), R_OK | W_OK), 0);
    expect_error("lseek before the start", lseek(file, -1, SEEK_SET), EINVAL);
    expect_error("lseek by an unknown word", lseek(file, 0, 99), EINVAL);
    expect_error("lseek of a closed descriptor", lseek(77, 0, SEEK_SET), EBADF);
    close(file);
    unlink(path_in(folder, "other"));
    rmdir(folder);
    return program_end();
}
