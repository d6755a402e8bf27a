/* Processes, threads, programs, groups. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shortage/shortage.h"

#define PROGRAM "/init"

static long wait_for(pid_t pid)
{
    int status;

    NEED(waitpid(pid, &status, 0));
    return status == 0 ? 0 : -EIO;
}

static long run_fork(void)
{
    shortage_begin();
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    long result = shortage_end(pid);
    return result < 0 ? result : wait_for((pid_t)result);
}

static long run_vfork(void)
{
    shortage_begin();
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    long result = shortage_end(pid);
    return result < 0 ? result : wait_for((pid_t)result);
}

/* Many areas, pages and descriptors to be copied. */
static long run_fork_large(void)
{
    static char pages[64 * 4096];
    char *areas = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    NEED(areas == MAP_FAILED ? -1 : 0);
    memset(pages, 1, sizeof(pages));
    memset(areas, 1, 64 * 4096);
    for (unsigned i = 0; i < 64; i += 2)
        NEED(mprotect(areas + i * 4096, 4096, PROT_READ));
    int fd = (int)NEED(open("/dev/null", O_RDWR));
    for (int i = 200; i < 1000; i += 100)
        NEED(dup2(fd, i));
    long result = run_fork();
    for (int i = 200; i < 1000; i += 100)
        close(i);
    close(fd);
    munmap(areas, 64 * 4096);
    return result;
}

static void *do_nothing(void *argument)
{
    return argument;
}

static long run_thread(void)
{
    pthread_t thread;

    shortage_begin();
    errno = pthread_create(&thread, NULL, do_nothing, NULL);
    long result = shortage_end(errno == 0 ? 0 : -1);
    if (result == 0)
        pthread_join(thread, NULL);
    return result;
}

static int child_main(void *argument)
{
    (void)argument;
    return 0;
}

/* With files and directory of its own, in the same memory. */
static long run_clone(void)
{
    static char stack[16384] __attribute__((aligned(16)));

    shortage_begin();
    pid_t pid = clone(child_main, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
    long result = shortage_end(pid);
    return result < 0 ? result : wait_for((pid_t)result);
}

/* The process becomes the program, if that succeeds, and the program tells the verdict. */
static long become(const char *file)
{
    static char long_argument[30000];
    char *arguments[] = {PROGRAM, TRY_GOES_ON, long_argument, NULL}, *environment[] = {"A=1", "B=2", NULL};

    memset(long_argument, 'x', sizeof(long_argument) - 1);
    NEED(chdir("/"));
    NEED(rmdir(FOLDER));
    shortage_begin();
    execve(file, arguments, environment);
    long result = shortage_end(-1);
    NEED(mkdir(FOLDER, 0755));
    NEED(chdir(FOLDER));
    return result;
}

static long run_exec(void)
{
    return become(PROGRAM);
}

/* The program removes the script. */
static long run_exec_script(void)
{
    static const char script[] = "#!" PROGRAM " " TRY_GOES_ON "\n";
    int fd = (int)NEED(open(SCRIPT, O_WRONLY | O_CREAT, 0755));

    NEED(write(fd, script, sizeof(script) - 1));
    close(fd);
    return become(SCRIPT);
}

static long run_session(void)
{
    return TRY(setsid());
}

static long run_group(void)
{
    return TRY(setpgid(0, 0));
}

/* A user's account is made when the first process has his number. */
static long run_become_user(void)
{
    long result = TRY(setresuid(4711, 4711, 0));

    NEED(setresuid(0, 0, 0));
    return result;
}

static long run_close_range(void)
{
    return TRY(syscall(SYS_close_range, 200, ~0u, 2 /* CLOSE_RANGE_UNSHARE */));
}

static long run_groups(void)
{
    gid_t groups[1000];

    for (unsigned i = 0; i < 1000; i++)
        groups[i] = 3 * i;
    long result = TRY(syscall(SYS_setgroups, 1000, groups));
    syscall(SYS_setgroups, 0, NULL);
    return result == -EINVAL ? 0 : result;
}

static long run_affinity(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return TRY(sched_setaffinity(0, sizeof(set), &set));
}

static long run_change_root(void)
{
    int root = (int)NEED(open("/", O_RDONLY | O_DIRECTORY));
    long result = TRY(chroot("."));

    NEED(fchdir(root));
    NEED(chroot("."));
    close(root);
    NEED(chdir(FOLDER));
    return result;
}

static long run_unshare(void)
{
    long result = TRY(unshare(CLONE_FS | CLONE_FILES));

    return result == -ENOSYS || result == -EINVAL ? 0 : result;
}

static long run_limits(void)
{
    struct rlimit limit;

    return TRY(getrlimit(RLIMIT_NOFILE, &limit));
}

static long run_wait(void)
{
    pid_t pid = (pid_t)NEED(fork());
    siginfo_t info;
    struct rusage usage;

    if (pid == 0)
        _exit(0);
    long result = TRY(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &usage));
    NEED(waitpid(pid, NULL, 0));
    return result;
}

const struct shortage_case process_cases[] = {
    {"fork", run_fork},
    {"vfork", run_vfork},
    {"fork-large", run_fork_large},
    {"thread", run_thread},
    {"clone", run_clone},
    {"exec", run_exec},
    {"exec-script", run_exec_script},
    {"session", run_session},
    {"group", run_group},
    {"become-user", run_become_user},
    {"close-range", run_close_range},
    {"groups", run_groups},
    {"affinity", run_affinity},
    {"change-root", run_change_root},
    {"unshare", run_unshare},
    {"limits", run_limits},
    {"wait", run_wait},
    {NULL, NULL},
};
