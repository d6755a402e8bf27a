/* Permissions, owners, times and sizes. */
#include "abi/errno.h"
#include "abi/time.h"
#include "fs/file.h"
#include "fs/watch.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

/* One change of the attributes of the node that a path leads to. */
struct change {
    int (*apply)(const struct path *path, const struct credentials *who, const struct change *change);
    uint32_t mode;
    uint32_t uid, gid; /* UINT32_MAX: leave */
    uint64_t atime_ns, mtime_ns;
    bool are_times_invalid; /* which is found out behind the look-up */
    unsigned access;
    uint32_t event; /* IN_* for who watches; 0: nothing changes */
};

static unsigned path_flags_of(unsigned flags)
{
    return ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? PATH_NO_FOLLOW : 0) |
           ((flags & AT_EMPTY_PATH) != 0 ? PATH_EMPTY : 0);
}

/* Apply a change to what a path leads to. flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. `who`: NULL: as usual.
 */
static int64_t change_at(int directory, user_ptr_t path, unsigned flags, const struct credentials *who,
                         const struct change *change)
{
    struct path_call call;
    struct path found;
    int error = path_call_begin(&call, directory, path, path_flags_of(flags));

    if (error != 0)
        return error;
    if (who != NULL)
        call.context.credentials = who;
    if (path_call_is_nameless(&call)) { /* nobody would see what is changed */
        path_call_end(&call);
        return 0;
    }
    error = path_lookup(&call.context, call.path.text, path_flags_of(flags), &found);
    if (error == 0) {
        error = change->apply(&found, call.context.credentials, change);
        if (error == 0 && change->event != 0)
            watch_tell(found.node, change->event);
        path_unref(&found);
    }
    path_call_end(&call);
    return error;
}

/* Apply a change to the file of a descriptor. */
static int64_t change_file(unsigned fd, const struct change *change)
{
    struct file_use use = file_use_begin_open(fd);
    struct credentials credentials;
    int error = 0;

    if (use.file == NULL)
        return -EBADF;
    identity_get_credentials(&credentials);
    if (use.file->path.node != NULL)
        error = change->apply(&use.file->path, &credentials, change);
    if (error == 0 && change->event != 0 && use.file->path.node != NULL)
        watch_tell(use.file->path.node, change->event);
    file_use_end(use);
    return error;
}

/* Links have no permissions that one could change. */
static int apply_mode(const struct path *path, const struct credentials *who, const struct change *change)
{
    return S_ISLNK(node_mode(path->node)) ? -EOPNOTSUPP : node_set_mode(path->node, who, change->mode);
}

/* chmod(path, mode) */
int64_t sys_chmod(struct trap_frame *frame)
{
    const struct change change = {
        .apply = apply_mode, .event = IN_ATTRIB, .mode = (uint32_t)syscall_argument(frame, 1)};

    return change_at(AT_FDCWD, syscall_pointer(frame, 0), 0, NULL, &change);
}

/* fchmod(fd, mode) */
int64_t sys_fchmod(struct trap_frame *frame)
{
    const struct change change = {
        .apply = apply_mode, .event = IN_ATTRIB, .mode = (uint32_t)syscall_argument(frame, 1)};

    return change_file((uint32_t)syscall_argument(frame, 0), &change);
}

/* fchmodat(directory, path, mode) */
int64_t sys_fchmodat(struct trap_frame *frame)
{
    const struct change change = {
        .apply = apply_mode, .event = IN_ATTRIB, .mode = (uint32_t)syscall_argument(frame, 2)};

    return change_at(syscall_int(frame, 0), syscall_pointer(frame, 1), 0, NULL, &change);
}

/* fchmodat2(directory, path, mode, flags) */
int64_t sys_fchmodat2(struct trap_frame *frame)
{
    const struct change change = {
        .apply = apply_mode, .event = IN_ATTRIB, .mode = (uint32_t)syscall_argument(frame, 2)};
    const unsigned flags = (uint32_t)syscall_argument(frame, 3);

    if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    return change_at(syscall_int(frame, 0), syscall_pointer(frame, 1), flags, NULL, &change);
}

static int apply_owner(const struct path *path, const struct credentials *who, const struct change *change)
{
    return node_set_owner(path->node, who, change->uid, change->gid);
}

static int64_t change_owner_at(int directory, user_ptr_t path, uint64_t uid, uint64_t gid, unsigned flags)
{
    const struct change change = {
        .apply = apply_owner, .event = IN_ATTRIB, .uid = (uint32_t)uid, .gid = (uint32_t)gid};

    return change_at(directory, path, flags, NULL, &change);
}

