/* Each allocation that a system call makes in the kernel fails once. The call must then be answered with an
 * errno that speaks of a shortage, or succeed; the same call must pass afterwards; and when the process has
 * ended, frames, objects, threads and stacks must be as many as before. It is PID 1 of a kernel that was
 * started with the word `fail-nth` (kernel/test/fail_nth.h).
 *
 * /shortage.conf, if there is one, names the cases to run. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/remove_tree.h"
#include "shortage/shortage.h"

#define DEVICE "/dev/fail-nth"
#define SETTINGS "/shortage.conf"
#define WRONG_MAX 3  /* allocations of one case */
#define LOSSES_MAX 3 /* of one allocation, before they are believed */
#define DEVICE_FD 100
#define FAILURES_MAX 2000 /* allocations of one call: more than any takes */
#define SETTLE_STEPS 2000
#define STEP_US 1000
#define TIME_S 20 /* that a case has for one allocation */

/* How a case's process ends. */
enum verdict {
    VERDICT_HAPPENED, /* the allocation failed, and all was well */
    VERDICT_OVER,     /* the call makes fewer allocations, and passed */
    VERDICT_WRONG,
};

struct balance {
    unsigned long left, frames, objects, threads, stacks;
};

static int device;
static unsigned long number; /* of the allocation that is to fail; 0: none */
static int has_happened;
static unsigned failed_cases;

static void device_write(unsigned long value)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%lu", value);

    if (write(device, text, (size_t)length) != length)
        _exit(VERDICT_WRONG);
}

static struct balance device_read(void)
{
    struct balance balance = {0};
    char text[160];
    ssize_t length = read(device, text, sizeof(text) - 1);

    if (length <= 0)
        return balance;
    text[length] = '\0';
    sscanf(text, "%lu %lu %lu %lu %lu", &balance.left, &balance.frames, &balance.objects, &balance.threads,
           &balance.stacks);
    return balance;
}

int shortage_begin(void)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%lu", number);

    errno = 0;
    return write(device, text, (size_t)length) == length;
}

long shortage_end(long result)
{
    int error = errno;

    if (number != 0) {
        has_happened |= device_read().left == 0;
        device_write(0);
    }
    return result < 0 ? -error : result;
}

long need(const char *what, long result)
{
    if (result >= 0)
        return result;
    printf("shortage: %s: errno %d\n", what, errno);
    _exit(VERDICT_WRONG);
}

static int is_shortage(long result)
{
    static const int errors[] = {ENOMEM, EAGAIN, ENFILE, ENOSPC, ENOBUFS};

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (result == -errors[i])
            return 1;
    }
    return 0;
}

static _Noreturn void run_case(const struct shortage_case *which, unsigned long nth)
{
    alarm(TIME_S);
    NEED(mkdir(FOLDER, 0755));
    NEED(chdir(FOLDER));
    number = nth;
    long result = which->run();
    if (result < 0 && !(has_happened && is_shortage(result))) {
        printf("shortage: %s, allocation %lu: result %ld\n", which->name, nth, result);
        _exit(VERDICT_WRONG);
    }
    if (result < 0) {
        number = 0;
        result = which->run();
        if (result < 0) {
            printf("shortage: %s, after allocation %lu had failed: result %ld\n", which->name, nth, result);
            _exit(VERDICT_WRONG);
        }
    }
    NEED(chdir("/"));
    NEED(rmdir(FOLDER)); /* the case has removed all that it made */
    _exit(has_happened ? VERDICT_HAPPENED : VERDICT_OVER);
}

static int is_equal(const struct balance *a, const struct balance *b)
{
    return a->frames == b->frames && a->objects == b->objects && a->threads == b->threads &&
           a->stacks == b->stacks;
}

/* What a process gives back when it ends may come a moment later. */
static struct balance settled_balance(const struct balance *wanted)
{
    struct balance now = device_read();

    for (unsigned i = 0; i < SETTLE_STEPS && !is_equal(&now, wanted); i++) {
        usleep(STEP_US);
        now = device_read();
    }
    return now;
}

/* What a case has left that went wrong. */
static void clean_up(void)
{
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0) {
    }
    remove_tree(FOLDER);
    rmdir(FOLDER);
}

