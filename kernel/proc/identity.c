#include "proc/identity.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "proc/process.h"

void identity_get_credentials(struct credentials *ret_credentials)
{
    struct process *process = process_current();
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct credentials *files = &process->identity.files;

    ret_credentials->uid = files->uid;
    ret_credentials->gid = files->gid;
    ret_credentials->group_count = files->group_count;
    memcpy(ret_credentials->groups, files->groups, files->group_count * sizeof(files->groups[0]));
    spin_unlock(&process->signals.lock, state);
}

struct identity_ids identity_get_ids(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct identity *identity = &process->identity;
    const struct identity_ids ids = {
        identity->real_uid, identity->effective_uid, identity->saved_uid,
        identity->real_gid, identity->effective_gid, identity->saved_gid,
    };

    spin_unlock(&process->signals.lock, state);
    return ids;
}

bool identity_is_superuser(void)
{
    return process_current()->identity.effective_uid == 0;
}

/* The IDs of one kind: what is said of users holds for groups. */
struct id_triple {
    uint32_t real, effective, saved;
};

static struct id_triple identity_users(const struct identity *identity)
{
    return (struct id_triple){identity->real_uid, identity->effective_uid, identity->saved_uid};
}

static struct id_triple identity_groups(const struct identity *identity)
{
    return (struct id_triple){identity->real_gid, identity->effective_gid, identity->saved_gid};
}

static void identity_store_users(struct identity *identity, struct id_triple ids)
{
    identity->real_uid = ids.real;
    identity->effective_uid = identity->files.uid = ids.effective;
    identity->saved_uid = ids.saved;
}

static void identity_store_groups(struct identity *identity, struct id_triple ids)
{
    identity->real_gid = ids.real;
    identity->effective_gid = identity->files.gid = ids.effective;
    identity->saved_gid = ids.saved;
}

static bool identity_may_all(const struct identity *identity)
{
    return identity->effective_uid == 0;
}

static int id_triple_set(struct id_triple *ids, bool may_all, uint32_t id)
{
    if (id == IDENTITY_UNCHANGED)
        return -EINVAL;
    if (may_all)
        *ids = (struct id_triple){id, id, id};
    else if (id == ids->real || id == ids->saved)
        ids->effective = id;
    else
        return -EPERM;
    return 0;
}

static int id_triple_set_two(struct id_triple *ids, bool may_all, uint32_t real, uint32_t effective)
{
    const struct id_triple old = *ids;

    if (real != IDENTITY_UNCHANGED) {
        if (!may_all && real != old.real && real != old.effective)
            return -EPERM;
        ids->real = real;
    }
    if (effective != IDENTITY_UNCHANGED) {
        if (!may_all && effective != old.real && effective != old.effective && effective != old.saved)
            return -EPERM;
        ids->effective = effective;
    }
    if (real != IDENTITY_UNCHANGED || (effective != IDENTITY_UNCHANGED && effective != old.real))
        ids->saved = ids->effective;
    return 0;
}

static bool id_triple_may_take(const struct id_triple *ids, bool may_all, uint32_t id)
{
    return may_all || id == IDENTITY_UNCHANGED || id == ids->real || id == ids->effective || id == ids->saved;
}

static int id_triple_set_three(struct id_triple *ids, bool may_all, struct id_triple wanted)
{
    if (!id_triple_may_take(ids, may_all, wanted.real) ||
        !id_triple_may_take(ids, may_all, wanted.effective) ||
        !id_triple_may_take(ids, may_all, wanted.saved))
        return -EPERM;
    if (wanted.real != IDENTITY_UNCHANGED)
        ids->real = wanted.real;
    if (wanted.effective != IDENTITY_UNCHANGED)
        ids->effective = wanted.effective;
    if (wanted.saved != IDENTITY_UNCHANGED)
        ids->saved = wanted.saved;
    return 0;
}

int identity_set_uid(struct identity *identity, uint32_t uid)
{
    struct id_triple ids = identity_users(identity);
    int error = id_triple_set(&ids, identity_may_all(identity), uid);

    if (error == 0)
        identity_store_users(identity, ids);
    return error;
}

int identity_set_gid(struct identity *identity, uint32_t gid)
{
    struct id_triple ids = identity_groups(identity);
    int error = id_triple_set(&ids, identity_may_all(identity), gid);

    if (error == 0)
        identity_store_groups(identity, ids);
    return error;
}

int identity_set_reuid(struct identity *identity, uint32_t real, uint32_t effective)
{
    struct id_triple ids = identity_users(identity);
    int error = id_triple_set_two(&ids, identity_may_all(identity), real, effective);

    if (error == 0)
        identity_store_users(identity, ids);
    return error;
}

int identity_set_regid(struct identity *identity, uint32_t real, uint32_t effective)
{
    struct id_triple ids = identity_groups(identity);
    int error = id_triple_set_two(&ids, identity_may_all(identity), real, effective);

    if (error == 0)
        identity_store_groups(identity, ids);
    return error;
}

int identity_set_resuid(struct identity *identity, uint32_t real, uint32_t effective, uint32_t saved)
{
    struct id_triple ids = identity_users(identity);
    int error =
        id_triple_set_three(&ids, identity_may_all(identity), (struct id_triple){real, effective, saved});

    if (error == 0)
        identity_store_users(identity, ids);
    return error;
}

int identity_set_resgid(struct identity *identity, uint32_t real, uint32_t effective, uint32_t saved)
{
    struct id_triple ids = identity_groups(identity);
    int error =
        id_triple_set_three(&ids, identity_may_all(identity), (struct id_triple){real, effective, saved});

    if (error == 0)
        identity_store_groups(identity, ids);
    return error;
}

uint32_t identity_set_fsuid(struct identity *identity, uint32_t uid)
{
    const struct id_triple ids = identity_users(identity);
    uint32_t before = identity->files.uid;

    if (uid != IDENTITY_UNCHANGED && id_triple_may_take(&ids, identity_may_all(identity), uid))
        identity->files.uid = uid;
    return before;
}

uint32_t identity_set_fsgid(struct identity *identity, uint32_t gid)
{
    const struct id_triple ids = identity_groups(identity);
    uint32_t before = identity->files.gid;

    if (gid != IDENTITY_UNCHANGED && id_triple_may_take(&ids, identity_may_all(identity), gid))
        identity->files.gid = gid;
    return before;
}

/* By insertion: there are few. */
static void groups_add_sorted(uint32_t *groups, size_t count, uint32_t group)
{
    size_t at = count;

    for (; at > 0 && groups[at - 1] > group; at--)
        groups[at] = groups[at - 1];
    groups[at] = group;
}

int identity_set_groups(struct identity *identity, const uint32_t *groups, size_t count)
{
    if (!identity_may_all(identity))
        return -EPERM;
    if (count > CREDENTIALS_GROUPS_MAX)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == IDENTITY_UNCHANGED)
            return -EINVAL;
    }
    for (size_t i = 0; i < count; i++)
        groups_add_sorted(identity->files.groups, i, groups[i]);
    identity->files.group_count = count;
    return 0;
}
