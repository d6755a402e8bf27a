/* What /proc tells a process of itself. */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "show.h"

#define STAT_FIELDS 52

static char bytes[65536];

/* A whole file, read with pieces of some size; terminated. */
static ssize_t slurp(const char *path, size_t piece)
{
    int fd = open(path, O_RDONLY);
    ssize_t sum = 0, count;

    if (fd < 0)
        return -1;
    while ((count = read(fd, bytes + sum, piece)) > 0)
        sum += count;
    bytes[sum] = '\0';
    close(fd);
    return count < 0 ? -1 : sum;
}

/* The fields behind the name, numbered as in proc(5). */
static int stat_fields(const char *path, char fields[STAT_FIELDS + 2][32])
{
    int count = 2;

    if (slurp(path, sizeof(bytes) - 1) < 0)
        return -1;
    char *at = strrchr(bytes, ')');
    for (char *word = strtok(at + 1, " \n"); word != NULL && count < STAT_FIELDS + 1;
         word = strtok(NULL, " \n"))
        snprintf(fields[++count], 32, "%s", word);
    return count;
}

static void show_stat(void)
{
    char fields[STAT_FIELDS + 2][32], start[64];

    printf("stat has %d fields\n", stat_fields("/proc/self/stat", fields));
    (void)slurp("/proc/self/stat", 7);
    snprintf(start, sizeof(start), "%d (proc_self) ", getpid());
    printf("begins with pid and name: %d\n", strncmp(bytes, start, strlen(start)) == 0);
    printf("state %s, ppid %d, pgrp %d, session %d\n", fields[3], atoi(fields[4]) == getppid(),
           atoi(fields[5]) == getpgrp(), atoi(fields[6]) == getsid(0));
    printf("threads %s, nice %s, priority %s, rt_priority %s, policy %s\n", fields[20], fields[19],
           fields[18], fields[40], fields[41]);
    printf("itrealvalue %s, exit signal %s, exit code %s\n", fields[21], fields[38], fields[52]);
    printf("blocked %s, ignored %s, caught %s\n", fields[32], fields[33], fields[34]);
    printf("size and places are there: %d %d %d %d\n", strtoul(fields[23], NULL, 10) > 0,
           atol(fields[24]) >= 0, strtoul(fields[26], NULL, 10) < strtoul(fields[27], NULL, 10),
           strtoul(fields[48], NULL, 10) < strtoul(fields[49], NULL, 10));
    printf("code holds main: %d\n", strtoul(fields[26], NULL, 10) <= (uintptr_t)show_stat &&
                                        (uintptr_t)show_stat < strtoul(fields[27], NULL, 10));
    int local = 0;
    printf("stack begins above: %d\n", strtoul(fields[28], NULL, 10) > (uintptr_t)&local);
}

static void show_line(const char *key)
{
    char *line = strstr(bytes, key);

    if (line == NULL) {
        printf("%s is missing\n", key);
        return;
    }
    printf("%.*s\n", (int)strcspn(line, "\n"), line);
}

static long line_value(const char *key)
{
    char *line = strstr(bytes, key);

    return line == NULL ? -1 : atol(line + strlen(key));
}

static void show_status(void)
{
    static const char *const keys[] = {"Name:",   "Umask:",   "State:",  "TracerPid:",  "Uid:",    "Gid:",
                                       "Groups:", "Threads:", "SigPnd:", "ShdPnd:",     "SigBlk:", "SigIgn:",
                                       "SigCgt:", "CapInh:",  "CapAmb:", "NoNewPrivs:", "Seccomp:"};

    (void)slurp("/proc/self/status", 100);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        show_line(keys[i]);
    printf("IDs: %d %d %d\n", line_value("\nTgid:\t") == getpid(), line_value("\nPid:\t") == getpid(),
           line_value("\nPPid:\t") == getppid());
    printf("memory: %d %d %d\n", line_value("VmSize:") >= line_value("VmRSS:"), line_value("VmRSS:") > 0,
           line_value("VmPeak:") >= line_value("VmSize:"));
}

static void on_signal(int signal)
{
    (void)signal;
}

static void signals(void)
{
    sigset_t set;

    signal(SIGUSR1, on_signal);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR2);
    kill(getpid(), SIGRTMIN + 3);
}

static void names(void)
{
    static const char *const all[] = {"plain",       "a b", "x) R 1", "fifteen letters", "sixteen letters!",
                                      "back\\slash", ""};
    char path[64];

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        SHOW(prctl(PR_SET_NAME, all[i]));
        show_file("/proc/self/comm");
        show_file("/proc/thread-self/comm");
    }
    int fd = open("/proc/self/comm", O_RDWR);
    SHOW(write(fd, "written\n", 8));
    SHOW(write(fd, "a name that is much too long", 28));
    SHOW(pread(fd, bytes, 100, 0));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(read(fd, bytes, 3));
    SHOW(read(fd, bytes, 100));
    SHOW(read(fd, bytes, 100));
    close(fd);
    show_file("/proc/self/comm");
    snprintf(path, sizeof(path), "/proc/%d/comm", getppid());
    fd = open(path, O_WRONLY);
    printf("another's can be opened: %d, ", fd >= 0);
    SHOW(write(fd, "x", 1));
    close(fd);
    prctl(PR_SET_NAME, "proc_self");
}

