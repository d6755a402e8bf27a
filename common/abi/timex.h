/* adjtimex() of the Linux ABI: include/uapi/linux/timex.h. */
#ifndef LINTEL_COMMON_ABI_TIMEX_H
#define LINTEL_COMMON_ABI_TIMEX_H

#include <stdint.h>

#include "abi/time.h"

/* timex.modes */
#define ADJ_OFFSET 0x0001u
#define ADJ_FREQUENCY 0x0002u
#define ADJ_MAXERROR 0x0004u
#define ADJ_ESTERROR 0x0008u
#define ADJ_STATUS 0x0010u
#define ADJ_TIMECONST 0x0020u
#define ADJ_TAI 0x0080u
#define ADJ_SETOFFSET 0x0100u
#define ADJ_MICRO 0x1000u
#define ADJ_NANO 0x2000u
#define ADJ_TICK 0x4000u
#define ADJ_ADJTIME 0x8000u /* with ADJ_OFFSET: the old adjtime(); with ADJ_OFFSET_READONLY only asked */
#define ADJ_OFFSET_READONLY 0x2000u

/* timex.status */
#define STA_UNSYNC 0x0040
#define STA_CLOCKERR 0x1000
#define STA_NANO 0x2000
#define STA_READ_ONLY 0xff00

/* What is returned. */
#define TIME_OK 0
#define TIME_ERROR 5 /* not synchronized */

struct timex {
    uint32_t modes;
    uint32_t padding_modes;
    int64_t offset;
    int64_t frequency;
    int64_t maximum_error; /* us */
    int64_t estimated_error;
    int32_t status;
    uint32_t padding_status;
    int64_t constant;
    int64_t precision;
    int64_t tolerance;
    struct timeval time; /* with STA_NANO: nanoseconds */
    int64_t tick;        /* us */
    int64_t pps[8];
    int32_t tai;
    int32_t padding[11];
};

_Static_assert(sizeof(struct timex) == 208, "struct __kernel_timex");

#endif
