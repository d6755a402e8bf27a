#include "utask/thread_checks.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "utask/clock.h"
#include "utask/expect.h"
#include "utask/syscall.h"
#include "utask/threads.h"

#define UNMAPPED 0x1000ull
#define DIRECT_MAP 0xffff800000000000ull
#define NON_CANONICAL 0x0000900000000000ull
#define USER_END 0x00007ffffffff000ull
#define SLEEP_NS (20 * NS_PER_MS)
#define TEAM 4
#define STARTS 200
#define TLS_LOOKS 50
#define VECTOR_ROUNDS 4
#define VECTOR_SPINS 1000000 /* some milliseconds: longer than a slice where the machine is slow */

static struct thread team[TEAM];

/* Sleep */

static void check_bad_times(void)
{
    static const struct timespec64 bad[] = {{0, 1000000000}, {0, -1},        {-1, 0},
                                            {-1, -1},        {0, INT64_MAX}, {INT64_MIN, 0}};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t time = (uint64_t)&bad[i];
        expect("nanosleep, no such duration", syscall4(SYS_nanosleep, time, 0, 0, 0), -EINVAL);
        expect("clock_nanosleep, no such duration",
               syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, time, 0), -EINVAL);
        expect("clock_nanosleep, no such time",
               syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, time, 0), -EINVAL);
    }
}

static void check_bad_sleeps(void)
{
    static const uint64_t bad[] = {0, UNMAPPED, DIRECT_MAP, NON_CANONICAL, UINT64_MAX};
    static const struct timespec64 none = {0, 0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect("nanosleep, bad pointer", syscall4(SYS_nanosleep, bad[i], 0, 0, 0), -EFAULT);
        expect("clock_nanosleep, bad pointer", syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, bad[i], 0),
               -EFAULT);
    }
    expect("clock_nanosleep, a clock not to sleep by",
           syscall4(SYS_clock_nanosleep, CLOCK_MONOTONIC_COARSE, 0, (uint64_t)&none, 0), -EOPNOTSUPP);
    expect("clock_nanosleep, no such clock", syscall4(SYS_clock_nanosleep, 99, 0, (uint64_t)&none, 0),
           -EINVAL);
    expect("clock_nanosleep, no such clock, bad pointer", syscall4(SYS_clock_nanosleep, 99, 0, UNMAPPED, 0),
           -EINVAL);
    expect("nanosleep of nothing", syscall4(SYS_nanosleep, (uint64_t)&none, 0, 0, 0), 0);
    expect("clock_nanosleep until long ago",
           syscall4(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, (uint64_t)&none, 0), 0);
}

static uint64_t clock_ns(uint64_t clock)
{
    struct timespec64 time = {0, 0};

    syscall4(SYS_clock_gettime, clock, (uint64_t)&time, 0, 0);
    return (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
}

static void check_good_sleeps(void)
{
    static const uint64_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
    static const struct timespec64 duration = {0, SLEEP_NS};
    uint64_t start_ns = now_ns();

    expect("nanosleep", syscall4(SYS_nanosleep, (uint64_t)&duration, UNMAPPED, 0, 0), 0);
    expect("nanosleep lasts", now_ns() - start_ns >= SLEEP_NS, 1);
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        uint64_t end_ns = clock_ns(clocks[i]) + SLEEP_NS;
        struct timespec64 end = {(int64_t)(end_ns / NS_PER_SECOND), (int64_t)(end_ns % NS_PER_SECOND)};
        expect("clock_nanosleep until",
               syscall4(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, (uint64_t)&end, 0), 0);
        expect("clock_nanosleep lasts until", clock_ns(clocks[i]) >= end_ns, 1);
        start_ns = now_ns();
        expect("clock_nanosleep", syscall4(SYS_clock_nanosleep, clocks[i], 0, (uint64_t)&duration, 0), 0);
        expect("clock_nanosleep lasts", now_ns() - start_ns >= SLEEP_NS, 1);
    }
}

void check_sleep(void)
{
    check_bad_times();
    check_bad_sleeps();
    check_good_sleeps();
}

/* Threads */

static void check_clone_refuses(void)
{
    const uint64_t good = THREAD_CLONE_FLAGS | CLONE_SETTLS,
                   stack = (uint64_t)(team[0].stack + THREAD_STACK_SIZE);
    const uint64_t needed[] = {CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD};
    static const uint64_t refused[] = {CLONE_VFORK, CLONE_PARENT, 0x1000 /* PIDFD */, 0x20000 /* NEWNS */,
                                       0x10000000 /* NEWUSER */};
    static const uint64_t bad_tls[] = {USER_END, NON_CANONICAL, DIRECT_MAP, UINT64_MAX};

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        expect("clone without a flag that is needed", syscall4(SYS_clone, good & ~needed[i], stack, 0, 0),
               -EINVAL);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        expect("clone with a flag that is refused", syscall4(SYS_clone, good | refused[i], stack, 0, 0),
               -EINVAL);
    for (size_t i = 0; i < sizeof(bad_tls) / sizeof(bad_tls[0]); i++)
        expect("clone with FS outside of the user half", syscall5(SYS_clone, good, stack, 0, 0, bad_tls[i]),
               -EPERM);
}

/* What a thread finds out about itself. */
struct identity {
    int64_t thread_id, process_id;
    struct thread *self;
};

