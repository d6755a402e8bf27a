#include "proc/limits.h"

#include "fs/fd_table.h"
#include "proc/process.h"

#define STACK_SIZE_DEFAULT (8ull << 20)
#define MEMLOCK_DEFAULT (8ull << 20)
#define MSGQUEUE_DEFAULT 819200u

void limits_init(struct resource_limits *limits)
{
    const uint64_t threads = user_thread_maximum() / 2;
    const struct resource_limits defaults = {
        .of =
            {
                [RLIMIT_CPU] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_FSIZE] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_DATA] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_STACK] = {STACK_SIZE_DEFAULT, RLIM_INFINITY},
                [RLIMIT_CORE] = {0, RLIM_INFINITY},
                [RLIMIT_RSS] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_NPROC] = {threads, threads},
                [RLIMIT_NOFILE] = {FD_TABLE_LIMIT_DEFAULT, FD_TABLE_MAX},
                [RLIMIT_MEMLOCK] = {MEMLOCK_DEFAULT, MEMLOCK_DEFAULT},
                [RLIMIT_AS] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_LOCKS] = {RLIM_INFINITY, RLIM_INFINITY},
                [RLIMIT_SIGPENDING] = {threads, threads},
                [RLIMIT_MSGQUEUE] = {MSGQUEUE_DEFAULT, MSGQUEUE_DEFAULT},
                [RLIMIT_NICE] = {0, 0},
                [RLIMIT_RTPRIO] = {0, 0},
                [RLIMIT_RTTIME] = {RLIM_INFINITY, RLIM_INFINITY},
            },
    };

    limits_copy(limits, &defaults);
}

void limits_copy(struct resource_limits *destination, const struct resource_limits *source)
{
    for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
        destination->of[i].soft = source->of[i].soft;
        destination->of[i].hard = source->of[i].hard;
    }
}

uint64_t limit_current(enum resource resource)
{
    return process_current()->limits.of[resource].soft;
}
