/* A user who takes all the pseudoterminals that there are leaves some to the superuser. */
#include <sys/resource.h>

#include "terminal.h"

#define PLACE "/tmp/pty_many"
#define MANY 1050

static int open_here(void)
{
    return open(PLACE "/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static void take_all(void)
{
    unsigned count = 0;

    expect_value("another user", setuid(1000), 0);
    while (count < MANY && open_here() >= 0)
        count++;
    expect_true("many", count >= 900);
    expect_true("no more", count == MANY || errno == ENOSPC);
}

int main(void)
{
    const struct rlimit limit = {2048, 2048};
    int turns[2];
    char byte;

    program_begin();
    mkdir(PLACE, 0755);
    expect_value("mount", mount("devpts", PLACE, "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"), 0);
    expect_value("descriptors", setrlimit(RLIMIT_NOFILE, &limit), 0);
    expect_value("pipe", pipe(turns), 0);
    pid_t child = fork();
    if (child == 0) {
        take_all();
        fflush(stdout);
        close(turns[1]);
        pause();
    }
    close(turns[1]);
    expect_value("they are taken", read(turns[0], &byte, 1), 0);
    expect_true("one for the superuser", open_here() >= 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect_value("umount", umount2(PLACE, MNT_DETACH), 0);
    expect_value("rmdir", rmdir(PLACE), 0);
    return program_end();
}
