/* lintel: variants=musl,glibc */
/* Which clocks there are, and who may set them. */
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

#define CLOCK_TAI_NUMBER 11

static void as_user(void)
{
    const struct timespec now = {1700000000, 0}, odd = {1700000000, 1000000000};
    const struct timeval day = {1700000000, 0}, odd_day = {1700000000, 2000000};
    const struct timezone zone = {0, 0}, far = {1000, 0};

    expect_value("setuid", syscall(SYS_setuid, 1000), 0);
    expect_error("clock_settime", syscall(SYS_clock_settime, CLOCK_REALTIME, &now), EPERM);
    expect_error("clock_settime, odd", syscall(SYS_clock_settime, CLOCK_REALTIME, &odd), EINVAL);
    expect_error("clock_settime, nowhere", syscall(SYS_clock_settime, CLOCK_REALTIME, 8), EFAULT);
    expect_error("settimeofday", syscall(SYS_settimeofday, &day, NULL), EPERM);
    expect_error("settimeofday, odd", syscall(SYS_settimeofday, &odd_day, NULL), EINVAL);
    expect_error("settimeofday, nowhere", syscall(SYS_settimeofday, 8, NULL), EFAULT);
    expect_error("settimeofday, zone", syscall(SYS_settimeofday, NULL, &zone), EPERM);
    expect_error("settimeofday, far", syscall(SYS_settimeofday, NULL, &far), EPERM);
    expect_error("settimeofday, zone nowhere", syscall(SYS_settimeofday, NULL, 8), EFAULT);
}

int main(void)
{
    static const clockid_t clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 16, 99, 0x7fffffff};
    struct timespec time;

    program_begin();
    for (unsigned i = 0; i < COUNT_OF(clocks); i++) {
        long result = syscall(SYS_clock_gettime, clocks[i], &time);
        printf("clock %d: gettime %ld errno %d", clocks[i], result, result < 0 ? errno : 0);
        result = syscall(SYS_clock_getres, clocks[i], &time);
        printf(" getres %ld errno %d", result, result < 0 ? errno : 0);
        result = syscall(SYS_clock_getres, clocks[i], NULL);
        printf(" without a pointer %ld errno %d", result, result < 0 ? errno : 0);
        result = syscall(SYS_clock_gettime, clocks[i], 8);
        printf(" nowhere %ld errno %d\n", result, result < 0 ? errno : 0);
    }
    static const clockid_t unset[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI_NUMBER,
                                      CLOCK_REALTIME_COARSE, 99};
    for (unsigned i = 0; i < COUNT_OF(unset); i++) {
        time = (struct timespec){5, 0};
        printf("clock %d", unset[i]);
        expect_error(": cannot be set", syscall(SYS_clock_settime, unset[i], &time), EINVAL);
    }
    if (fork() == 0) {
        as_user();
        _exit(program_failures);
    }
    int status;
    wait(&status);
    printf("status %#x\n", status);
    expect_value("settimeofday of nothing", syscall(SYS_settimeofday, NULL, NULL), 0);
    expect_value("gettimeofday of nothing", syscall(SYS_gettimeofday, NULL, NULL), 0);
    expect_error("gettimeofday, nowhere", syscall(SYS_gettimeofday, 8, NULL), EFAULT);
    expect_error("time, nowhere", syscall(SYS_time, 8), EFAULT);
    time_t second;
    expect_true("time tells twice", syscall(SYS_time, &second) == second);
    struct timespec real, tai;
    clock_gettime(CLOCK_REALTIME, &real);
    syscall(SYS_clock_gettime, CLOCK_TAI_NUMBER, &tai);
    expect_true("TAI is within a minute of UTC", llabs((long long)(real.tv_sec - tai.tv_sec)) < 60);
    return program_end();
}
