/* Who a process acts for: real, effective and saved user and group, as POSIX has them, and what files are
 * checked against. Plain data, guarded by the process's signals.lock; a single ID is read without. */
#ifndef LINTEL_PROC_IDENTITY_H
#define LINTEL_PROC_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/capability.h"
#include "fs/credentials.h"

struct process;

#define IDENTITY_UNCHANGED UINT32_MAX /* -1: leave that ID as it is; no user or group has it */

struct identity {
    uint32_t real_uid, effective_uid, saved_uid;
    uint32_t real_gid, effective_gid, saved_gid;
    struct credentials files; /* uid and gid follow the effective ones (setfsuid() changes them alone) */
};

/* The IDs of a process as they are at one moment: two that are read one after the other may never have gone
 * together. Context: any.  Takes: process->signals.lock. */
struct identity_ids {
    uint32_t real_uid, effective_uid, saved_uid;
    uint32_t real_gid, effective_gid, saved_gid;
};

struct identity_ids identity_get_ids(struct process *process);

/* Its capabilities, as a set: the superuser may do all, others nothing beyond what files say. Those that are
 * in effect, and those that it could put into effect. Context: any; pure. */
static inline uint64_t identity_effective(const struct identity *identity)
{
    return identity->effective_uid == 0 ? CAPABILITIES_ALL : 0;
}

static inline uint64_t identity_permitted(const struct identity *identity)
{
    const bool may_be_root =
        identity->real_uid == 0 || identity->effective_uid == 0 || identity->saved_uid == 0;

    return may_be_root ? CAPABILITIES_ALL : 0;
}

/* A copy of what files are checked against, for the calling thread's process. Context: system call. */
void identity_get_credentials(struct credentials *ret_credentials);

/* Whether the calling thread acts for the superuser: its effective user ID is 0. */
bool identity_is_superuser(void);

/* Whether it acts for another one than the real user and group. Context: any; pure. */
static inline bool identity_is_raised(const struct identity *identity)
{
    return identity->real_uid != identity->effective_uid || identity->real_gid != identity->effective_gid;
}

/* setuid(), setreuid(), setresuid(), and the same for groups: the superuser may take any ID, others exchange
 * those that they have. On error nothing has changed. Errors: -EINVAL (setuid() to IDENTITY_UNCHANGED),
 * -EPERM. Context: any; pure. */
int identity_set_uid(struct identity *identity, uint32_t uid);
int identity_set_gid(struct identity *identity, uint32_t gid);
int identity_set_reuid(struct identity *identity, uint32_t real, uint32_t effective);
int identity_set_regid(struct identity *identity, uint32_t real, uint32_t effective);
int identity_set_resuid(struct identity *identity, uint32_t real, uint32_t effective, uint32_t saved);
int identity_set_resgid(struct identity *identity, uint32_t real, uint32_t effective, uint32_t saved);

/* setfsuid(), setfsgid(): of files alone. Return the ID before, whether it has changed or not. */
uint32_t identity_set_fsuid(struct identity *identity, uint32_t uid);
uint32_t identity_set_fsgid(struct identity *identity, uint32_t gid);

/* setgroups(): the groups are sorted, as on Linux. Errors: -EPERM, -EINVAL (more than
 * CREDENTIALS_GROUPS_MAX, or one that cannot be). */
int identity_set_groups(struct identity *identity, const uint32_t *groups, size_t count);

#endif
