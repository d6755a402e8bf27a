/* What the boot CPU must have, and what of it matters for the first page tables. */
#ifndef LINTEL_BOOTLOADER_CPU_CHECK_H
#define LINTEL_BOOTLOADER_CPU_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct cpu_features {
    bool has_1g_pages;
    uint64_t physical_limit; /* first physical address that cannot be used: beyond the CPU's address width
                                or the direct map; page-aligned */
};

/* Look at the CPU; where firmware hides the no-execute bit, take it back.
 * Errors: -ENODEV (no NX, or 5-level paging is on). */
int cpu_check(struct cpu_features *ret_features, struct error *error);

#endif
