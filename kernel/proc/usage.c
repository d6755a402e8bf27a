#include "proc/usage.h"

#include "mm/types.h"
#include "proc/process.h"

#define NS_PER_MICROSECOND 1000u
#define MICROSECONDS_PER_SECOND 1000000u

static struct timeval timeval_make(uint64_t time_ns)
{
    const uint64_t microseconds = time_ns / NS_PER_MICROSECOND;

    return (struct timeval){(int64_t)(microseconds / MICROSECONDS_PER_SECOND),
                            (int64_t)(microseconds % MICROSECONDS_PER_SECOND)};
}

struct rusage usage_make(const struct process_times *times)
{
    return (struct rusage){
        .user = timeval_make(times->user_ns),
        .system = timeval_make(times->system_ns),
        .maximum_resident_kib = (int64_t)(times->maximum_resident_pages * (PAGE_SIZE / 1024)),
        .minor_faults = (int64_t)times->minor_faults,
        .voluntary_switches = (int64_t)times->voluntary_switches,
    };
}
