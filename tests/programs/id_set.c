/* set*id() of the superuser and of others, each in a process of its own: results, and the IDs afterwards. */
#include <sys/wait.h>

#include "program.h"

static void show(const char *what, long result)
{
    int error = errno;
    unsigned u[3], g[3];

    syscall(SYS_getresuid, &u[0], &u[1], &u[2]);
    syscall(SYS_getresgid, &g[0], &g[1], &g[2]);
    printf("%s: %ld errno %d: uid %u %u %u gid %u %u %u fs %ld %ld\n", what, result, result < 0 ? error : 0, u[0],
           u[1], u[2], g[0], g[1], g[2], syscall(SYS_setfsuid, -1), syscall(SYS_setfsgid, -1));
}

#define SHOW(call) show(#call, call)

static void in_child(const char *title, void (*run)(void))
{
    int status;

    printf("-- %s\n", title);
    if (fork() == 0) {
        run();
        _exit(7);
    }
    wait(&status);
    printf("status %#x\n", status);
}

static void uid_of_root(void)
{
    SHOW(syscall(SYS_setuid, -1));
    SHOW(syscall(SYS_setgid, -1));
    SHOW(syscall(SYS_setgid, 200));
    SHOW(syscall(SYS_setuid, 100));
    SHOW(syscall(SYS_setuid, 0));
    SHOW(syscall(SYS_setuid, 100));
    SHOW(syscall(SYS_setgid, 0));
    SHOW(syscall(SYS_setgid, 200));
    SHOW(syscall(SYS_setresuid, 0, -1, -1));
}

static void exchange(void)
{
    SHOW(syscall(SYS_setresuid, 1, 2, 3));
    SHOW(syscall(SYS_setresuid, 4, -1, -1));
    SHOW(syscall(SYS_setresuid, 3, 1, 2));
    SHOW(syscall(SYS_setreuid, 1, 3));
    SHOW(syscall(SYS_setreuid, -1, 1));
    SHOW(syscall(SYS_setreuid, 9, -1));
    SHOW(syscall(SYS_setreuid, -1, 9));
    SHOW(syscall(SYS_setuid, 3));
    SHOW(syscall(SYS_setuid, 2));
    SHOW(syscall(SYS_setreuid, -1, -1));
    SHOW(syscall(SYS_setreuid, 3, 3));
}

static void reuid_of_root(void)
{
    SHOW(syscall(SYS_setreuid, -1, 5));
    SHOW(syscall(SYS_setreuid, 5, 0));
    SHOW(syscall(SYS_setreuid, 5, 5));
    SHOW(syscall(SYS_setuid, 0));
}

static void groups_exchange(void)
{
    SHOW(syscall(SYS_setresgid, 1, 2, 3));
    SHOW(syscall(SYS_setregid, 7, 8));
    SHOW(syscall(SYS_setregid, -1, 9));
    SHOW(syscall(SYS_setresuid, 50, 50, 50));
    SHOW(syscall(SYS_setregid, 9, 7));
    SHOW(syscall(SYS_setregid, 8, -1));
    SHOW(syscall(SYS_setresgid, -1, 9, 1));
    SHOW(syscall(SYS_setresgid, 9, 9, 9));
    SHOW(syscall(SYS_setgid, 7));
}

static void saved_root(void)
{
    SHOW(syscall(SYS_setresuid, 1000, 1000, 0));
    SHOW(syscall(SYS_setresgid, 5, 5, 5));
    SHOW(syscall(SYS_setuid, 0));
    SHOW(syscall(SYS_setresgid, 5, 5, 5));
    SHOW(syscall(SYS_setuid, 33));
    SHOW(syscall(SYS_setuid, 0));
}

static void for_files(void)
{
    SHOW(syscall(SYS_setfsuid, 77));
    SHOW(syscall(SYS_setfsgid, 88));
    SHOW(syscall(SYS_setresuid, 10, 11, 12));
    SHOW(syscall(SYS_setfsuid, 12));
    SHOW(syscall(SYS_setfsuid, 13));
    SHOW(syscall(SYS_setfsuid, 10));
    SHOW(syscall(SYS_setresuid, -1, 12, -1));
    SHOW(syscall(SYS_setfsgid, 99));
}

static void pointers(void)
{
    unsigned id;

    expect_error("getresuid to nowhere", syscall(SYS_getresuid, 8, &id, &id), EFAULT);
    expect_error("getresuid to nowhere, last", syscall(SYS_getresuid, &id, &id, 8), EFAULT);
    expect_error("getresgid to nowhere", syscall(SYS_getresgid, &id, NULL, &id), EFAULT);
}

int main(void)
{
    program_begin();
    in_child("setuid", uid_of_root);
    in_child("exchange of users", exchange);
    in_child("setreuid by the superuser", reuid_of_root);
    in_child("exchange of groups", groups_exchange);
    in_child("a saved superuser", saved_root);
    in_child("for files", for_files);
    in_child("pointers", pointers);
    return program_end();
}
