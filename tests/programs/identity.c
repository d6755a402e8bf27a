/* Who the program is: numbers that must agree with each other. */
#include <sys/utsname.h>

#include "program.h"

int main(void)
{
    struct utsname name;

    program_begin();
    expect_true("getpid is positive", getpid() > 0);
    expect_true("gettid is getpid in the first thread", syscall(SYS_gettid) == getpid());
    expect_true("set_tid_address tells the same", syscall(SYS_set_tid_address, &name) == getpid());
    expect_true("getppid", getppid() >= 0 && getppid() != getpid());
    expect_true("getuid is geteuid", getuid() == geteuid());
    expect_true("getgid is getegid", getgid() == getegid());
    expect_value("uname", uname(&name), 0);
    expect_text("machine", name.machine, "x86_64");
    expect_text("system", name.sysname, "Linux");
    expect_true("release is a version", name.release[0] >= '2' && strchr(name.release, '.') != NULL);
    expect_error("uname to nowhere", syscall(SYS_uname, 8), EFAULT);
    return program_end();
}
