/* What execve() refuses, and that the program goes on as if nothing had been. */
#include "again.h"

static char *const arguments[] = {"x", NULL}, *const environment[] = {NULL};
static int global = 5;

static void expect_execve(const char *what, const char *path, int error)
{
    expect_error(what, execve(path, arguments, environment), error);
}

static void bad_names(void)
{
    static char long_name[300], long_path[5000];

    memset(long_name, 'n', sizeof(long_name) - 1);
    memset(long_path, '/', sizeof(long_path) - 1);
    mkdir("folder", 0755);
    symlink("loop", "loop");
    symlink("nowhere", "dangling");
    write_text("plain", "", 0644);
    expect_execve("no such file", "nothing", ENOENT);
    expect_execve("empty name", "", ENOENT);
    expect_execve("dangling link", "dangling", ENOENT);
    expect_execve("a folder that is none", "plain/x", ENOTDIR);
    expect_execve("a file with a slash", "plain/", ENOTDIR);
    expect_execve("link to itself", "loop", ELOOP);
    expect_execve("long name", long_name, ENAMETOOLONG);
    expect_execve("long path", long_path, ENAMETOOLONG);
    expect_execve("a folder", "folder", EACCES);
    expect_execve("/", "/", EACCES);
    expect_execve("not executable", "plain", EACCES);
    expect_execve("a device", "/dev/null", EACCES);
    mkfifo("fifo", 0777);
    expect_execve("a FIFO", "fifo", EACCES);
}

static void bad_files(void)
{
    static char zeros[8192];
    static const struct {
        const char *name, *bytes;
        size_t size;
    } files[] = {
        {"empty", "", 0},
        {"text", "echo hello\n", 11},
        {"one byte", "#", 1},
        {"no interpreter", "#!\n", 3},
        {"blanks", "#!  \t \n", 7},
        {"cut ELF",
         "\x7f"
         "ELF",
         4},
        {"cut header",
         "\x7f"
         "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1",
         21},
        {"zeros", zeros, sizeof(zeros)},
    };

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        write_file("file", files[i].bytes, files[i].size, 0755);
        expect_execve(files[i].name, "file", ENOEXEC);
    }
    write_text("file", "#!", 0755);
    expect_execve("only the mark", "file", EACCES);
}

static void bad_pointers(void)
{
    char *const bad[] = {"x", (char *)16, NULL};

    expect_error("path", syscall(SYS_execve, 16, arguments, environment), EFAULT);
    expect_error("path above", syscall(SYS_execve, -4096L, arguments, environment), EFAULT);
    expect_error("argv", syscall(SYS_execve, own_path(), 16, environment), EFAULT);
    expect_error("argv above", syscall(SYS_execve, own_path(), 1L << 63, environment), EFAULT);
    expect_error("argv[1]", syscall(SYS_execve, own_path(), bad, environment), EFAULT);
    expect_error("envp", syscall(SYS_execve, own_path(), arguments, 16), EFAULT);
    expect_error("envp[1]", syscall(SYS_execve, own_path(), arguments, bad), EFAULT);
    expect_error("the file comes first", syscall(SYS_execve, "nothing", 16, 16), ENOENT);
}

static void too_big(void)
{
    static char string[131073];
    static char *many[40];

    memset(string, 's', sizeof(string) - 1);
    for (size_t i = 0; i < COUNT_OF(many) - 1; i++)
        many[i] = string + 1000;
    expect_error("a string of 128 KiB", execve(own_path(), (char *[]){"x", string, NULL}, environment),
                 E2BIG);
    expect_error("a variable of 128 KiB", execve(own_path(), arguments, (char *[]){string, NULL}), E2BIG);
    expect_error("5 MiB of arguments", execve(own_path(), many, environment), E2BIG);
    expect_error("5 MiB of both", execve(own_path(), many + 20, many + 18), E2BIG);
}

int main(void)
{
    program_begin();
    bad_names();
    bad_files();
    bad_pointers();
    too_big();
    expect_value("memory is as it was", global, 5);
    return program_end();
}
