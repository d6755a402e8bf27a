/* What other threads change while one calls execve() is not undone: the users of setuid(), and the
 * descriptors of a child that shares them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "again.h"

#define ROUNDS 60
#define USER 12345
#define SIGSYNCCALL \
    34 /* what musl has all threads set their users by; one that comes late ends the program */
#define CHANGED 'c'

static int pipe_ends[2]; /* what the other thread has to tell the new program */
static pthread_barrier_t barrier;

static void *set_users(void *unused)
{
    pthread_barrier_wait(&barrier);
    if (setresuid(USER, USER, 0) == 0)
        (void)!write(pipe_ends[1], &(char){CHANGED}, 1);
    pause();
    return unused;
}

/* A child that shares all descriptors looks for the one that closes on exec once the new program runs, which
 * the byte from `go` tells. It answers by its exit status. */
static void *share_files(void *go)
{
    int *ends = go;
    char byte;

    pthread_barrier_wait(&barrier);
    long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        (void)!write(pipe_ends[1], &(char){CHANGED}, 1);
        (void)!read(ends[0], &byte, 1);
        _exit(fcntl(ends[2], F_GETFD) == FD_CLOEXEC ? 3 : 4);
    }
    pause();
    return NULL;
}

static void execute_between(void *(*other)(void *argument), void *argument, const char *part)
{
    char number[16], go[16];
    pthread_t thread;

    (void)!pipe(pipe_ends);
    fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
    snprintf(number, sizeof(number), "%d", pipe_ends[0]);
    snprintf(go, sizeof(go), "%d", argument == NULL ? -1 : ((int *)argument)[1]);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, other, argument);
    pthread_barrier_wait(&barrier);
    execve(own_path(), (char *[]){"x", (char *)part, number, go, NULL}, (char *[]){NULL});
    _exit(98);
}

static void execute_with_users(void *unused)
{
    (void)unused;
    execute_between(set_users, NULL, "users");
}

static void execute_with_files(void *unused)
{
    int ends[3];

    (void)unused;
    (void)!pipe(ends);
    ends[2] = open("/", O_RDONLY | O_CLOEXEC);
    execute_between(share_files, ends, "files");
}

/* Whether the other thread has done its part. */
static int has_changed(const char *number)
{
    char byte = 0;

    return read(atoi(number), &byte, 1) == 1 && byte == CHANGED;
}

static int show_users(char **argv)
{
    uid_t real, effective, saved;
    uid_t wanted = has_changed(argv[2]) ? USER : 0;

    getresuid(&real, &effective, &saved);
    if (getauxval(AT_UID) != real || getauxval(AT_EUID) != effective || getauxval(AT_SECURE) != 0)
        return 5;
    if (wanted == USER)
        return real == USER && effective == USER && saved == USER ? 3 : 4;
    return real == effective ? 3 : 4;
}

/* The child of the old program is this one's, if it came to be. */
static int show_files(char **argv)
{
    int status;

    (void)!write(atoi(argv[3]), &(char){CHANGED}, 1);
    if (wait(&status) < 0)
        return has_changed(argv[2]) ? 5 : 3;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 6;
}

int main(int argc, char **argv)
{
    int users = 0, files = 0;

    program_begin();
    if (argc > 3)
        return strcmp(argv[1], "users") == 0 ? show_users(argv) : show_files(argv);
    for (int i = 0; i < ROUNDS; i++) {
        int status = in_child(execute_with_users, NULL);
        users += status == 3 << 8 || status == SIGSYNCCALL;
        files += in_child(execute_with_files, NULL) == 3 << 8;
    }
    expect_value("users are those that were set", users, ROUNDS);
    expect_value("the child's descriptors stay open", files, ROUNDS);
    return program_end();
}
