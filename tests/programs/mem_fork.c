/* What a child gets of its parent's memory: copies, shared pages, and what madvise() says. */
#define _GNU_SOURCE
#include "program.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char *make(int flags)
{
    char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

    map[0] = 'p';
    return map;
}

static int status_of_child(void (*child)(char *), char *map)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        child(map);
        _exit(map[0] == 'p' ? 1 : map[0] == 0 ? 2 : 3);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void look(char *map)
{
    (void)map;
}

static void change(char *map)
{
    map[0] = 'c';
    map[PAGE] = 'c';
}

static void grandchild(char *map)
{
    int status = status_of_child(change, map);

    _exit(WEXITSTATUS(status) * 16 + (map[0] == 'p'));
}

int main(void)
{
    char *own = make(MAP_PRIVATE), *shared = make(MAP_SHARED), *wiped = make(MAP_PRIVATE),
         *left = make(MAP_PRIVATE);

    program_begin();
    expect_value("private", status_of_child(look, own), 0x100);
    expect_value("changed by the child", status_of_child(change, own), 0x300);
    expect_value("not the parent's", own[0] + own[PAGE], 'p');
    expect_value("a grandchild's change", status_of_child(grandchild, own), 0x3100);
    expect_value("shared", status_of_child(change, shared), 0x300);
    expect_value("the parent's too", shared[0] + shared[PAGE], 'c' + 'c');
    expect_value("WIPEONFORK", madvise(wiped, PAGE, MADV_WIPEONFORK), 0);
    expect_value("zeros", status_of_child(look, wiped), 0x200);
    expect_value("the parent has it", wiped[0], 'p');
    expect_value("KEEPONFORK", madvise(wiped, PAGE, MADV_KEEPONFORK), 0);
    expect_value("kept", status_of_child(look, wiped), 0x100);
    expect_error("WIPEONFORK of shared memory", madvise(shared, PAGE, MADV_WIPEONFORK), EINVAL);
    expect_value("DONTFORK", madvise(left, PAGE, MADV_DONTFORK), 0);
    expect_value("not there", status_of_child(look, left) & 0x7f, SIGSEGV);
    expect_value("DOFORK", madvise(left, PAGE, MADV_DOFORK), 0);
    expect_value("there", status_of_child(look, left), 0x100);
    expect_value("read-only after the fork", mprotect(own, PAGE, PROT_READ), 0);
    expect_value("killed", status_of_child(change, own) & 0x7f, SIGSEGV);
    expect_value("writable again", mprotect(own, PAGE, PROT_READ | PROT_WRITE), 0);
    expect_value("changed by the child", status_of_child(change, own), 0x300);
    expect_value("not the parent's", own[0], 'p');
    return program_end();
}
