/* The set-user-ID and set-group-ID bits of a program's file, where another process shares the root and the
 * working directory (CLONE_FS): only the superuser gets what they promise. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "again.h"

#define USER 12345
#define GROUP 23456

static void show(void)
{
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;

    getresuid(&real, &effective, &saved);
    getresgid(&real_group, &effective_group, &saved_group);
    printf("users %d %d %d, groups %d %d %d, secure %lu\n", real, effective, saved, real_group,
           effective_group, saved_group, getauxval(AT_SECURE));
}

/* Who calls execve(), and who shares what with it meanwhile. */
struct caller {
    const char *what;
    gid_t groups[3];
    uid_t users[3];
    unsigned long shared; /* CLONE_* */
    int ends_before;
    int has_no_new_privileges;
};

static void run_as(void *argument)
{
    const struct caller *caller = argument;
    const pid_t self = getpid();
    long partner = syscall(SYS_clone, caller->shared | SIGCHLD, 0, 0, 0, 0);

    if (partner == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == self) /* it may have come to its end before that */
            pause();
        _exit(0);
    }
    if (caller->ends_before) {
        kill((pid_t)partner, SIGKILL);
        waitpid((pid_t)partner, NULL, 0);
    }
    if (setresgid(caller->groups[0], caller->groups[1], caller->groups[2]) != 0 ||
        setresuid(caller->users[0], caller->users[1], caller->users[2]) != 0)
        printf("FAILED: errno %d\n", errno);
    if (caller->has_no_new_privileges)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    execve("/tmp/copy", (char *[]){"x", "show", NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

int main(int argc, char **argv)
{
    static const mode_t modes[] = {0755, 04755, 02755, 06755};
    static const struct caller callers[] = {
        {"a user", {500, 500, 500}, {400, 400, 400}, CLONE_FS, 0, 0},
        {"a user, with a process that has ended", {500, 500, 500}, {400, 400, 400}, CLONE_FS, 1, 0},
        {"a user, with other things shared", {500, 500, 500}, {400, 400, 400}, CLONE_FILES, 0, 0},
        {"the superuser", {500, 500, 500}, {0, 0, 0}, CLONE_FS, 0, 0},
        {"one who acts for the superuser", {500, 500, 500}, {400, 0, 0}, CLONE_FS, 0, 0},
        {"one who acts for another user", {500, 501, 500}, {400, 401, 400}, CLONE_FS, 0, 0},
        {"the same, nothing shared", {500, 501, 500}, {400, 401, 400}, 0, 0, 0},
        {"the same, without new privileges", {500, 501, 500}, {400, 401, 400}, 0, 0, 1},
        {"a user without new privileges", {500, 500, 500}, {400, 400, 400}, 0, 0, 1},
        {"the superuser without new privileges", {500, 500, 500}, {0, 0, 0}, CLONE_FS, 0, 1},
    };

    (void)argv;
    program_begin();
    if (argc > 1) {
        show();
        return 0;
    }
    copy_own_file("/tmp/copy", 0755);
    for (size_t i = 0; i < COUNT_OF(callers); i++) {
        printf("-- %s\n", callers[i].what);
        for (size_t j = 0; j < COUNT_OF(modes); j++) {
            expect_value("chown", chown("/tmp/copy", USER, GROUP), 0);
            expect_value("chmod", chmod("/tmp/copy", modes[j]), 0);
            printf("status 0x%x\n", (unsigned)in_child(run_as, (void *)&callers[i]));
        }
    }
    unlink("/tmp/copy");
    return program_end();
}
