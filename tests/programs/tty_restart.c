/* Reads and writes of a terminal that signals interrupt. */
#include "sleeping.h"
#include "terminal.h"

static struct pair pair;

static void nothing(int signal)
{
    (void)signal;
}

static void act(int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = nothing;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, NULL);
}

/* A signal when this process waits, and a line when it does again. */
static pid_t disturb(int signal, const char *text)
{
    pid_t parent = getpid(), child = fork();

    if (child == 0) {
        await_sleep(parent);
        kill(parent, signal);
        await_sleep(parent);
        type(pair.master, text);
        _exit(0);
    }
    return child;
}

static void read_disturbed(const char *what, int flags)
{
    char bytes[100];

    act(flags);
    pid_t child = disturb(SIGUSR1, "line\n");
    show_bytes(what, bytes, read(pair.slave, bytes, sizeof(bytes)));
    waitpid(child, NULL, 0);
    tcflush(pair.slave, TCIFLUSH);
}

int main(void)
{
    char bytes[100];
    int status;

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    read_disturbed("without SA_RESTART", 0);
    read_disturbed("with SA_RESTART", SA_RESTART);
    change_local(pair.slave, 0, ICANON);
    change_character(pair.slave, VMIN, 3);
    type(pair.master, "a");
    read_disturbed("some bytes are there", 0);
    change_local(pair.slave, ICANON, 0);
    pid_t child = fork();
    if (child == 0) {
        ssize_t length = read(pair.slave, bytes, sizeof(bytes));
        show_bytes("stopped and continued", bytes, length);
        _exit(0);
    }
    await_sleep(child);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    await_sleep(child);
    type(pair.master, "late\n");
    waitpid(child, &status, 0);
    printf("status 0x%x\n", (unsigned)status);
    type(pair.master, "\x13");
    settle(&pair);
    act(0);
    child = disturb(SIGUSR1, "");
    expect_error("a write that is stopped", write(pair.slave, "x", 1), EINTR);
    waitpid(child, NULL, 0);
    return program_end();
}
