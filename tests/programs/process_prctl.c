/* prctl(), arch_prctl(), personality(). */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "program.h"

#define ARCH_GET_FS 0x1003

static int death_signal(void)
{
    int signal = -1;

    prctl(PR_GET_PDEATHSIG, &signal);
    return signal;
}

/* Whoever acts for somebody else from now on is not sent it any more. */
static void death_signal_and_identity(void)
{
    prctl(PR_SET_PDEATHSIG, 10);
    expect_value("setuid(0)", syscall(SYS_setuid, 0), 0);
    expect_value("the same user", death_signal(), 10);
    expect_value("real and saved IDs", syscall(SYS_setresuid, 1000, -1, 1000), 0);
    expect_value("act for nobody", death_signal(), 10);
    expect_value("setegid()", syscall(SYS_setresgid, -1, 100, -1), 0);
    expect_value("another group", death_signal(), 0);
    prctl(PR_SET_PDEATHSIG, 10);
    syscall(SYS_setfsuid, 1000);
    expect_value("another one's files", death_signal(), 0);
    prctl(PR_SET_PDEATHSIG, 10);
    expect_value("seteuid()", syscall(SYS_setresuid, -1, 1000, -1), 0);
    expect_value("another user", death_signal(), 0);
}

int main(void)
{
    char name[17] = "";
    int signal = -1;
    unsigned long base = 0;

    program_begin();
    expect_value("GET_NAME", prctl(PR_GET_NAME, name), 0);
    expect_text("name", name, "process_prctl");
    expect_value("SET_NAME", prctl(PR_SET_NAME, "a name that is much too long"), 0);
    expect_value("GET_NAME", prctl(PR_GET_NAME, name), 0);
    expect_text("name", name, "a name that is ");
    expect_error("SET_NAME, bad pointer", prctl(PR_SET_NAME, 8), EFAULT);
    expect_error("GET_NAME, bad pointer", prctl(PR_GET_NAME, 8), EFAULT);
    expect_value("GET_DUMPABLE", prctl(PR_GET_DUMPABLE), 1);
    expect_value("SET_DUMPABLE", prctl(PR_SET_DUMPABLE, 0), 0);
    expect_value("GET_DUMPABLE", prctl(PR_GET_DUMPABLE), 0);
    expect_error("SET_DUMPABLE 2", prctl(PR_SET_DUMPABLE, 2), EINVAL);
    expect_value("SET_PDEATHSIG", prctl(PR_SET_PDEATHSIG, 10), 0);
    expect_value("GET_PDEATHSIG", prctl(PR_GET_PDEATHSIG, &signal), 0);
    expect_value("signal", signal, 10);
    expect_error("SET_PDEATHSIG 65", prctl(PR_SET_PDEATHSIG, 65), EINVAL);
    pid_t child = fork();
    if (child == 0)
        _exit(prctl(PR_GET_PDEATHSIG, &signal) == 0 ? signal : 99);
    waitpid(child, &signal, 0);
    expect_value("a child has none", signal, 0);
    if (fork() == 0) {
        death_signal_and_identity();
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    expect_value("GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    expect_error("SET_NO_NEW_PRIVS 0", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    expect_error("SET_NO_NEW_PRIVS with more", prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    expect_value("SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    expect_value("GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    expect_value("CAPBSET_READ", prctl(PR_CAPBSET_READ, 0), 1);
    expect_error("CAPBSET_READ 999", prctl(PR_CAPBSET_READ, 999), EINVAL);
    expect_error("unknown", prctl(12345), EINVAL);
    expect_value("ARCH_GET_FS", syscall(SYS_arch_prctl, ARCH_GET_FS, &base), 0);
    unsigned long self;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    expect_true("FS", base == self);
    expect_error("ARCH_GET_FS, bad pointer", syscall(SYS_arch_prctl, ARCH_GET_FS, 8), EFAULT);
    expect_error("ARCH_SET_FS beyond user memory", syscall(SYS_arch_prctl, 0x1002, 0x800000000000), EPERM);
    expect_error("arch_prctl, unknown", syscall(SYS_arch_prctl, 1, 0), EINVAL);
    expect_value("personality", syscall(SYS_personality, 0xffffffff), 0);
    return program_end();
}
