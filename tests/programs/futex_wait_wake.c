/* Who is woken, in which order, and how many; requeueing; bits; signals and timeouts. */
#define _GNU_SOURCE
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "futex.h"
#include "sleeping.h"

#define WAITERS 4

static uint32_t words[2];
static int woken_order[WAITERS], woken_count; /* under the lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t ids[WAITERS];

struct waiter {
    int number;
    uint32_t bits;
};

static void *wait_for_wake(void *argument)
{
    struct waiter *waiter = argument;

    ids[waiter->number] = (pid_t)syscall(SYS_gettid);
    long result = futex(&words[0], FUTEX_WAIT_BITSET | FUTEX_PRIVATE, 0, NULL, NULL, waiter->bits);
    if (result != 0)
        printf("waiter %d: %ld, errno %d\n", waiter->number, result, errno);
    pthread_mutex_lock(&lock);
    woken_order[woken_count++] = waiter->number;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static pthread_t threads[WAITERS];
static struct waiter waiters[WAITERS];

static void start(void)
{
    woken_count = 0;
    for (int i = 0; i < WAITERS; i++) {
        ids[i] = 0;
        waiters[i] = (struct waiter){i, i == 2 ? 4 : 3};
        pthread_create(&threads[i], NULL, wait_for_wake, &waiters[i]);
        await_thread_sleep(&ids[i]);
    }
}

/* When those who were woken have ended and the others wait. */
static void show_woken(void)
{
    for (int i = 0; i < WAITERS; i++)
        await_thread_sleep(&ids[i]);
    pthread_mutex_lock(&lock);
    printf("woken:");
    for (int i = 0; i < woken_count; i++)
        printf(" %d", woken_order[i]);
    printf("\n");
    pthread_mutex_unlock(&lock);
}

static long wake(uint32_t *word, int count)
{
    return futex(word, FUTEX_WAKE | FUTEX_PRIVATE, (unsigned)count, NULL, NULL, 0);
}

static void end(void)
{
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
}

static void order_and_bits(void)
{
    start();
    expect_value("shared wake finds no private waiter", futex(&words[0], FUTEX_WAKE, 9, NULL, NULL, 0), 0);
    expect_value("wake one", wake(&words[0], 1), 1);
    show_woken();
    expect_value("wake by bits", futex(&words[0], FUTEX_WAKE_BITSET | FUTEX_PRIVATE, 9, NULL, NULL, 4), 1);
    show_woken();
    expect_value("bits that nobody has",
                 futex(&words[0], FUTEX_WAKE_BITSET | FUTEX_PRIVATE, 9, NULL, NULL, 8), 0);
    expect_value("count 0 wakes one", wake(&words[0], 0), 1);
    show_woken();
    expect_value("wake all", wake(&words[0], 9), 1);
    end();
}

static void requeue(void)
{
    start();
    expect_value("wake one, requeue two",
                 futex(&words[0], FUTEX_CMP_REQUEUE | FUTEX_PRIVATE, 1, (void *)2L, &words[1], 0), 3);
    show_woken();
    expect_value("one is left", wake(&words[0], 9), 1);
    show_woken();
    expect_value("wake one of the other word", wake(&words[1], 1), 1);
    show_woken();
    expect_value("and the last", wake(&words[1], 9), 1);
    end();
    start();
    expect_value("WAKE_OP: one, and two of the other word, none there",
                 futex(&words[0], FUTEX_WAKE_OP | FUTEX_PRIVATE, 1, (void *)2L, &words[1],
                       FUTEX_OPERATION(OP_ADD, 1, CMP_EQ, 0)),
                 1);
    expect_value("word", words[1], 1);
    expect_value("WAKE_OP of a word that both are",
                 futex(&words[0], FUTEX_WAKE_OP | FUTEX_PRIVATE, 1, (void *)1L, &words[0],
                       FUTEX_OPERATION(OP_ADD, 0, CMP_EQ, 0)),
                 2);
    expect_value("the last", wake(&words[0], 9), 1);
    end();
}

static volatile sig_atomic_t handled;

static void on_signal(int signal)
{
    (void)signal;
    handled++;
}

static void *wait_through_signal(void *argument)
{
    struct timespec timeout = {1000, 0}, *wanted = argument == NULL ? NULL : &timeout;

    ids[0] = (pid_t)syscall(SYS_gettid);
    long result = futex(&words[0], FUTEX_WAIT, 0, wanted, NULL, 0);
    return (void *)(result == 0 ? 0L : (long)errno);
}

static long interrupted(int flags, int has_timeout)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    pthread_t thread;
    void *result;

    handled = 0;
    ids[0] = 0;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, wait_through_signal, has_timeout ? (void *)1 : NULL);
    await_thread_sleep(&ids[0]);
    pthread_kill(thread, SIGUSR1);
    while (handled == 0)
        usleep(1000);
    await_thread_sleep(&ids[0]);
    if ((flags & SA_RESTART) != 0 && !has_timeout)
        expect_value("still there", futex(&words[0], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
    pthread_join(thread, &result);
    expect_value("handled", handled, 1);
    return (long)result;
}

static void signals(void)
{
    words[0] = 0;
    expect_value("a handler", interrupted(0, 0), EINTR);
    expect_value("a handler, SA_RESTART", interrupted(SA_RESTART, 0), 0);
    expect_value("a handler, a timeout", interrupted(0, 1), EINTR);
    expect_value("a handler, SA_RESTART, a timeout", interrupted(SA_RESTART, 1), EINTR);
}

static void processes(void)
{
    uint32_t *word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    pid_t child = fork();

    if (child == 0) {
        while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == 0)
            futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
        _exit(5);
    }
    await_sleep(child);
    __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
    futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
    waitpid(child, &status, 0);
    expect_value("woken in another process", status, 0x500);
    *word = 0;
    child = fork();
    if (child == 0) {
        struct timespec timeout = {0, 200000000};
        long result = futex(word, FUTEX_WAIT, 0, &timeout, NULL, 0);
        _exit(result == -1 && errno == ETIMEDOUT ? 6 : 1);
    }
    await_sleep(child);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    expect_value("a wait that goes on after SIGSTOP and SIGCONT", status, 0x600);
}

int main(void)
{
    program_begin();
    order_and_bits();
    requeue();
    signals();
    processes();
    return program_end();
}
