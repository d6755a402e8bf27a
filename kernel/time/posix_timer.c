#include "time/posix_timer.h"

#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>

#include "abi/errno.h"
#include "mm/object_cache.h"
#include "proc/process.h"
#include "proc/user_account.h"

/* Locks: as process_timers.h */
struct posix_timer {
    struct process_timer base;
    struct tree_node node;        /* [t] the key is the ID */
    struct sigevent event;        /* [I] */
    int overrun;                  /* [t] of the signal that was taken last */
    struct user_account *account; /* [I] that it is charged to; NULL: none, for want of memory */
};

static struct object_cache posix_timer_cache;

static int posix_timer_id(const struct posix_timer *timer)
{
    return (int)timer->node.key;
}

static void posix_timer_fired(struct process_timer *base, uint64_t count)
{
    struct posix_timer *timer = (struct posix_timer *)((char *)base - offsetof(struct posix_timer, base));
    struct process *process = base->owner->process;
    struct siginfo info = {.signal = timer->event.signal, .code = SI_TIMER};

    info.timer.timer = posix_timer_id(timer);
    info.timer.overrun = count > INT_MAX ? INT_MAX : (int32_t)(count - 1);
    info.timer.value = timer->event.value;
    if (timer->event.notify != SIGEV_THREAD_ID) {
        (void)signal_send_process(process, &info);
        return;
    }
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = user_thread_find(timer->event.thread_id);
    if (thread != NULL && thread->process == process)
        (void)signal_send_thread(thread, &info);
    spin_unlock(&process_tree, state);
}

/* NULL: no such timer. Holds: timers->mutex. */
static struct posix_timer *posix_timer_find(struct process_timers *timers, int id)
{
    struct tree_node *node = timers->posix.root;

    while (node != NULL && node->key != (uint64_t)id)
        node = tree_key_is_before((uint64_t)id, node->key) ? node->left : node->right;
    return node == NULL ? NULL : tree_entry(node, struct posix_timer, node);
}

/* Called by the thread that takes the signal of a timer. */
static void posix_timer_taken(struct process *process, int id, int overrun)
{
    struct process_timers *timers = atomic_load(&process->timers);

    if (timers == NULL)
        return;
    mutex_lock(&timers->mutex);
    struct posix_timer *timer = posix_timer_find(timers, id);
    if (timer != NULL)
        timer->overrun = overrun;
    mutex_unlock(&timers->mutex);
}

void posix_timer_setup(void)
{
    object_cache_init(&posix_timer_cache, "posix timer", sizeof(struct posix_timer), 16);
    signal_set_timer_taken(posix_timer_taken);
}

static int sigevent_check(const struct sigevent *event)
{
    if (event->notify == SIGEV_NONE)
        return 0;
    if (event->notify == SIGEV_THREAD_ID) {
        struct spinlock_state state = spin_lock(&process_tree);
        const struct user_thread *thread = user_thread_find(event->thread_id);
        const bool is_own = thread != NULL && thread->process == process_current();
        spin_unlock(&process_tree, state);
        if (!is_own)
            return -EINVAL;
    } else if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD) {
        return -EINVAL;
    }
    return event->signal < 1 || event->signal > SIGNAL_MAX ? -EINVAL : 0;
}

/* Give a new timer the next ID that is free. Holds: timers->mutex. */
static int posix_timer_add(struct process_timers *timers, struct posix_timer *timer)
{
    if (timers->posix_count == INT_MAX)
        return -EAGAIN;
    while (posix_timer_find(timers, (int)timers->next_id) != NULL)
        timers->next_id = (timers->next_id + 1) & INT_MAX;
    timer->node.key = timers->next_id;
    timers->next_id = (timers->next_id + 1) & INT_MAX;
    tree_insert(&timers->posix, &timer->node);
    timers->posix_count++;
    return 0;
}

/* As on Linux, a timer counts as a signal that is queued. Errors: -EAGAIN. */
static int posix_timer_charge(struct posix_timer *timer)
{
    struct user_account *account = process_account_current();
    int error = 0;

    if (account == NULL)
        return 0;
    if (user_account_charge_within(account, USER_SIGNALS, limit_current(RLIMIT_SIGPENDING)))
        timer->account = account;
    else
        error = -EAGAIN;
    user_account_unref(account);
    return error;
}

