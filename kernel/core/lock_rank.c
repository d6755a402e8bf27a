/* Each CPU has a list of the spin locks that it holds, each thread one of its mutexes. A lock that is wanted
 * is compared with all that are on this CPU's list and on its thread's: the others' do not matter, since each
 * of them obeys the same order. That is also why one run through a piece of code finds what would deadlock
 * only if two CPUs met there: it takes no bad luck.
 *
 * The lists are touched with interrupts disabled only, and belong to who runs: no lock guards them. A spin
 * lock may be taken by one thread and released by the next one on the same CPU, as the scheduler does. */
#include "core/lock_rank.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/symbols.h"
#include "lib/format.h"

/* Who holds a spin lock for so long is taken to be stuck. Sending a line over a serial port takes a
 * hundredth. */
#define WAIT_LIMIT_NS 2000000000ull

#define PLACE_SIZE 64
#define FUNCTIONS_MAX 32 /* that timers call */

static const char *const rank_names[] = {
    [LOCK_RANK_TEST_MUTEX] = "test-mutex",
    [LOCK_RANK_EPOLL_TOPOLOGY] = "epoll-topology",
    [LOCK_RANK_EPOLL] = "epoll",
    [LOCK_RANK_FS_TREE] = "fs-tree",
    [LOCK_RANK_FILE_OFFSET] = "file-offset",
    [LOCK_RANK_PSEUDO_TEXT] = "pseudo-text",
    [LOCK_RANK_FS_NODE] = "fs-node",
    [LOCK_RANK_PTS] = "pts",
    [LOCK_RANK_VT] = "vt",
    [LOCK_RANK_TTY_OUTPUT] = "tty-output",
    [LOCK_RANK_TTY] = "tty",
    [LOCK_RANK_SOCKET_RIGHTS] = "socket-rights",
    [LOCK_RANK_SOCKET] = "socket",
    [LOCK_RANK_ADDR_SPACE] = "addr-space",
    [LOCK_RANK_MEMORY_OBJECT] = "memory-object",
    [LOCK_RANK_FS_PAGES] = "fs-pages",
    [LOCK_RANK_TIMERS] = "timers",
    [LOCK_RANK_WALL_CLOCK] = "wall-clock",
    [LOCK_RANK_TEST] = "test",
    [LOCK_RANK_TTY_INPUT] = "tty-input",
    [LOCK_RANK_PROCESS_TREE] = "process-tree",
    [LOCK_RANK_SIGNAL] = "signal",
    [LOCK_RANK_ALARM] = "alarm",
    [LOCK_RANK_WATCH] = "watch",
    [LOCK_RANK_USER_ACCOUNT] = "user-account",
    [LOCK_RANK_FUTEX] = "futex",
    [LOCK_RANK_FS_CONTEXT] = "fs-context",
    [LOCK_RANK_SOCKET_NAMES] = "socket-names",
    [LOCK_RANK_FD_TABLE] = "fd-table",
    [LOCK_RANK_FILE_LOCK] = "file-lock",
    [LOCK_RANK_PSEUDO_NODES] = "pseudo-nodes",
    [LOCK_RANK_NODE] = "node",
    [LOCK_RANK_SPACE_LIST] = "space-list",
    [LOCK_RANK_FS_DEFERRED] = "fs-deferred",
    [LOCK_RANK_CPU_TIME] = "cpu-time",
    [LOCK_RANK_WAIT_QUEUE] = "wait-queue",
    [LOCK_RANK_EPOLL_READY] = "epoll-ready",
    [LOCK_RANK_INHERITANCE] = "inheritance",
    [LOCK_RANK_THREAD] = "thread",
    [LOCK_RANK_THREAD_LIST] = "thread-list",
    [LOCK_RANK_TIMER] = "timer",
    [LOCK_RANK_RUN_QUEUE] = "run-queue",
    [LOCK_RANK_OBJECT_CACHE] = "object-cache",
    [LOCK_RANK_KERNEL_MAP] = "kernel-map",
    [LOCK_RANK_TABLE_POOL] = "table-pool",
    [LOCK_RANK_FRAMES] = "frames",
    [LOCK_RANK_RANDOM] = "random",
    [LOCK_RANK_KEYBOARD] = "keyboard",
    [LOCK_RANK_LOG] = "log",
    [LOCK_RANK_SCREEN] = "screen",
    [LOCK_RANK_DEVICE] = "device",
};

