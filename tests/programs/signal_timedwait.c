/* sigtimedwait(): taking signals without a handler, with and without a limit of time. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"
#include "sleeping.h"

static volatile int handled;

static void handler(int signal)
{
    (void)signal;
    handled++;
}

static long wait_for(unsigned long set, siginfo_t *info, long seconds, long nanoseconds)
{
    struct timespec limit = {seconds, nanoseconds};

    return syscall(SYS_rt_sigtimedwait, &set, info, &limit, 8);
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static int send_later(int signal)
{
    int parent = getpid(), child = fork();

    if (child == 0) {
        await_sleep(parent);
        kill(parent, signal);
        _exit(0);
    }
    return child;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    const unsigned long usr1 = 1ul << (SIGUSR1 - 1), usr2 = 1ul << (SIGUSR2 - 1), chld = 1ul << (SIGCHLD - 1);
    unsigned long set = usr1 | chld;
    siginfo_t info;

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8);
    expect_error("nothing pends", wait_for(usr1, &info, 0, 0), EAGAIN);
    raise(SIGUSR1);
    expect_value("taken", wait_for(usr1, &info, 0, 0), SIGUSR1);
    expect_value("code", info.si_code, SI_TKILL);
    expect_value("the handler did not run", handled, 0);
    expect_error("only once", wait_for(usr1, &info, 0, 0), EAGAIN);
    raise(SIGUSR1);
    expect_value("without siginfo", wait_for(usr1, NULL, 1, 0), SIGUSR1);
    raise(SIGUSR1);
    expect_error("bad siginfo", wait_for(usr1, (siginfo_t *)8, 1, 0), EFAULT);
    expect_error("which takes it all the same", wait_for(usr1, &info, 0, 0), EAGAIN);

    long long start = now_ms();
    expect_error("time runs out", wait_for(usr1, &info, 0, 50000000), EAGAIN);
    expect_true("after 50 ms", now_ms() - start >= 50);
    expect_error("bad nanoseconds", wait_for(usr1, &info, 0, 1000000000), EINVAL);
    expect_error("negative seconds", wait_for(usr1, &info, -1, 0), EINVAL);
    expect_error("bad set", syscall(SYS_rt_sigtimedwait, 8, NULL, NULL, 8), EFAULT);
    expect_error("bad time", syscall(SYS_rt_sigtimedwait, &usr1, NULL, 8, 8), EFAULT);
    expect_error("size 4", syscall(SYS_rt_sigtimedwait, &usr1, NULL, NULL, 4), EINVAL);

    int child = send_later(SIGUSR1);
    expect_value("from a child, without a limit", syscall(SYS_rt_sigtimedwait, &usr1, &info, NULL, 8),
                 SIGUSR1);
    expect_true("from it", info.si_pid == child && info.si_code == SI_USER);
    expect_value("SIGCHLD, which is ignored by default", wait_for(chld, &info, 5, 0), SIGCHLD);
    expect_value("it exited", info.si_code, CLD_EXITED);
    expect_true("who", info.si_pid == child);
    expect_value("wait", waitpid(child, NULL, 0) == child, 1);

    send_later(SIGUSR2);
    expect_error("another signal, with a handler that restarts", wait_for(usr1, &info, 5, 0), EINTR);
    expect_value("handled", handled, 1);
    wait(NULL);
    wait_for(chld, &info, 0, 0);

    /* It need not be blocked: as long as the wait lasts it is taken all the same. */
    send_later(SIGUSR2);
    expect_value("not blocked", wait_for(usr2, &info, 5, 0), SIGUSR2);
    expect_value("not handled", handled, 1);
    wait(NULL);
    wait_for(chld, &info, 0, 0);

    child = fork();
    if (child == 0)
        _exit(wait_for(usr1, NULL, 9, 0) == -1 && errno == EINTR ? 3 : 4);
    int status;
    await_sleep(child);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    expect_value("stopped and continued: EINTR", status, 3 << 8);
    return program_end();
}
