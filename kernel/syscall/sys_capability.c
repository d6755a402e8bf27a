/* capget(2), capset(2): what a process may do follows from its user IDs alone. */
#include "abi/errno.h"
#include "core/spinlock.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "syscall/dispatch.h"

struct capability_sets {
    uint64_t effective, permitted, inheritable;
};

/* Take the header. Of an unknown version the program is told which one is known: -EINVAL. */
static int header_copy_in(user_ptr_t source, struct capability_header *header, unsigned *ret_words)
{
    static const uint32_t newest = CAPABILITY_VERSION_3;

    if (user_copy_in(header, source, sizeof(*header), NULL) != 0)
        return -EFAULT;
    switch (header->version) {
    case CAPABILITY_VERSION_1:
        *ret_words = 1;
        return 0;
    case CAPABILITY_VERSION_2:
    case CAPABILITY_VERSION_3:
        *ret_words = CAPABILITY_WORDS;
        return 0;
    default:
        return user_copy_out(source, &newest, sizeof(newest)) != 0 ? -EFAULT : -EINVAL;
    }
}

/* `id`: of a process or thread; 0: the caller. */
static int sets_get(int id, struct capability_sets *ret_sets)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = id == 0 ? user_thread_current() : user_thread_find(id);
    struct process *process = thread == NULL ? process_find(id) : thread->process;

    if (process != NULL) {
        const struct identity *identity = &process->identity;
        struct spinlock_state inner = spin_lock(&process->signals.lock);
        *ret_sets = (struct capability_sets){identity_effective(identity), identity_permitted(identity), 0};
        spin_unlock(&process->signals.lock, inner);
    }
    spin_unlock(&process_tree, state);
    return process == NULL ? -ESRCH : 0;
}

/* capget(header, data): without data only the version is asked for. */
int64_t sys_capget(struct trap_frame *frame)
{
    const user_ptr_t data = syscall_pointer(frame, 1);
    struct capability_header header;
    struct capability_sets sets;
    unsigned words;
    int error = header_copy_in(syscall_pointer(frame, 0), &header, &words);

    if (error != 0 || data.address == 0)
        return error == -EINVAL && data.address == 0 ? 0 : error;
    if (header.pid < 0)
        return -EINVAL;
    error = sets_get(header.pid, &sets);
    if (error != 0)
        return error;
    const struct capability_data answer[CAPABILITY_WORDS] = {
        {(uint32_t)sets.effective, (uint32_t)sets.permitted, (uint32_t)sets.inheritable},
        {(uint32_t)(sets.effective >> 32), (uint32_t)(sets.permitted >> 32),
         (uint32_t)(sets.inheritable >> 32)},
    };
    return user_copy_out(data, answer, words * sizeof(answer[0]));
}

/* capset(header, data): nothing can be given up one by one, nor taken. */
int64_t sys_capset(struct trap_frame *frame)
{
    struct capability_data wanted[CAPABILITY_WORDS] = {0};
    struct capability_header header;
    struct capability_sets sets;
    unsigned words;
    int error = header_copy_in(syscall_pointer(frame, 0), &header, &words);

    if (error != 0)
        return error;
    if (header.pid != 0 && header.pid != user_thread_current()->id)
        return -EPERM;
    if (user_copy_in(wanted, syscall_pointer(frame, 1), words * sizeof(wanted[0]), NULL) != 0)
        return -EFAULT;
    error = sets_get(0, &sets);
    if (error != 0)
        return error;
    const uint64_t known = words == 1 ? UINT32_MAX & CAPABILITIES_ALL : CAPABILITIES_ALL;
    const uint64_t effective = wanted[0].effective | (uint64_t)wanted[1].effective << 32;
    const uint64_t permitted = wanted[0].permitted | (uint64_t)wanted[1].permitted << 32;
    const uint64_t inheritable = wanted[0].inheritable | (uint64_t)wanted[1].inheritable << 32;
    const bool is_same = (effective & CAPABILITIES_ALL) == (sets.effective & known) &&
                         (permitted & CAPABILITIES_ALL) == (sets.permitted & known) &&
                         (inheritable & CAPABILITIES_ALL) == sets.inheritable;
    return is_same ? 0 : -EPERM;
}