/* chown(path, uid, gid) */
int64_t sys_chown(struct trap_frame *frame)
{
    return change_owner_at(AT_FDCWD, syscall_pointer(frame, 0), syscall_argument(frame, 1),
                           syscall_argument(frame, 2), 0);
}

/* lchown(path, uid, gid) */
int64_t sys_lchown(struct trap_frame *frame)
{
    return change_owner_at(AT_FDCWD, syscall_pointer(frame, 0), syscall_argument(frame, 1),
                           syscall_argument(frame, 2), AT_SYMLINK_NOFOLLOW);
}

/* fchownat(directory, path, uid, gid, flags) */
int64_t sys_fchownat(struct trap_frame *frame)
{
    unsigned flags = (uint32_t)syscall_argument(frame, 4);

    if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    return change_owner_at(syscall_int(frame, 0), syscall_pointer(frame, 1), syscall_argument(frame, 2),
                           syscall_argument(frame, 3), flags);
}

/* fchown(fd, uid, gid) */
int64_t sys_fchown(struct trap_frame *frame)
{
    const struct change change = {.apply = apply_owner,
                                  .event = IN_ATTRIB,
                                  .uid = (uint32_t)syscall_argument(frame, 1),
                                  .gid = (uint32_t)syscall_argument(frame, 2)};

    return change_file((uint32_t)syscall_argument(frame, 0), &change);
}

static int apply_access(const struct path *path, const struct credentials *who, const struct change *change)
{
    if (change->access == 0)
        return 0;
    bool is_program = (change->access & X_OK) != 0 && S_ISREG(node_mode(path->node));
    return is_program && mount_has_flag(path->mount, MS_NOEXEC)
               ? -EACCES
               : node_check_access(path->node, who, change->access);
}

