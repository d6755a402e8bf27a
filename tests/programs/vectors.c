/* readv and writev. */
#include <fcntl.h>
#include <sys/uio.h>

#include "program.h"

int main(void)
{
    char a[4] = "", b[8] = "";
    struct iovec out[] = {{"one ", 4}, {NULL, 0}, {"two ", 4}, {"three", 5}};
    struct iovec in[] = {{a, 3}, {b, 7}};

    program_begin();
    const char *folder = make_folder();
    const char *path = path_in(folder, "file");
    int file = open(path, O_RDWR | O_CREAT, 0600);
    expect_value("writev", writev(file, out, COUNT_OF(out)), 13);
    lseek(file, 0, SEEK_SET);
    expect_value("readv", readv(file, in, COUNT_OF(in)), 10);
    expect_text("first", a, "one");
    expect_text("second", b, " two th");
    expect_value("the rest", readv(file, in, COUNT_OF(in)), 3);
    expect_value("the end", readv(file, in, COUNT_OF(in)), 0);
    expect_value("no pieces", writev(file, out, 0), 0);
    expect_error("a negative number of pieces", writev(file, out, -1), EINVAL);
    expect_error("too many", syscall(SYS_writev, file, out, 1025), EINVAL);
    out[0].iov_len = -1ul;
    expect_error("a piece of negative size", writev(file, out, 1), EINVAL);
    expect_error("closed descriptor", writev(77, in, 1), EBADF);
    close(file);
    unlink(path);
    rmdir(folder);
    return program_end();
}
