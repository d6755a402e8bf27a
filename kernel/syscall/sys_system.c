/* The system as a whole: its names, its memory, its log, random bytes, its end. */
#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "abi/system.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"
#include "dev/power.h"
#include "fs/tmpfs.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "proc/ctrl_alt_del.h"
#include "proc/host.h"
#include "proc/identity.h"
#include "proc/kernel_log.h"
#include "sched/load_average.h"
#include "sched/thread.h"
#include "signal/signal.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull
#define RANDOM_CHUNK 256
#define RANDOM_MAX 0x7ffff000u

/* uname(names) */
int64_t sys_uname(struct trap_frame *frame)
{
    struct utsname names;

    host_get_names(&names);
    return user_copy_out(syscall_pointer(frame, 0), &names, sizeof(names));
}

static int64_t host_change(const struct trap_frame *frame, void (*set)(const char *name, size_t length))
{
    int length = syscall_int(frame, 1);
    char name[UTSNAME_SIZE];

    if (!identity_is_superuser())
        return -EPERM;
    if (length < 0 || length >= UTSNAME_SIZE)
        return -EINVAL;
    int error = user_copy_in(name, syscall_pointer(frame, 0), (size_t)length, NULL);
    if (error == 0)
        set(name, (size_t)length);
    return error;
}

/* sethostname(name, length) */
int64_t sys_sethostname(struct trap_frame *frame)
{
    return host_change(frame, host_set_name);
}

/* setdomainname(name, length) */
int64_t sys_setdomainname(struct trap_frame *frame)
{
    return host_change(frame, host_set_domain);
}

/* sysinfo(info) */
int64_t sys_sysinfo(struct trap_frame *frame)
{
    const struct frames_stats memory = frames_get_stats();
    unsigned threads = thread_count();
    struct sysinfo info = {
        .uptime = (int64_t)(clock_monotonic_ns() / NS_PER_SECOND),
        .total_ram = memory.total * PAGE_SIZE,
        .free_ram = memory.free * PAGE_SIZE,
        .shared_ram = tmpfs_frames_used() * PAGE_SIZE,
        .processes = (uint16_t)(threads < UINT16_MAX ? threads : UINT16_MAX),
        .mem_unit = 1,
    };

    load_average_get(info.loads);
    return user_copy_out(syscall_pointer(frame, 0), &info, sizeof(info));
}

/* getrandom(buffer, size, flags): it never has to wait. A signal ends a long draw after its first part. */
int64_t sys_getrandom(struct trap_frame *frame)
{
    user_ptr_t buffer = syscall_pointer(frame, 0);
    uint64_t size = syscall_argument(frame, 1), done = 0;
    uint32_t flags = (uint32_t)syscall_argument(frame, 2);
    uint8_t chunk[RANDOM_CHUNK];

    if ((flags & ~(uint32_t)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0 ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    if (size > RANDOM_MAX)
        size = RANDOM_MAX;
    int error = 0;
    while (done < size && error == 0 && (done == 0 || !signal_is_pending())) {
        size_t part = size - done < sizeof(chunk) ? size - done : sizeof(chunk);
        random_fill(chunk, part);
        error = user_copy_out((user_ptr_t){buffer.address + done}, chunk, part);
        if (error == 0)
            done += part;
    }
    return done > 0 ? (int64_t)done : error;
}

/* reboot(magic1, magic2, command, argument); see reboot(2). */
int64_t sys_reboot(struct trap_frame *frame)
{
    uint32_t magic2 = (uint32_t)syscall_argument(frame, 1);

    if (!identity_is_superuser())
        return -EPERM;
    if ((uint32_t)syscall_argument(frame, 0) != LINUX_REBOOT_MAGIC1 ||
        (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A && magic2 != LINUX_REBOOT_MAGIC2B &&
         magic2 != LINUX_REBOOT_MAGIC2C))
        return -EINVAL;
    switch ((uint32_t)syscall_argument(frame, 2)) {
    case LINUX_REBOOT_CMD_CAD_ON:
        ctrl_alt_del_set_restarts(true);
        return 0;
    case LINUX_REBOOT_CMD_CAD_OFF:
        ctrl_alt_del_set_restarts(false);
        return 0;
    case LINUX_REBOOT_CMD_RESTART:
        log_info("reboot: restart");
        power_restart();
    case LINUX_REBOOT_CMD_POWER_OFF:
        log_info("reboot: power off");
        power_off();
    case LINUX_REBOOT_CMD_HALT:
        log_info("reboot: halted");
        power_halt();
    default:
        return -EINVAL;
    }
}

/* syslog()'s levels are one more than the severest that is not shown. */
static int64_t console_level(int level)
{
    if (level < 1 || level > 8)
        return -EINVAL;
    (void)log_set_level((enum log_level)(level - 1));
    return 0;
}

/* The actions that read, for whoever may. */
static int64_t syslog_read(int action, user_ptr_t buffer, int size)
{
    if (buffer.address == 0 || size < 0)
        return -EINVAL;
    if (size == 0)
        return 0;
    if (!user_range_is_valid(buffer, (size_t)size))
        return -EFAULT;
    if (action == SYSLOG_ACTION_READ)
        return kernel_log_read_new(buffer, (size_t)size);
    int64_t result = kernel_log_read_all(buffer, (size_t)size);
    if (action == SYSLOG_ACTION_READ_CLEAR && result >= 0)
        kernel_log_clear();
    return result;
}

/* syslog(action, buffer, size) */
int64_t sys_syslog(struct trap_frame *frame)
{
    const int action = syscall_int(frame, 0), size = syscall_int(frame, 2);

    if (action != SYSLOG_ACTION_READ_ALL && action != SYSLOG_ACTION_SIZE_BUFFER && !identity_is_superuser())
        return -EPERM;
    switch (action) {
    case SYSLOG_ACTION_CLOSE:
    case SYSLOG_ACTION_OPEN:
        return 0;
    case SYSLOG_ACTION_READ:
    case SYSLOG_ACTION_READ_ALL:
    case SYSLOG_ACTION_READ_CLEAR:
        return syslog_read(action, syscall_pointer(frame, 1), size);
    case SYSLOG_ACTION_CLEAR:
        kernel_log_clear();
        return 0;
    case SYSLOG_ACTION_CONSOLE_OFF:
        return console_level(1);
    case SYSLOG_ACTION_CONSOLE_ON:
        return console_level(LOG_INFO + 1);
    case SYSLOG_ACTION_CONSOLE_LEVEL:
        return console_level(size);
    case SYSLOG_ACTION_SIZE_UNREAD:
        return (int64_t)kernel_log_unread();
    case SYSLOG_ACTION_SIZE_BUFFER:
        return (int64_t)log_size();
    default:
        return -EINVAL;
    }
}
