/* lintel: variants=musl,glibc */
/* Locks whose owner ends: robust mutexes, between threads and between processes. */
#include "program.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int value;
};

static void *leave_it_locked(void *argument)
{
    struct shared *shared = argument;

    pthread_mutex_lock(&shared->mutex);
    shared->value++;
    return NULL;
}

static void init(struct shared *shared, int process_shared, int protocol)
{
    pthread_mutexattr_t attributes;
    pthread_condattr_t condition_attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, process_shared);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    expect_value("init", pthread_mutex_init(&shared->mutex, &attributes), 0);
    pthread_condattr_init(&condition_attributes);
    pthread_condattr_setpshared(&condition_attributes, process_shared);
    pthread_cond_init(&shared->condition, &condition_attributes);
    shared->value = 0;
}

static void recover(struct shared *shared)
{
    expect_value("  lock", pthread_mutex_lock(&shared->mutex), EOWNERDEAD);
    expect_value("  value", shared->value, 1);
    expect_value("  consistent", pthread_mutex_consistent(&shared->mutex), 0);
    expect_value("  unlock", pthread_mutex_unlock(&shared->mutex), 0);
    expect_value("  lock again", pthread_mutex_lock(&shared->mutex), 0);
    expect_value("  unlock", pthread_mutex_unlock(&shared->mutex), 0);
}

static void by_thread(int protocol)
{
    struct shared shared;
    pthread_t thread;

    printf("a thread ends, protocol %d\n", protocol);
    init(&shared, PTHREAD_PROCESS_PRIVATE, protocol);
    pthread_create(&thread, NULL, leave_it_locked, &shared);
    pthread_join(thread, NULL);
    recover(&shared);
}

static void by_process(int protocol)
{
    struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    printf("a process ends, protocol %d\n", protocol);
    init(shared, PTHREAD_PROCESS_SHARED, protocol);
    pid_t child = fork();
    if (child == 0) {
        leave_it_locked(shared);
        usleep(30000);
        _exit(0);
    }
    while (__atomic_load_n(&shared->value, __ATOMIC_SEQ_CST) == 0)
        usleep(1000);
    recover(shared); /* waits for the end of the child */
    waitpid(child, NULL, 0);
    munmap(shared, PAGE);
}

static void turns_of_processes(void)
{
    struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    init(shared, PTHREAD_PROCESS_SHARED, PTHREAD_PRIO_NONE);
    pid_t child = fork();
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&shared->mutex);
        while (shared->value % 2 != (child == 0))
            pthread_cond_wait(&shared->condition, &shared->mutex);
        shared->value++;
        pthread_cond_signal(&shared->condition);
        pthread_mutex_unlock(&shared->mutex);
    }
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    expect_value("turns of two processes", shared->value, 100);
}

int main(void)
{
    program_begin();
    by_thread(PTHREAD_PRIO_NONE);
    by_process(PTHREAD_PRIO_NONE);
    by_thread(PTHREAD_PRIO_INHERIT);
    by_process(PTHREAD_PRIO_INHERIT);
    turns_of_processes();
    return program_end();
}
