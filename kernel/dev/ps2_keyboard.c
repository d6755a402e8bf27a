/* Bytes come by interrupt and are made into keys. Commands, which the keyboard acknowledges, are given by
 * threads only, one at a time: the one that finds the controller, then that of the lights. The interrupt
 * hands answers to the thread that waits. A keyboard that was plugged in says so; the thread of the lights
 * sets it up. */
#include "dev/ps2_keyboard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/ioapic.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "dev/acpi.h"
#include "dev/event_rate.h"
#include "dev/ps2_controller.h"
#include "dev/ps2_decoder.h"
#include "input/input.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

#define PS2_VECTOR (TRAP_VECTOR_DEVICE_FIRST + PS2_IRQ)
#define PS2_CPU 0

/* FADT (ACPI 6.5, section 5.2.9): what of an old PC there is. Older tables have other bytes there. */
#define FADT_BOOT_ARCHITECTURE_OFFSET 109
#define FADT_SIZE_MIN (FADT_BOOT_ARCHITECTURE_OFFSET + 2)
#define FADT_REVISION_MIN 3
#define FADT_HAS_8042 0x0002

#define COMMAND_SET_LEDS 0xed
#define COMMAND_SET_CODES 0xf0
#define COMMAND_IDENTIFY 0xf2
#define COMMAND_ENABLE 0xf4
#define CODES_SET_2 2

#define IDENTITY_BYTES 2
#define RESEND_TRIES 3
#define SEND_TRIES 200
#define SEND_WAIT_NS 100000 /* SEND_TRIES of them: 20 ms */
#define ANSWER_WAIT_NS 200000000ull
#define DATA_WAIT_NS 50000000ull

/* A keyboard sends some 1000 bytes a second at most. */
#define BYTES_AT_ONCE 16
#define EVENTS_A_SECOND_MAX 20000
#define EVENTS_OF_VAIN_INTERRUPT 10

/* Locks: l = lock   i = the interrupt's alone   I = set before the interrupt is on */
static struct {
    struct spinlock lock; /* rank LOCK_RANK_WAIT_QUEUE; guards the controller, too */
    struct wait_queue waiters;
    struct ps2_decoder decoder;   /* [l] */
    bool awaits_acknowledge;      /* [l] a command was sent */
    uint8_t acknowledge;          /* [l] what came then, 0: nothing yet */
    unsigned data_wanted;         /* [l] bytes that follow the acknowledgement */
    unsigned data_count;          /* [l] of these have come */
    uint8_t data[IDENTITY_BYTES]; /* [l] */
    bool is_new;                  /* [l] it must be set up */
    bool is_translated;           /* [I] */
    struct event_rate rate;       /* [i] bytes; interrupts in vain count more */
} ps2 = {
    .lock = SPINLOCK_INITIALIZER(LOCK_RANK_WAIT_QUEUE),
    .waiters = WAIT_QUEUE_INITIALIZER(ps2.waiters),
};

/* ---- what comes in */

/* Whether the byte is an answer to a command; then the thread that gave it is told. Holds: the lock. */
static bool take_answer(uint8_t byte)
{
    if (ps2.awaits_acknowledge && (byte == PS2_ACKNOWLEDGE || byte == PS2_RESEND)) {
        ps2.awaits_acknowledge = false;
        ps2.acknowledge = byte;
    } else if (ps2.acknowledge == PS2_ACKNOWLEDGE && ps2.data_count < ps2.data_wanted) {
        ps2.data[ps2.data_count++] = byte;
    } else {
        return false;
    }
    (void)wait_queue_wake_one(&ps2.waiters);
    return true;
}

/* Take a byte; false: there is none. */
static bool take_byte(struct ps2_event *ret_event)
{
    struct spinlock_state state = spin_lock(&ps2.lock);
    uint8_t byte;
    enum ps2_received received = ps2_controller_receive(&byte);

    *ret_event = (struct ps2_event){.kind = PS2_EVENT_NONE};
    if (received == PS2_RECEIVED_KEYBOARD && !take_answer(byte))
        *ret_event = ps2_decoder_take(&ps2.decoder, byte);
    if (ret_event->kind == PS2_EVENT_REPLY && ret_event->byte == PS2_SELF_TEST_PASSED)
        ps2.is_new = true;
    spin_unlock(&ps2.lock, state);
    return received != PS2_RECEIVED_NOTHING;
}

static void report(struct ps2_event event, const struct trap_frame *frame)
{
    switch (event.kind) {
    case PS2_EVENT_NONE:
        break;
    case PS2_EVENT_KEY:
        input_report_key(event.code, event.is_down, frame);
        break;
    case PS2_EVENT_TAP:
        input_report_key(event.code, true, frame);
        input_report_key(event.code, false, frame);
        break;
    case PS2_EVENT_REPLY:
        if (event.byte == PS2_SELF_TEST_PASSED) {
            input_release_all();
            input_refresh_leds();
        }
        break;
    case PS2_EVENT_LOST:
        input_release_all();
        break;
    }
}

static void switch_off(const char *why)
{
    (void)ioapic_mask_isa(PS2_IRQ);
    log_warning("ps2: the keyboard is switched off: %s", why);
}

static void ps2_interrupt(struct trap_frame *frame)
{
    struct ps2_event event;
    unsigned count = 0;

    if (!ps2_controller_is_alive()) {
        switch_off("the controller does not answer any more");
    } else {
        for (; count < BYTES_AT_ONCE && take_byte(&event); count++)
            report(event, frame);
        if (!event_rate_count(&ps2.rate, count != 0 ? count : EVENTS_OF_VAIN_INTERRUPT, EVENTS_A_SECOND_MAX))
            switch_off("too much comes in");
    }
    lapic_end_of_interrupt();
}