static void *second(void *argument)
{
    char path[64];

    prctl(PR_SET_NAME, "second");
    show_file("/proc/thread-self/comm");
    show_file("/proc/self/comm");
    snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", syscall(SYS_gettid));
    (void)slurp(path, 100);
    printf("by its ID: %s", bytes);
    snprintf(path, sizeof(path), "/proc/%ld/comm", syscall(SYS_gettid));
    (void)slurp(path, 100); /* found, though not listed */
    printf("as if it were a process: %s", bytes);
    snprintf(path, sizeof(path), "/proc/%d/task/1/comm", getpid());
    SHOW(open(path, O_RDONLY));
    (void)slurp("/proc/self/status", 1000);
    show_line("Threads:");
    (void)argument;
    return NULL;
}

static void threads(void)
{
    pthread_t thread;
    struct stat status;

    pthread_create(&thread, NULL, second, NULL);
    pthread_join(thread, NULL);
    SHOW(stat("/proc/self/task", &status));
    char target[64] = "", wanted[64];
    SHOW(readlink("/proc/thread-self", target, sizeof(target) - 1) > 0);
    snprintf(wanted, sizeof(wanted), "%d/task/%d", getpid(), getpid());
    printf("thread-self is right: %d\n", strcmp(target, wanted) == 0);
}

static void limits(void)
{
    struct rlimit limit = {123, 456};

    setrlimit(RLIMIT_NOFILE, &limit);
    limit = (struct rlimit){4096, 8192};
    setrlimit(RLIMIT_MEMLOCK, &limit);
    (void)slurp("/proc/self/limits", 11);
    show_line("Limit ");
    show_line("Max open files");
    show_line("Max locked memory");
    show_line("Max nice priority");
}

static void scores(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR);

    show_file("/proc/self/oom_score_adj");
    SHOW(write(fd, "500\n", 4));
    show_file("/proc/self/oom_score_adj");
    SHOW(write(fd, "1001", 4));
    SHOW(write(fd, "-1001", 5));
    SHOW(write(fd, "nonsense", 8));
    SHOW(write(fd, " 7 ", 3));
    show_file("/proc/self/oom_score_adj");
    SHOW(write(fd, BAD, 3));
    if (fork() == 0) {
        show_file("/proc/self/oom_score_adj"); /* inherited */
        _exit(0);
    }
    wait(NULL);
    close(fd);
}

static void odd_files(void)
{
    struct stat status;
    char target[64];

    SHOW(open("/proc/self/nothing", O_RDONLY));
    SHOW(open("/proc/99999999", O_RDONLY));
    SHOW(open("/proc/0", O_RDONLY));
    SHOW(open("/proc/01", O_RDONLY));
    SHOW(open("/proc/-1", O_RDONLY));
    SHOW(mkdir("/proc/new", 0755));
    SHOW(unlink("/proc/self/stat"));
    SHOW(open("/proc/self", O_WRONLY));
    SHOW(open("/proc/self/stat/", O_RDONLY));
    SHOW(readlink("/proc/self/stat", target, sizeof(target)));
    SHOW(stat("/proc/self/stat", &status));
    printf("mode %o, size %ld, links %ld\n", status.st_mode, (long)status.st_size, (long)status.st_nlink);
    SHOW(lstat("/proc/self/exe", &status));
    printf("mode %o, size %ld\n", status.st_mode, (long)status.st_size);
    SHOW(stat("/proc/self/mem", &status));
    printf("mode %o\n", status.st_mode);
    int fd = open("/proc/self/status", O_RDONLY);
    SHOW(read(fd, BAD, 100));
    SHOW(read(fd, bytes, 0));
    SHOW(pread(fd, bytes, 5, 0));
    SHOW(pread(fd, bytes, 5, 1 << 20));
    SHOW(lseek(fd, 2, SEEK_SET));
    SHOW(read(fd, bytes, 3));
    printf("%.3s\n", bytes);
    close(fd);
}

int main(int argc, char **argv)
{
    begin();
    if (argc > 1) { /* executed again, with other strings */
        char *environment = NULL;
        ssize_t size = slurp("/proc/self/cmdline", 3);
        for (ssize_t i = 0; i < size; i++)
            putchar(bytes[i] == '\0' ? '|' : bytes[i]);
        size = slurp("/proc/self/environ", 5);
        for (ssize_t i = 0; i < size; i++)
            putchar(bytes[i] == '\0' ? '|' : bytes[i]);
        printf("\n");
        (void)environment;
        return 0;
    }
    show_stat();
    show_status();
    signals();
    show_status();
    signal(SIGHUP, SIG_DFL);
    names();
    threads();
    limits();
    scores();
    odd_files();
    if (fork() == 0) {
        char *arguments[] = {"a name", "", "third argument", NULL},
             *environment[] = {"A=b c", "EMPTY=", NULL};
        execve("/proc/self/exe", arguments, environment);
        _exit(99);
    }
    wait(NULL);
    (void)argv;
    return 0;
}
