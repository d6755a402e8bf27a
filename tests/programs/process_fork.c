/* lintel: variants=musl,pie,glibc */
/* fork(): what the child has, what is its own and what is shared. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "program.h"

static int data = 1;
static int zeroed;
static _Thread_local int thread_local = 3;

static int child_status(pid_t child)
{
    int status = -1;

    return waitpid(child, &status, 0) == child ? status : -1;
}

static void memory(void)
{
    int stack = 4, *heap = malloc(sizeof(*heap));
    int *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *heap = 5;
    *own = 6;
    pid_t child = fork();
    if (child == 0) {
        int is_same = data == 1 && zeroed == 0 && thread_local == 3 && stack == 4 && *heap == 5 && *own == 6;
        data = zeroed = thread_local = stack = *heap = *own = 99;
        *shared = 77;
        _exit(is_same);
    }
    expect_value("the child sees all", child_status(child), 1 << 8);
    expect_true("what it writes is its own",
                data == 1 && zeroed == 0 && thread_local == 3 && stack == 4 && *heap == 5 && *own == 6);
    expect_value("but for what is shared", *shared, 77);
}

static void identities(void)
{
    int ends[2];
    pid_t told[3], self = getpid();

    expect_value("pipe", pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        pid_t ids[3] = {getpid(), getppid(), (pid_t)syscall(SYS_gettid)};
        _exit(write(ends[1], ids, sizeof(ids)) != sizeof(ids));
    }
    expect_value("child", child_status(child), 0);
    expect_value("what it tells", read(ends[0], told, sizeof(told)), sizeof(told));
    expect_true("its ID", told[0] == child && told[0] != self);
    expect_true("its parent's", told[1] == self);
    expect_true("its thread's", told[2] == child);
}

static void descriptors(void)
{
    int file = open("fork-file", O_RDWR | O_CREAT | O_TRUNC, 0600), spare = open("/dev/null", O_RDONLY);
    char text[8] = "";

    pid_t child = fork();
    if (child == 0) {
        close(spare);
        _exit(write(file, "child", 5) != 5);
    }
    expect_value("child", child_status(child), 0);
    expect_value("the position is shared", lseek(file, 0, SEEK_CUR), 5);
    expect_value("descriptors are not", fcntl(spare, F_GETFD), 0);
    expect_value("what it wrote", pread(file, text, 5, 0), 5);
    expect_text("is there", text, "child");
    unlink("fork-file");
}

static void directory(void)
{
    char before[256], after[256];

    expect_true("getcwd", getcwd(before, sizeof(before)) != NULL);
    mode_t mask = umask(027);
    pid_t child = fork();
    if (child == 0)
        _exit(chdir("/") != 0 || umask(0) != 027);
    expect_value("child", child_status(child), 0);
    expect_true("getcwd", getcwd(after, sizeof(after)) != NULL);
    expect_true("the working directory is its own", strcmp(before, after) == 0);
    expect_value("so is the umask", umask(mask), 027);
}

static void generations(void)
{
    pid_t child = fork();

    if (child == 0) {
        int status;
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(getppid() == 1 ? 9 : 11);
        _exit(waitpid(grandchild, &status, 0) == grandchild && status == 11 << 8 ? 22 : 1);
    }
    expect_value("a child's child", child_status(child), 22 << 8);
}

int main(void)
{
    program_begin();
    memory();
    identities();
    descriptors();
    directory();
    generations();
    return program_end();
}