_Static_assert(sizeof(rank_names) / sizeof(rank_names[0]) == LOCK_RANK_COUNT, "each rank has a name");

/* Locks: c = touched by this CPU only. */
static struct {
    struct lock_rank_list held; /* [c] */
    uint64_t wants_since_ns;    /* [c] the lock that it waits for */
    uint64_t calls;             /* [c] a function that others may wait for; 0: none */
} cpus[CPU_COUNT_MAX];

/* The lowest rank that a function has wanted, plus one. An entry is given to a function once. */
static struct {
    _Atomic(uint64_t) function;
    atomic_uint lowest;
} functions[FUNCTIONS_MAX];

static struct lock_rank_list *(*thread_list)(void);
static atomic_bool is_off;

static struct lock_rank_list *lock_rank_cpu_list(void)
{
    return &cpus[percpu_get()->cpu_index].held;
}

static struct lock_rank_list *lock_rank_thread_list(void)
{
    return thread_list != NULL ? thread_list() : NULL;
}

/* The call is the instruction before the return address: it may be a function's last. */
static const char *lock_rank_place(char place[PLACE_SIZE], uint64_t return_address)
{
    uint64_t offset;
    const char *name = symbols_lookup(return_address - 1, &offset);

    if (name != NULL)
        format_to_buffer(place, PLACE_SIZE, "%s+0x%lx", name, offset);
    else
        format_to_buffer(place, PLACE_SIZE, "0x%lx", return_address);
    return place;
}

static _Noreturn void lock_rank_panic_order(const struct lock_rank_record *wanted, uint64_t at,
                                            const struct lock_rank_record *held, const char *reason)
{
    char wanted_at[PLACE_SIZE], held_at[PLACE_SIZE];

    panic("lock: %s (rank %u) wanted at %s while %s (rank %u), taken at %s, is held: %s",
          rank_names[wanted->rank], wanted->rank, lock_rank_place(wanted_at, at), rank_names[held->rank],
          held->rank, lock_rank_place(held_at, held->taken_at), reason);
}

static void lock_rank_check_list(const struct lock_rank_list *list, const struct lock_rank_record *wanted,
                                 uint64_t at)
{
    for (unsigned i = 0; list != NULL && i < list->count; i++) {
        const struct lock_rank_record *held = list->held[i];
        if (held == wanted)
            lock_rank_panic_order(wanted, at, held, "recursion");
        if (held->rank == wanted->rank)
            lock_rank_panic_order(wanted, at, held, "two of one rank");
        if (held->rank > wanted->rank)
            lock_rank_panic_order(wanted, at, held, "wrong order");
    }
}

static void lock_rank_check_order(const struct lock_rank_record *wanted, uint64_t at)
{
    lock_rank_check_list(lock_rank_cpu_list(), wanted, at);
    lock_rank_check_list(lock_rank_thread_list(), wanted, at);
}

static void lock_rank_check_kind(const struct lock_rank_record *lock, bool is_spin, uint64_t at)
{
    char place[PLACE_SIZE];

    if (lock->rank >= LOCK_RANK_COUNT || (lock->rank >= LOCK_RANK_FIRST_SPIN) != is_spin)
        panic("lock: %s wanted at %s has rank %u: not initialised?", is_spin ? "a spin lock" : "a mutex",
              lock_rank_place(place, at), lock->rank);
}

