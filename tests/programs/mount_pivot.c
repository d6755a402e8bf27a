/* pivot_root(): what it refuses, where everything is afterwards, and whose root and working directory change.
 * It begins in a mount of its own, as the first one cannot be pivoted. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "show.h"

#define BASE "/tmp/mount-pivot"
#define ROUNDS 100

static void show_place(const char *whose)
{
    char text[256] = "";

    printf("%s directory: ", whose);
    if (getcwd(text, sizeof(text)) == NULL)
        printf("errno %d\n", errno);
    else
        printf("%s\n", text);
}

static void refuse(void)
{
    printf("-- refused\n");
    SHOW_RAW(pivot_root, NULL, "/new/old");
    SHOW_RAW(pivot_root, "/new", BAD);
    SHOW_RAW(pivot_root, "/none", "/new/old");
    SHOW_RAW(pivot_root, "/new", "/new/none");
    SHOW_RAW(pivot_root, "/file", "/new/old");
    SHOW_RAW(pivot_root, "/new", "/new/file");
    SHOW_RAW(pivot_root, "/folder", "/folder");
    SHOW_RAW(pivot_root, "/new", "/folder");
    SHOW_RAW(pivot_root, "/", "/new/old");
    SHOW_RAW(pivot_root, "/new/old", "/new/old");
    SHOW_RAW(pivot_root, "/new", "/other");
    if (fork() == 0) {
        SHOW(chroot("/folder"));
        SHOW_RAW(pivot_root, "/", "/");
        SHOW_RAW(pivot_root, "/in", "/in");
        exit(0);
    }
    wait(NULL);
    if (fork() == 0) {
        SHOW(setuid(1000));
        SHOW_RAW(pivot_root, "/new", "/new/old");
        exit(0);
    }
    wait(NULL);
}

/* A child that tells where it is when it is asked. */
struct witness {
    const char *name;
    int ask, answer;
    pid_t pid;
};

static void witness_begin(struct witness *witness, const char *directory, const char *root)
{
    int asked[2], answered[2];
    char byte;

    if (pipe(asked) != 0 || pipe(answered) != 0)
        exit(1);
    witness->pid = fork();
    if (witness->pid == 0) {
        if (chroot(root) != 0 || chdir(directory) != 0)
            exit(1);
        close(asked[1]);
        (void)!write(answered[1], "", 1);
        while (read(asked[0], &byte, 1) == 1) {
            show_place(witness->name);
            printf("  /mark: %d, mark: %d\n", access("/mark", F_OK), access("mark", F_OK));
            (void)!write(answered[1], "", 1);
        }
        exit(0);
    }
    witness->ask = asked[1];
    witness->answer = answered[0];
    (void)!read(witness->answer, &byte, 1);
}

static void witness_ask(const struct witness *witness)
{
    char byte;

    (void)!write(witness->ask, "", 1);
    (void)!read(witness->answer, &byte, 1);
}

static void turn(void)
{
    struct witness witnesses[] = {
        {.name = "at the root"}, {.name = "in a folder"}, {.name = "in a root of its own"}};

    printf("-- done\n");
    witness_begin(&witnesses[0], "/", "/");
    witness_begin(&witnesses[1], "/folder", "/");
    witness_begin(&witnesses[2], "/", "/folder");
    SHOW(chdir("/folder"));
    SHOW_RAW(pivot_root, "/new", "/new/old");
    show_place("own");
    SHOW(access("/mark", F_OK));
    SHOW(access("/old/folder", F_OK));
    SHOW(access("/old/new/mark", F_OK));
    SHOW(chdir("/.."));
    show_place("own");
    for (int i = 0; i < 3; i++)
        witness_ask(&witnesses[i]);
    SHOW(umount("/old"));
    SHOW_RAW(pivot_root, "/old", "/old/new");
    for (int i = 0; i < 3; i++)
        witness_ask(&witnesses[i]);
    show_place("own");
    SHOW(access("/new/mark", F_OK));
    SHOW_RAW(pivot_root, ".", "new");
    SHOW(access("/mark", F_OK));
    for (int i = 0; i < 3; i++)
        close(witnesses[i].ask);
    while (wait(NULL) > 0)
        ;
}

/* ".", ".": the old root ends upon the new one, and can be taken off. */
static void stack(void)
{
    printf("-- upon itself\n");
    SHOW(chdir("/new"));
    SHOW_RAW(pivot_root, ".", ".");
    show_place("own");
    SHOW(access("/mark", F_OK));
    SHOW(umount2(".", MNT_DETACH));
    SHOW(access("/mark", F_OK));
    SHOW(chdir("/"));
    show_place("own");
}

/* To and fro while others look up paths all the time. */
static void race(void)
{
    int missed = 0;
    pid_t others[2];

    for (int i = 0; i < 2; i++) {
        others[i] = fork();
        while (others[i] == 0)
            missed += access("/mark", F_OK) + access("new/mark", F_OK) + link("file", "folder");
    }
    for (int i = 0; i < ROUNDS; i++) {
        missed += syscall(SYS_pivot_root, "/new", "/new/old") != 0;
        missed += syscall(SYS_pivot_root, "/old", "/old/new") != 0;
    }
    for (int i = 0; i < 2; i++) {
        kill(others[i], SIGKILL);
        waitpid(others[i], NULL, 0);
    }
    printf("-- to and fro: %d failed\n", missed);
}

static int run(void)
{
    SHOW(chroot(BASE));
    SHOW(chdir("/"));
    SHOW(mkdir("new", 0755));
    SHOW(mkdir("folder", 0755));
    SHOW(mkdir("folder/in", 0755));
    SHOW(mkdir("other", 0755));
    make_file("file", "");
    SHOW(mount("none", "new", "tmpfs", 0, NULL));
    SHOW(mount("none", "other", "tmpfs", 0, NULL));
    SHOW(mkdir("new/old", 0755));
    make_file("new/file", "");
    make_file("new/mark", "");
    refuse();
    turn();
    race();
    stack();
    return 0;
}

int main(void)
{
    begin();
    SHOW(mkdir(BASE, 0755));
    SHOW(mount("none", BASE, "tmpfs", 0, NULL));
    fflush(stdout);
    if (fork() == 0)
        return run();
    wait(NULL);
    umount2(BASE, MNT_DETACH);
    umount2(BASE, MNT_DETACH);
    SHOW(rmdir(BASE));
    return 0;
}
