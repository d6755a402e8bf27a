/* A process that makes random calls: what it lives on, which calls it leaves out, and how it makes them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TICK_US 4000
#define ROUND 48         /* calls after which what a process lives on is put in order again */
#define THREADS 3        /* beside the first one */
#define DEPTH_MAX 3      /* of processes that fork */
#define INHERITED_MAX 16 /* descriptors that PID 1 may have */

#define SYSCALL(number, name, arguments) {number, #name, arguments},
static const struct call {
    int number;
    const char *name;
    const char *arguments;
} calls[] = {
#include "../../kernel/syscall/table.h"
};
#define CALL_COUNT COUNT_OF(calls)

static __thread unsigned depth;
static struct record *record;
static unsigned own_slot;
/* Found out once, by name: which argument is a process, and how often a call is left out. */
static struct {
    signed char process_argument;
    unsigned one_in; /* 0: never */
    char is_for_users;
} ways[CALL_COUNT];

static long call_6(long number, const uint64_t a[6])
{
    register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];

    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

static int is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return 1;
    }
    return 0;
}

/* The first argument, or that one, is a process or thread. */
static int process_argument(const char *name)
{
    static const char *const first[] = {
        "kill",           "tkill",
        "tgkill",         "rt_sigqueueinfo",
        "prlimit64",      "rt_tgsigqueueinfo",
        "setpgid",        "getpgid",
        "getsid",         "sched_setaffinity",
        "wait4",          "sched_getaffinity",
        "sched_getparam", "sched_getscheduler",
        "sched_setparam", "get_robust_list",
        "pidfd_open",     "process_vm_readv",
    };
    if (is_one_of(name, first, COUNT_OF(first)))
        return 0;
    return strcmp(name, "waitid") == 0 || strcmp(name, "setpriority") == 0 ? 1 : -1;
}

/* Root would end the machine by them, or the test: only users try. */
static int is_for_users(const char *name)
{
    static const char *const names[] = {"reboot", "sched_setscheduler", "sched_setparam", "sched_setattr"};

    return is_one_of(name, names, COUNT_OF(names));
}

static unsigned one_in(const char *name)
{
    static const char *const rare[] = {"fork",   "vfork",    "clone",     "clone3",        "pause",
                                       "execve", "execveat", "munmap",    "rt_sigsuspend", "brk",
                                       "mremap", "chroot",   "arch_prctl"};
    static const char *const rarer[] = {"exit",          "exit_group", "rt_sigreturn", "settimeofday",
                                        "clock_settime", "sync",       "syncfs"};

    return is_one_of(name, rare, COUNT_OF(rare)) ? 16 : is_one_of(name, rarer, COUNT_OF(rarer)) ? 400 : 1;
}

static void ways_find(void)
{
    for (size_t i = 0; i < CALL_COUNT; i++) {
        ways[i].process_argument = (signed char)process_argument(calls[i].name);
        ways[i].one_in = one_in(calls[i].name);
        ways[i].is_for_users = (char)is_for_users(calls[i].name);
    }
}

static void on_signal(int signal)
{
    (void)signal;
}