static void lock_rank_add(struct lock_rank_list *list, struct lock_rank_record *lock, uint64_t at)
{
    char place[PLACE_SIZE];

    if (list->count == LOCK_RANK_HELD_MAX)
        panic("lock: %s (rank %u) taken at %s is one too many", rank_names[lock->rank], lock->rank,
              lock_rank_place(place, at));
    list->held[list->count++] = lock;
    lock->taken_at = at;
}

static void lock_rank_remove(struct lock_rank_list *list, const struct lock_rank_record *lock, uint64_t at)
{
    char place[PLACE_SIZE];
    unsigned i = list->count;

    while (i > 0 && list->held[i - 1] != lock)
        i--;
    if (i == 0)
        panic("lock: %s (rank %u) released at %s is not held here", rank_names[lock->rank], lock->rank,
              lock_rank_place(place, at));
    for (list->count--; i <= list->count; i++)
        list->held[i - 1] = list->held[i];
}

/* Its entry, a new one if it has none; NULL: there is no room. */
static atomic_uint *lock_rank_lowest_of(uint64_t function)
{
    for (unsigned i = 0; i < FUNCTIONS_MAX; i++) {
        uint64_t found = 0;
        if (atomic_compare_exchange_strong(&functions[i].function, &found, function) || found == function)
            return &functions[i].lowest;
    }
    return NULL;
}

static void lock_rank_note_wanted(uint64_t function, enum lock_rank rank)
{
    atomic_uint *lowest = lock_rank_lowest_of(function);
    unsigned old = lowest != NULL ? atomic_load(lowest) : 0;

    while (lowest != NULL && (old == 0 || old > rank + 1u) &&
           !atomic_compare_exchange_weak(lowest, &old, rank + 1u))
        ;
}

void lock_rank_begin_call(uint64_t function)
{
    cpus[percpu_get()->cpu_index].calls = function;
}

void lock_rank_end_call(void)
{
    cpus[percpu_get()->cpu_index].calls = 0;
}

void lock_rank_want(const struct lock_rank_record *lock)
{
    uint64_t at = (uint64_t)__builtin_return_address(0);
    char place[PLACE_SIZE];

    if (is_off)
        return;
    lock_rank_check_kind(lock, true, at);
    if (cpu_interrupts_save())
        panic("lock: %s (rank %u) wanted at %s with interrupts enabled", rank_names[lock->rank], lock->rank,
              lock_rank_place(place, at));
    lock_rank_check_order(lock, at);
    if (cpus[percpu_get()->cpu_index].calls != 0)
        lock_rank_note_wanted(cpus[percpu_get()->cpu_index].calls, lock->rank);
    cpus[percpu_get()->cpu_index].wants_since_ns = clock_monotonic_ns();
}

void lock_rank_wait(const struct lock_rank_record *lock)
{
    uint64_t at = (uint64_t)__builtin_return_address(0), now_ns = clock_monotonic_ns();
    char wanted_at[PLACE_SIZE], taken_at[PLACE_SIZE];

    /* Many may come before this CPU; and nothing says when a holder came that has just not noted it yet. */
    if (is_off || now_ns < lock->taken_ns + WAIT_LIMIT_NS ||
        now_ns < cpus[percpu_get()->cpu_index].wants_since_ns + WAIT_LIMIT_NS)
        return;
    panic("lock: %s (rank %u) wanted at %s does not get free: held by cpu %u, taken at %s",
          rank_names[lock->rank], lock->rank, lock_rank_place(wanted_at, at), lock->holder_cpu,
          lock_rank_place(taken_at, lock->taken_at));
}

void lock_rank_take(struct lock_rank_record *lock)
{
    uint64_t at = (uint64_t)__builtin_return_address(0);

    if (is_off)
        return;
    lock_rank_check_kind(lock, true, at); /* who only tried has not been here before */
    lock->holder_cpu = percpu_get()->cpu_index;
    lock->taken_ns = clock_monotonic_ns();
    lock_rank_add(lock_rank_cpu_list(), lock, at);
}

