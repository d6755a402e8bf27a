/* Measures what system calls cost, on Lintel or on Linux: the same static program, also as PID 1.
 *
 *   bench stamp NAME   prints `mark NAME tsc=TICKS`
 *   bench [ROW...]     prints `bench ROW TICKS` for each row, ticks of the time-stamp counter for one
 * operation; or `bench ROW error ERRNO`; and `bench end` at last
 *
 * tests/bench/run boots it under QEMU's -icount shift=0, where a tick is an instruction. */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ROUNDS 5

const char *bench_path;

int64_t bench_error(void)
{
    return errno != 0 ? -errno : -EIO;
}

static void measure(const struct bench_row *row)
{
    int64_t least = INT64_MAX;

    for (int round = 0; round < ROUNDS && least >= 0; round++) {
        int64_t ticks = row->measure(row->count);
        least = ticks < least ? ticks : least;
    }
    if (least < 0)
        printf("bench %s error %lld\n", row->name, (long long)-least);
    else
        printf("bench %s %.1f\n", row->name, (double)least / (double)row->count);
    fflush(stdout);
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    bool is_named = argc <= 1;

    for (int i = 1; i < argc; i++)
        is_named = is_named || strcmp(argv[i], name) == 0;
    return is_named;
}

/* A Linux that has just booted has no devices, unless the initrd brings them. */
static void make_devices(void)
{
    mkdir("/dev", 0755);
    mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
    mknod("/dev/zero", S_IFCHR | 0666, makedev(1, 5));
}

int main(int argc, char **argv)
{
    static const struct bench_row *const groups[] = {bench_call_rows, bench_ipc_rows, bench_memory_rows,
                                                     bench_process_rows, bench_screen_rows};

    if (argc == 2 && strcmp(argv[1], END_AT_ONCE) == 0)
        _exit(0);
    if (argc == 3 && strcmp(argv[1], "stamp") == 0)
        return printf("mark %s tsc=%lld\n", argv[2], (long long)bench_now()) < 0;
    bench_path = argv[0];
    if (getpid() == 1)
        make_devices();
    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        for (const struct bench_row *row = groups[i]; row->name != NULL; row++) {
            if (is_wanted(row->name, argc, argv))
                measure(row);
        }
    }
    printf("bench end\n");
    fflush(stdout);
    if (getpid() == 1)
        reboot(RB_POWER_OFF);
    return 0;
}
