/* From the driver to the line discipline. What interrupts bring waits in a ring, which a kernel thread, one
 * for all terminals, works on: echo may have to wait for the driver, and signals take locks. */
#include "core/panic.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"
#include "tty/tty_internal.h"

#define BATCH 64u
#define THROTTLE_ROOM 128u              /* with less room than this the driver is to stop, */
#define UNTHROTTLE_ROOM (LINE_SIZE / 2) /* with more it may go on */
#define TTY_THREAD_NICE (-10)           /* echo comes at once, however busy programs are */

/* Locks: i = input.lock */
static struct {
    struct spinlock lock;      /* rank LOCK_RANK_TTY_INPUT */
    struct list pending;       /* [i] struct tty.received_link */
    struct wait_queue waiters; /* [i] */
} input;

void tty_input_setup(void)
{
    spinlock_init(&input.lock, LOCK_RANK_TTY_INPUT);
    list_init(&input.pending);
    wait_queue_init(&input.waiters);
}

void tty_input_init(struct tty *tty)
{
    list_init(&tty->received_link);
    tty->is_received_pending = false;
    tty->received_head = tty->received_tail = 0;
}

/* Holds: input.lock. */
static bool tty_put_received(struct tty *tty, uint16_t value)
{
    if (tty->received_head - tty->received_tail == TTY_RECEIVED_MAX)
        return false;
    tty->received[tty->received_head++ % TTY_RECEIVED_MAX] = value;
    return true;
}

/* Let the thread know. Holds: input.lock. */
static void tty_announce_received(struct tty *tty)
{
    if (tty->is_received_pending)
        return;
    tty->is_received_pending = true;
    list_push_back(&input.pending, &tty_ref(tty)->received_link);
    (void)wait_queue_wake_one(&input.waiters);
}

size_t tty_receive(struct tty *tty, const char *bytes, size_t length)
{
    struct spinlock_state state = spin_lock(&input.lock);
    size_t taken = 0;

    while (taken < length && tty_put_received(tty, (uint8_t)bytes[taken]))
        taken++;
    tty_announce_received(tty);
    spin_unlock(&input.lock, state);
    return taken;
}

static void tty_receive_mark(struct tty *tty, uint16_t mark)
{
    struct spinlock_state state = spin_lock(&input.lock);

    (void)tty_put_received(tty, mark);
    tty_announce_received(tty);
    spin_unlock(&input.lock, state);
}

void tty_receive_break(struct tty *tty)
{
    tty_receive_mark(tty, TTY_RECEIVED_BREAK);
}

void tty_receive_hold(struct tty *tty)
{
    tty_receive_mark(tty, TTY_RECEIVED_HOLD);
}

/* Stop the other side before it is too late. Holds: both locks. */
static void tty_throttle(struct tty *tty)
{
    if (tty->is_throttled)
        return;
    tty->is_throttled = true;
    if ((tty->line.settings.iflag & IXOFF) != 0)
        (void)tty_put(tty, (const char *)&tty->line.settings.cc[VSTOP], 1);
    if (tty->driver->set_throttled != NULL)
        tty->driver->set_throttled(tty, true);
}

void tty_unthrottle(struct tty *tty)
{
    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
    if (tty->is_throttled && (line_room(&tty->line) >= UNTHROTTLE_ROOM || !line_is_readable(&tty->line, 1))) {
        tty->is_throttled = false;
        if ((tty->line.settings.iflag & IXOFF) != 0)
            (void)tty_put(tty, (const char *)&tty->line.settings.cc[VSTART], 1);
        if (tty->driver->set_throttled != NULL)
            tty->driver->set_throttled(tty, false);
    }
    mutex_unlock(&tty->lock);
    mutex_unlock(&tty->output_lock);
}

static void tty_begin_input(struct tty *tty)
{
    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
}

/* Put the echo out, and tell who waits for input. */
static void tty_end_input(struct tty *tty, bool is_full)
{
    if (is_full || (line_room(&tty->line) < THROTTLE_ROOM && line_is_readable(&tty->line, 1)))
        tty_throttle(tty);
    const bool is_readable = line_is_readable(&tty->line, 1);
    mutex_unlock(&tty->lock);
    tty_put_echo(tty);
    mutex_unlock(&tty->output_lock);
    if (is_readable)
        readiness_signal_events(&tty->readiness, POLLIN | POLLRDNORM);
}

size_t tty_receive_now(struct tty *tty, const char *bytes, size_t length)
{
    tty_begin_input(tty);
    const size_t taken = line_receive(&tty->line, bytes, length);
    tty_end_input(tty, taken < length);
    return taken;
}

/* Bytes that came in one after the other, and what came behind them, if it is no mere byte. */
struct batch {
    char bytes[BATCH];
    size_t length;
    uint16_t mark; /* 0: none */
};

/* Take the next ones. Holds: input.lock. */
static void tty_take_received(struct tty *tty, struct batch *batch)
{
    batch->length = 0;
    batch->mark = 0;
    while (batch->length < BATCH && batch->mark == 0 && tty->received_tail != tty->received_head) {
        const uint16_t value = tty->received[tty->received_tail++ % TTY_RECEIVED_MAX];
        if ((value & (TTY_RECEIVED_BREAK | TTY_RECEIVED_ERROR | TTY_RECEIVED_HOLD)) != 0)
            batch->mark = value;
        else
            batch->bytes[batch->length++] = (char)value;
    }
}

static void tty_work_on(struct tty *tty, const struct batch *batch)
{
    tty_begin_input(tty);
    line_receive_or_lose(&tty->line, batch->bytes, batch->length);
    if ((batch->mark & TTY_RECEIVED_BREAK) != 0)
        line_receive_break(&tty->line);
    else if ((batch->mark & TTY_RECEIVED_ERROR) != 0)
        line_receive_error(&tty->line, (char)batch->mark);
    else if ((batch->mark & TTY_RECEIVED_HOLD) != 0)
        line_set_stopped(&tty->line, !tty->line.is_stopped);
    tty_end_input(tty, false);
}

/* One after the other, a batch of each: nobody can keep the others from their turn. */
static void tty_input_main(void *argument)
{
    struct batch batch;

    (void)argument;
    for (;;) {
        struct spinlock_state state = spin_lock(&input.lock);
        while (list_is_empty(&input.pending))
            wait_queue_sleep(&input.waiters, &input.lock, &state);
        struct tty *tty = list_entry(list_first(&input.pending), struct tty, received_link);
        list_remove(&tty->received_link);
        tty_take_received(tty, &batch);
        if (tty->received_tail != tty->received_head)
            list_push_back(&input.pending, &tty_ref(tty)->received_link);
        else
            tty->is_received_pending = false;
        spin_unlock(&input.lock, state);
        tty_work_on(tty, &batch);
        tty_unref(tty);
    }
}

void tty_start(void)
{
    static const struct thread_options options = {.is_detached = true, .nice = TTY_THREAD_NICE};

    if (thread_create("tty", tty_input_main, NULL, &options, NULL) != 0)
        panic("tty: no memory for its thread");
}
