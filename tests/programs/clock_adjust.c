/* adjtimex() and clock_adjtime() without changing the host's clock: what is told, and what is refused. */
#include <sys/timex.h>
#include <time.h>

#include "show.h"

#define CALL(clock, ...)                                            \
    do {                                                            \
        struct timex timex = {__VA_ARGS__};                         \
        errno = 0;                                                  \
        show_value("clock_adjtime(" #clock ", {" #__VA_ARGS__ "})", \
                   syscall(SYS_clock_adjtime, clock, &timex));      \
    } while (0)

static void tell(void)
{
    struct timex timex = {0};
    struct timespec now;
    const long result = syscall(SYS_adjtimex, &timex);

    clock_gettime(CLOCK_REALTIME, &now);
    const long apart = now.tv_sec - timex.time.tv_sec;
    printf("state %s, time %s, tolerance %ld, errors %s, status unsynchronized: %s\n",
           result >= 0 && result <= TIME_ERROR ? "known" : "unknown",
           apart == 0 || apart == 1 ? "right" : "wrong", timex.tolerance,
           timex.maxerror >= 0 && timex.maxerror <= 16000000 ? "in range" : "out of range",
           (result == TIME_ERROR) == ((timex.status & (STA_UNSYNC | STA_CLOCKERR)) != 0) ? "as told"
                                                                                         : "not as told");
}

int main(void)
{
    begin();
    tell();
    SHOW_RAW(adjtimex, NULL);
    SHOW_RAW(adjtimex, BAD);
    SHOW_RAW(adjtimex, KERNEL);
    SHOW_RAW(clock_adjtime, CLOCK_REALTIME, BAD);
    SHOW_RAW(clock_adjtime, 99, BAD);
    CALL(CLOCK_MONOTONIC, 0);
    CALL(CLOCK_MONOTONIC_RAW, 0);
    CALL(CLOCK_REALTIME_COARSE, 0);
    CALL(CLOCK_BOOTTIME, 0);
    CALL(CLOCK_TAI, 0);
    CALL(CLOCK_PROCESS_CPUTIME_ID, 0);
    CALL(10, 0);
    CALL(12, 0);
    CALL(99, 0);
    SHOW(setgid(1000));
    SHOW(setuid(1000));
    tell();
    CALL(CLOCK_REALTIME, .modes = ADJ_OFFSET);
    CALL(CLOCK_REALTIME, .modes = ADJ_TICK, .tick = 10000);
    CALL(CLOCK_REALTIME, .modes = ADJ_STATUS, .status = STA_UNSYNC);
    CALL(CLOCK_REALTIME, .modes = ADJ_SETOFFSET);
    CALL(CLOCK_REALTIME, .modes = 0x8000);
    CALL(CLOCK_REALTIME, .modes = ADJ_OFFSET_SINGLESHOT);
    return 0;
}
