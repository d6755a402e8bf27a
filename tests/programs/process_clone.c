/* clone(), clone3(): what is shared, which words are written, which flags are refused. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "program.h"

struct clone3_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup;
};

/* As fork(), with flags. */
static pid_t clone_here(unsigned long flags, int *parent_tid, int *child_tid)
{
    return (pid_t)syscall(SYS_clone, flags, 0, parent_tid, child_tid, 0);
}

static int child_status(pid_t child, int options)
{
    int status = -1;

    return waitpid(child, &status, options) == child ? status : -1;
}

static void words(void)
{
    int parent_tid = -1, child_tid = -1;
    pid_t child = clone_here(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, &parent_tid, &child_tid);

    if (child == 0)
        _exit(child_tid == getpid() && parent_tid == -1 ? 3 : 4);
    expect_value("the child's word, in the child", child_status(child, 0), 3 << 8);
    expect_true("the parent's word", parent_tid == child);
    expect_value("the child's word, here", child_tid, -1);
    child = clone_here(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, (int *)8, (int *)8);
    if (child == 0)
        _exit(5);
    expect_value("words that cannot be written", child_status(child, 0), 5 << 8);
}

static void sharing(void)
{
    char after[256];
    pid_t child = clone_here(CLONE_FILES | CLONE_FS | SIGCHLD, NULL, NULL);

    if (child == 0) {
        dup2(1, 100);
        _exit(chdir("/") != 0);
    }
    expect_value("child", child_status(child, 0), 0);
    expect_true("its descriptors are the parent's", fcntl(100, F_GETFD) == 0);
    expect_text("its directory, too", getcwd(after, sizeof(after)), "/");
    close(100);
}

static int write_through(void *argument)
{
    *(volatile int *)argument = 55;
    _exit(6);
}

static void memory(void)
{
    static char stack[32768] __attribute__((aligned(16)));
    volatile int shared = 0;
    pid_t child = clone(write_through, stack + sizeof(stack), CLONE_VM | SIGCHLD, (void *)&shared);

    expect_value("a process in the same memory", child_status(child, 0), 6 << 8);
    expect_value("has written", shared, 55);
}

static void other_signals(void)
{
    int status;
    pid_t child = clone_here(0, NULL, NULL);

    if (child == 0)
        _exit(7);
    expect_error("a child without a signal is no child of wait()", waitpid(child, &status, 0), ECHILD);
    expect_value("it is one of __WCLONE", child_status(child, __WCLONE), 7 << 8);
    signal(SIGUSR2, SIG_IGN);
    child = clone_here(SIGUSR2, NULL, NULL);
    if (child == 0)
        _exit(8);
    expect_value("and of __WALL", child_status(child, __WALL), 8 << 8);
    child = clone_here(SIGCHLD, NULL, NULL);
    if (child == 0)
        _exit(9);
    expect_error("a plain one is not of __WCLONE", waitpid(child, &status, __WCLONE), ECHILD);
    expect_value("plain", child_status(child, 0), 9 << 8);
}

static void siblings(void)
{
    int ends[2];
    pid_t sibling = -1;

    expect_value("pipe", pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        pid_t self = getppid(), other = clone_here(CLONE_PARENT | SIGCHLD, NULL, NULL);
        if (other == 0)
            _exit(getppid() == self ? 11 : 12);
        _exit(write(ends[1], &other, sizeof(other)) != sizeof(other));
    }
    expect_value("child", child_status(child, 0), 0);
    expect_value("its sibling's ID", read(ends[0], &sibling, sizeof(sibling)), sizeof(sibling));
    expect_value("the sibling is a child here", child_status(sibling, 0), 11 << 8);
}

static void refused(void)
{
    expect_error("SIGHAND without VM", clone_here(CLONE_SIGHAND | SIGCHLD, NULL, NULL), EINVAL);
    expect_error("THREAD without SIGHAND", clone_here(CLONE_THREAD | CLONE_VM, NULL, NULL), EINVAL);
    expect_error("clone3: too small", syscall(SYS_clone3, NULL, 8), EINVAL);
    expect_error("clone3: bad pointer", syscall(SYS_clone3, 8, 64), EFAULT);
    struct clone3_args args = {.exit_signal = 65};
    expect_error("clone3: no such signal", syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
    args = (struct clone3_args){.flags = SIGCHLD};
    expect_error("clone3: a signal among the flags", syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
    args = (struct clone3_args){.stack = 4096};
    expect_error("clone3: a stack without size", syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
    args = (struct clone3_args){.flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD};
    expect_error("clone3: a thread with a signal", syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
    struct {
        struct clone3_args args;
        uint64_t more;
    } later = {.args = {.exit_signal = SIGCHLD}, .more = 1};
    expect_error("clone3: of a later version", syscall(SYS_clone3, &later, sizeof(later)), E2BIG);
    later.more = 0;
    pid_t child = (pid_t)syscall(SYS_clone3, &later, sizeof(later));
    if (child == 0)
        _exit(13);
    expect_value("clone3: later, but all zero", child_status(child, 0), 13 << 8);
}

static void ignore(int signal)
{
    (void)signal;
}

/* CLONE_CLEAR_SIGHAND: handlers are gone, what is ignored stays so. */
static void cleared(void)
{
    struct clone3_args args = {.flags = 0x100000000ull, .exit_signal = SIGCHLD};

    signal(SIGUSR1, ignore);
    signal(SIGUSR2, SIG_IGN);
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (child == 0)
        _exit(signal(SIGUSR1, SIG_DFL) == SIG_DFL && signal(SIGUSR2, SIG_DFL) == SIG_IGN ? 14 : 15);
    expect_value("clone3: cleared actions", child_status(child, 0), 14 << 8);
    expect_true("here they are as before", signal(SIGUSR1, SIG_DFL) != SIG_DFL);
}

int main(void)
{
    program_begin();
    words();
    sharing();
    memory();
    other_signals();
    siblings();
    refused();
    cleared();
    return program_end();
}
