/* membarrier(): commands, registration, and that it does what it says between two threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "show.h"

#define QUERY 0
#define GLOBAL 1
#define GLOBAL_EXPEDITED 2
#define REGISTER_GLOBAL 4
#define PRIVATE 8
#define REGISTER_PRIVATE 16
#define SYNC_CORE 32
#define REGISTER_SYNC_CORE 64
#define GET_REGISTRATIONS 512
#define ROUNDS 300

static _Atomic int turn;
static _Atomic int slow, fast, seen_by_slow, seen_by_fast;

/* Stores, then looks: only the compiler is kept from turning the two around. */
static void *run_fast(void *argument)
{
    for (int round = 1; round <= ROUNDS; round++) {
        while (atomic_load(&turn) != round)
            sched_yield();
        atomic_store_explicit(&fast, round, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
        seen_by_fast = atomic_load_explicit(&slow, memory_order_relaxed);
        atomic_store(&turn, -round);
    }
    return argument;
}

static void race(void)
{
    int missed = 0, failed = 0;
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_fast, NULL) != 0)
        return;
    for (int round = 1; round <= ROUNDS; round++) {
        atomic_store(&turn, round);
        atomic_store_explicit(&slow, round, memory_order_relaxed);
        failed += syscall(SYS_membarrier, PRIVATE, 0, 0) != 0;
        seen_by_slow = atomic_load_explicit(&fast, memory_order_relaxed);
        while (atomic_load(&turn) != -round)
            sched_yield();
        missed += seen_by_slow != round && seen_by_fast != round;
    }
    pthread_join(thread, NULL);
    printf("failed %d, neither saw the other %d\n", failed, missed);
}

int main(void)
{
    begin();
    printf("known: %lx\n", syscall(SYS_membarrier, QUERY, 0, 0) & 0x7f);
    SHOW_RAW(membarrier, QUERY, 1, 0);
    SHOW_RAW(membarrier, -1, 0, 0);
    SHOW_RAW(membarrier, 3, 0, 0);
    SHOW_RAW(membarrier, 1024, 0, 0);
    SHOW_RAW(membarrier, GLOBAL, 0, 0);
    SHOW_RAW(membarrier, GLOBAL_EXPEDITED, 0, 0);
    SHOW_RAW(membarrier, PRIVATE, 0, 0);
    SHOW_RAW(membarrier, SYNC_CORE, 0, 0);
    SHOW_RAW(membarrier, GET_REGISTRATIONS, 0, 0);
    SHOW_RAW(membarrier, REGISTER_PRIVATE, 0, 0);
    SHOW_RAW(membarrier, PRIVATE, 0, 0);
    SHOW_RAW(membarrier, SYNC_CORE, 0, 0);
    SHOW_RAW(membarrier, REGISTER_SYNC_CORE, 0, 0);
    SHOW_RAW(membarrier, REGISTER_SYNC_CORE, 0, 0);
    SHOW_RAW(membarrier, SYNC_CORE, 0, 0);
    SHOW_RAW(membarrier, REGISTER_GLOBAL, 0, 0);
    SHOW_RAW(membarrier, GET_REGISTRATIONS, 0, 0);
    race();
    if (fork() == 0) {
        SHOW_RAW(membarrier, GET_REGISTRATIONS, 0, 0);
        SHOW_RAW(membarrier, PRIVATE, 0, 0);
        return 0;
    }
    wait(NULL);
    return 0;
}
