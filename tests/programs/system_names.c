/* uname(), sethostname(), setdomainname(): who may, and how long. */
#include <sys/utsname.h>
#include <sys/wait.h>

#include "program.h"

int main(void)
{
    static const char longer[] = "a name of sixty-five characters, which is one more than is allowed";
    struct utsname names;
    int status;

    program_begin();
    expect_error("sethostname, too long", syscall(SYS_sethostname, longer, 65), EINVAL);
    expect_error("sethostname, negative", syscall(SYS_sethostname, longer, -1), EINVAL);
    expect_error("setdomainname, too long", syscall(SYS_setdomainname, longer, 65), EINVAL);
    if (fork() == 0) {
        expect_value("setuid", syscall(SYS_setuid, 1000), 0);
        expect_error("sethostname", syscall(SYS_sethostname, "stone", 5), EPERM);
        expect_error("sethostname, too long", syscall(SYS_sethostname, longer, 65), EPERM);
        expect_error("setdomainname", syscall(SYS_setdomainname, "stone", 5), EPERM);
        expect_error("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x89abcdef, 0), EPERM);
        expect_error("reboot without magic", syscall(SYS_reboot, 1, 2, 3, 0), EPERM);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    expect_value("uname", syscall(SYS_uname, &names), 0);
    expect_true("all end", memchr(names.nodename, 0, 65) != NULL && memchr(names.release, 0, 65) != NULL &&
                               memchr(names.version, 0, 65) != NULL && memchr(names.__domainname, 0, 65) != NULL);
    expect_error("to nowhere", syscall(SYS_uname, NULL), EFAULT);
    return program_end();
}
