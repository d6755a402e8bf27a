/* poll(), ppoll(), select(), pselect6(). */
#include "abi/errno.h"
#include "abi/event.h"
#include "ipc/poll_set.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "syscall/dispatch.h"
#include "syscall/user_mask.h"
#include "syscall/user_time.h"

#define POLL_COPY 16 /* struct pollfd that are copied at a time */

/* What select() means by readable, writable, exceptional. */
#define SELECT_READ (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define SELECT_WRITE (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)
#define SELECT_EXCEPT POLLPRI

/* poll */

static void poll_entry_fill(struct poll_entry *entry, const struct pollfd *wanted)
{
    if (wanted->fd < 0)
        return;
    entry->wanted = wanted->events | POLLERR | POLLHUP;
    entry->file = fd_table_lookup(process_current()->files, (unsigned)wanted->fd);
    if (entry->file != NULL && (entry->file->flags & O_PATH) == 0)
        return;
    if (entry->file != NULL)
        file_unref(entry->file);
    entry->file = NULL;
    entry->found = POLLNVAL;
}

static int poll_copy_in(struct poll_set *set, user_ptr_t fds)
{
    struct pollfd some[POLL_COPY];

    for (unsigned i = 0; i < set->count; i++) {
        unsigned left = set->count - i, step = left < POLL_COPY ? left : POLL_COPY;
        user_ptr_t from = {fds.address + i * sizeof(some[0])};
        if (i % POLL_COPY == 0 && user_copy_in(some, from, step * sizeof(some[0]), NULL) != 0)
            return -EFAULT;
        poll_entry_fill(poll_set_entry(set, i), &some[i % POLL_COPY]);
    }
    return 0;
}

static int poll_copy_out(struct poll_set *set, user_ptr_t fds)
{
    for (unsigned i = 0; i < set->count; i++) {
        user_ptr_t to = {fds.address + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents)};
        uint16_t found = poll_set_entry(set, i)->found;
        if (user_copy_out(to, &found, sizeof(found)) != 0)
            return -EFAULT;
    }
    return 0;
}

/* Returns how many have something; -ERESTARTSYS if a signal comes first. */
static int64_t poll_wait(user_ptr_t fds, unsigned count, uint64_t deadline_ns)
{
    uint64_t limit = limit_current(RLIMIT_NOFILE);
    struct poll_set set;

    if (count > limit || count > FD_TABLE_MAX)
        return -EINVAL;
    int error = poll_set_init(&set, count);
    if (error != 0)
        return error;
    int64_t result = poll_copy_in(&set, fds);
    if (result == 0) {
        result = poll_set_wait(&set, deadline_ns);
        if (poll_copy_out(&set, fds) != 0)
            result = -EFAULT;
    }
    poll_set_release(&set);
    return result;
}

static int64_t poll_go_on(struct syscall_restart *restart)
{
    int64_t result = poll_wait((user_ptr_t){restart->arguments[0]}, (unsigned)restart->arguments[1],
                               restart->arguments[2]);

    return result == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : result;
}

/* poll(fds, count, timeout in ms) */
int64_t sys_poll(struct trap_frame *frame)
{
    struct syscall_restart restart = {
        .function = poll_go_on,
        .arguments = {syscall_argument(frame, 0), (unsigned)syscall_argument(frame, 1),
                      user_milliseconds_to_deadline(syscall_int(frame, 2))},
    };
    int64_t result = poll_go_on(&restart);

    if (result == -ERESTART_RESTARTBLOCK)
        user_thread_current()->restart = restart;
    return result;
}

/* The end of a call whose timeout is at `timeout`, and which begins anew if there is no handler: with what is
 * left of the timeout, or not at all if that cannot be told. */
static int64_t finish(int64_t result, user_ptr_t timeout, uint64_t deadline_ns,
                      int (*write_left)(user_ptr_t destination, uint64_t deadline_ns))
{
    bool is_interrupted = result == -ERESTARTSYS;

    if (timeout.address != 0 && deadline_ns != 0 && write_left(timeout, deadline_ns) != 0 && is_interrupted)
        return -EINTR;
    return is_interrupted ? -ERESTARTNOHAND : result;
}

/* ppoll(fds, count, timespec, mask, mask size) */
int64_t sys_ppoll(struct trap_frame *frame)
{
    user_ptr_t timeout = syscall_pointer(frame, 2);
    uint64_t deadline_ns;
    int error = user_timespec_to_deadline(timeout, &deadline_ns);

    if (error == 0)
        error = user_mask_apply(syscall_pointer(frame, 3), syscall_argument(frame, 4));
    if (error != 0)
        return error;
    int64_t result = poll_wait(syscall_pointer(frame, 0), (unsigned)syscall_argument(frame, 1), deadline_ns);
    return finish(result, timeout, deadline_ns, user_timespec_write_left);
}

/* select */

#define SELECT_WORDS (FD_TABLE_MAX / 64)

enum select_set { SELECT_SET_READ, SELECT_SET_WRITE, SELECT_SET_EXCEPT, SELECT_SETS };

static const uint16_t select_events[SELECT_SETS] = {SELECT_READ, SELECT_WRITE, SELECT_EXCEPT};

struct select_call {
    unsigned words;
    user_ptr_t user[SELECT_SETS]; /* null: an empty set, and nothing is written */
    uint64_t bits[SELECT_SETS][SELECT_WORDS];
};

