/* Users and groups: getuid(2) and its kin. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "syscall/dispatch.h"

static uint32_t syscall_id(const struct trap_frame *frame, unsigned index)
{
    return (uint32_t)syscall_argument(frame, index);
}

int64_t sys_getuid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->identity.real_uid;
}

int64_t sys_geteuid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->identity.effective_uid;
}

int64_t sys_getgid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->identity.real_gid;
}

int64_t sys_getegid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->identity.effective_gid;
}

/* A call that changes whom the process acts for. */
struct identity_change {
    struct spinlock_state state;
    uint32_t effective_uid, effective_gid, files_uid, files_gid; /* before */
};

/* Takes process->signals.lock. */
static struct identity_change identity_change_begin(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct identity *identity = &process->identity;

    return (struct identity_change){state, identity->effective_uid, identity->effective_gid,
                                    identity->files.uid, identity->files.gid};
}

/* Gives the lock back. Who acts for somebody else from now on may still have in his memory what that one must
 * not see: others may not look into it, until it executes another program. Nor does his parent's end send him
 * signals any more that he asked for as another one. */
static void identity_change_end(struct process *process, const struct identity_change *change)
{
    const struct identity *identity = &process->identity;
    const bool has_changed = identity->effective_uid != change->effective_uid ||
                             identity->effective_gid != change->effective_gid ||
                             identity->files.uid != change->files_uid ||
                             identity->files.gid != change->files_gid;

    if (has_changed)
        process->is_dumpable = false;
    spin_unlock(&process->signals.lock, change->state);
    if (has_changed)
        process->parent_death_signal = 0;
}

/* setuid(uid) */
int64_t sys_setuid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_uid(&process->identity, syscall_id(frame, 0));

    identity_change_end(process, &change);
    return error;
}

/* setgid(gid) */
int64_t sys_setgid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_gid(&process->identity, syscall_id(frame, 0));

    identity_change_end(process, &change);
    return error;
}

/* setreuid(real, effective) */
int64_t sys_setreuid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_reuid(&process->identity, syscall_id(frame, 0), syscall_id(frame, 1));

    identity_change_end(process, &change);
    return error;
}

/* setregid(real, effective) */
int64_t sys_setregid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_regid(&process->identity, syscall_id(frame, 0), syscall_id(frame, 1));

    identity_change_end(process, &change);
    return error;
}

/* setresuid(real, effective, saved) */
int64_t sys_setresuid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_resuid(&process->identity, syscall_id(frame, 0), syscall_id(frame, 1),
                                    syscall_id(frame, 2));

    identity_change_end(process, &change);
    return error;
}

/* setresgid(real, effective, saved) */
int64_t sys_setresgid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    int error = identity_set_resgid(&process->identity, syscall_id(frame, 0), syscall_id(frame, 1),
                                    syscall_id(frame, 2));

    identity_change_end(process, &change);
    return error;
}

/* To the three addresses of the arguments. */
static int64_t ids_copy_out(const struct trap_frame *frame, const uint32_t ids[3])
{
    int error = 0;

    for (unsigned i = 0; i < 3 && error == 0; i++)
        error = user_copy_out(syscall_pointer(frame, i), &ids[i], sizeof(ids[i]));
    return error;
}

/* getresuid(real, effective, saved) */
int64_t sys_getresuid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const uint32_t ids[3] = {process->identity.real_uid, process->identity.effective_uid,
                             process->identity.saved_uid};

    spin_unlock(&process->signals.lock, state);
    return ids_copy_out(frame, ids);
}

/* getresgid(real, effective, saved) */
int64_t sys_getresgid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const uint32_t ids[3] = {process->identity.real_gid, process->identity.effective_gid,
                             process->identity.saved_gid};

    spin_unlock(&process->signals.lock, state);
    return ids_copy_out(frame, ids);
}

/* setfsuid(uid): the one before, always. */
int64_t sys_setfsuid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    uint32_t before = identity_set_fsuid(&process->identity, syscall_id(frame, 0));

    identity_change_end(process, &change);
    return before;
}

/* setfsgid(gid) */
int64_t sys_setfsgid(struct trap_frame *frame)
{
    struct process *process = process_current();
    struct identity_change change = identity_change_begin(process);
    uint32_t before = identity_set_fsgid(&process->identity, syscall_id(frame, 0));

    identity_change_end(process, &change);
    return before;
}

/* getgroups(size, list): size 0 asks for the number. */
int64_t sys_getgroups(struct trap_frame *frame)
{
    struct credentials who;
    int size = syscall_int(frame, 0);

    identity_get_credentials(&who);
    if (size < 0)
        return -EINVAL;
    if (size > 0) {
        if ((size_t)size < who.group_count)
            return -EINVAL;
        int error =
            user_copy_out(syscall_pointer(frame, 1), who.groups, who.group_count * sizeof(who.groups[0]));
        if (error != 0)
            return error;
    }
    return (int64_t)who.group_count;
}

/* setgroups(size, list) */
int64_t sys_setgroups(struct trap_frame *frame)
{
    uint32_t count = (uint32_t)syscall_argument(frame, 0), groups[CREDENTIALS_GROUPS_MAX];
    struct process *process = process_current();

    if (!identity_is_superuser())
        return -EPERM;
    if (count > CREDENTIALS_GROUPS_MAX)
        return -EINVAL;
    int error = user_copy_in(groups, syscall_pointer(frame, 1), count * sizeof(groups[0]), NULL);
    if (error != 0)
        return error;
    struct spinlock_state state = spin_lock(&process->signals.lock);
    error = identity_set_groups(&process->identity, groups, count);
    spin_unlock(&process->signals.lock, state);
    return error;
}
