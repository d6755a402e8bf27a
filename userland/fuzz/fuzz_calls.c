/* Random system calls with arguments that are plausible more often than not, to find out what the kernel does
 * not bear. It is PID 1: it starts processes that make calls, every other one as a user, ends what is left of
 * them, and at last looks whether memory is as free as it was.
 *
 * /fuzz.conf: SEED PROCESSES CALLS. Process n of seed s always makes the same calls, as far as the kernel
 * answers the same. What would end the machine, or the test, is left out. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define ARENA ((char *)0x10000000)
#define ARENA_PAGES 16 /* and nothing behind it */
#define READ_ONLY ((char *)0x11000000)
#define FOLDER "/tmp/fuzz"
#define PROCESS_LIMIT_MS 3000
#define TICK_US 4000
#define ROUND 16   /* calls after which what a process lives on is put in order again */
#define THREADS 3  /* beside the first one */
#define WARM_UP 12 /* processes, before the memory is looked at */
#define LOST_MAX_KIB 1024
#define DEPTH_MAX 3 /* of processes that fork */

#define SYSCALL(number, name, arguments) {number, #name, arguments},
static const struct call {
    int number;
    const char *name;
    const char *arguments;
} calls[] = {
#include "../../kernel/syscall/table.h"
};
#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

static __thread uint64_t state;
static __thread unsigned depth;
static long *done; /* calls made by all processes, in shared memory */

static uint64_t random_number(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t limit)
{
    return (random_number() >> 16) % limit;
}

static long call_6(long number, const uint64_t a[6])
{
    register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];

    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

static const char *const paths[] = {
    "a",
    "b",
    "c",
    "a/d",
    "a/e",
    "b/f",
    ".",
    "..",
    "",
    "/",
    "/tmp",
    FOLDER,
    "/dev/null",
    "/dev/zero",
    "/dev",
    "a/../b",
    "./a/./d",
    "link",
    "fifo",
    "/init",
    "no/such",
    "/fuzz.conf",
    "c/",
    "a/d/",
    "socket",
    "a-name-that-is-longer-than-any-name-may-be-"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

static uint64_t some_size(void)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     7,
                                     8,
                                     16,
                                     24,
                                     63,
                                     64,
                                     100,
                                     128,
                                     256,
                                     4095,
                                     4096,
                                     4097,
                                     8192,
                                     12288,
                                     65536,
                                     65537,
                                     1 << 20,
                                     1 << 24,
                                     1ull << 31,
                                     1ull << 32,
                                     1ull << 47,
                                     INT64_MAX,
                                     UINT64_MAX,
                                     UINT64_MAX - 4095};
    return sizes[below(below(4) == 0 ? sizeof(sizes) / sizeof(sizes[0]) : 22)];
}

static uint64_t some_number(void)
{
    switch (below(8)) {
    case 0:
        return (uint64_t)-1;
    case 1:
        return below(1000);
    case 2:
        return 1ull << below(32);
    case 3:
        return random_number() >> below(64);
    default:
        return below(66);
    }
}

static uint64_t some_flags(void)
{
    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return 1ull << below(32);
    case 2:
        return 1ull << below(24) | 1ull << below(24);
    case 3:
        return random_number() & random_number() & 0xfffff;
    case 4:
        return (below(2) ? 02000000 : 0) | (below(2) ? 04000 : 0) | (below(2) ? 0100 : 0) | below(3);
    default:
        return below(40);
    }
}

static uint64_t some_address(void)
{
    int local;

    switch (below(24)) {
    case 0:
        return 0;
    case 1:
        return below(2) ? 0xffff800000000000 + below(1 << 30) : 0x800000000000 - below(64);
    case 2:
        return (uint64_t)ARENA + ARENA_PAGES * PAGE - below(64);
    case 3:
        return (uint64_t)READ_ONLY + below(PAGE);
    case 4:
        return random_number() >> below(48);
    case 5:
        return (uint64_t)ARENA + below(ARENA_PAGES) * PAGE;
    case 6:
        return below(16) == 0 ? (uint64_t)&local : 8;
    case 7:
        return (uint64_t)ARENA + below(ARENA_PAGES * PAGE);
    default:
        return (uint64_t)ARENA + below(ARENA_PAGES * PAGE / 8) * 8;
    }
}