void lock_rank_release(const struct lock_rank_record *lock)
{
    if (!is_off)
        lock_rank_remove(lock_rank_cpu_list(), lock, (uint64_t)__builtin_return_address(0));
}

void lock_rank_want_mutex(const struct lock_rank_record *lock, const void *at)
{
    bool were_enabled = cpu_interrupts_save();

    if (!is_off) {
        lock_rank_check_kind(lock, false, (uint64_t)at);
        lock_rank_check_order(lock, (uint64_t)at);
    }
    cpu_interrupts_restore(were_enabled);
}

void lock_rank_take_mutex(struct lock_rank_record *lock, const void *at)
{
    bool were_enabled = cpu_interrupts_save();
    struct lock_rank_list *list = lock_rank_thread_list();

    if (!is_off && list != NULL)
        lock_rank_add(list, lock, (uint64_t)at);
    cpu_interrupts_restore(were_enabled);
}

void lock_rank_release_mutex(const struct lock_rank_record *lock, const void *at)
{
    bool were_enabled = cpu_interrupts_save();
    struct lock_rank_list *list = lock_rank_thread_list();

    if (!is_off && list != NULL)
        lock_rank_remove(list, lock, (uint64_t)at);
    cpu_interrupts_restore(were_enabled);
}

void lock_rank_check_may_sleep(void)
{
    uint64_t at = (uint64_t)__builtin_return_address(0);
    char place[PLACE_SIZE], taken_at[PLACE_SIZE];
    bool were_enabled = cpu_interrupts_save();
    const struct lock_rank_list *list = lock_rank_cpu_list();

    if (!is_off && list->count != 0)
        panic("lock: sleep at %s while %s (rank %u), taken at %s, is held", lock_rank_place(place, at),
              rank_names[list->held[0]->rank], list->held[0]->rank,
              lock_rank_place(taken_at, list->held[0]->taken_at));
    cpu_interrupts_restore(were_enabled);
}

void lock_rank_check_may_wait(uint64_t function)
{
    uint64_t at = (uint64_t)__builtin_return_address(0);
    char place[PLACE_SIZE], taken_at[PLACE_SIZE], name[PLACE_SIZE];
    bool were_enabled = cpu_interrupts_save();
    const struct lock_rank_list *list = lock_rank_cpu_list();
    atomic_uint *lowest = lock_rank_lowest_of(function);
    const unsigned limit = lowest != NULL ? atomic_load(lowest) : 0;

    for (unsigned i = 0; !is_off && limit != 0 && i < list->count; i++) {
        if (list->held[i]->rank + 1u >= limit)
            panic("lock: wait at %s for %s while %s (rank %u), taken at %s, is held",
                  lock_rank_place(place, at), lock_rank_place(name, function + 1),
                  rank_names[list->held[i]->rank], list->held[i]->rank,
                  lock_rank_place(taken_at, list->held[i]->taken_at));
    }
    cpu_interrupts_restore(were_enabled);
}

void lock_rank_set_thread_list(struct lock_rank_list *(*current)(void))
{
    thread_list = current;
}

void lock_rank_stop_checking(void)
{
    is_off = true;
}

static void lock_rank_log_list(const struct lock_rank_list *list, const char *holder)
{
    char place[PLACE_SIZE];

    for (unsigned i = 0; list != NULL && i < list->count; i++)
        log_error("lock held by this %s: %s (rank %u), taken at %s", holder, rank_names[list->held[i]->rank],
                  list->held[i]->rank, lock_rank_place(place, list->held[i]->taken_at));
}

void lock_rank_log_held(void)
{
    lock_rank_log_list(lock_rank_thread_list(), "thread");
    lock_rank_log_list(lock_rank_cpu_list(), "cpu");
}
