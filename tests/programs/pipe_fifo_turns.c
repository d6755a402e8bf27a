/* A FIFO's ends find each other, however fast one of them is gone again, and though the end of a child, told
 * by a signal with a handler, falls into the other's open(). */
#include <signal.h>

#include "show.h"

#define TURNS 300

static void on_child(int signal)
{
    (void)signal;
}

/* The child opens one end, uses it and is gone. */
static int turn(int own_mode, int others_mode)
{
    char byte = 'x';
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        int fd = open("fifo", others_mode);
        _exit(fd < 0 || (others_mode == O_WRONLY && write(fd, &byte, 1) != 1));
    }
    int fd = open("fifo", own_mode);
    int error = fd < 0 ? errno : own_mode == O_RDONLY && read(fd, &byte, 1) != 1 ? EPIPE : 0;
    close(fd);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return error != 0 ? error : status;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_child};
    int failures[2] = {0, 0};

    begin();
    SHOW(mkfifo("fifo", 0600));
    SHOW(sigaction(SIGCHLD, &action, NULL)); /* no SA_RESTART */
    for (int i = 0; i < TURNS; i++) {
        failures[0] += turn(O_RDONLY, O_WRONLY) != 0;
        failures[1] += turn(O_WRONLY, O_RDONLY) != 0;
    }
    printf("failures as reader %d, as writer %d\n", failures[0], failures[1]);
    return 0;
}
