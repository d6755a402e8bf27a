/* A file: made, written, read at every place, cut, removed. */
#include <fcntl.h>

#include "program.h"

int main(void)
{
    char buffer[64] = "";

    program_begin();
    const char *folder = make_folder();
    const char *path = path_in(folder, "file");
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
    expect_true("open", file >= 3);
    expect_value("write", write(file, "0123456789", 10), 10);
    expect_value("where it stands", lseek(file, 0, SEEK_CUR), 10);
    expect_value("read at the end", read(file, buffer, 10), 0);
    expect_value("back", lseek(file, 2, SEEK_SET), 2);
    expect_value("read", read(file, buffer, 4), 4);
    expect_text("bytes", buffer, "2345");
    expect_value("from the end", lseek(file, -3, SEEK_END), 7);
    expect_value("read less than asked", read(file, buffer, 60), 3);
    expect_text("bytes", buffer, "7895");
    expect_value("pread", pread(file, buffer, 2, 1), 2);
    expect_text("bytes", buffer, "1295");
    expect_value("pwrite", pwrite(file, "AB", 2, 4), 2);
    expect_value("neither moves it", lseek(file, 0, SEEK_CUR), 10);
    expect_value("beyond the end", lseek(file, 8192, SEEK_SET), 8192);
    expect_value("write there", write(file, "z", 1), 1);
    expect_value("the gap reads", pread(file, buffer, 8, 4000), 8);
    expect_value("zero", buffer[0] | buffer[7], 0);
    expect_value("ftruncate", ftruncate(file, 6), 0);
    expect_value("the new end", lseek(file, 0, SEEK_END), 6);
    expect_value("close", close(file), 0);
    expect_error("close again", close(file), EBADF);
    file = open(path, O_WRONLY | O_APPEND);
    expect_value("append", write(file, "end", 3), 3);
    expect_error("read what is open for writing", read(file, buffer, 1), EBADF);
    close(file);
    file = open(path, O_RDONLY);
    memset(buffer, 0, sizeof(buffer));
    expect_value("all of it", read(file, buffer, sizeof(buffer)), 9);
    expect_text("bytes", buffer, "0123ABend");
    expect_error("write what is open for reading", write(file, "x", 1), EBADF);
    expect_value("unlink", unlink(path), 0);
    expect_value("an open file outlives its name", pread(file, buffer, 1, 0), 1);
    close(file);
    expect_value("rmdir", rmdir(folder), 0);
    return program_end();
}
