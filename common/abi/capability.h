/* Capabilities of the Linux ABI: include/uapi/linux/capability.h. */
#ifndef LINTEL_COMMON_ABI_CAPABILITY_H
#define LINTEL_COMMON_ABI_CAPABILITY_H

#include <stdint.h>

#define CAPABILITY_VERSION_1 0x19980330u /* the versions by the words that each set has: 1 */
#define CAPABILITY_VERSION_2 0x20071026u /* 2 */
#define CAPABILITY_VERSION_3 0x20080522u /* 2 */
#define CAPABILITY_WORDS 2u

#define CAPABILITY_LAST 40               /* CAP_CHECKPOINT_RESTORE */
#define CAPABILITIES_ALL 0x1fffffffffful /* as a set: a bit each */

struct capability_header {
    uint32_t version;
    int32_t pid;
};

/* 32 capabilities of each set. */
struct capability_data {
    uint32_t effective, permitted, inheritable;
};

_Static_assert(CAPABILITIES_ALL == (2ul << CAPABILITY_LAST) - 1, "a bit each");
_Static_assert(sizeof(struct capability_header) == 8, "struct __user_cap_header_struct");
_Static_assert(sizeof(struct capability_data) == 12, "struct __user_cap_data_struct");

#endif
