/* Processes and threads that come and go at the same time; nothing is lost, and memory comes back. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

#define LOST_KIB 1024       /* may be kept in caches */
#define GIVEN_BACK_MS 10000 /* so long orphans may take to end */

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

static void pause_ms(long milliseconds)
{
    struct timespec pause = {0, milliseconds * 1000000};

    nanosleep(&pause, NULL);
}

int main(void)
{
    program_begin();
    expect_value("wrong ends", rounds(10), 0);
    pause_ms(200);
    long before = free_kib();
    expect_value("wrong ends", rounds(30), 0);
    /* On Linux much else goes on, and memory is kept for it; on Lintel only the orphans do. */
    long lost = before - free_kib();
    for (int i = 0; i < GIVEN_BACK_MS && is_lintel() && lost >= LOST_KIB; i++) {
        pause_ms(1);
        lost = before - free_kib();
    }
    expect_true("memory comes back", lost < LOST_KIB || !is_lintel());
    if (is_lintel() && lost >= LOST_KIB)
        printf("%ld KiB are lost\n", lost);
    return program_end();
}