static uint64_t some_string(void)
{
    char *place = ARENA + below(ARENA_PAGES) * PAGE;

    if (below(16) == 0)
        return some_address();
    strcpy(place, paths[below(sizeof(paths) / sizeof(paths[0]))]);
    return (uint64_t)place;
}

/* Not PID 1, and not all. */
static uint64_t some_process(void)
{
    switch (below(6)) {
    case 0:
        return 0;
    case 1:
        return (uint64_t)getpid();
    case 2:
        return (uint64_t)(getpid() + 1 + (int)below(3));
    case 3:
        return (uint64_t)-getpid();
    case 4:
        return 99999;
    default:
        return 2 + below(300);
    }
}

static uint64_t some_argument(char kind)
{
    switch (kind) {
    case 'd':
        return below(2) ? below(24) : some_number();
    case 'u':
        return below(5) == 0 ? some_number() : some_size();
    case 'l':
        return below(4) == 0 ? -some_size() : some_size();
    case 'o':
        return below(8) == 0 ? random_number()
                             : (uint64_t[]){0, 0644, 0755, 0777, 010644, 020666, 0140755}[below(7)];
    case 'x':
        return some_flags();
    case 'p':
        return some_address();
    case 's':
        return some_string();
    case 'a':
        return below(2) ? (uint64_t)-100 : below(24);
    default:
        return random_number(); /* the call does not look at it */
    }
}

/* The first argument, or that one, is a process or thread. */
static int process_argument(const char *name)
{
    static const char *const first[] = {"kill",
                                        "tkill",
                                        "tgkill",
                                        "rt_sigqueueinfo",
                                        "rt_tgsigqueueinfo",
                                        "prlimit64",
                                        "setpgid",
                                        "getpgid",
                                        "getsid",
                                        "sched_setaffinity",
                                        "sched_getaffinity",
                                        "sched_getscheduler",
                                        "sched_getparam",
                                        "wait4",
                                        "get_robust_list"};
    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
        if (strcmp(name, first[i]) == 0)
            return 0;
    }
    return strcmp(name, "waitid") == 0 || strcmp(name, "setpriority") == 0 ? 1 : -1;
}

static int is_left_out(const char *name)
{
    static const char *const names[] = {
        "reboot", "mount",  "umount2",     "syslog",        "sched_setscheduler", "sched_setparam",
        "sync",   "syncfs", "sethostname", "setdomainname", "settimeofday",       "clock_settime"};
    static const char *const rare[] = {"fork",          "vfork",  "clone",    "clone3",
                                       "pause",         "execve", "execveat", "munmap",
                                       "rt_sigsuspend", "brk",    "mremap",   "arch_prctl"};
    static const char *const fatal[] = {"exit", "exit_group", "rt_sigreturn"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return 1;
    }
    for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
        if (strcmp(name, rare[i]) == 0)
            return below(16) != 0;
    }
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        if (strcmp(name, fatal[i]) == 0)
            return below(400) != 0;
    }
    return 0;
}

static void on_signal(int signal)
{
    (void)signal;
}

