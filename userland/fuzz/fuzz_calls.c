/* Random system calls with arguments that are plausible more often than not, to find out what the kernel does
 * not bear. It is PID 1: it starts processes that make calls, some at a time, every other one as a user, ends
 * what is left of them, and at last looks whether memory is as free as it was.
 *
 * On a kernel with the word `fail-nth` (kernel/test/fail_nth.h) allocations fail now and then, whoever's.
 *
 * /fuzz.conf: SEED PROCESSES CALLS SLOTS FIRST. Processes FIRST to PROCESSES - 1 run, SLOTS at a time.
 * Process n of seed s always makes the same calls, as far as the kernel answers the same: one that found
 * something is run alone by SLOTS 1, FIRST n and PROCESSES n + 1. What would end the machine, or the test, is
 * left out. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/remove_tree.h"

#define SETTINGS "/fuzz.conf"
#define TIME_MS 4000 /* that a batch of processes has */
#define PATIENCE_MS (5 * TIME_MS)
#define WARM_UP 24 /* processes, before the memory is looked at */
#define LOST_MAX_KIB 1024
#define FAILURE_WITHIN 400 /* allocations */
#define REPORT_EVERY 100   /* processes */

static struct {
    unsigned long seed;
    int processes;
    long calls;
    int slots;
    int first;
} settings = {1, 200, 500, 4, 0};
static struct record *record;
static int failures; /* the device that lets allocations fail; -1: there is none */

static long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Let one of the next allocations fail, or with 0 none. */
static void fail_within(unsigned allocations)
{
    char text[32];
    int length =
        snprintf(text, sizeof(text), "%u all", allocations == 0 ? 0 : 1 + (unsigned)below(allocations));

    if (failures >= 0 && write(failures, text, (size_t)length) != length)
        printf("fuzz: no allocation will fail: errno %d\n", errno);
}

static _Noreturn void report_endless(void)
{
    printf("fuzz: a process does not end; the last calls of each:\n");
    for (int slot = 0; slot < settings.slots; slot++)
        calls_print_last(record, (unsigned)slot);
    exit(1);
}

/* Wait for `count` processes, at most for their time, then end them and all that they have left. Returns how
 * many came to an end by themselves. */
static int reap_all(const pid_t *children, int count)
{
    long start = now_ms();
    int ended = 0, in_time = 0, is_over = 0;

    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);
        if (pid < 0 && errno == ECHILD) {
            fail_within(0);
            return in_time;
        }
        for (int i = 0; i < count; i++)
            ended += pid == children[i];
        if (pid > 0)
            continue;
        long passed = now_ms() - start;
        if (!is_over)
            in_time = ended;
        is_over |= ended == count || passed > TIME_MS;
        if (is_over)
            kill(-1, SIGKILL);
        if (passed > PATIENCE_MS)
            report_endless();
        fail_within(FAILURE_WITHIN);
        usleep(500);
    }
}

/* Root removes device nodes, and this program's file, and fills files of the same names. */
static void remove_files(const char *folder_name)
{
    DIR *folder = opendir(folder_name);
    struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_type == DT_REG)
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder != NULL)
        closedir(folder);
}

static long free_kib(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)(info.freeram * info.mem_unit / 1024);
}

static void settings_read(void)
{
    FILE *file = fopen(SETTINGS, "r");

    if (file == NULL)
        return;
    if (fscanf(file, "%lu %d %ld %d %d", &settings.seed, &settings.processes, &settings.calls,
               &settings.slots, &settings.first) != 5 ||
        settings.slots < 1 || settings.slots > SLOTS_MAX)
        printf("fuzz: /fuzz.conf makes no sense\n");
    fclose(file);
}

/* Run processes `first` and following, as many as there are slots and processes left. Returns how many ended
 * late. */
static int run_batch(int first)
{
    int count = settings.processes - first < settings.slots ? settings.processes - first : settings.slots;
    pid_t children[SLOTS_MAX];

    mkdir(FOLDER, 0777);
    chmod(FOLDER, 0777);
    for (int i = 0; i < count; i++) {
        children[i] = fork();
        if (children[i] == 0)
            calls_run_process(settings.seed, first + i, (unsigned)i, settings.calls, record);
        if (children[i] < 0)
            printf("fuzz: fork: errno %d\n", errno);
    }
    int in_time = reap_all(children, count);
    remove_tree("/tmp");
    unlink(SETTINGS); /* root may have filled it */
    return count - in_time;
}

int main(void)
{
    long free_before = free_kib();
    int late = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (getpid() != 1)
        return 0; /* a process has executed it */
    settings_read();
    random_start(settings.seed);
    failures = open("/dev/fail-nth", O_RDWR | O_CLOEXEC);
    mount("proc", "/proc", "proc", 0, NULL);
    mkdir("/sys", 0755);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mkdir("/dev/pts", 0755);
    mount("devpts", "/dev/pts", "devpts", 0, NULL);
    arguments_collect_paths();
    record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int next = settings.first; next < settings.processes; next += settings.slots) {
        if (next <= settings.first + WARM_UP)
            free_before = free_kib();
        if (next % REPORT_EVERY < settings.slots)
            printf("fuzz: process %d, %ld calls, %ld KiB free\n", next, record->done, free_kib());
        late += run_batch(next);
    }
    calls_print_refused(record);
    remove_files("/");
    remove_files("/dev");
    long lost = free_before - free_kib();
    printf("fuzz: %ld calls, %d processes ended late, %ld KiB lost\n", record->done, late, lost);
    return lost > LOST_MAX_KIB ? 1 : 0;
}
