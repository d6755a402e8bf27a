/* Mappings of files: private and shared, what they see of writes and truncation, and who may have them. */
#define _GNU_SOURCE
#include "program.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static sigjmp_buf after_fault;
static volatile int fault_signal, fault_code;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)context;
    fault_signal = signal;
    fault_code = info->si_code;
    siglongjmp(after_fault, 1);
}

/* The byte, or minus the signal. */
static int touch(const volatile char *address)
{
    if (sigsetjmp(after_fault, 1) != 0)
        return -fault_signal;
    return *address;
}

static int put(volatile char *address, char value)
{
    if (sigsetjmp(after_fault, 1) != 0)
        return -fault_signal;
    *address = value;
    return 0;
}

static int make_file(const char *name, const char *text, int pages)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

    for (int i = 0; i < pages; i++)
        pwrite(fd, text, strlen(text), i * PAGE);
    return fd;
}

static void shared_and_private(int fd)
{
    char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *again = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    char *own = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char byte = 0;

    expect_value("shared", shared[0], 'a');
    expect_value("private", own[PAGE], 'a');
    shared[0] = 'S';
    expect_value("another mapping sees it", again[0], 'S');
    expect_value("read sees it", pread(fd, &byte, 1, 0) == 1 ? byte : -1, 'S');
    expect_value("so does the private one", own[0], 'S');
    own[0] = 'P';
    expect_value("but not the other way", shared[0], 'S');
    pwrite(fd, "W", 1, PAGE);
    expect_value("write is seen", again[PAGE], 'W');
    expect_value("and in the private one, not yet written to", own[PAGE], 'W');
    own[PAGE] = 'O';
    pwrite(fd, "X", 1, PAGE);
    expect_value("not any more", own[PAGE], 'O');
    expect_value("msync", msync(shared, 2 * PAGE, MS_SYNC), 0);
    munmap(shared, 2 * PAGE);
    munmap(again, 2 * PAGE);
    munmap(own, 2 * PAGE);
}

static void ends(int fd)
{
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *own = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

    expect_true("longer than the file", map != MAP_FAILED);
    own[PAGE] = 'C';
    expect_value("in its last page, behind the end", touch(map + PAGE + 2000), 0);
    expect_value("behind its last page", touch(map + 2 * PAGE), -SIGBUS);
    expect_value("  code", fault_code, BUS_ADRERR);
    expect_value("write there", put(map + 3 * PAGE, 1), -SIGBUS);
    expect_value("truncate", ftruncate(fd, 10), 0);
    expect_value("the second page is gone", touch(map + PAGE), -SIGBUS);
    expect_value("and the private copy of it", touch(own + PAGE), -SIGBUS);
    expect_value("of the first one, what is cut off is zero", touch(map + 20), 0);
    expect_value("grow", ftruncate(fd, 3 * PAGE), 0);
    expect_value("zeros now", touch(map + PAGE), 0);
    expect_value("write", put(map + PAGE, 'n'), 0);
    char byte = 0;
    expect_value("which the file has", pread(fd, &byte, 1, PAGE) == 1 ? byte : -1, 'n');
    expect_value("zeros in the private one too, or what the file has", touch(own + PAGE), 'n');
    munmap(map, 4 * PAGE);
    munmap(own, 4 * PAGE);
}

static void permissions(void)
{
    int reader = open("f", O_RDONLY), writer = open("f", O_WRONLY), folder = open(".", O_RDONLY);
    int path = open("f", O_PATH), pipe_ends[2];

    expect_error("shared, writable, of a reader",
                 (long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
    char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
    expect_error("made writable later", mprotect(map, PAGE, PROT_READ | PROT_WRITE), EACCES);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
    expect_value("private, writable", put(own, 1), 0);
    expect_error("of a writer", (long)mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, writer, 0), EACCES);
    expect_error("private of a writer", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
    expect_error("of a folder", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0), ENODEV);
    expect_error("of a path", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, path, 0), EBADF);
    expect_value("pipe", pipe(pipe_ends), 0);
    expect_error("of a pipe", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, pipe_ends[0], 0), ENODEV);
    expect_error("of no file", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    expect_error("unaligned offset", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 100), EINVAL);
    expect_error("growing down", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, reader, 0),
                 EINVAL);
    expect_error("an offset without an end",
                 syscall(SYS_mmap, NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, reader, -4096L), EOVERFLOW);
    close(reader);
    expect_value("closed, but mapped", touch(map) >= 0, 1);
}

static void a_file_lives_as_long(void)
{
    int fd = make_file("gone", "x", 1);
    char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    unlink("gone");
    close(fd);
    expect_value("removed and closed", map[0], 'x');
    pid_t child = fork();
    if (child == 0) {
        map[1] = 'c';
        _exit(0);
    }
    waitpid(child, NULL, 0);
    expect_value("shared with a child", map[1], 'c');
    munmap(map, PAGE);
}

static void zeros(void)
{
    int fd = open("/dev/zero", O_RDWR);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    expect_value("/dev/zero", own[5] + shared[5], 0);
    if (fork() == 0) {
        own[0] = shared[0] = 'z';
        _exit(0);
    }
    wait(NULL);
    expect_value("private", own[0], 0);
    expect_value("shared", shared[0], 'z');
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

    program_begin();
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    int fd = make_file("f", "abc", 2);
    shared_and_private(fd);
    ends(fd);
    permissions();
    a_file_lives_as_long();
    zeros();
    unlink("f");
    return program_end();
}
