/* execveat(): by a descriptor, relative to one, and its flags. */
#define _GNU_SOURCE
#include "again.h"

static char *const arguments[] = {"x", "show", NULL}, *const environment[] = {NULL};

struct call {
    int fd;
    const char *path;
    int flags;
};

static long execveat_raw(int fd, const char *path, int flags)
{
    return syscall(SYS_execveat, fd, path, arguments, environment, flags);
}

static void execute(void *argument)
{
    struct call *call = argument;

    execveat_raw(call->fd, call->path, call->flags);
    printf("execveat: errno %d\n", errno);
}

static void run(const char *what, int fd, const char *path, int flags)
{
    struct call call = {fd, path, flags};

    printf("-- %s\n", what);
    printf("status 0x%x\n", (unsigned)in_child(execute, &call));
}

int main(int argc, char **argv)
{
    int pipes[2];

    program_begin();
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            printf("argv[%d] \"%s\"\n", i, argv[i]);
        printf("AT_EXECFN \"%s\"\n", own_path());
        return 0;
    }
    mkdir("folder", 0755);
    copy_own_file("folder/program", 0755);
    symlink("program", "folder/link");
    write_text("folder/script", "#!./folder/program option\n", 0755);
    write_text("folder/plain", "x", 0644);
    int folder = open("folder", O_RDONLY | O_DIRECTORY), file = open("folder/program", O_RDONLY);
    int path_only = open("folder/program", O_PATH | O_CLOEXEC), script = open("folder/script", O_RDONLY);
    int closed_script = open("folder/script", O_RDONLY | O_CLOEXEC), plain = open("folder/plain", O_RDONLY);
    int closed_folder = open("folder", O_PATH | O_CLOEXEC);
    pipe(pipes);
    printf("descriptors %d %d %d %d %d %d %d\n", folder, file, path_only, script, closed_script, plain,
           closed_folder);
    run("working folder", AT_FDCWD, "folder/program", 0);
    run("relative", folder, "program", 0);
    run("relative to a folder that is closed", closed_folder, "program", 0);
    run("descriptor", file, "", AT_EMPTY_PATH);
    run("O_PATH", path_only, "", AT_EMPTY_PATH);
    run("script", script, "", AT_EMPTY_PATH);
    run("script of a folder", folder, "script", 0);
    run("script that is closed", closed_script, "", AT_EMPTY_PATH);
    run("script of a folder that is closed", closed_folder, "script", 0);
    run("empty path without the flag", file, "", 0);
    run("a folder's descriptor", folder, "", AT_EMPTY_PATH);
    run("not executable", plain, "", AT_EMPTY_PATH);
    run("pipe", pipes[0], "", AT_EMPTY_PATH);
    run("no descriptor", 77, "", AT_EMPTY_PATH);
    run("no folder's descriptor", 77, "x", 0);
    run("relative to a file", file, "x", 0);
    run("link", folder, "link", 0);
    run("link that is not followed", folder, "link", AT_SYMLINK_NOFOLLOW);
    run("file that is no link", folder, "program", AT_SYMLINK_NOFOLLOW);
    run("unknown flag", folder, "program", 1);
    expect_error("EFAULT", syscall(SYS_execveat, folder, 16, arguments, environment, 0), EFAULT);
    return program_end();
}