/* A page of the arena that another call has taken away comes back; any other fault is the end. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
    char *page = (char *)((uint64_t)info->si_addr & ~(uint64_t)(PAGE - 1));

    (void)signal;
    (void)context;
    if (page < ARENA || page >= ARENA + ARENA_PAGES * PAGE ||
        mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
            MAP_FAILED)
        _exit(1);
}

static int is_fault(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
}

/* What the process lives on. */
static void put_in_order(void)
{
    const struct itimerval tick = {{0, TICK_US}, {0, TICK_US}};
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigset_t mask;

    mmap(READ_ONLY, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    for (int signal = SIGHUP; signal < _NSIG; signal++) /* but for the C library's own */
        sigaction(signal, is_fault(signal) ? &fault : &action, NULL);
    setitimer(ITIMER_REAL, &tick, NULL);
}

static int makes_process(int number)
{
    return number == SYS_fork || number == SYS_vfork || number == SYS_clone || number == SYS_clone3;
}

static void make_call(void)
{
    size_t chosen = below(CALL_COUNT);
    const struct call *call = &calls[chosen];
    uint64_t arguments[6];

    if (ways[chosen].one_in > 1 && below(ways[chosen].one_in) != 0)
        return;
    if (ways[chosen].is_for_users && geteuid() == 0)
        return;
    if (makes_process(call->number) && depth >= DEPTH_MAX)
        return;
    if (below(3) == 0)
        fill_arena();
    size_t count = strlen(call->arguments);
    for (size_t i = 0; i < 6; i++)
        arguments[i] = some_argument(i < count ? call->arguments[i] : 0);
    if (ways[chosen].process_argument >= 0)
        arguments[(size_t)ways[chosen].process_argument] = some_process();
    improve_arguments(call->number, arguments);

    unsigned index = __atomic_fetch_add(&record->slots[own_slot].count, 1, __ATOMIC_RELAXED);
    struct made_call *made = &record->slots[own_slot].last[index % LAST_CALLS];
    made->has_returned = 0;
    made->number = call->number;
    memcpy(made->arguments, arguments, sizeof(arguments));
    long result = call_6(call->number, arguments);
    made->result = result;
    made->has_returned = 1;
    if (result >= 0 && !record->has_passed[call->number])
        record->has_passed[call->number] = 1;
    __atomic_fetch_add(&record->done, 1, __ATOMIC_RELAXED);
    if (makes_process(call->number) && result == 0)
        random_split(++depth);
}

static void make_files(void)
{
    static const struct rlimit processes = {24, 24}, files = {64, 64}, core = {0, 0};
    int pair[2];

    chdir(FOLDER);
    mkdir("a", 0777);
    mkdir("b", 0777);
    symlink("a/d", "link");
    mknod("fifo", S_IFIFO | 0666, 0);
    for (int fd = 0; fd < INHERITED_MAX; fd++)
        close(fd);
    for (int fd = 0; fd < 3; fd++)
        open("/dev/null", O_RDWR);
    open("/dev/zero", O_RDWR);
    open("c", O_RDWR | O_CREAT, 0666);
    open("a/d", O_RDWR | O_CREAT | O_APPEND, 0666);
    open(".", O_RDONLY);
    pipe(pair);
    open("fifo", O_RDWR | O_NONBLOCK);
    syscall(SYS_eventfd2, 0, 0);
    syscall(SYS_epoll_create1, 0);
    syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
    syscall(SYS_socketpair, 1, 1, 0, pair);
    syscall(SYS_inotify_init1, 04000);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const struct sockaddr_un address = {AF_UNIX, "socket"};
    bind(listener, (const struct sockaddr *)&address, sizeof(address)); /* the first of the slots */
    listen(listener, 8);
    int terminal = open("/dev/ptmx", O_RDWR | O_NONBLOCK | O_NOCTTY), unlocked = 0, number = 0;
    char name[32];
    syscall(SYS_ioctl, terminal, 0x40045431, &unlocked);
    syscall(SYS_ioctl, terminal, 0x80045430, &number);
    snprintf(name, sizeof(name), "/dev/pts/%d", number);
    if (terminal >= 0)
        open(name, O_RDWR | O_NONBLOCK);
    setrlimit(RLIMIT_NPROC, &processes);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CORE, &core);
}

static void make_calls(uint64_t seed, long count)
{
    random_start(seed);
    for (long i = 0; i < count; i++) {
        if (i % ROUND == 0)
            put_in_order();
        make_call();
    }
}

struct thread_task {
    uint64_t seed;
    long count;
};

static void *run_thread(void *argument)
{
    const struct thread_task *task = argument;

    make_calls(task->seed, task->count);
    return NULL;
}

/* Every other process is a user's, and half of them have several threads, which disturb each other. */
void calls_run_process(uint64_t seed, int number, unsigned slot, long count, struct record *shared)
{
    static struct thread_task tasks[THREADS];
    pthread_t thread;
    char name[16];

    record = shared;
    own_slot = slot;
    snprintf(name, sizeof(name), "fuzz %d", number);
    prctl(PR_SET_NAME, name);
    setsid();
    mmap(ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    ways_find();
    make_files();
    if (number % 2 != 0) {
        setgid(1000);
        setuid(1000);
    }
    seed = (seed * 1000003 + (uint64_t)number) * (THREADS + 1);
    for (int i = 0; i < THREADS && number % 4 >= 2; i++) {
        tasks[i] = (struct thread_task){seed + 1 + (uint64_t)i, count};
        pthread_create(&thread, NULL, run_thread, &tasks[i]);
    }
    make_calls(seed, count);
    _exit(0);
}

static const char *call_name(int number)
{
    for (size_t i = 0; i < CALL_COUNT; i++) {
        if (calls[i].number == number)
            return calls[i].name;
    }
    return "?";
}

void calls_print_refused(const struct record *shared)
{
    printf("fuzz: never answered without an error:");
    for (size_t i = 0; i < CALL_COUNT; i++) {
        if (!shared->has_passed[calls[i].number])
            printf(" %s", calls[i].name);
    }
    printf("\n");
}

void calls_print_last(const struct record *shared, unsigned slot)
{
    unsigned count = shared->slots[slot].count, first = count > LAST_CALLS ? count - LAST_CALLS : 0;

    for (unsigned i = first; i < count; i++) {
        const struct made_call *made = &shared->slots[slot].last[i % LAST_CALLS];
        const uint64_t *a = made->arguments;
        printf("fuzz: slot %u: %s(0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx)", slot, call_name(made->number),
               a[0], a[1], a[2], a[3], a[4], a[5]);
        if (made->has_returned)
            printf(" = %ld\n", made->result);
        else
            printf(" has not returned\n");
    }
}
