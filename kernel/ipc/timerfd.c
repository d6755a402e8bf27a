/* The timer's interrupt only notes that it has expired. How often an interval has passed since then is
 * counted, and the timer started again, when somebody looks: a short interval costs nothing in between.
 *
 * A timer for a time of the wall clock is started anew when that clock is set. So everything about timers of
 * CLOCK_REALTIME happens with the wall clock's lock held as well: it is what the change comes under. */
#include "ipc/timerfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "abi/time.h"
#include "core/clock.h"
#include "core/timer.h"
#include "mm/object_cache.h"
#include "time/wall_clock.h"

/* Locks: I = set before publication   t = timerfd.lock and, of CLOCK_REALTIME, the wall clock's   a = atomic
 */
struct timerfd {
    struct mutex lock;             /* rank LOCK_RANK_FS_NODE */
    struct wall_clock_watch watch; /* of CLOCK_REALTIME */
    struct timer timer;
    struct readiness readiness;
    uint32_t clock;          /* [I] */
    uint64_t deadline_ns;    /* [t] of clock_monotonic_ns(): that `timer` was started for; 0: disarmed */
    uint64_t interval_ns;    /* [t] 0: none */
    uint64_t wall_ns;        /* [t] the same by the wall clock; 0: it does not go by that */
    bool is_cancelable;      /* [t] a change of the wall clock ends the wait */
    atomic_bool is_canceled; /* [a] it has been changed; set under t */
    atomic_bool has_expired; /* [a] since it was started; set by the timer */
    uint64_t count;          /* [t] expiries counted, and not read */
};

static struct object_cache timerfd_cache;

void timerfd_setup(void)
{
    object_cache_init(&timerfd_cache, "timerfd", sizeof(struct timerfd), 8);
}

static void timerfd_expired(struct timer *timer)
{
    struct timerfd *self = list_entry(timer, struct timerfd, timer);

    atomic_store(&self->has_expired, true);
    readiness_signal_events(&self->readiness, POLLIN);
}

static void timerfd_lock(struct timerfd *self)
{
    mutex_lock(&self->lock);
    if (self->clock == CLOCK_REALTIME)
        wall_clock_lock();
}

static void timerfd_unlock(struct timerfd *self)
{
    if (self->clock == CLOCK_REALTIME)
        wall_clock_unlock();
    mutex_unlock(&self->lock);
}

