/* Waiting for children, Linux ABI, x86-64: include/uapi/linux/wait.h, resource.h, asm-generic/resource.h. */
#ifndef LINTEL_COMMON_ABI_WAIT_H
#define LINTEL_COMMON_ABI_WAIT_H

#include <stdint.h>

#include "abi/time.h"

#define WNOHANG 1u
#define WUNTRACED 2u
#define WSTOPPED WUNTRACED
#define WEXITED 4u
#define WCONTINUED 8u
#define WNOWAIT 0x01000000u
#define __WNOTHREAD 0x20000000u
#define __WALL 0x40000000u
#define __WCLONE 0x80000000u

/* waitid() */
#define P_ALL 0
#define P_PID 1
#define P_PGID 2

struct rusage {
    struct timeval user, system;
    int64_t maximum_resident_kib;
    int64_t shared_text, unshared_data, unshared_stack; /* always 0, as on Linux */
    int64_t minor_faults, major_faults;
    int64_t swaps;
    int64_t blocks_in, blocks_out;
    int64_t messages_sent, messages_received;
    int64_t signals;
    int64_t voluntary_switches, involuntary_switches;
};

_Static_assert(sizeof(struct rusage) == 144, "struct rusage of the x86-64 ABI");

#endif
