/* Runs the programs that a list names, one after the other, and prints what each says and how it ends. The
 * same binary does so on Linux and, as /init, on Lintel (test_programs.py compares).
 *
 *   runner [LIST]          LIST: /tests/list unless named
 *
 * A line of the list: name, seconds that it may take, program, arguments; separated by tabs. Printed for
 * each:
 *
 *   == NAME
 *   (standard output and standard error)
 *   == NAME status 0xSSSS  the status as wait4() gives it
 *
 * and `== end` at last. Each program begins in a session of its own, in an empty folder, with the same
 * environment. Its output goes to a file first: what a terminal or a pipe would change is the same on both
 * sides, and what the kernel logs meanwhile does not cut it to pieces.
 *
 * It asks little of the kernel: no signal, no alarm, no pipe, so that it also runs where these are broken. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_LIST "/tests/list"
#define OUTPUT_FILE "/tests/output"
#define SCRATCH_FOLDER "/tmp"
#define WORK_FOLDER SCRATCH_FOLDER "/work"
#define ARGUMENTS_MAX 32
#define LINE_MAX_BYTES 1024
#define OUTPUT_MAX_BYTES (128 * 1024)
#define POLL_NS 500000
#define LEFTOVERS_S 10
#define STATUS_NO_PROGRAM 127

struct program {
    const char *name;
    int limit_s;
    char *arguments[ARGUMENTS_MAX + 1]; /* the first is the program */
};

static char *const environment[] = {"PATH=/bin", "HOME=/root", "TERM=linux", "LC_ALL=C", "TZ=UTC", NULL};

static time_t now_s(void)
{
    struct timespec time = {0};

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static void pause_shortly(void)
{
    nanosleep(&(struct timespec){0, POLL_NS}, NULL);
}

/* The line's words, which are cut off in place. */
static bool parse_line(char *line, struct program *ret_program)
{
    char *rest = line;
    char *limit;
    int count = 0;

    line[strcspn(line, "\n")] = '\0';
    ret_program->name = strsep(&rest, "\t");
    limit = strsep(&rest, "\t");
    while (rest != NULL && count < ARGUMENTS_MAX)
        ret_program->arguments[count++] = strsep(&rest, "\t");
    ret_program->arguments[count] = NULL;
    ret_program->limit_s = limit != NULL ? atoi(limit) : 0;
    return count > 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    if (walk->level > 0)
        remove(path);
    return 0;
}

static void make_work_folder(void)
{
    chdir("/");
    nftw(SCRATCH_FOLDER, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (mkdir(WORK_FOLDER, 0777) != 0)
        printf("runner: mkdir %s: %s\n", WORK_FOLDER, strerror(errno));
}

/* In the child. */
static void become(const struct program *program, int output)
{
    const struct rlimit no_core = {0, 0};
    int input = open("/dev/null", O_RDONLY);

    for (int number = 1; number < NSIG; number++) /* who started the runner may have ignored some */
        signal(number, SIG_DFL);
    setsid();
    umask(022);
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (int descriptor = STDERR_FILENO + 1; descriptor < 16; descriptor++)
        close(descriptor);
    if (chdir(WORK_FOLDER) == 0)
        execve(program->arguments[0], program->arguments, environment);
    dprintf(STDERR_FILENO, "runner: %s: %s\n", program->arguments[0], strerror(errno));
    _exit(STATUS_NO_PROGRAM);
}

static bool await_end(pid_t child, int limit_s, int *ret_status)
{
    time_t end = now_s() + limit_s;

    while (waitpid(child, ret_status, WNOHANG) != child) {
        if (now_s() > end)
            return false;
        pause_shortly();
    }
    return true;
}

/* Nothing that a program started outlives it. PID 1 may end everybody, and everybody becomes its child. */
static void end_leftovers(pid_t child)
{
    time_t end = now_s() + LEFTOVERS_S;
    pid_t ended;

    kill(getpid() == 1 ? -1 : -child, SIGKILL);
    while ((ended = waitpid(-1, NULL, WNOHANG)) >= 0) {
        if (ended > 0)
            continue;
        if (now_s() > end) {
            printf("runner: processes of this program cannot be ended\n");
            return;
        }
        pause_shortly();
    }
}

static void print_output(int output)
{
    static char text[OUTPUT_MAX_BYTES + 1];
    ssize_t size = pread(output, text, sizeof(text), 0);

    if (size < 0)
        printf("runner: reading the output: %s\n", strerror(errno));
    if (size <= 0)
        return;
    fwrite(text, 1, (size_t)size, stdout);
    if (size > OUTPUT_MAX_BYTES)
        printf("\nrunner: there is more");
    if (text[size - 1] != '\n')
        putchar('\n');
}

static void run(const struct program *program)
{
    int status = 0xffff;

    printf("== %s\n", program->name);
    fflush(stdout);
    make_work_folder();
    int output = open(OUTPUT_FILE, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0)
        printf("runner: %s: %s\n", OUTPUT_FILE, strerror(errno));
    pid_t child = fork();
    if (child == 0)
        become(program, output);
    if (child < 0)
        printf("runner: fork: %s\n", strerror(errno));
    else if (!await_end(child, program->limit_s, &status)) {
        printf("runner: still runs after %d s\n", program->limit_s);
        kill(child, SIGKILL);
        if (!await_end(child, LEFTOVERS_S, &status))
            printf("runner: SIGKILL does not end it\n");
    }
    if (child > 0)
        end_leftovers(child);
    print_output(output);
    close(output);
    printf("== %s status 0x%04x\n", program->name, (unsigned)status);
    fflush(stdout);
}

/* On the host it is mounted already. */
static void mount_proc(void)
{
    (void)mkdir("/proc", 0755);
    if (access("/proc/self", F_OK) != 0 && mount("proc", "/proc", "proc", 0, NULL) != 0)
        printf("runner: /proc: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
    static char stdout_buffer[OUTPUT_MAX_BYTES + LINE_MAX_BYTES];
    static char line[LINE_MAX_BYTES];
    const char *path = argc > 1 ? argv[1] : DEFAULT_LIST;
    FILE *list = fopen(path, "re");
    struct program program;

    setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
    mount_proc();
    if (list == NULL) {
        printf("runner: %s: %s\n", path, strerror(errno));
        return 1;
    }
    while (fgets(line, sizeof(line), list) != NULL) {
        if (parse_line(line, &program))
            run(&program);
    }
    printf("== end\n");
    return 0;
}
