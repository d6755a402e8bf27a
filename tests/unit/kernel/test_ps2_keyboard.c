/* The keyboard's driver, with a keyboard made of variables that answers when the driver waits: set-up,
 * lights, keys among answers, keyboards that are mute, deaf, or plugged in again. */
#include "dev/ps2_keyboard.h"

#include "abi/errno.h"
#include "arch/x86_64/ioapic.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "dev/acpi.h"
#include "dev/ps2_controller.h"
#include "fake_cpu.h"
#include "input/input.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"
#include "test.h"

#define ACKNOWLEDGE 0xfa
#define RESEND 0xfe

static struct {
    bool is_absent, is_mute, is_translated, is_garbage;
    unsigned resends; /* answers "resend" that often */
    unsigned busy;    /* refuses that many bytes */
    uint8_t queue[64];
    unsigned start, end;
    uint8_t sent[64];
    unsigned sent_count;
    bool is_started;
} device;

static struct {
    unsigned codes[512];
    bool down[512];
    unsigned count, releases_of_all, refreshes;
} reported;

static struct input_keyboard *keyboard;
static trap_interrupt_handler handler;
static void (*thread_function)(void *argument);
static const char *option; /* i8042= */
static uint8_t fadt[116];
static bool has_fadt;
static uint64_t now_ns;
static unsigned masked, ended;

/* ---- the machine */

int ps2_controller_setup(bool wants_translation, bool *ret_translates)
{
    device.is_translated = wants_translation;
    *ret_translates = wants_translation;
    return device.is_absent ? -ENODEV : 0;
}

int ps2_controller_start(void)
{
    assert_non_null(handler);
    device.is_started = true;
    return 0;
}

static void say(uint8_t byte)
{
    if (device.start == device.end)
        device.start = device.end = 0;
    assert_true(device.end < COUNT_OF(device.queue));
    device.queue[device.end++] = byte;
}

int ps2_controller_send(uint8_t byte)
{
    if (device.busy > 0) {
        device.busy--;
        return -EAGAIN;
    }
    assert_true(device.sent_count < COUNT_OF(device.sent));
    device.sent[device.sent_count++] = byte;
    if (device.is_mute)
        return 0;
    if (device.resends > 0) {
        device.resends--;
        say(RESEND);
        return 0;
    }
    say(ACKNOWLEDGE);
    if (byte == 0xf2) {
        say(0xab);
        say(device.is_translated ? 0x41 : 0x83);
    }
    return 0;
}

enum ps2_received ps2_controller_receive(uint8_t *ret_byte)
{
    if (device.start == device.end)
        return PS2_RECEIVED_NOTHING;
    *ret_byte = device.queue[device.start++];
    return device.is_garbage ? PS2_RECEIVED_GARBAGE : PS2_RECEIVED_KEYBOARD;
}

bool ps2_controller_is_alive(void)
{
    return !device.is_absent;
}

static void interrupt(void)
{
    struct trap_frame frame;

    handler(&frame);
}

/* Whoever waits lets the keyboard speak. */
int wait_queue_sleep_until(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state,
                           uint64_t deadline_ns)
{
    (void)queue;
    spin_unlock(lock, *state);
    bool has_come = device.start != device.end;
    if (has_come)
        interrupt();
    else
        now_ns = deadline_ns;
    *state = spin_lock(lock);
    return has_come ? 0 : -ETIMEDOUT;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
    (void)queue;
    return 0;
}

void thread_sleep_ns(uint64_t duration_ns)
{
    now_ns += duration_ns;
}

int thread_create(const char *name, void (*function)(void *argument), void *argument,
                  const struct thread_options *options, struct thread **ret_thread)
{
    (void)name;
    (void)argument;
    (void)ret_thread;
    assert_true(options->is_detached);
    thread_function = function;
    return 0;
}

void trap_set_interrupt_name(unsigned vector, const char *name)
{
    (void)vector;
    (void)name;
}

void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler new_handler)
{
    (void)vector;
    handler = new_handler;
}

int ioapic_route_isa(unsigned irq, unsigned vector, unsigned cpu)
{
    (void)vector;
    assert_int_equal(irq, 1);
    assert_int_equal(cpu, 0);
    return 0;
}

int ioapic_mask_isa(unsigned irq)
{
    assert_int_equal(irq, 1);
    masked++;
    return 0;
}

void lapic_end_of_interrupt(void)
{
    ended++;
}

