/* sysinfo(), syslog(): numbers that agree, and errors. */
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

int main(void)
{
    const size_t size = 64 << 20;
    struct sysinfo before, after;
    struct timespec time;
    int status;

    program_begin();
    expect_value("sysinfo", syscall(SYS_sysinfo, &before), 0);
    clock_gettime(CLOCK_BOOTTIME, &time);
    expect_true("uptime is the clock's", labs((long)time.tv_sec - (long)before.uptime) <= 1);
    expect_true("memory", before.totalram > 0 && before.freeram > 0 && before.freeram < before.totalram);
    expect_true("processes", before.procs > 0);
    expect_value("unit", before.mem_unit, 1);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < size; i += PAGE)
        memory[i] = 1;
    sysinfo(&after);
    expect_true("memory that is used is not free", before.freeram - after.freeram > size / 2);
    expect_error("to nowhere", syscall(SYS_sysinfo, 8), EFAULT);

    if (fork() == 0) {
        expect_value("setuid", syscall(SYS_setuid, 1000), 0);
        expect_error("clear", syscall(SYS_syslog, 5, NULL, 0), EPERM);
        expect_error("read", syscall(SYS_syslog, 2, memory, 100), EPERM);
        expect_error("console level", syscall(SYS_syslog, 8, NULL, 4), EPERM);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    return program_end();
}