/* Run the case in a process. Returns how that ended, and whether all is there again. */
static enum verdict run_once(const struct shortage_case *which, unsigned long nth, int *ret_is_balanced)
{
    struct balance before = device_read();
    int status;
    pid_t child = fork();

    if (child == 0)
        run_case(which, nth);
    if (child < 0 || waitpid(child, &status, 0) != child) {
        printf("shortage: %s: no process: errno %d\n", which->name, errno);
        return VERDICT_WRONG;
    }
    device_write(0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == VERDICT_WRONG)
        clean_up();
    struct balance after = settled_balance(&before);
    *ret_is_balanced = is_equal(&before, &after);
    if (!*ret_is_balanced)
        printf("shortage: %s, allocation %lu: %ld frames, %ld objects, %ld threads, %ld stacks are lost\n",
               which->name, nth, (long)(before.frames - after.frames), (long)(after.objects - before.objects),
               (long)(after.threads - before.threads), (long)(after.stacks - before.stacks));
    if (WIFEXITED(status))
        return (enum verdict)WEXITSTATUS(status);
    printf("shortage: %s, allocation %lu: ended with status 0x%x\n", which->name, nth, status);
    return VERDICT_WRONG;
}

/* What is lost once only has its place for good: a table of the kernel's that has grown, a slab that one more
 * object of this process has found no room in others for. */
static enum verdict run_balanced(const struct shortage_case *which, unsigned long nth)
{
    for (unsigned i = 0; i < LOSSES_MAX; i++) {
        int is_balanced = 0;
        enum verdict verdict = run_once(which, nth, &is_balanced);
        if (is_balanced)
            return verdict;
    }
    return VERDICT_WRONG;
}

/* All its allocations. Returns how many there are. */
static unsigned long run_all(const struct shortage_case *which)
{
    unsigned wrong = 0;
    unsigned long nth = 0;

    wrong += run_balanced(which, 0) == VERDICT_WRONG;
    for (;;) {
        enum verdict verdict = run_balanced(which, nth + 1);
        if (verdict == VERDICT_OVER || nth == FAILURES_MAX)
            break;
        nth++;
        wrong += verdict == VERDICT_WRONG;
        if (wrong == WRONG_MAX)
            break;
    }
    failed_cases += wrong > 0;
    printf("shortage: %s: %lu allocations%s\n", which->name, nth, wrong > 0 ? ", FAILED" : "");
    return nth;
}

/* Whether /shortage.conf names it, or is not there. */
static int is_wanted(const char *name)
{
    FILE *file = fopen(SETTINGS, "r");
    char wanted[64];
    int is_found = file == NULL;

    while (file != NULL && fscanf(file, "%63s", wanted) == 1)
        is_found |= strcmp(wanted, name) == 0;
    if (file != NULL)
        fclose(file);
    return is_found;
}

/* What a case has executed: it is where the try began, and ends as the case should. */
static _Noreturn void end_as_new_program(void)
{
    device = DEVICE_FD;
    has_happened = device_read().left == 0;
    device_write(0);
    unlink(SCRIPT);
    _exit(has_happened ? VERDICT_HAPPENED : VERDICT_OVER);
}

int main(int argc, char **argv)
{
    static const struct shortage_case *const groups[] = {
        file_cases, mount_cases, system_file_cases, memory_cases, process_cases, ipc_cases, socket_cases};
    unsigned long allocations = 0;
    unsigned cases = 0;

    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && strcmp(argv[1], TRY_GOES_ON) == 0)
        end_as_new_program();
    int low = open(DEVICE, O_RDWR);
    device = fcntl(low, F_DUPFD, DEVICE_FD);
    close(low);
    if (device != DEVICE_FD) {
        printf("shortage: no " DEVICE ": errno %d\n", errno);
        return 1;
    }
    mkdir("/tmp", 0777);
    for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++) {
        for (const struct shortage_case *which = groups[group]; which->name != NULL; which++) {
            if (!is_wanted(which->name))
                continue;
            allocations += run_all(which);
            cases++;
        }
    }
    printf("shortage: %u cases, %lu allocations, %u failed\n", cases, allocations, failed_cases);
    return failed_cases > 0 ? 1 : 0;
}
