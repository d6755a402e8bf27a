/* lintel: variants=musl,glibc flags="-pthread" */
/* A timer that signals one thread, and the C library's timers with a function. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include "program.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile pid_t caught_by;
static pid_t thread_id;
static sem_t ready, called;
static volatile int is_over;

static void on_signal(int signal)
{
    (void)signal;
    caught_by = (pid_t)syscall(SYS_gettid);
}

static void *thread_main(void *argument)
{
    thread_id = (pid_t)syscall(SYS_gettid);
    sem_post(&ready);
    while (!is_over)
        usleep(1000);
    return argument;
}

static void function(union sigval value)
{
    printf("called with %d\n", value.sival_int);
    sem_post(&called);
}

static int wait_for(sem_t *semaphore)
{
    int result;

    while ((result = sem_wait(semaphore)) != 0 && errno == EINTR)
        ;
    return result;
}

int main(void)
{
    const struct itimerspec soon = {{0, 0}, {0, 20000000}};
    struct sigaction action = {.sa_handler = on_signal};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
    pthread_t thread;
    timer_t timer;

    program_begin();
    sem_init(&ready, 0, 0);
    sem_init(&called, 0, 0);
    sigaction(SIGUSR2, &action, NULL);
    pthread_create(&thread, NULL, thread_main, NULL);
    wait_for(&ready);
    event.sigev_notify_thread_id = thread_id;
    expect_value("create", timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    expect_value("set", timer_settime(timer, 0, &soon, NULL), 0);
    for (int i = 0; i < 20000 && caught_by == 0; i++)
        usleep(1000);
    expect_true("that thread caught it", caught_by == thread_id);
    is_over = 1;
    pthread_join(thread, NULL);
    expect_value("set for nobody", timer_settime(timer, 0, &soon, NULL), 0);
    usleep(50000);
    expect_value("delete", timer_delete(timer), 0);

    event = (struct sigevent){
        .sigev_notify = SIGEV_THREAD, .sigev_notify_function = function, .sigev_value.sival_int = 42};
    expect_value("create with a function", timer_create(CLOCK_REALTIME, &event, &timer), 0);
    expect_value("set", timer_settime(timer, 0, &soon, NULL), 0);
    expect_value("wait", wait_for(&called), 0);
    expect_value("delete", timer_delete(timer), 0);
    return program_end();
}