/* ---- commands */

/* Send the byte as soon as the controller takes it. Returns with the lock held. */
static int send_byte(uint8_t byte, unsigned data_wanted, struct spinlock_state *ret_state)
{
    for (int i = 0;; i++) {
        *ret_state = spin_lock(&ps2.lock);
        ps2.acknowledge = 0;
        ps2.data_count = 0;
        ps2.data_wanted = data_wanted;
        int error = ps2_controller_send(byte);
        ps2.awaits_acknowledge = error == 0;
        if (error == 0 || i == SEND_TRIES)
            return error;
        spin_unlock(&ps2.lock, *ret_state);
        thread_sleep_ns(SEND_WAIT_NS);
    }
}

/* Send a byte, wait until it is acknowledged, and then for as many bytes as are wanted; if they do not come,
 * it is as well. Returns what the keyboard answered, or an error: -EAGAIN, -ETIMEDOUT. */
static int send_once(uint8_t byte, unsigned data_wanted)
{
    struct spinlock_state state;
    int error = send_byte(byte, data_wanted, &state);
    uint64_t deadline_ns = clock_monotonic_ns() + ANSWER_WAIT_NS;

    while (error == 0 && ps2.acknowledge == 0)
        error = wait_queue_sleep_until(&ps2.waiters, &ps2.lock, &state, deadline_ns);
    int result = error != 0 ? error : ps2.acknowledge;
    deadline_ns = clock_monotonic_ns() + DATA_WAIT_NS;
    while (result == PS2_ACKNOWLEDGE && error == 0 && ps2.data_count < ps2.data_wanted)
        error = wait_queue_sleep_until(&ps2.waiters, &ps2.lock, &state, deadline_ns);
    ps2.awaits_acknowledge = false;
    ps2.data_wanted = 0;
    spin_unlock(&ps2.lock, state);
    return result;
}

/* The same, again if the keyboard did not understand it. Errors: -EAGAIN, -ETIMEDOUT, -EIO. */
static int send(uint8_t byte, unsigned data_wanted)
{
    int result = PS2_RESEND;

    for (int i = 0; i < RESEND_TRIES && result == PS2_RESEND; i++)
        result = send_once(byte, data_wanted);
    return result == PS2_ACKNOWLEDGE ? 0 : result < 0 ? result : -EIO;
}

static int send_with_value(uint8_t command, uint8_t value)
{
    int error = send(command, 0);

    return error != 0 ? error : send(value, 0);
}

/* What it says that it is matters to nobody, and some say nothing; but one that answers is there. A keyboard
 * that answers nothing may send keys all the same, and one that comes later says so. */
static void set_up_keyboard(void)
{
    int error = send(COMMAND_IDENTIFY, IDENTITY_BYTES);

    if (error != 0) {
        log_debug("ps2: no keyboard answers (error %d)", error);
        return;
    }
    log_debug("ps2: keyboard, identity %02x %02x", ps2.data[0], ps2.data[1]);
    if (!ps2.is_translated)
        (void)send_with_value(COMMAND_SET_CODES, CODES_SET_2);
    if (send(COMMAND_ENABLE, 0) != 0)
        log_warning("ps2: the keyboard cannot be enabled");
}

/* Of the thread of the lights. */
static void ps2_set_leds(struct input_keyboard *keyboard, unsigned leds)
{
    struct spinlock_state state = spin_lock(&ps2.lock);
    bool is_new = ps2.is_new;

    (void)keyboard;
    ps2.is_new = false;
    spin_unlock(&ps2.lock, state);
    if (is_new)
        set_up_keyboard();
    (void)send_with_value(COMMAND_SET_LEDS, (uint8_t)leds);
}

static struct input_keyboard ps2_keyboard = {.name = "ps2", .set_leds = ps2_set_leds};

/* ---- finding it */

static bool firmware_denies(void)
{
    const struct acpi_header *fadt = acpi_find("FACP", FADT_SIZE_MIN);

    if (fadt == NULL || fadt->revision < FADT_REVISION_MIN)
        return false;
    uint8_t flags = ((const uint8_t *)fadt)[FADT_BOOT_ARCHITECTURE_OFFSET];
    return (flags & FADT_HAS_8042) == 0;
}

static void ps2_thread(void *argument)
{
    (void)argument;
    int error = ps2_controller_setup(!command_line_is("i8042", "direct"), &ps2.is_translated);
    if (error != 0) {
        log_debug("ps2: there is no controller");
        return;
    }
    ps2_decoder_init(&ps2.decoder, !ps2.is_translated);
    ps2.is_new = true;
    trap_set_interrupt_handler(PS2_VECTOR, ps2_interrupt);
    trap_set_interrupt_name(PS2_VECTOR, "i8042");
    error = ioapic_route_isa(PS2_IRQ, PS2_VECTOR, PS2_CPU);
    if (error == 0)
        error = ps2_controller_start();
    if (error != 0) {
        log_warning("ps2: the keyboard cannot be used (error %d)", error);
        return;
    }
    input_add_keyboard(&ps2_keyboard);
}

int ps2_keyboard_setup(void)
{
    static const struct thread_options options = {.is_detached = true};

    if (command_line_is("i8042", "off") || (firmware_denies() && !command_line_is("i8042", "probe")))
        return 0;
    return thread_create("ps2", ps2_thread, NULL, &options, NULL);
}
