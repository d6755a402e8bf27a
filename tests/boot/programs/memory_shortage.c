/* Programs that want more memory than there is, beside one that wants little: the large ones end, by SIGKILL,
 * it lives, and so does PID 1. Arguments: how many MiB are more than half of what there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1 << 20)

static int ready[2], end[2]; /* pipes: a child has its memory; children may end */

static char *take(size_t size)
{
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return map == MAP_FAILED ? NULL : memset(map, 1, size);
}

/* A child that takes `size` bytes, says so, and waits for the end of the pipe. */
static pid_t start(size_t size)
{
    pid_t pid = fork();
    char byte;

    if (pid != 0)
        return pid;
    close(end[1]);
    char *map = take(size);
    if (write(ready[1], "x", 1) != 1)
        _exit(2);
    (void)!read(end[0], &byte, 1);
    _exit(map[size / 2] == 1 ? 7 : 1);
}

static void takes_all(void)
{
    for (;;) {
        if (take(MIB) == NULL)
            _exit(1);
    }
}

static int status_of(pid_t pid)
{
    int status = -1;

    waitpid(pid, &status, 0);
    return status;
}

int main(int count, char **arguments)
{
    size_t half = (count > 1 ? (size_t)atoi(arguments[1]) : 100) * MIB;
    char byte;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (pipe(ready) != 0 || pipe(end) != 0)
        return 1;
    pid_t small = start(4 * MIB);
    (void)!read(ready[0], &byte, 1);
    for (int i = 0; i < 3; i++) {
        pid_t large = fork();
        if (large == 0)
            takes_all();
        printf("it takes all: %#x\n", status_of(large));
    }
    pid_t idle = start(half);
    (void)!read(ready[0], &byte, 1);
    printf("as much again: %s\n", take(half) != NULL ? "yes" : "no");
    printf("the one that sat on it: %#x\n", status_of(idle));
    close(end[1]);
    printf("the small one: %#x\n", status_of(small));
    return 0;
}