static void identity_find(void *argument)
{
    struct identity *identity = argument;

    identity->thread_id = syscall0(SYS_gettid);
    identity->process_id = syscall0(SYS_getpid);
    identity->self = thread_self();
}

static void check_identity(void)
{
    struct identity found[TEAM];
    int64_t ids[TEAM];

    expect("gettid of the main thread", syscall0(SYS_gettid), 1);
    for (unsigned i = 0; i < TEAM; i++)
        ids[i] = thread_start(&team[i], identity_find, &found[i]);
    for (unsigned i = 0; i < TEAM; i++) {
        thread_join(&team[i]);
        expect("a thread's ID is new", ids[i] > (i == 0 ? 1 : ids[i - 1]), 1);
        expect("gettid", found[i].thread_id, ids[i]);
        expect("getpid in a thread", found[i].process_id, 1);
        expect("thread-local storage", (int64_t)found[i].self, (int64_t)&team[i]);
    }
}

/* How often thread-local storage was another's, while the others run. */
static void tls_look(void *argument)
{
    int64_t *failures = argument;
    const struct thread *self = thread_self();

    *failures = 0;
    for (unsigned i = 0; i < TLS_LOOKS; i++) {
        syscall0(SYS_sched_yield);
        *failures += thread_self() != self || self->argument != argument;
    }
}

static void check_tls(void)
{
    int64_t failures[TEAM];

    for (unsigned i = 0; i < TEAM; i++)
        (void)thread_start(&team[i], tls_look, &failures[i]);
    for (unsigned i = 0; i < TEAM; i++) {
        thread_join(&team[i]);
        expect("thread-local storage among others", failures[i], 0);
    }
}

static void tls_inherit(void *argument)
{
    (void)thread_start_with(THREAD_CLONE_FLAGS, &team[1], identity_find, argument);
    thread_join(&team[1]);
}

static void check_inherited_tls(void)
{
    struct identity found = {0};

    (void)thread_start(&team[0], tls_inherit, &found);
    thread_join(&team[0]);
    expect("thread-local storage of the thread that called clone", (int64_t)found.self, (int64_t)&team[0]);
}

static void count_up(void *argument)
{
    atomic_fetch_add((atomic_int *)argument, 1);
}

static void check_many_starts(void)
{
    static atomic_int count;

    for (unsigned i = 0; i < STARTS; i++) {
        if (thread_start(&team[0], count_up, &count) < 0)
            break;
        thread_join(&team[0]);
    }
    expect("threads started one after the other", atomic_load(&count), STARTS);
}

/* Vector registers and MXCSR. */

struct vectors {
    uint64_t words[32]; /* XMM0 to XMM15 */
    uint32_t mxcsr;
};

#define FOR_ALL_XMM ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n\t"

/* Load the registers, work for a while, make a system call, work on, and store them. */
static void vectors_carry(const struct vectors *in, struct vectors *ret_out)
{
    uint64_t spins, number = SYS_sched_yield;

    __asm__ volatile(
        "ldmxcsr %[mxcsr_in]\n\t" FOR_ALL_XMM "movdqu 16 * \\number(%[in]), %%xmm\\number\n\t"
        ".endr\n\t"
        "mov %[count], %[spins]\n"
        "1: dec %[spins]\n\t"
        "jnz 1b\n\t"
        "syscall\n\t"
        "mov %[count], %[spins]\n"
        "1: dec %[spins]\n\t"
        "jnz 1b\n\t" FOR_ALL_XMM "movdqu %%xmm\\number, 16 * \\number(%[out])\n\t"
        ".endr\n\t"
        "stmxcsr %[mxcsr_out]"
        : "+a"(number), [spins] "=&r"(spins), [mxcsr_out] "=m"(ret_out->mxcsr)
        : [in] "r"(in->words), [out] "r"(ret_out->words), [count] "i"(VECTOR_SPINS), [mxcsr_in] "m"(in->mxcsr)
        : "rcx", "r11", "memory", "cc");
}

struct vectors_owner {
    uint64_t number;
    int64_t failures;
};

static void vectors_keep(void *argument)
{
    struct vectors_owner *owner = argument;
    struct vectors in, out;

    in.mxcsr = 0x1f80 | (uint32_t)owner->number << 13; /* its rounding mode */
    for (unsigned round = 0; round < VECTOR_ROUNDS; round++) {
        for (unsigned i = 0; i < 32; i++)
            in.words[i] = 0x0101010101010101ull * (owner->number + 1) + (round << 8 | i);
        vectors_carry(&in, &out);
        for (unsigned i = 0; i < 32; i++)
            owner->failures += out.words[i] != in.words[i];
        owner->failures += out.mxcsr != in.mxcsr;
    }
}

static void check_vectors(void)
{
    struct vectors_owner owners[TEAM];

    for (unsigned i = 0; i < TEAM; i++) {
        owners[i] = (struct vectors_owner){.number = i};
        (void)thread_start(&team[i], vectors_keep, &owners[i]);
    }
    for (unsigned i = 0; i < TEAM; i++) {
        thread_join(&team[i]);
        expect("vector registers among threads", owners[i].failures, 0);
    }
}

void check_threads(void)
{
    check_clone_refuses();
    check_identity();
    check_tls();
    check_inherited_tls();
    check_many_starts();
    check_vectors();
}
