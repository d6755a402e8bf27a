#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/prctl.h"
#include "boot_info.h"
#include "core/spinlock.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

/* arch_prctl(code, address): FS alone. GS in ring 3 is none of a program's affairs here: the entry code
 * relies on its being 0. */
int64_t sys_arch_prctl(struct trap_frame *frame)
{
    uint64_t address = syscall_argument(frame, 1);

    switch (syscall_int(frame, 0)) {
    case ARCH_SET_FS:
        if (address >= USER_END)
            return -EPERM;
        thread_set_fs_base(address);
        return 0;
    case ARCH_GET_FS:
        address = thread_fs_base(thread_current());
        return user_copy_out(syscall_pointer(frame, 1), &address, sizeof(address));
    default:
        return -EINVAL;
    }
}

static int64_t copy_out_int(user_ptr_t destination, int value)
{
    return user_copy_out(destination, &value, sizeof(value));
}

static int64_t prctl_set_name(user_ptr_t source)
{
    char name[THREAD_NAME_SIZE] = {0};

    /* As on Linux, of which the name may be the last in its page: character by character. */
    for (size_t i = 0; i < THREAD_NAME_SIZE - 1; i++) {
        if (user_copy_in(&name[i], (user_ptr_t){source.address + i}, 1, NULL) != 0)
            return -EFAULT;
        if (name[i] == '\0')
            break;
    }
    thread_set_name(name);
    return 0;
}

static int64_t prctl_get_name(user_ptr_t destination)
{
    char name[THREAD_NAME_SIZE] = {0};
    const char *own = thread_name(thread_current());

    for (size_t i = 0; i < THREAD_NAME_SIZE - 1 && own[i] != '\0'; i++)
        name[i] = own[i];
    return user_copy_out(destination, name, sizeof(name));
}

static int64_t prctl_set_parent_death_signal(uint64_t signal)
{
    if (signal > SIGNAL_MAX)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&process_tree);
    process_current()->parent_death_signal = (int)signal;
    spin_unlock(&process_tree, state);
    return 0;
}

static int64_t prctl_set_subreaper(bool is_subreaper)
{
    struct spinlock_state state = spin_lock(&process_tree);

    process_current()->is_subreaper = is_subreaper;
    spin_unlock(&process_tree, state);
    return 0;
}

static int64_t prctl_set_dumpable(uint64_t value)
{
    if (value > 1)
        return -EINVAL;
    process_current()->is_dumpable = value != 0;
    return 0;
}

static bool are_zero(const struct trap_frame *frame, unsigned first)
{
    for (unsigned i = first; i < 5; i++) {
        if (syscall_argument(frame, i) != 0)
            return false;
    }
    return true;
}

static int64_t prctl_set_no_new_privileges(const struct trap_frame *frame)
{
    if (syscall_argument(frame, 1) != 1 || !are_zero(frame, 2))
        return -EINVAL;
    process_current()->has_no_new_privileges = true;
    return 0;
}

/* The bounding set is whole: what a capability would be asked for, user 0 may do, and nobody else. */
static int64_t prctl_read_capability(uint64_t capability)
{
    return capability > CAPABILITY_LAST ? -EINVAL : 1;
}

/* It stays whole. */
static int64_t prctl_drop_capability(uint64_t capability)
{
    if (!identity_is_superuser())
        return -EPERM;
    return capability > CAPABILITY_LAST ? -EINVAL : -EPERM;
}

/* The set of those that execve() keeps for others than user 0 is empty. */
static int64_t prctl_ambient_capability(const struct trap_frame *frame)
{
    const uint64_t capability = syscall_argument(frame, 2);

    if (syscall_argument(frame, 1) == PR_CAP_AMBIENT_CLEAR_ALL)
        return are_zero(frame, 2) ? 0 : -EINVAL;
    if (capability > CAPABILITY_LAST || !are_zero(frame, 3))
        return -EINVAL;
    switch (syscall_argument(frame, 1)) {
    case PR_CAP_AMBIENT_IS_SET:
    case PR_CAP_AMBIENT_LOWER:
        return 0;
    case PR_CAP_AMBIENT_RAISE:
        return -EPERM;
    default:
        return -EINVAL;
    }
}

/* prctl(option, ...) */
int64_t sys_prctl(struct trap_frame *frame)
{
    struct process *process = process_current();
    const uint64_t value = syscall_argument(frame, 1);
    const user_ptr_t pointer = syscall_pointer(frame, 1);

    switch (syscall_int(frame, 0)) {
    case PR_SET_NAME:
        return prctl_set_name(pointer);
    case PR_GET_NAME:
        return prctl_get_name(pointer);
    case PR_SET_PDEATHSIG:
        return prctl_set_parent_death_signal(value);
    case PR_GET_PDEATHSIG:
        return copy_out_int(pointer, process->parent_death_signal);
    case PR_SET_DUMPABLE:
        return prctl_set_dumpable(value);
    case PR_GET_DUMPABLE:
        return process->is_dumpable;
    case PR_SET_CHILD_SUBREAPER:
        return prctl_set_subreaper(value != 0);
    case PR_GET_CHILD_SUBREAPER:
        return copy_out_int(pointer, process->is_subreaper);
    case PR_SET_NO_NEW_PRIVS:
        return prctl_set_no_new_privileges(frame);
    case PR_GET_NO_NEW_PRIVS:
        return are_zero(frame, 1) ? process->has_no_new_privileges : -EINVAL;
    case PR_CAPBSET_READ:
        return prctl_read_capability(value);
    case PR_CAPBSET_DROP:
        return prctl_drop_capability(value);
    case PR_CAP_AMBIENT:
        return prctl_ambient_capability(frame);
    case PR_GET_SECUREBITS:
    case PR_GET_KEEPCAPS:
        return 0;
    case PR_GET_TIMING:
        return PR_TIMING_STATISTICAL;
    case PR_SET_TIMING:
        return value == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
    case PR_GET_TID_ADDRESS:
        return user_copy_out(pointer, &user_thread_current()->clear_child_tid, sizeof(user_ptr_t));
    default:
        return -EINVAL;
    }
}
