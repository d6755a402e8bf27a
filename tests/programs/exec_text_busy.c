/* A file that is executed cannot be written, and one that is open for writing cannot be executed. */
#include "again.h"

int main(int argc, char **argv)
{
    char *const arguments[] = {"x", "wait", NULL}, *const environment[] = {NULL};
    int pipes[2], status;
    char byte;

    (void)argv;
    program_begin();
    if (argc > 1) {
        printf("runs\n");
        write(20, "r", 1);
        read(21, &byte, 1);
        return 7;
    }
    copy_own_file("copy", 0755);
    expect_value("alone", run_image("./copy", (char *[]){"x", "y", NULL}, environment), 7 << 8);
    int writer = open("copy", O_WRONLY);
    expect_error("open for writing", execve("./copy", arguments, environment), ETXTBSY);
    int reader = open("copy", O_RDONLY);
    close(writer);
    pipe(pipes);
    dup2(pipes[1], 20);
    int ready = pipes[0];
    pipe(pipes);
    dup2(pipes[0], 21);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[1]);
        execve("./copy", arguments, environment);
        _exit(98);
    }
    read(ready, &byte, 1);
    expect_error("O_WRONLY", open("copy", O_WRONLY), ETXTBSY);
    expect_error("O_RDWR", open("copy", O_RDWR), ETXTBSY);
    expect_error("O_TRUNC", open("copy", O_WRONLY | O_TRUNC), ETXTBSY);
    expect_error("truncate", truncate("copy", 0), ETXTBSY);
    expect_value("reading", read(reader, &byte, 1), 1);
    expect_value("renaming", rename("copy", "other"), 0);
    expect_value("removing", unlink("other"), 0);
    close(pipes[1]);
    waitpid(child, &status, 0);
    expect_value("status", status, 7 << 8);
    copy_own_file("copy", 0755);
    expect_value("again", run_image("./copy", (char *[]){"x", "y", NULL}, environment), 7 << 8);
    expect_true("and now it is written", open("copy", O_WRONLY | O_TRUNC) >= 0);
    return program_end();
}
