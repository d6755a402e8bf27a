/* The first program in ring 3: it says where it is, then gives its place to /init, if there is one. Else it
 * shows that it lives, and stays.
 *
 * Arguments (behind `--` on the kernel's command line):
 *   init=PATH     execute that program instead of /init
 *   exit=STATUS   end with that exit status after the greeting
 *   fault=NAME    commit that fault after the greeting (faults.c)
 *   bench         measure, print `bench` lines, end
 *   check         test the system calls' answers, end with status 0 if all are right
 *   threads=NAME  let several threads do that (thread_demos.c)
 *   reboot=restart|poweroff|halt   ask the kernel for it after the greeting */
#include <stdint.h>

#include "abi/errno.h"
#include "lib/string.h"
#include "utask/bench.h"
#include "utask/checks.h"
#include "utask/clock.h"
#include "utask/console.h"
#include "utask/faults.h"
#include "utask/shows.h"
#include "utask/syscall.h"
#include "utask/thread_demos.h"

#define INIT "/init"
#define HEARTBEATS 3
#define HOUR_NS (3600 * NS_PER_SECOND)
#define STATUS_BAD_ARGUMENT 2

int main(int argc, char **argv);

/* The value behind `name=`, NULL if the argument is another. */
static const char *argument_value(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

static int parse_status(const char *text)
{
    int status = 0;

    while (*text >= '0' && *text <= '9')
        status = status * 10 + (*text++ - '0');
    return status;
}

static int reboot_as_asked(const char *how)
{
    static const struct {
        const char *name;
        uint64_t command;
    } ways[] = {
        {"poweroff", LINUX_REBOOT_CMD_POWER_OFF},
        {"restart", LINUX_REBOOT_CMD_RESTART},
        {"halt", LINUX_REBOOT_CMD_HALT},
    };

    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(how, ways[i].name) == 0)
            syscall4(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, ways[i].command, 0);
    }
    print("utask: reboot=%s did not happen\n", how);
    return STATUS_BAD_ARGUMENT;
}

/* Do what the arguments ask for; returns an exit status, or -1 to go on. */
static int do_as_asked(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value;
        if ((value = argument_value(argv[i], "exit")) != NULL)
            return parse_status(value);
        if ((value = argument_value(argv[i], "reboot")) != NULL)
            return reboot_as_asked(value);
        if ((value = argument_value(argv[i], "fault")) != NULL) {
            if (fault_commit(value))
                print("utask: fault %s did not end this program\n", value);
            else
                print("utask: no fault is called %s\n", value);
            return STATUS_BAD_ARGUMENT;
        }
        if ((value = argument_value(argv[i], "threads")) != NULL) {
            if (thread_demo_run(value))
                return 0;
            print("utask: no demonstration of threads is called %s\n", value);
            return STATUS_BAD_ARGUMENT;
        }
        if (strcmp(argv[i], "check") == 0)
            return check_syscalls();
        if (strcmp(argv[i], "bench") == 0) {
            bench_null_call();
            bench_threads();
            return 0;
        }
        print("utask: what is %s?\n", argv[i]);
        return STATUS_BAD_ARGUMENT;
    }
    return -1;
}

/* Become another program, in this process: PID 1 it shall be. Returns if that is not possible. */
static void become_init(const char *path, char **environment)
{
    const char *const arguments[] = {path, NULL};
    int64_t error = syscall4(SYS_execve, (uint64_t)path, (uint64_t)arguments, (uint64_t)environment, 0);

    if (error != -ENOENT || strcmp(path, INIT) != 0)
        print("utask: %s cannot be executed: errno %d\n", path, (int)-error);
}

int main(int argc, char **argv)
{
    print("Hello from ring 3! This is utask.\n");
    show_place();
    const char *init = argc > 1 ? argument_value(argv[1], "init") : INIT;
    if (init != NULL) {
        become_init(init, argv + argc + 1);
    } else {
        int status = do_as_asked(argc, argv);
        if (status >= 0)
            return status;
    }

    bench_null_call();
    show_interruption();
    show_heartbeats(HEARTBEATS);
    print("utask: staying; switch off the machine when you like\n");
    for (;;)
        sleep_ns(HOUR_NS);
}
