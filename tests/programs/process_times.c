/* times(), getrusage(): that they count, of itself and of children that were waited for. */
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static int64_t microseconds(struct timeval time)
{
    return time.tv_sec * 1000000ll + time.tv_usec;
}

static int64_t used(int who)
{
    struct rusage usage;

    return getrusage(who, &usage) == 0 ? microseconds(usage.ru_utime) + microseconds(usage.ru_stime) : -1;
}

/* Use a tenth of a second of this process's time. */
static void spin(void)
{
    int64_t end = used(RUSAGE_SELF) + 100000;

    while (used(RUSAGE_SELF) < end) {
        for (volatile int i = 0; i < 10000; i++)
            ;
    }
}

int main(void)
{
    struct tms before, after;
    struct rusage usage;

    program_begin();
    clock_t start = times(&before);
    expect_true("times", start != (clock_t)-1);
    expect_value("no children yet", used(RUSAGE_CHILDREN), 0);
    spin();
    clock_t end = times(&after);
    expect_true("it goes on", end - start >= 9);
    expect_true("its own time counts",
                after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime >= 9);
    expect_value("children's does not", after.tms_cutime + after.tms_cstime, 0);
    pid_t child = fork();
    if (child == 0) {
        spin();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    expect_true("the child's time counts", used(RUSAGE_CHILDREN) >= 100000);
    times(&after);
    expect_true("in ticks, too", after.tms_cutime + after.tms_cstime >= 9);
    expect_true("of the thread", getrusage(1 /* RUSAGE_THREAD */, &usage) == 0 &&
                                     microseconds(usage.ru_utime) + microseconds(usage.ru_stime) >= 100000);
    expect_error("unknown", getrusage(2, &usage), EINVAL);
    expect_error("bad pointer", syscall(SYS_getrusage, 0, 8), EFAULT);
    expect_error("times, bad pointer", syscall(SYS_times, 8), EFAULT);
    expect_true("times, no pointer", times(NULL) != (clock_t)-1);
    return program_end();
}
