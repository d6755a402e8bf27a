/* Who asks: the identity that permissions are checked against. Plain data; the owner keeps it still while a
 * call uses it. */
#ifndef LINTEL_FS_CREDENTIALS_H
#define LINTEL_FS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREDENTIALS_GROUPS_MAX 32

struct credentials {
    uint32_t uid; /* for access to files: Linux's fsuid; 0 may do everything */
    uint32_t gid;
    uint32_t groups[CREDENTIALS_GROUPS_MAX]; /* supplementary ones */
    size_t group_count;
};

static inline bool credentials_are_root(const struct credentials *who)
{
    return who->uid == 0;
}

static inline bool credentials_have_group(const struct credentials *who, uint32_t gid)
{
    for (size_t i = 0; i < who->group_count; i++) {
        if (who->groups[i] == gid)
            return true;
    }
    return who->gid == gid;
}

#endif
