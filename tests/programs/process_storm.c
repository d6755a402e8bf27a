/* lintel: timeout=120 */
/* Processes and threads that come and go at the same time; nothing is lost, and memory comes back. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static void *nothing(void *argument)
{
    return argument;
}

static void *spins(void *argument)
{
    for (;;)
        (void)getppid();
    return argument;
}

/* A tree of processes: each has two children down to depth 0, and waits for one of them; the other is an
 * orphan by then, or soon. */
static void grow(int depth)
{
    for (int i = 0; i < 2 && depth > 0; i++) {
        if (fork() == 0) {
            grow(depth - 1);
            _exit(0);
        }
    }
    if (depth > 0)
        wait(NULL);
}

/* Threads are made while the process ends. */
static void ends_while_threads_begin(void)
{
    pthread_t thread;

    for (int i = 0; i < 3; i++)
        pthread_create(&thread, NULL, spins, NULL);
    for (int i = 0; i < 10; i++) {
        if (pthread_create(&thread, NULL, nothing, NULL) == 0)
            pthread_detach(thread);
    }
}

static int rounds(int count)
{
    int wrong = 0;

    for (int i = 0; i < count; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) {
            ends_while_threads_begin();
            if (i % 3 == 0)
                kill(getpid(), SIGKILL);
            _exit(i & 0x7f);
        }
        if (waitpid(child, &status, 0) != child || status != (i % 3 == 0 ? SIGKILL : (i & 0x7f) << 8))
            wrong++;
        child = fork();
        if (child == 0) {
            grow(3);
            _exit(0);
        }
        if (waitpid(child, &status, 0) != child || status != 0)
            wrong++;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
    return wrong;
}

static long free_kib(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)(info.freeram * info.mem_unit / 1024);
}

static int is_lintel(void)
{
    struct utsname names;

    return uname(&names) == 0 && strstr(names.release, "lintel") != NULL;
}

static void settle(void)
{
    struct timespec pause = {0, 200000000};

    nanosleep(&pause, NULL);
}

int main(void)
{
    program_begin();
    expect_value("wrong ends", rounds(10), 0);
    settle();
    long before = free_kib();
    expect_value("wrong ends", rounds(30), 0);
    settle();
    long lost = before - free_kib();
    /* On Linux much else goes on, and memory is kept for it; on Lintel nothing does. */
    expect_true("memory comes back", lost < 1024 || !is_lintel());
    if (is_lintel() && lost >= 1024)
        printf("%ld KiB are lost\n", lost);
    return program_end();
}
