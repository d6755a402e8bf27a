/* RLIMIT_NPROC: as many processes as a user may have, and not one more; none of them is lost. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "program.h"

#define LIMIT 20

static int forks_to_the_limit(void)
{
    struct rlimit limit = {LIMIT, LIMIT};
    pid_t children[LIMIT + 1];
    int count = 0;

    if (setuid(54321) != 0 || setrlimit(RLIMIT_NPROC, &limit) != 0)
        return 1;
    while (count <= LIMIT && (children[count] = fork()) > 0)
        count++;
    if (count <= LIMIT && children[count] == 0) {
        for (;;)
            pause();
    }
    int error = errno;
    for (int i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    for (int i = 0; i < count; i++)
        waitpid(children[i], NULL, 0);
    printf("%d children beside the one that forks, then errno %d\n", count, error);
    pid_t again = fork();
    if (again == 0)
        _exit(0);
    return again > 0 && waitpid(again, NULL, 0) == again ? 0 : 2;
}

int main(void)
{
    int status = -1;

    program_begin();
    if (getuid() != 0)
        return 0;
    pid_t child = fork();
    if (child == 0)
        _exit(forks_to_the_limit());
    waitpid(child, &status, 0);
    expect_value("status", status, 0);
    return program_end();
}
