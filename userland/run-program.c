/* /init of `tools/run PROGRAM`: runs one program as its child, and says how it ended. As PID 1 it takes in
 * orphans and reaps them; the machine's work ends with the program, whatever it has left behind.
 *
 * /run/command holds the program's name and its arguments, each ended by a NUL. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_FILE "/run/command"
#define COMMAND_MAX_BYTES (128 * 1024)
#define ARGUMENTS_MAX 4096
#define STATUS_NO_PROGRAM 127
#define STATUS_SIGNAL 128 /* and the signal's number */

static char *arguments[ARGUMENTS_MAX + 1];
static char *const environment[] = {"PATH=/bin", "HOME=/root", "TERM=linux", "USER=root", NULL};

/* Fill `arguments`. On errors says so. */
static bool read_command(void)
{
    static char text[COMMAND_MAX_BYTES];
    int file = open(COMMAND_FILE, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text));
    int count = 0;

    for (char *at = text; at < text + size && count < ARGUMENTS_MAX; at += strlen(at) + 1)
        arguments[count++] = at;
    if (file >= 0)
        close(file);
    if (count > 0 && text[size - 1] == '\0')
        return true;
    fprintf(stderr, "lintel: %s does not hold a command: %s\n", COMMAND_FILE, strerror(errno));
    return false;
}

static void become_program(void)
{
    if (setsid() < 0 || chdir("/root") != 0)
        perror("lintel: setsid, chdir");
    execve(arguments[0], arguments, environment);
    fprintf(stderr, "lintel: %s: %s\n", arguments[0], strerror(errno));
    _exit(STATUS_NO_PROGRAM);
}

/* Say how it ended; returns the status that a shell would have. */
static int report(int status)
{
    if (WIFSIGNALED(status)) {
        printf("\nlintel: the program was ended by signal %d (%s)\n", WTERMSIG(status),
               strsignal(WTERMSIG(status)));
        return STATUS_SIGNAL + WTERMSIG(status);
    }
    printf("\nlintel: the program ended with status %d\n", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}

int main(void)
{
    int status;

    if (!read_command())
        return STATUS_NO_PROGRAM;
    pid_t child = fork();
    if (child == 0)
        become_program();
    if (child < 0) {
        perror("lintel: fork");
        return STATUS_NO_PROGRAM;
    }
    pid_t ended;
    do {
        ended = wait(&status);
    } while (ended != child && (ended > 0 || errno == EINTR));
    return report(status);
}
