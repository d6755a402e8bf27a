/* Who a process acts for: real, effective and saved user and group, as POSIX has them, and what files are
 * checked against. Plain data, guarded by the process's signals.lock. */
#ifndef LINTEL_PROC_IDENTITY_H
#define LINTEL_PROC_IDENTITY_H

#include <stdint.h>

#include "fs/credentials.h"

struct identity {
    uint32_t real_uid, effective_uid, saved_uid;
    uint32_t real_gid, effective_gid, saved_gid;
    struct credentials files; /* uid and gid follow the effective ones (setfsuid() changes them alone) */
};

/* A copy of what files are checked against, for the calling thread's process. Context: system call. */
void identity_get_credentials(struct credentials *ret_credentials);

/* Whether the calling thread acts for the superuser: its effective user ID is 0. */
bool identity_is_superuser(void);

#endif
