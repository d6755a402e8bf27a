/* Signals: an alarm clock that rings three times, a mask that keeps one waiting, a child that is told to
 * stop, to go on and to end, and a wild pointer that a program survives. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t rings;
static sigjmp_buf rescue;
static void *volatile wild;

static void on_alarm(int number)
{
    (void)number;
    rings++;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    wild = info->si_addr;
    siglongjmp(rescue, 1);
}

static void alarm_clock(void)
{
    const struct itimerval every_20_ms = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};

    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &every_20_ms, NULL);
    while (rings < 3)
        pause();
    setitimer(ITIMER_REAL, &never, NULL);
    printf("the alarm clock rang three times\n");
}

static void masked(void)
{
    sigset_t set, waiting;
    int number;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    sigpending(&waiting);
    printf("a blocked signal waits: %s; ", sigismember(&waiting, SIGUSR1) == 1 ? "yes" : "NO");
    sigwait(&set, &number);
    printf("taken when it suits: %s\n", strsignal(number));
}

static void child(void)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    printf("the child has stopped: %s; ", WIFSTOPPED(status) ? "yes" : "NO");
    kill(pid, SIGCONT);
    waitpid(pid, &status, WCONTINUED);
    printf("goes on: %s; ", WIFCONTINUED(status) ? "yes" : "NO");
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    printf("has ended: %s\n", WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "NO");
}

static void wild_pointer(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
    if (sigsetjmp(rescue, 1) == 0)
        *(volatile int *)0x1234 = 1;
    printf("a write to %p was caught, and the program lives\n", wild);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    alarm_clock();
    masked();
    child();
    wild_pointer();
    return 0;
}
