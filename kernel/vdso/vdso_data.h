/* What the vDSO's functions read: the page behind its code, written by exec/vdso.c alone. Values of 64 bits
 * are read at once, so that nothing guards them. */
#ifndef LINTEL_VDSO_DATA_H
#define LINTEL_VDSO_DATA_H

#include <stdint.h>

struct vdso_data {
    uint64_t tsc_zero;       /* as core/clock.h's clock_scale */
    uint64_t multiplier;     /* 0: the clock does not run, ask the kernel */
    uint64_t wall_offset_ns; /* from the monotonic clock to the wall clock; it changes */
    uint64_t has_tsc_aux;    /* RDTSCP tells the CPU's index */
};

#endif
