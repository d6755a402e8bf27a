/* Who may look into a process: not its new user as long as it has not executed a program since it became his,
 * and nobody but the superuser if he may not even read the program. */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

#include "again.h"

#define USER 12345

static void show_open(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY);
    printf("  %s: errno %d\n", name, fd < 0 ? errno : 0);
    close(fd);
}

/* As the user: what can be seen of another process. */
static void look(void *argument)
{
    pid_t pid = *(pid_t *)argument;
    char path[64], target[300];

    setresgid(USER, USER, USER);
    setresuid(USER, USER, USER);
    show_open(pid, "environ");
    show_open(pid, "auxv");
    show_open(pid, "fd");
    show_open(pid, "status");
    snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
    printf("  cwd: errno %d\n", readlink(path, target, sizeof(target)) < 0 ? errno : 0);
    _exit(0);
}

static void show_dumpable(const char *what)
{
    printf("%s: dumpable %d\n", what, prctl(PR_GET_DUMPABLE));
    prctl(PR_SET_DUMPABLE, 1);
}

static void change_ids(void *argument)
{
    (void)argument;
    show_dumpable("at first");
    setfsuid(0);
    show_dumpable("setfsuid() to the same");
    setfsuid(USER);
    show_dumpable("setfsuid()");
    setfsuid(0);
    show_dumpable("and back");
    setegid(USER);
    show_dumpable("setegid()");
    setgid(USER);
    show_dumpable("setgid() to what is effective");
    setreuid(USER, -1);
    show_dumpable("setreuid() of the real one alone");
    seteuid(USER);
    show_dumpable("seteuid()");
    _exit(0);
}

/* Become the user and wait; `argument`: how. */
static void become(void *argument)
{
    const char *how = argument;
    int pipe_ends[2];

    (void)!pipe(pipe_ends);
    pid_t child = fork();
    if (child == 0) {
        setresgid(USER, USER, USER);
        setresuid(USER, USER, USER);
        if (strcmp(how, "again") == 0)
            prctl(PR_SET_DUMPABLE, 1);
        if (strcmp(how, "own") == 0) {
            printf("  own fd: errno %d\n", open("/proc/self/fd", O_RDONLY) < 0 ? errno : 0);
            printf("  own fd/1: errno %d\n", access("/proc/self/fd/1", F_OK) != 0 ? errno : 0);
            fflush(stdout);
        }
        if (how[0] == '/')
            execl(how, how, "wait", NULL);
        (void)!write(pipe_ends[1], "", 1);
        pause();
    }
    char byte;
    if (how[0] == '/') {
        char path[64], line[2] = "";
        do { /* until the program waits */
            int fd;
            usleep(20000);
            snprintf(path, sizeof(path), "/proc/%d/comm", child);
            fd = open(path, O_RDONLY);
            (void)!read(fd, line, 1);
            close(fd);
        } while (line[0] != 'w');
    } else {
        (void)!read(pipe_ends[0], &byte, 1);
    }
    printf("%s\n", how);
    fflush(stdout);
    in_child(look, &child);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    _exit(0);
}

int main(int argc, char **argv)
{
    (void)argv;
    program_begin();
    if (argc > 1) {
        prctl(PR_SET_NAME, "waits");
        for (;;)
            pause();
    }
    copy_own_file("/tmp/readable", 0755);
    copy_own_file("/tmp/unreadable", 0711);
    in_child(change_ids, NULL);
    in_child(become, "changed");
    in_child(become, "again");
    in_child(become, "own");
    in_child(become, "/tmp/readable");
    in_child(become, "/tmp/unreadable");
    unlink("/tmp/readable");
    unlink("/tmp/unreadable");
    return program_end();
}
