/* unshare() of what is shared by CLONE_FS and CLONE_FILES, and what it refuses; setns(). */
#define _GNU_SOURCE
#include <sched.h>

#include "show.h"

static char stack[65536] __attribute__((aligned(16)));

static int go_elsewhere(void *argument)
{
    const int flags = *(int *)argument;

    printf("in the other one: unshare = %d\n", unshare(flags));
    umask(077);
    return chdir("/tmp") != 0 || close(5) != 0;
}

/* Let another process, which shares both, change them. */
static void share(const char *what, int flags)
{
    char place[256];
    int status;

    umask(022);
    if (chdir("/") != 0 || dup2(1, 5) != 5)
        return;
    pid_t child = clone(go_elsewhere, stack + sizeof(stack), CLONE_FS | CLONE_FILES | SIGCHLD, &flags);
    if (waitpid(child, &status, 0) != child)
        return;
    printf("%s: status %x, directory %s, umask %o, ", what, status, getcwd(place, sizeof(place)), umask(022));
    SHOW(close(5));
}

static void as_user(void)
{
    if (fork() != 0) {
        wait(NULL);
        return;
    }
    SHOW(setgid(1000));
    SHOW(setuid(1000));
    SHOW(unshare(CLONE_NEWUTS));
    SHOW(unshare(CLONE_NEWNS));
    SHOW(unshare(CLONE_FS | CLONE_FILES));
    exit(0);
}

int main(void)
{
    int pipe_ends[2];

    begin();
    share("nothing", 0);
    share("directories", CLONE_FS);
    share("descriptors", CLONE_FILES);
    share("both", CLONE_FS | CLONE_FILES);
    SHOW(unshare(0));
    SHOW(unshare(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM));
    SHOW(unshare(1));
    SHOW(unshare(CLONE_VFORK));
    SHOW(unshare(CLONE_PTRACE));
    as_user();
    if (pipe(pipe_ends) != 0)
        return 1;
    SHOW_RAW(setns, -1, 0);
    SHOW_RAW(setns, 99, CLONE_NEWUTS);
    SHOW_RAW(setns, pipe_ends[0], 0);
    SHOW_RAW(setns, pipe_ends[0], CLONE_NEWNS);
    return 0;
}
