#include "dev/clock_source.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/clock.h"
#include "core/log.h"
#include "dev/acpi_pm_timer.h"
#include "dev/hpet.h"

static uint64_t tsc_from_cpuid(const struct boot_info *boot)
{
    (void)boot;
    return cpu_features.tsc_hz;
}

static uint64_t tsc_from_hpet(const struct boot_info *boot)
{
    struct clock_reference reference;

    (void)boot;
    return hpet_setup(&reference) == 0 ? clock_measure_tsc(&reference) : 0;
}

static uint64_t tsc_from_pm_timer(const struct boot_info *boot)
{
    struct clock_reference reference;

    (void)boot;
    return acpi_pm_timer_setup(&reference) == 0 ? clock_measure_tsc(&reference) : 0;
}

static uint64_t tsc_from_bootloader(const struct boot_info *boot)
{
    return boot->tsc_hz;
}

static const struct {
    const char *name;
    uint64_t (*measure)(const struct boot_info *boot); /* 0: not to be had */
} sources[] = {
    {"CPUID", tsc_from_cpuid},
    {"HPET", tsc_from_hpet},
    {"ACPI PM timer", tsc_from_pm_timer},
    {"bootloader", tsc_from_bootloader},
};

int clock_source_setup(const struct boot_info *boot, uint64_t tsc_zero)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        uint64_t hz = sources[i].measure(boot);
        if (hz == 0)
            continue;
        clock_start(hz, tsc_zero, boot->wall_clock_seconds, boot->wall_clock_tsc);
        log_info("clock: TSC at %lu.%03lu MHz, by %s%s", hz / 1000000, hz / 1000 % 1000, sources[i].name,
                 cpu_features.has_invariant_tsc ? ", invariant" : "");
        return 0;
    }
    return -ENODEV;
}