/* Holds: the wall clock's lock. */
static void timerfd_clock_changed(struct wall_clock_watch *watch)
{
    struct timerfd *self = list_entry(watch, struct timerfd, watch);

    if (self->wall_ns == 0)
        return;
    if (self->deadline_ns != 0 && !self->has_expired) {
        self->deadline_ns = wall_clock_to_monotonic(self->wall_ns) | 1; /* never 0 */
        timer_start(&self->timer, self->deadline_ns);
    }
    if (self->is_cancelable) {
        self->is_canceled = true;
        readiness_signal_events(&self->readiness, POLLIN);
    }
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Count what has expired, and start the timer for the next interval. */
static void timerfd_advance_locked(struct timerfd *self)
{
    if (!atomic_exchange(&self->has_expired, false))
        return;
    if (self->interval_ns == 0) {
        self->count++;
        self->deadline_ns = 0;
        return;
    }
    /* This CPU's clock may be behind that of the CPU on which the timer has expired. */
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t past_ns = now_ns > self->deadline_ns ? now_ns - self->deadline_ns : 0;
    uint64_t expiries = past_ns / self->interval_ns + 1;
    self->count += expiries;
    self->deadline_ns = add_ns(self->deadline_ns, expiries * self->interval_ns);
    if (self->wall_ns != 0)
        self->wall_ns = add_ns(self->wall_ns, expiries * self->interval_ns);
    timer_start(&self->timer, self->deadline_ns);
}

static void timerfd_start_locked(struct timerfd *self, const struct timerfd_setting *setting, unsigned flags)
{
    bool is_absolute = (flags & TFD_TIMER_ABSTIME) != 0;
    uint64_t now_ns = clock_monotonic_ns(), value_ns = setting->value_ns;

    self->interval_ns = setting->interval_ns;
    self->deadline_ns = 0;
    self->wall_ns = 0;
    self->count = 0;
    self->is_canceled = false;
    self->is_cancelable = (flags & TFD_TIMER_CANCEL_ON_SET) != 0;
    if (value_ns == 0)
        return;
    if (is_absolute && self->clock == CLOCK_REALTIME) {
        self->wall_ns = value_ns;
        value_ns = wall_clock_to_monotonic(value_ns);
        if (value_ns == 0)
            value_ns = now_ns;
    } else if (!is_absolute) {
        value_ns = add_ns(now_ns, value_ns);
    }
    self->deadline_ns = value_ns;
    timer_start(&self->timer, value_ns);
}

static void timerfd_get_locked(struct timerfd *self, struct timerfd_setting *ret_setting)
{
    uint64_t now_ns = clock_monotonic_ns(), deadline_ns = self->deadline_ns;

    ret_setting->interval_ns = self->interval_ns;
    if (deadline_ns == 0)
        ret_setting->value_ns = 0;
    else
        ret_setting->value_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1; /* armed still */
}

/* Count the unread expiries and forget them. Errors: -ECANCELED, once. */
static int timerfd_take(struct timerfd *self, uint64_t *ret_count)
{
    timerfd_lock(self);
    timerfd_advance_locked(self);
    bool is_canceled = atomic_exchange(&self->is_canceled, false);
    *ret_count = self->count;
    self->count = 0;
    timerfd_unlock(self);
    return is_canceled ? -ECANCELED : 0;
}

static int64_t timerfd_read(struct file *file, struct io *io, uint64_t offset)
{
    struct timerfd *self = file->data;
    uint64_t count;
    int error = 0;

    (void)offset;
    if (io->left < sizeof(count))
        return -EINVAL;
    do {
        uint64_t changes = readiness_changes(&self->readiness);
        error = timerfd_take(self, &count);
        if (error == 0 && count == 0)
            error = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : readiness_wait(&self->readiness, changes);
    } while (count == 0 && error == 0);
    if (error != 0)
        return error;
    return io_give(io, &count, sizeof(count)) == sizeof(count) ? (int64_t)sizeof(count) : -EFAULT;
}

static unsigned timerfd_poll(struct file *file, struct poll_hook *hook)
{
    struct timerfd *self = file->data;

    if (hook != NULL)
        readiness_add(&self->readiness, hook);
    mutex_lock(&self->lock);
    bool is_readable = self->count > 0 || self->has_expired || self->is_canceled;
    mutex_unlock(&self->lock);
    return is_readable ? POLLIN : 0;
}

static void timerfd_release(struct file *file)
{
    struct timerfd *self = file->data;

    if (self->clock == CLOCK_REALTIME) {
        wall_clock_lock();
        wall_clock_unwatch(&self->watch);
        wall_clock_unlock();
    }
    (void)timer_cancel(&self->timer);
    object_cache_free(&timerfd_cache, self);
}

static const struct file_operations timerfd_operations = {
    .kind = "[timerfd]",
    .is_stream = true,
    .read = timerfd_read,
    .poll = timerfd_poll,
    .release = timerfd_release,
};

int timerfd_create(uint32_t clock, unsigned flags, const struct credentials *who, struct file **ret_file)
{
    struct timerfd *self = object_cache_alloc(&timerfd_cache);

    if (self == NULL)
        return -ENOMEM;
    *self = (struct timerfd){.clock = clock};
    mutex_init(&self->lock, LOCK_RANK_FS_NODE);
    timer_init(&self->timer, timerfd_expired);
    readiness_init(&self->readiness);
    int error = file_create(&timerfd_operations, self, O_RDWR | (flags & O_NONBLOCK), who, ret_file);
    if (error != 0) {
        object_cache_free(&timerfd_cache, self);
        return error;
    }
    if (clock == CLOCK_REALTIME) {
        wall_clock_lock();
        wall_clock_watch(&self->watch, timerfd_clock_changed);
        wall_clock_unlock();
    }
    return 0;
}

int timerfd_set(struct file *file, unsigned flags, const struct timerfd_setting *setting,
                struct timerfd_setting *ret_old)
{
    struct timerfd *self = file->data;

    if (file->operations != &timerfd_operations)
        return -EINVAL;
    timerfd_lock(self);
    (void)timer_cancel(&self->timer);
    timerfd_advance_locked(self);
    timerfd_get_locked(self, ret_old);
    (void)timer_cancel(&self->timer); /* which has been started again for the next interval */
    atomic_store(&self->has_expired, false);
    timerfd_start_locked(self, setting, flags);
    timerfd_unlock(self);
    return 0;
}

int timerfd_get(struct file *file, struct timerfd_setting *ret_setting)
{
    struct timerfd *self = file->data;

    if (file->operations != &timerfd_operations)
        return -EINVAL;
    timerfd_lock(self);
    timerfd_advance_locked(self);
    timerfd_get_locked(self, ret_setting);
    timerfd_unlock(self);
    return 0;
}