static uint64_t select_any(const struct select_call *call, unsigned word)
{
    return call->bits[SELECT_SET_READ][word] | call->bits[SELECT_SET_WRITE][word] |
           call->bits[SELECT_SET_EXCEPT][word];
}

/* Copy the sets in, without the bits from `fds` on. */
static int select_copy_in(struct select_call *call, unsigned fds)
{
    for (unsigned i = 0; i < SELECT_SETS; i++) {
        size_t size = call->words * sizeof(uint64_t);
        if (call->user[i].address == 0)
            memset(call->bits[i], 0, size);
        else if (user_copy_in(call->bits[i], call->user[i], size, NULL) != 0)
            return -EFAULT;
        if (fds % 64 != 0)
            call->bits[i][call->words - 1] &= (1ull << fds % 64) - 1;
    }
    return 0;
}

static int select_copy_out(const struct select_call *call)
{
    for (unsigned i = 0; i < SELECT_SETS; i++) {
        size_t size = call->words * sizeof(uint64_t);
        if (call->user[i].address != 0 && user_copy_out(call->user[i], call->bits[i], size) != 0)
            return -EFAULT;
    }
    return 0;
}

/* Find the files, in the order of their descriptors. Errors: -EBADF. */
static int select_fill(const struct select_call *call, struct poll_set *set)
{
    unsigned index = 0;

    for (unsigned fd = 0; fd < call->words * 64; fd++) {
        uint64_t bit = 1ull << fd % 64;
        if ((select_any(call, fd / 64) & bit) == 0)
            continue;
        struct poll_entry *entry = poll_set_entry(set, index++);
        for (unsigned i = 0; i < SELECT_SETS; i++)
            entry->wanted |= (call->bits[i][fd / 64] & bit) != 0 ? select_events[i] : 0;
        entry->file = fd_table_lookup(process_current()->files, fd);
        if (entry->file == NULL || (entry->file->flags & O_PATH) != 0)
            return -EBADF;
    }
    return 0;
}

/* Leave the bits of what was found; returns how many. */
static int select_keep_found(struct select_call *call, struct poll_set *set)
{
    unsigned index = 0;
    int count = 0;

    for (unsigned fd = 0; fd < call->words * 64; fd++) {
        uint64_t bit = 1ull << fd % 64;
        if ((select_any(call, fd / 64) & bit) == 0)
            continue;
        unsigned found = poll_set_entry(set, index++)->found;
        for (unsigned i = 0; i < SELECT_SETS; i++) {
            if ((found & select_events[i]) == 0)
                call->bits[i][fd / 64] &= ~bit;
            count += (call->bits[i][fd / 64] & bit) != 0;
        }
    }
    return count;
}

static int64_t select_with_set(struct select_call *call, struct poll_set *set, uint64_t deadline_ns)
{
    int64_t result = select_fill(call, set);

    if (result == 0)
        result = poll_set_wait(set, deadline_ns);
    if (result < 0)
        return result;
    result = select_keep_found(call, set);
    return select_copy_out(call) != 0 ? -EFAULT : result;
}

/* The common part of select() and pselect6(), whose first four arguments are the same. */
static int64_t select_wait(struct trap_frame *frame, uint64_t deadline_ns)
{
    int count = syscall_int(frame, 0);
    unsigned fds = count < (int)FD_TABLE_MAX ? (unsigned)count : FD_TABLE_MAX, members = 0;
    struct select_call call = {
        .user = {syscall_pointer(frame, 1), syscall_pointer(frame, 2), syscall_pointer(frame, 3)}};
    struct poll_set set;

    if (count < 0)
        return -EINVAL;
    call.words = (fds + 63) / 64;
    int error = select_copy_in(&call, fds);
    if (error != 0)
        return error;
    for (unsigned word = 0; word < call.words; word++)
        members += (unsigned)__builtin_popcountll(select_any(&call, word));
    error = poll_set_init(&set, members);
    if (error != 0)
        return error;
    int64_t result = select_with_set(&call, &set, deadline_ns);
    poll_set_release(&set);
    return result;
}

/* select(count, readable, writable, exceptional, timeval) */
int64_t sys_select(struct trap_frame *frame)
{
    user_ptr_t timeout = syscall_pointer(frame, 4);
    uint64_t deadline_ns;
    int error = user_timeval_to_deadline(timeout, &deadline_ns);

    if (error != 0)
        return error;
    return finish(select_wait(frame, deadline_ns), timeout, deadline_ns, user_timeval_write_left);
}

/* pselect6(count, readable, writable, exceptional, timespec, mask and its size) */
int64_t sys_pselect6(struct trap_frame *frame)
{
    user_ptr_t timeout = syscall_pointer(frame, 4), at = syscall_pointer(frame, 5);
    struct select_mask mask = {0};
    uint64_t deadline_ns;

    if (at.address != 0 && user_copy_in(&mask, at, sizeof(mask), NULL) != 0)
        return -EFAULT;
    int error = user_timespec_to_deadline(timeout, &deadline_ns);
    if (error == 0)
        error = user_mask_apply((user_ptr_t){mask.set}, mask.size);
    if (error != 0)
        return error;
    return finish(select_wait(frame, deadline_ns), timeout, deadline_ns, user_timespec_write_left);
}