static void posix_timer_free(struct posix_timer *timer)
{
    if (timer->account != NULL)
        user_account_give_back(timer->account, USER_SIGNALS, 1);
    object_cache_free(&posix_timer_cache, timer);
}

int posix_timer_create(int clock_number, const struct sigevent *event)
{
    struct process_timers *timers = process_timers_make();
    struct clock_id clock;
    int error = clock_id_parse(clock_number, &clock);

    if (error != 0)
        return error;
    if (!clock.can_wait)
        return -EOPNOTSUPP;
    error = event == NULL ? 0 : sigevent_check(event);
    if (error != 0)
        return error;
    struct posix_timer *timer = timers == NULL ? NULL : object_cache_alloc(&posix_timer_cache);
    if (timer == NULL)
        return -ENOMEM;
    *timer = (struct posix_timer){.overrun = 0};
    process_timer_init(&timer->base, timers, &clock, posix_timer_fired);
    error = posix_timer_charge(timer);
    mutex_lock(&timers->mutex);
    if (error == 0)
        error = posix_timer_add(timers, timer);
    if (error == 0) {
        const struct sigevent alarm = {.signal = SIGALRM, .value.number = posix_timer_id(timer)};
        timer->event = event == NULL ? alarm : *event;
        timer->base.is_silent = timer->event.notify == SIGEV_NONE;
    }
    int id = posix_timer_id(timer);
    mutex_unlock(&timers->mutex);
    if (error != 0)
        posix_timer_free(timer);
    return error != 0 ? error : id;
}

/* Holds: timers->mutex. */
static void posix_timer_destroy(struct process_timers *timers, struct posix_timer *timer)
{
    const struct timer_setting disarmed = {.value_ns = 0};
    struct timer_setting left;

    process_timer_set(&timer->base, &disarmed, &left);
    tree_remove(&timers->posix, &timer->node);
    timers->posix_count--;
    signal_forget_timer(timers->process, posix_timer_id(timer));
    posix_timer_free(timer);
}

void posix_timers_delete_all(struct process_timers *timers)
{
    while (!tree_is_empty(&timers->posix))
        posix_timer_destroy(timers, tree_entry(tree_first(&timers->posix), struct posix_timer, node));
}

/* The timer, with *ret_timers locked; NULL: there is none, and nothing is locked. */
static struct posix_timer *posix_timer_lock(int id, struct process_timers **ret_timers)
{
    struct process_timers *timers = atomic_load(&process_current()->timers);

    if (timers == NULL)
        return NULL;
    mutex_lock(&timers->mutex);
    struct posix_timer *timer = posix_timer_find(timers, id);
    if (timer == NULL)
        mutex_unlock(&timers->mutex);
    *ret_timers = timers;
    return timer;
}

int posix_timer_set(int id, const struct timer_setting *setting, struct timer_setting *ret_left)
{
    const struct timer_setting disarmed = {.value_ns = 0};
    struct timer_setting unset;
    struct process_timers *timers;
    struct posix_timer *timer = posix_timer_lock(id, &timers);

    if (timer == NULL)
        return -EINVAL;
    /* What pends of the earlier setting is gone before the new one can send anything. */
    process_timer_set(&timer->base, &disarmed, ret_left);
    signal_forget_timer(timers->process, id);
    timer->overrun = 0;
    process_timer_set(&timer->base, setting, &unset);
    mutex_unlock(&timers->mutex);
    return 0;
}

int posix_timer_get(int id, struct timer_setting *ret_left)
{
    struct process_timers *timers;
    struct posix_timer *timer = posix_timer_lock(id, &timers);

    if (timer == NULL)
        return -EINVAL;
    *ret_left = process_timer_left(&timer->base);
    mutex_unlock(&timers->mutex);
    return 0;
}

int posix_timer_overrun(int id)
{
    struct process_timers *timers;
    struct posix_timer *timer = posix_timer_lock(id, &timers);

    if (timer == NULL)
        return -EINVAL;
    int overrun = timer->overrun;
    mutex_unlock(&timers->mutex);
    return overrun;
}

int posix_timer_delete(int id)
{
    struct process_timers *timers;
    struct posix_timer *timer = posix_timer_lock(id, &timers);

    if (timer == NULL)
        return -EINVAL;
    posix_timer_destroy(timers, timer);
    mutex_unlock(&timers->mutex);
    return 0;
}
