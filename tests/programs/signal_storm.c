/* Threads and processes that signal each other as fast as they can: no signal is lost that must not be, and
 * nobody is left behind. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "program.h"

#define THREADS 4
#define ROUNDS 2000
#define QUEUED 20

static atomic_int handled, queued_sum, finished;
static pthread_t threads[THREADS];

static void handler(int signal)
{
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

static void queue_handler(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    atomic_fetch_add(&queued_sum, info->si_value.sival_int);
}

static void *sender(void *argument)
{
    long self = (long)argument;

    for (int i = 0; i < ROUNDS; i++) {
        pthread_kill(threads[(self + i) % THREADS], SIGUSR1);
        if (i % 8 == 0)
            kill(getpid(), SIGUSR2);
        if (i % (ROUNDS / QUEUED) == 0)
            while (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1}) != 0)
                sched_yield();
    }
    atomic_fetch_add(&finished, 1);
    while (atomic_load(&finished) < THREADS) /* others may signal this thread */
        usleep(1000);
    return NULL;
}

static void threads_storm(void)
{
    for (long i = 0; i < THREADS; i++)
        threads[i] = pthread_self();
    for (long i = 0; i < THREADS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, sender, (void *)i);
        threads[i] = thread;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_value("queued signals", atomic_load(&queued_sum), THREADS * QUEUED);
    expect_true("others", atomic_load(&handled) > 0);
}

/* Children that stop and continue each other's neighbour, and are ended at last. */
static void processes_storm(void)
{
    int children[4], status;

    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0)
            for (;;)
                getppid();
    }
    for (int i = 0; i < 200; i++) {
        kill(children[i % 4], SIGSTOP);
        kill(children[i % 4], SIGUSR1);
        kill(children[i % 4], SIGCONT);
        kill(children[(i + 1) % 4], i % 2 != 0 ? SIGTSTP : SIGCONT);
    }
    for (int i = 0; i < 4; i++) {
        kill(children[i], SIGSTOP);
        expect_true("stops", waitpid(children[i], &status, WUNTRACED) == children[i] && WIFSTOPPED(status));
        kill(children[i], SIGKILL);
        while (waitpid(children[i], &status, 0) == children[i] && !WIFSIGNALED(status))
            ;
        expect_value("killed", status, SIGKILL);
    }
}

/* A process whose threads all wait, ended from outside. */
static void threads_end(void)
{
    int status, child = fork();

    if (child == 0) {
        for (int i = 0; i < 8; i++) {
            pthread_t thread;
            pthread_create(&thread, NULL, (void *(*)(void *))(void *)pause, NULL);
        }
        for (;;)
            pause();
    }
    usleep(50000);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    expect_value("a process of nine threads, ended", status, SIGTERM);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART},
                     queue_action = {.sa_sigaction = queue_handler, .sa_flags = SA_RESTART | SA_SIGINFO};

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGRTMIN, &queue_action, NULL);
    threads_storm();
    processes_storm();
    threads_end();
    return program_end();
}