/* Permissions as the real user and group have them, unless AT_EACCESS is set. */
static int64_t check_access_at(int directory, user_ptr_t path, unsigned access, unsigned flags)
{
    const struct change change = {.apply = apply_access, .access = access};
    struct credentials credentials;

    if ((access & ~(unsigned)(R_OK | W_OK | X_OK)) != 0 ||
        (flags & ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    if ((flags & AT_EACCESS) != 0)
        return change_at(directory, path, flags, NULL, &change);
    const struct identity_ids ids = identity_get_ids(process_current());
    identity_get_credentials(&credentials);
    credentials.uid = ids.real_uid;
    credentials.gid = ids.real_gid;
    return change_at(directory, path, flags, &credentials, &change);
}

/* access(path, mode) */
int64_t sys_access(struct trap_frame *frame)
{
    return check_access_at(AT_FDCWD, syscall_pointer(frame, 0), (uint32_t)syscall_argument(frame, 1), 0);
}

/* faccessat(directory, path, mode) */
int64_t sys_faccessat(struct trap_frame *frame)
{
    return check_access_at(syscall_int(frame, 0), syscall_pointer(frame, 1),
                           (uint32_t)syscall_argument(frame, 2), 0);
}

/* faccessat2(directory, path, mode, flags) */
int64_t sys_faccessat2(struct trap_frame *frame)
{
    return check_access_at(syscall_int(frame, 0), syscall_pointer(frame, 1),
                           (uint32_t)syscall_argument(frame, 2), (uint32_t)syscall_argument(frame, 3));
}

/* umask(mask) */
int64_t sys_umask(struct trap_frame *frame)
{
    return fs_context_set_umask(process_current()->fs, (uint32_t)syscall_argument(frame, 0));
}

static int apply_times(const struct path *path, const struct credentials *who, const struct change *change)
{
    if (change->are_times_invalid)
        return -EINVAL;
    return node_set_times(path->node, who, change->atime_ns, change->mtime_ns);
}

#define NS_PER_SECOND 1000000000ll
#define NS_PER_MICROSECOND 1000ll

/* One time alone is what reading, or writing, changes. */
static uint32_t times_event(const struct timespec64 times[2])
{
    if (times[0].nanoseconds == UTIME_OMIT)
        return IN_MODIFY;
    return times[1].nanoseconds == UTIME_OMIT ? IN_ACCESS : IN_ATTRIB;
}

/* A time before 1970 or beyond what 64 bits of nanoseconds tell is the nearest one that can be told. */
static uint64_t time_to_ns(int64_t seconds, int64_t nanoseconds)
{
    if (seconds < 0)
        return 0;
    if ((uint64_t)seconds >= NODE_TIME_NOW / NS_PER_SECOND)
        return NODE_TIME_NOW - 1;
    return (uint64_t)seconds * NS_PER_SECOND + (uint64_t)nanoseconds;
}

static bool time_from_timespec(const struct timespec64 *time, uint64_t *ret_ns)
{
    if (time->nanoseconds == UTIME_NOW)
        *ret_ns = NODE_TIME_NOW;
    else if (time->nanoseconds == UTIME_OMIT)
        *ret_ns = NODE_TIME_OMIT;
    else if (time->nanoseconds < 0 || time->nanoseconds >= NS_PER_SECOND)
        return false;
    else
        *ret_ns = time_to_ns(time->seconds, time->nanoseconds);
    return true;
}

/* Without a path: the file of the descriptor. */
static int64_t change_times_at(int directory, user_ptr_t path, unsigned flags, const struct change *change)
{
    if (path.address != 0)
        return change_at(directory, path, flags, NULL, change);
    if (directory == AT_FDCWD)
        return -EFAULT;
    return flags != 0 ? -EINVAL : change_file((unsigned)directory, change);
}

/* utimensat(directory, path, times, flags): without a path the file of the descriptor; without times now. */
int64_t sys_utimensat(struct trap_frame *frame)
{
    struct change change = {
        .apply = apply_times, .event = IN_ATTRIB, .atime_ns = NODE_TIME_NOW, .mtime_ns = NODE_TIME_NOW};
    user_ptr_t path = syscall_pointer(frame, 1), source = syscall_pointer(frame, 2);
    unsigned flags = (uint32_t)syscall_argument(frame, 3);
    struct timespec64 times[2];

    if (source.address != 0) {
        if (user_copy_in(times, source, sizeof(times), NULL) != 0)
            return -EFAULT;
        if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT)
            return 0;
        change.event = times_event(times);
        change.are_times_invalid = !time_from_timespec(&times[0], &change.atime_ns) ||
                                   !time_from_timespec(&times[1], &change.mtime_ns);
    }
    if ((flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    return change_times_at(syscall_int(frame, 0), path, flags, &change);
}

static int64_t change_times_by_timeval(int directory, user_ptr_t path, user_ptr_t source)
{
    struct change change = {
        .apply = apply_times, .event = IN_ATTRIB, .atime_ns = NODE_TIME_NOW, .mtime_ns = NODE_TIME_NOW};
    struct timeval times[2];

    if (source.address == 0)
        return change_times_at(directory, path, 0, &change);
    if (user_copy_in(times, source, sizeof(times), NULL) != 0)
        return -EFAULT;
    for (int i = 0; i < 2; i++) {
        if (times[i].microseconds < 0 || times[i].microseconds >= NS_PER_SECOND / NS_PER_MICROSECOND)
            return -EINVAL;
    }
    change.atime_ns = time_to_ns(times[0].seconds, times[0].microseconds * NS_PER_MICROSECOND);
    change.mtime_ns = time_to_ns(times[1].seconds, times[1].microseconds * NS_PER_MICROSECOND);
    return change_times_at(directory, path, 0, &change);
}

/* utimes(path, times) */
int64_t sys_utimes(struct trap_frame *frame)
{
    return change_times_by_timeval(AT_FDCWD, syscall_pointer(frame, 0), syscall_pointer(frame, 1));
}

/* futimesat(directory, path, times): without a path the file of the descriptor. */
int64_t sys_futimesat(struct trap_frame *frame)
{
    return change_times_by_timeval(syscall_int(frame, 0), syscall_pointer(frame, 1),
                                   syscall_pointer(frame, 2));
}

/* utime(path, seconds) */
int64_t sys_utime(struct trap_frame *frame)
{
    struct change change = {
        .apply = apply_times, .event = IN_ATTRIB, .atime_ns = NODE_TIME_NOW, .mtime_ns = NODE_TIME_NOW};
    user_ptr_t source = syscall_pointer(frame, 1);
    int64_t seconds[2];

    if (source.address != 0) {
        if (user_copy_in(seconds, source, sizeof(seconds), NULL) != 0)
            return -EFAULT;
        change.atime_ns = time_to_ns(seconds[0], 0);
        change.mtime_ns = time_to_ns(seconds[1], 0);
    }
    return change_at(AT_FDCWD, syscall_pointer(frame, 0), 0, NULL, &change);
}
