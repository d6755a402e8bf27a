/* Threads that touch, unmap, protect and fork at the same time: no write is lost, none lands elsewhere. */
#define _GNU_SOURCE
#include "program.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define THREADS 4
#define PAGES 8

static volatile int stop;
static uint64_t *counters; /* a page each, shared among threads, copied by forks */

/* Each thread counts in words of its own of all pages, while the pages become shared and are copied. */
static void *count(void *argument)
{
    int me = (int)(intptr_t)argument;
    uint64_t turns = 0;

    while (!stop) {
        turns++;
        for (int i = 0; i < PAGES; i++)
            counters[i * 512 + me] = turns;
        for (int i = 0; i < PAGES; i++) {
            if (counters[i * 512 + me] != turns)
                printf("thread %d: page %d lost a write\n", me, i);
        }
    }
    return NULL;
}

static void forks_while_threads_write(void)
{
    pthread_t threads[THREADS];
    int failures = 0;

    counters = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, (void *)(intptr_t)i);
    for (int round = 0; round < 10; round++) {
        pid_t child = fork();
        if (child == 0) { /* its memory stands still */
            uint64_t sum = 0, again = 0;
            for (int i = 0; i < PAGES * 512; i++)
                sum += counters[i];
            sched_yield();
            for (int i = 0; i < PAGES * 512; i++)
                again += counters[i];
            counters[0] = 0;
            _exit(sum == again && counters[0] == 0 ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        failures += status != 0;
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_value("children that saw their memory change", failures, 0);
}

static __thread sigjmp_buf *after_fault;

static void on_fault(int signal)
{
    (void)signal;
    siglongjmp(*after_fault, 1);
}

static char *volatile target;

/* Write until it faults: after mprotect() has returned, no write may succeed. */
static void *hammer(void *argument)
{
    sigjmp_buf buffer;

    (void)argument;
    after_fault = &buffer;
    if (sigsetjmp(buffer, 1) == 0) {
        for (;;)
            ++*(volatile char *)target;
    }
    return NULL;
}

static void protection_holds_at_once(void)
{
    int late = 0;

    signal(SIGSEGV, on_fault);
    for (int round = 0; round < 15; round++) {
        pthread_t threads[2];
        target = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 2; i++)
            pthread_create(&threads[i], NULL, hammer, NULL);
        while (*(volatile char *)target == 0)
            sched_yield();
        mprotect(target, PAGE, PROT_READ);
        char before = *(volatile char *)target;
        for (int i = 0; i < 50; i++)
            sched_yield();
        late += *(volatile char *)target != before;
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        munmap(target, PAGE);
    }
    expect_value("writes after mprotect", late, 0);
}

/* Maps and unmaps of many threads: each finds zeros, and keeps what it writes. */
static void *churn(void *argument)
{
    long wrong = 0;

    for (int i = 0; i < 40; i++) {
        size_t size = (size_t)(1 + i % 7) * PAGE;
        uint64_t *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (size_t at = 0; at < size / 8; at += 512) {
            wrong += map[at] != 0;
            map[at] = (uint64_t)(uintptr_t)argument + at;
        }
        for (size_t at = 0; at < size / 8; at += 512)
            wrong += map[at] != (uint64_t)(uintptr_t)argument + at;
        munmap(map, size);
    }
    return (void *)wrong;
}

static void mappings_come_and_go(void)
{
    pthread_t threads[THREADS];
    long wrong = 0;

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, churn, (void *)(intptr_t)(i + 1));
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    expect_value("wrong words", wrong, 0);
}

int main(void)
{
    program_begin();
    forks_while_threads_write();
    protection_holds_at_once();
    mappings_come_and_go();
    return program_end();
}
