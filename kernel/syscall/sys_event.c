/* eventfd(), timerfd_*(), signalfd(). */
#include "abi/errno.h"
#include "abi/event.h"
#include "abi/time.h"
#include "ipc/eventfd.h"
#include "ipc/signalfd.h"
#include "ipc/timerfd.h"
#include "mm/user_access.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"

#define NS_PER_SECOND 1000000000ull

static int64_t eventfd_open(uint32_t initial, unsigned flags)
{
    struct credentials who;
    struct file *file;

    if ((flags & ~(unsigned)(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC)) != 0)
        return -EINVAL;
    identity_get_credentials(&who);
    int error = eventfd_create(initial, flags, &who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* eventfd(initial) */
int64_t sys_eventfd(struct trap_frame *frame)
{
    return eventfd_open((uint32_t)syscall_argument(frame, 0), 0);
}

/* eventfd2(initial, flags) */
int64_t sys_eventfd2(struct trap_frame *frame)
{
    return eventfd_open((uint32_t)syscall_argument(frame, 0), (unsigned)syscall_argument(frame, 1));
}

/* timerfd */

/* The clock that a timer of this one follows. Errors: -EINVAL; -EPERM: the machine would have to be woken. */
static int timer_clock(uint32_t clock, uint32_t *ret_clock)
{
    switch (clock) {
    case CLOCK_REALTIME_ALARM:
    case CLOCK_BOOTTIME_ALARM:
        *ret_clock = clock == CLOCK_REALTIME_ALARM ? CLOCK_REALTIME : CLOCK_BOOTTIME;
        return identity_is_superuser() ? 0 : -EPERM;
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
        *ret_clock = clock;
        return 0;
    default:
        return -EINVAL;
    }
}

/* timerfd_create(clock, flags) */
int64_t sys_timerfd_create(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_argument(frame, 1);
    struct credentials who;
    struct file *file;
    uint32_t clock;

    if ((flags & ~(unsigned)(TFD_NONBLOCK | TFD_CLOEXEC)) != 0)
        return -EINVAL;
    int error = timer_clock((uint32_t)syscall_argument(frame, 0), &clock);
    if (error != 0)
        return error;
    identity_get_credentials(&who);
    error = timerfd_create(clock, flags, &who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

static int time_to_ns(struct timespec64 time, uint64_t *ret_ns)
{
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NS_PER_SECOND)
        return -EINVAL;
    if (time.seconds >= INT64_MAX / (int64_t)NS_PER_SECOND)
        *ret_ns = INT64_MAX;
    else
        *ret_ns = (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
    return 0;
}

static struct timespec64 time_from_ns(uint64_t ns)
{
    return (struct timespec64){(int64_t)(ns / NS_PER_SECOND), (int64_t)(ns % NS_PER_SECOND)};
}

static int setting_copy_in(user_ptr_t source, struct timerfd_setting *ret_setting)
{
    struct itimerspec times;
    int error = user_copy_in(&times, source, sizeof(times), NULL);

    if (error == 0)
        error = time_to_ns(times.value, &ret_setting->value_ns);
    return error != 0 ? error : time_to_ns(times.interval, &ret_setting->interval_ns);
}

static int setting_copy_out(user_ptr_t destination, const struct timerfd_setting *setting)
{
    const struct itimerspec times = {time_from_ns(setting->interval_ns), time_from_ns(setting->value_ns)};

    return user_copy_out(destination, &times, sizeof(times));
}

/* timerfd_settime(fd, flags, new, old) */
int64_t sys_timerfd_settime(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_argument(frame, 1);
    user_ptr_t old_at = syscall_pointer(frame, 3);
    struct timerfd_setting setting, old;
    int error = setting_copy_in(syscall_pointer(frame, 2), &setting);

    if (error != 0)
        return error;
    if ((flags & ~(unsigned)(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0)
        return -EINVAL;
    struct file_use use = file_use_begin_open((unsigned)syscall_argument(frame, 0));
    if (use.file == NULL)
        return -EBADF;
    error = timerfd_set(use.file, flags, &setting, &old);
    file_use_end(use);
    return error != 0 || old_at.address == 0 ? error : setting_copy_out(old_at, &old);
}

/* timerfd_gettime(fd, current) */
int64_t sys_timerfd_gettime(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((unsigned)syscall_argument(frame, 0));
    struct timerfd_setting setting;

    if (use.file == NULL)
        return -EBADF;
    int error = timerfd_get(use.file, &setting);
    file_use_end(use);
    return error != 0 ? error : setting_copy_out(syscall_pointer(frame, 1), &setting);
}

/* signalfd */

static int64_t signalfd_change(unsigned fd, signal_set wanted)
{
    struct file_use use = file_use_begin_open(fd);

    if (use.file == NULL)
        return -EBADF;
    int error = signalfd_set_wanted(use.file, wanted);
    file_use_end(use);
    return error != 0 ? error : (int)fd;
}

static int64_t signalfd_open(struct trap_frame *frame, unsigned flags)
{
    int fd = syscall_int(frame, 0);
    struct credentials who;
    struct file *file;
    signal_set wanted;

    if (syscall_argument(frame, 2) != sizeof(wanted))
        return -EINVAL;
    if (user_copy_in(&wanted, syscall_pointer(frame, 1), sizeof(wanted), NULL) != 0)
        return -EFAULT;
    if ((flags & ~(unsigned)(SFD_NONBLOCK | SFD_CLOEXEC)) != 0)
        return -EINVAL;
    if (fd != -1)
        return signalfd_change((unsigned)fd, wanted);
    identity_get_credentials(&who);
    int error = signalfd_create(wanted, flags, &who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* signalfd(fd, mask, mask size) */
int64_t sys_signalfd(struct trap_frame *frame)
{
    return signalfd_open(frame, 0);
}

/* signalfd4(fd, mask, mask size, flags) */
int64_t sys_signalfd4(struct trap_frame *frame)
{
    return signalfd_open(frame, (unsigned)syscall_argument(frame, 3));
}
