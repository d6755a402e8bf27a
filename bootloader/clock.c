#include "clock.h"

#include "cpu.h"
#include "firmware.h"

#define SECONDS_PER_DAY 86400

static bool clock_is_leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t clock_days_in_month(int64_t year, int month)
{
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && clock_is_leap_year(year) ? 29 : days[month - 1];
}

/* Days from 1 January 1970 to the first of January of a year from 1970 on. */
static int64_t clock_days_to_year(int64_t year)
{
    int64_t before = year - 1;

    return (year - 1970) * 365 + (before / 4 - 1969 / 4) - (before / 100 - 1969 / 100) +
           (before / 400 - 1969 / 400);
}

static bool clock_is_valid(const EFI_TIME *time)
{
    return time->Year >= 1970 && time->Year <= 9999 && time->Month >= 1 && time->Month <= 12 &&
           time->Day >= 1 && time->Day <= clock_days_in_month(time->Year, time->Month) && time->Hour <= 23 &&
           time->Minute <= 59 && time->Second <= 59 && time->Nanosecond <= 999999999 &&
           ((time->TimeZone >= -1440 && time->TimeZone <= 1440) ||
            time->TimeZone == EFI_UNSPECIFIED_TIMEZONE);
}

bool clock_from_efi_time(const EFI_TIME *time, uint64_t *ret_seconds)
{
    if (!clock_is_valid(time))
        return false;

    int64_t days = clock_days_to_year(time->Year) + time->Day - 1;
    for (int month = 1; month < time->Month; month++)
        days += clock_days_in_month(time->Year, month);
    int64_t seconds = days * SECONDS_PER_DAY + time->Hour * 3600 + time->Minute * 60 + time->Second;

    /* Local time = UTC - TimeZone, in minutes, and an hour more in daylight-saving time. */
    if (time->TimeZone != EFI_UNSPECIFIED_TIMEZONE) {
        seconds += time->TimeZone * 60;
        if (time->Daylight & EFI_TIME_IN_DAYLIGHT)
            seconds -= 3600;
    }
    if (seconds < 0)
        return false;
    *ret_seconds = (uint64_t)seconds;
    return true;
}

bool clock_read(uint64_t *ret_seconds, uint64_t *ret_tsc)
{
    EFI_TIME time;

    if (EFI_ERROR(efi_system->RuntimeServices->GetTime(&time, NULL)))
        return false;
    *ret_tsc = cpu_read_tsc();
    return clock_from_efi_time(&time, ret_seconds);
}

uint64_t clock_measure_tsc(uint64_t stall_us)
{
    uint64_t shortest = UINT64_MAX;

    /* Stall() never returns early; what makes it late (an interrupt, the firmware's own work) makes one of
     * three late, seldom all. */
    for (int i = 0; i < 3; i++) {
        uint64_t start = cpu_read_tsc();
        efi_boot->Stall(stall_us);
        uint64_t ticks = cpu_read_tsc() - start;
        if (ticks < shortest)
            shortest = ticks;
    }
    return shortest * 1000000 / stall_us;
}