uint64_t clock_monotonic_ns(void)
{
    return now_ns;
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

bool command_line_is(const char *name, const char *value)
{
    assert_string_equal(name, "i8042");
    return option != NULL && strcmp(option, value) == 0;
}

const struct acpi_header *acpi_find(const char *signature, uint32_t min_length)
{
    assert_string_equal(signature, "FACP");
    assert_true(min_length <= sizeof(fadt));
    return has_fadt ? (const struct acpi_header *)fadt : NULL;
}

void input_report_key(unsigned code, bool is_down, const struct trap_frame *interrupted)
{
    assert_non_null(interrupted);
    assert_true(reported.count < COUNT_OF(reported.codes));
    reported.codes[reported.count] = code;
    reported.down[reported.count++] = is_down;
}

void input_release_all(void)
{
    reported.releases_of_all++;
}

void input_add_keyboard(struct input_keyboard *added)
{
    keyboard = added;
}

void input_refresh_leds(void)
{
    reported.refreshes++;
}

/* ---- tests */

static int begin(void **state)
{
    (void)state;
    memset(&device, 0, sizeof(device));
    memset(&reported, 0, sizeof(reported));
    memset(fadt, 0, sizeof(fadt));
    keyboard = NULL;
    thread_function = NULL;
    option = NULL;
    has_fadt = false;
    masked = ended = 0;
    now_ns += 10000000000ull;
    return 0;
}

/* Find it, as its thread does, and set it up, as that of the lights does. */
static void start(void)
{
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_non_null(thread_function);
    thread_function(NULL);
    assert_non_null(keyboard);
    assert_true(device.is_started);
    keyboard->set_leds(keyboard, 0);
}

static void assert_sent(const char *bytes, size_t count)
{
    assert_int_equal(device.sent_count, count);
    assert_memory_equal(device.sent, bytes, count);
    device.sent_count = 0;
}

#define ASSERT_SENT(bytes) assert_sent((bytes), sizeof(bytes) - 1)

static void set_up(void **state)
{
    (void)state;
    start();
    ASSERT_SENT("\xf2\xf4\xed\x00");
    assert_int_equal(reported.count, 0); /* no answer was taken for a key */
    keyboard->set_leds(keyboard, 5);
    ASSERT_SENT("\xed\x05");
}

static void keys(void **state)
{
    (void)state;
    start();
    say(0x1e);
    say(0x9e);
    interrupt();
    assert_int_equal(reported.count, 2);
    assert_true(reported.codes[0] == 30 && reported.down[0] && reported.codes[1] == 30 && !reported.down[1]);
    say(0xf2); /* a key that tells no release */
    interrupt();
    assert_int_equal(reported.count, 4);
    assert_true(reported.down[2] && !reported.down[3]);
    say(0xff);
    interrupt();
    assert_int_equal(reported.releases_of_all, 1);
    device.is_garbage = true;
    say(0x1e);
    interrupt();
    assert_int_equal(reported.count, 4);
}

static void keys_among_answers(void **state)
{
    (void)state;
    start();
    say(0x1e);
    keyboard->set_leds(keyboard, 2);
    assert_int_equal(reported.count, 1);
    say(0x9e);
    keyboard->set_leds(keyboard, 0);
    assert_int_equal(reported.count, 2);
    ASSERT_SENT("\xf2\xf4\xed\x00\xed\x02\xed\x00");
}

static void untranslated(void **state)
{
    (void)state;
    option = "direct";
    start();
    ASSERT_SENT("\xf2\xf0\x02\xf4\xed\x00");
    say(0xf0);
    say(0x1c);
    interrupt();
    assert_int_equal(reported.codes[0], 30);
    assert_false(reported.down[0]);
}

static void hard_of_hearing(void **state)
{
    (void)state;
    device.resends = 2;
    device.busy = 5;
    start();
    ASSERT_SENT("\xf2\xf2\xf2\xf4\xed\x00");
    device.resends = 3; /* once too often */
    keyboard->set_leds(keyboard, 1);
    ASSERT_SENT("\xed\xed\xed");
}

/* It sends keys all the same; nobody waits for long. */
static void mute(void **state)
{
    uint64_t start_ns = now_ns;

    (void)state;
    device.is_mute = true;
    start();
    ASSERT_SENT("\xf2\xed");
    assert_true(now_ns - start_ns <= 500000000ull);
    say(0x1e);
    interrupt();
    assert_int_equal(reported.count, 1);
    device.busy = UINT32_MAX;
    start_ns = now_ns;
    keyboard->set_leds(keyboard, 1);
    assert_true(now_ns - start_ns <= 50000000ull);
}

static void plugged_in_again(void **state)
{
    (void)state;
    start();
    device.sent_count = 0;
    say(0xaa);
    interrupt();
    assert_int_equal(reported.releases_of_all, 1);
    assert_int_equal(reported.refreshes, 1);
    keyboard->set_leds(keyboard, 4);
    ASSERT_SENT("\xf2\xf4\xed\x04");
    keyboard->set_leds(keyboard, 0);
    ASSERT_SENT("\xed\x00");
}

static void a_flood(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 1900; i++)
        interrupt(); /* in vain */
    assert_int_equal(masked, 0);
    for (int i = 0; i < 200; i++)
        interrupt();
    assert_true(masked > 0);
    device.is_absent = true;
    masked = 0;
    interrupt();
    assert_int_equal(masked, 1);
    assert_true(ended >= 2101);
}

static void what_firmware_says(void **state)
{
    (void)state;
    option = "off";
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_null(thread_function);
    option = NULL;
    has_fadt = true;
    fadt[8] = 3; /* revision */
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_null(thread_function);
    option = "probe";
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_non_null(thread_function);
    thread_function = NULL;
    option = NULL;
    fadt[109] = 2;
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_non_null(thread_function);
    thread_function = NULL;
    fadt[109] = 0;
    fadt[8] = 1; /* an old table says nothing */
    assert_int_equal(ps2_keyboard_setup(), 0);
    assert_non_null(thread_function);
    device.is_absent = true;
    thread_function(NULL);
    assert_null(keyboard);
    assert_false(device.is_started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(set_up, begin),
        cmocka_unit_test_setup(keys, begin),
        cmocka_unit_test_setup(keys_among_answers, begin),
        cmocka_unit_test_setup(untranslated, begin),
        cmocka_unit_test_setup(hard_of_hearing, begin),
        cmocka_unit_test_setup(mute, begin),
        cmocka_unit_test_setup(plugged_in_again, begin),
        cmocka_unit_test_setup(a_flood, begin),
        cmocka_unit_test_setup(what_firmware_says, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
