/* lintel: flags="-pthread" */
/* Clocks of time on a CPU: of the process, of threads, of others. */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

#define TRIES 20

static int64_t now(clockid_t clock)
{
    struct timespec time;

    return syscall(SYS_clock_gettime, clock, &time) != 0 ? -errno : time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void burn_ms(int ms)
{
    int64_t end = now(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000ll;

    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        ;
}

static int64_t microseconds(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000ll + usage->ru_utime.tv_usec +
           usage->ru_stime.tv_usec;
}

static clockid_t of_process(pid_t pid)
{
    return (clockid_t)(~(unsigned)pid << 3 | 2);
}

static clockid_t of_thread(pid_t tid)
{
    return (clockid_t)(~(unsigned)tid << 3 | 6);
}

static void *tell_own_time(void *ret_time)
{
    *(int64_t *)ret_time = now(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

/* A machine that stands still for a moment counts that, too: not each time, though. */
static void a_new_thread(void)
{
    int64_t time = INT64_MAX;
    pthread_t thread;

    for (int tries = 0; tries < TRIES && time >= 20000000; tries++) {
        pthread_create(&thread, NULL, tell_own_time, &time);
        pthread_join(thread, NULL);
    }
    expect_true("a new thread has used little", time < 20000000);
}

static void *burn(void *unused)
{
    burn_ms(50);
    return unused;
}

/* What another thread uses. */
static void not_of_this_thread(void)
{
    int64_t used = INT64_MAX;
    pthread_t thread;

    for (int tries = 0; tries < TRIES && used >= 50000000; tries++) {
        int64_t before = now(CLOCK_THREAD_CPUTIME_ID);
        pthread_create(&thread, NULL, burn, NULL);
        pthread_join(thread, NULL);
        used = now(CLOCK_THREAD_CPUTIME_ID) - before;
    }
    expect_true("but not here", used < 50000000);
}

static void a_sleep(void)
{
    const struct timespec nap = {0, 100000000};
    int64_t used = INT64_MAX;

    for (int tries = 0; tries < TRIES && used >= 50000000; tries++) {
        int64_t before = now(CLOCK_PROCESS_CPUTIME_ID);
        nanosleep(&nap, NULL);
        used = now(CLOCK_PROCESS_CPUTIME_ID) - before;
    }
    expect_true("sleep takes no time", used < 50000000);
}

/* A child tells what it has used when it begins. */
static void a_new_process(void)
{
    int status = 1;

    for (int tries = 0; tries < TRIES && status != 0; tries++) {
        pid_t child = fork();
        if (child == 0)
            _exit(now(CLOCK_PROCESS_CPUTIME_ID) >= 40000000);
        waitpid(child, &status, 0);
    }
    expect_value("a child begins with nothing", status, 0);
}

/* What getrusage() tells, as the clock does. */
static void the_sum(void)
{
    struct rusage usage;
    int64_t difference = INT64_MAX;

    for (int tries = 0; tries < TRIES && difference >= 20000; tries++) {
        getrusage(RUSAGE_SELF, &usage);
        difference = llabs(now(CLOCK_PROCESS_CPUTIME_ID) / 1000 - microseconds(&usage));
    }
    expect_true("the sum is that of the clock", difference < 20000);
}

static void *thread_main(void *argument)
{
    pid_t *tid = argument;

    burn_ms(50);
    expect_true("then what it used", now(CLOCK_THREAD_CPUTIME_ID) >= 50000000);
    expect_true("the other one by its ID", now(of_thread(*tid)) > 0);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pid_t self = (pid_t)syscall(SYS_gettid);

    program_begin();
    burn_ms(50);
    int64_t process = now(CLOCK_PROCESS_CPUTIME_ID), own = now(CLOCK_THREAD_CPUTIME_ID);
    expect_true("the process used what its thread did", process >= 50000000 && own >= process);
    a_sleep();
    a_new_thread();
    process = now(CLOCK_PROCESS_CPUTIME_ID);
    pthread_create(&thread, NULL, thread_main, &self);
    pthread_join(thread, NULL);
    expect_true("threads that have ended count", now(CLOCK_PROCESS_CPUTIME_ID) - process >= 50000000);
    not_of_this_thread();
    expect_true("by ID", now(of_process(getpid())) >= process);
    expect_true("by no ID", now(of_process(0)) >= process);
    expect_true("thread by no ID", now(of_thread(0)) >= own);

    pid_t child = fork();
    if (child == 0) {
        burn_ms(100);
        for (;;)
            pause();
    }
    while (now(of_process(child)) >= 0 && now(of_process(child)) < 100000000)
        sched_yield();
    expect_true("of a child", now(of_process(child)) >= 100000000);
    clockid_t clock;
    expect_value("clock_getcpuclockid", clock_getcpuclockid(child, &clock), 0);
    expect_true("is that", clock == of_process(child));
    expect_value("a child's thread", now(of_thread(child)), -EINVAL);
    struct rusage usage;
    expect_value("children that run do not count", getrusage(RUSAGE_CHILDREN, &usage), 0);
    expect_true("nothing yet", usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect_value("of nobody", now(of_process(child)), -EINVAL);
    expect_value("kind 3", now(of_process(getpid()) | 3), -EINVAL);
    getrusage(RUSAGE_CHILDREN, &usage);
    expect_true("now its time counts", microseconds(&usage) >= 99000);
    a_new_process();
    the_sum();
    const struct timespec limit = {0, 0};
    expect_error("cannot be set", syscall(SYS_clock_settime, CLOCK_PROCESS_CPUTIME_ID, &limit), EINVAL);
    expect_error("nor by ID", syscall(SYS_clock_settime, of_process(0), &limit), EPERM);
    return program_end();
}
