/* lintel: variants=musl,glibc flags="-D_GNU_SOURCE" */
/* The vDSO: it is there, names what it should, agrees with the system calls, and lives through a fork. */
#include <elf.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static const char *base;
static const Elf64_Sym *symbols;
static const char *names;
static const uint32_t *hash;

static void parse(void)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)base;
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(base + header->e_phoff);

    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type != PT_DYNAMIC)
            continue;
        for (const Elf64_Dyn *entry = (const Elf64_Dyn *)(base + segments[i].p_offset); entry->d_tag;
             entry++) {
            const void *address = base + entry->d_un.d_ptr;
            symbols = entry->d_tag == DT_SYMTAB ? address : symbols;
            names = entry->d_tag == DT_STRTAB ? address : names;
            hash = entry->d_tag == DT_HASH ? address : hash;
        }
    }
}

static void *look_up(const char *name)
{
    for (uint32_t i = 0; hash != NULL && i < hash[1]; i++) {
        if (strcmp(names + symbols[i].st_name, name) == 0)
            return (void *)(base + symbols[i].st_value);
    }
    return NULL;
}

static int64_t ns(struct timespec time)
{
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void agree(int (*gettime)(clockid_t, struct timespec *))
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW};
    struct timespec before, now, after;

    for (unsigned i = 0; i < COUNT_OF(clocks); i++) {
        int wrong = 0;
        for (int j = 0; j < 1000; j++) {
            syscall(SYS_clock_gettime, clocks[i], &before);
            gettime(clocks[i], &now);
            syscall(SYS_clock_gettime, clocks[i], &after);
            wrong += ns(now) < ns(before) || ns(after) < ns(now);
        }
        printf("clock %d:", clocks[i]);
        expect_value(" out of order", wrong, 0);
    }
    expect_value("an unknown clock", gettime(99, &now), -EINVAL);
    expect_value("a clock of the CPU", gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
}

int main(void)
{
    static const char *const wanted[] = {"__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time",
                                         "__vdso_getcpu",        "__vdso_clock_getres", "clock_gettime"};
    int status;

    program_begin();
    base = (const char *)getauxval(AT_SYSINFO_EHDR);
    expect_true("it is there", base != NULL && memcmp(base, ELFMAG, SELFMAG) == 0);
    parse();
    for (unsigned i = 0; i < COUNT_OF(wanted); i++)
        expect_true(wanted[i], look_up(wanted[i]) != NULL);
    int (*gettime)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))look_up(wanted[0]);
    int (*gettimeofday_v)(struct timeval *, struct timezone *) =
        (int (*)(struct timeval *, struct timezone *))look_up(wanted[1]);
    time_t (*time_v)(time_t *) = (time_t(*)(time_t *))look_up(wanted[2]);
    long (*getcpu_v)(unsigned *, unsigned *, void *) =
        (long (*)(unsigned *, unsigned *, void *))look_up(wanted[3]);
    agree(gettime);
    struct timeval day;
    struct timezone zone = {5, 5};
    expect_value("gettimeofday", gettimeofday_v(&day, &zone), 0);
    printf("zone %d %d\n", zone.tz_minuteswest, zone.tz_dsttime);
    expect_true("agrees with time", llabs((long long)time_v(NULL) - day.tv_sec) <= 1);
    unsigned cpu = 999, node = 999, real = 998;
    cpu_set_t one;
    syscall(SYS_getcpu, &cpu, NULL, NULL);
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    expect_value("stay here", sched_setaffinity(0, sizeof(one), &one), 0);
    expect_value("getcpu", getcpu_v(&cpu, &node, NULL), 0);
    syscall(SYS_getcpu, &real, NULL, NULL);
    expect_true("is what the kernel says", cpu == real);
    if (fork() == 0) {
        agree(gettime);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    return program_end();
}