/* What the process lives on. */
static void put_in_order(void)
{
    const struct itimerval tick = {{0, TICK_US}, {0, TICK_US}};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t mask;

    mmap(ARENA, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap(READ_ONLY, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGALRM, &action, NULL);
    for (int signal = SIGHUP; signal < SIGSYS; signal++) {
        if (signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE &&
            signal != SIGTRAP)
            sigaction(signal, &action, NULL);
    }
    setitimer(ITIMER_REAL, &tick, NULL);
}

/* Words that may pass for structures. */
static void fill_arena(void)
{
    uint64_t *word = (uint64_t *)(ARENA + below(ARENA_PAGES) * PAGE);

    for (int i = 0; i < 64; i++) {
        switch (below(6)) {
        case 0:
            word[i] = some_address();
            break;
        case 1:
            word[i] = 0;
            break;
        case 2:
            word[i] = below(24) | below(24) << 32;
            break;
        case 3:
            word[i] = some_flags();
            break;
        default:
            word[i] = below(300);
        }
    }
}

static void make_call(void)
{
    const struct call *call = &calls[below(CALL_COUNT)];
    uint64_t arguments[6];

    if (is_left_out(call->name))
        return;
    if (below(3) == 0)
        fill_arena();
    size_t count = strlen(call->arguments);
    for (size_t i = 0; i < 6; i++)
        arguments[i] = some_argument(i < count ? call->arguments[i] : 0);
    int process = process_argument(call->name);
    if (process >= 0)
        arguments[process] = some_process();
    if (strcmp(call->name, "tgkill") == 0)
        arguments[1] = some_process();
    int makes_process = call->number == SYS_fork || call->number == SYS_vfork || call->number == SYS_clone ||
                        call->number == SYS_clone3;
    if (makes_process && depth >= DEPTH_MAX)
        return;
    if (call->number == SYS_clone && below(2))
        arguments[0] = SIGCHLD;
    if (call->number == SYS_fallocate || call->number == SYS_ftruncate || call->number == SYS_truncate)
        arguments[call->number == SYS_fallocate ? 3 : 1] &= below(8) ? 0xffffff : UINT64_MAX;
    long result = call_6(call->number, arguments);
    __atomic_fetch_add(done, 1, __ATOMIC_RELAXED);
    if (makes_process && result == 0) {
        depth++;
        state ^= 0x9e3779b97f4a7c15ull * depth;
    }
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
    for (int fd = 0; fd < 3; fd++) {
        close(fd);
        open("/dev/null", O_RDWR);
    }
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
    setrlimit(RLIMIT_NPROC, &processes);
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_CORE, &core);
}

static void make_calls(uint64_t seed, long count)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
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

/* Some processes have several threads, which disturb each other. */
static void run_process(uint64_t seed, int number, long count)
{
    static struct thread_task tasks[THREADS];
    pthread_t thread;

    setsid();
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

static long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    char name[4096];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (unlink(name) != 0) {
            remove_tree(name);
            rmdir(name);
        }
    }
    if (folder != NULL)
        closedir(folder);
}

/* Wait for `child`, at most for its time, then end it and all that it has left. Returns whether it came to
 * its own end. */
static int reap_all(pid_t child)
{
    long start = now_ms();
    int in_time = 0;

    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);
        if (pid < 0 && errno == ECHILD)
            return in_time;
        in_time |= pid == child;
        if (pid > 0)
            continue;
        long passed = now_ms() - start;
        if (in_time || passed > PROCESS_LIMIT_MS)
            kill(-1, SIGKILL);
        if (passed > 5 * PROCESS_LIMIT_MS) {
            printf("fuzz: a process does not end\n");
            exit(1);
        }
        usleep(500);
    }
}

static long free_kib(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)(info.freeram * info.mem_unit / 1024);
}

int main(void)
{
    unsigned long seed = 1;
    int processes = 200, late = 0;
    long count = 500, free_before = 0;
    FILE *file = fopen("/fuzz.conf", "r");

    setvbuf(stdout, NULL, _IONBF, 0);
    if (getpid() != 1)
        return 0; /* a process has executed it */
    if (file != NULL) {
        if (fscanf(file, "%lu %d %ld", &seed, &processes, &count) != 3)
            printf("fuzz: /fuzz.conf makes no sense\n");
        fclose(file);
    }
    done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < processes; i++) {
        if (i == WARM_UP)
            free_before = free_kib();
        mkdir(FOLDER, 0777);
        chmod(FOLDER, 0777);
        if (i % 20 == 0)
            printf("fuzz: process %d, %ld calls\n", i, *done);
        pid_t child = fork();
        if (child == 0)
            run_process(seed, i, count);
        if (child < 0)
            printf("fuzz: fork: errno %d\n", errno);
        late += !reap_all(child);
        remove_tree(FOLDER);
        rmdir(FOLDER);
    }
    long lost = free_before - free_kib();
    printf("fuzz: %ld calls, %d processes ended late, %ld KiB lost\n", *done, late, lost);
    return lost > LOST_MAX_KIB ? 1 : 0;
}
