#include "fake_panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "core/panic.h"

static int message_pipe[2];
static bool is_wanted;
static pid_t child;

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vdprintf(is_wanted ? message_pipe[1] : STDERR_FILENO, format, arguments);
    va_end(arguments);
    if (is_wanted)
        _exit(1);
    abort();
}

bool fake_panic_fork(void)
{
    assert_int_equal(pipe(message_pipe), 0);
    child = fork();
    assert_true(child >= 0);
    is_wanted = child == 0;
    return is_wanted;
}

const char *fake_panic_wait(void)
{
    static char message[256];
    int status;

    close(message_pipe[1]);
    ssize_t length = read(message_pipe[0], message, sizeof(message) - 1);
    close(message_pipe[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    message[length > 0 ? length : 0] = '\0';
    return message;
}
