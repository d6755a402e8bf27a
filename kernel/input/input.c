/* Keys go through key_translate() with the lock held, so that two keyboards are one; what they do that needs
 * other locks is done after it.
 *
 * Repeats: the timer is started by a press when it does not run, and goes on as long as a key is held. A
 * press while it runs only says when the next repeat is due, which the timer finds out when it comes: typing
 * fast costs one interrupt in REPEAT_DELAY_MS, and nobody ever cancels the timer. */
#include "input/input.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "core/sysrq.h"
#include "core/timer.h"
#include "input/input_internal.h"
#include "input/keymap.h"
#include "lib/string.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

#define REPEAT_DELAY_MS 250
#define REPEAT_PERIOD_MS 33
#define NS_PER_MS 1000000ull
#define NO_KEY 0
#define SCROLL_HALF_PAGES 1

struct input_layer input = {
    .lock = SPINLOCK_INITIALIZER(LOCK_RANK_KEYBOARD),
    .front = 1,
    .last_front = 1,
    .repeat_delay_ms = REPEAT_DELAY_MS,
    .repeat_period_ms = REPEAT_PERIOD_MS,
};

/* The lights. Locks: l = lights.lock */
static struct {
    struct spinlock lock; /* rank LOCK_RANK_WAIT_QUEUE */
    struct wait_queue waiters;
    struct input_keyboard *keyboards; /* [l] only ever longer */
    unsigned shown;                   /* [l] */
    bool must_show;                   /* [l] */
} lights = {
    .lock = SPINLOCK_INITIALIZER(LOCK_RANK_WAIT_QUEUE),
    .waiters = WAIT_QUEUE_INITIALIZER(lights.waiters),
};

static const struct input_target no_target;
static const struct input_target *target = &no_target;

void input_set_target(const struct input_target *new_target)
{
    target = new_target;
}

struct key_console *input_console(unsigned console)
{
    return &input.consoles[console - 1];
}

unsigned input_lights(void)
{
    return key_lights(input_console(input.front));
}

void input_show_lights(unsigned leds)
{
    struct spinlock_state state = spin_lock(&lights.lock);

    if (leds != lights.shown) {
        lights.shown = leds;
        lights.must_show = true;
        (void)wait_queue_wake_one(&lights.waiters);
    }
    spin_unlock(&lights.lock, state);
}

void input_refresh_leds(void)
{
    struct spinlock_state state = spin_lock(&lights.lock);

    lights.must_show = true;
    (void)wait_queue_wake_one(&lights.waiters);
    spin_unlock(&lights.lock, state);
}

void input_add_keyboard(struct input_keyboard *keyboard)
{
    struct spinlock_state state = spin_lock(&lights.lock);

    keyboard->next = lights.keyboards;
    lights.keyboards = keyboard;
    spin_unlock(&lights.lock, state);
    input_refresh_leds();
}

/* Wait until lights are to be shown; returns which, and the keyboards. */
static unsigned lights_wait(struct input_keyboard **ret_keyboards)
{
    struct spinlock_state state = spin_lock(&lights.lock);

    while (!lights.must_show)
        wait_queue_sleep(&lights.waiters, &lights.lock, &state);
    lights.must_show = false;
    unsigned leds = lights.shown;
    *ret_keyboards = lights.keyboards;
    spin_unlock(&lights.lock, state);
    return leds;
}

static void lights_thread(void *argument)
{
    struct input_keyboard *keyboard;

    (void)argument;
    for (;;) {
        unsigned leds = lights_wait(&keyboard);
        for (; keyboard != NULL; keyboard = keyboard->next) {
            if (keyboard->set_leds != NULL)
                keyboard->set_leds(keyboard, leds);
        }
    }
}

static void target_type(const char *bytes, size_t length)
{
    if (target->type != NULL)
        target->type(bytes, length);
}

static struct terminal_key_modes target_key_modes(void)
{
    static const struct terminal_key_modes fresh = {.auto_repeat = true};

    return target->key_modes != NULL ? target->key_modes() : fresh;
}

static void switch_to(unsigned console)
{
    if (target->switch_to != NULL && console >= 1 && console <= INPUT_CONSOLES)
        target->switch_to(console);
}

static void scroll(int half_pages)
{
    if (target->scroll != NULL)
        target->scroll(half_pages);
}

static void call(void (*function)(void))
{
    if (function != NULL)
        function();
}

/* Context: no spin lock held. front, last_front: as they were at the key. */
static void act(struct key_action action, unsigned front, unsigned last_front,
                const struct trap_frame *interrupted)
{
    switch (action.kind) {
    case KEY_ACTION_NONE:
        break;
    case KEY_ACTION_SWITCH:
        switch_to(action.value);
        break;
    case KEY_ACTION_SWITCH_LAST:
        switch_to(last_front);
        break;
    case KEY_ACTION_SWITCH_PREVIOUS:
        switch_to(front == 1 ? INPUT_CONSOLES : front - 1);
        break;
    case KEY_ACTION_SWITCH_NEXT:
        switch_to(front == INPUT_CONSOLES ? 1 : front + 1);
        break;
    case KEY_ACTION_SCROLL_BACK:
        scroll(-SCROLL_HALF_PAGES);
        break;
    case KEY_ACTION_SCROLL_FORWARD:
        scroll(SCROLL_HALF_PAGES);
        break;
    case KEY_ACTION_HOLD:
        call(target->hold);
        break;
    case KEY_ACTION_BREAK:
        call(target->type_break);
        break;
    case KEY_ACTION_CTRL_ALT_DEL:
        call(target->ctrl_alt_del);
        break;
    case KEY_ACTION_SIGNAL:
        call(target->signal);
        break;
    case KEY_ACTION_SYSRQ:
        sysrq_press((char)action.value, interrupted);
        break;
    }
}

/* Hand the key to the keymap. Holds: the lock. */
static struct key_action translate(unsigned code, enum key_change change)
{
    return key_translate(&input.keys, input_console(input.front), target_key_modes(), code, change);
}

/* A key was pressed: it is the one that repeats. Says whether the timer is to be started for due_ns. Holds:
 * the lock. */
static bool repeat_begin(unsigned code)
{
    bool was_running = input.repeat_is_running;

    input.repeat_code = code;
    input.repeat_due_ns = clock_monotonic_ns() + input.repeat_delay_ms * NS_PER_MS;
    input.repeat_is_running = true;
    return !was_running;
}

static void repeat_expired(struct timer *timer)
{
    struct key_action action = {KEY_ACTION_NONE, 0};
    struct spinlock_state state = spin_lock(&input.lock);
    uint64_t now_ns = clock_monotonic_ns();
    unsigned front = input.front, last_front = input.last_front;

    if (input.repeat_code == NO_KEY) {
        input.repeat_is_running = false;
    } else if (now_ns >= input.repeat_due_ns) {
        action = translate(input.repeat_code, KEY_REPEATED);
        input.repeat_due_ns = now_ns + input.repeat_period_ms * NS_PER_MS;
    }
    bool is_running = input.repeat_is_running;
    uint64_t due_ns = input.repeat_due_ns;
    spin_unlock(&input.lock, state);

    act(action, front, last_front, NULL);
    if (is_running)
        timer_start(timer, due_ns);
}

void input_report_key(unsigned code, bool is_down, const struct trap_frame *interrupted)
{
    struct key_action action = {KEY_ACTION_NONE, 0};
    bool must_start = false;

    if (code >= KEY_CODES || code == NO_KEY)
        return;
    struct spinlock_state state = spin_lock(&input.lock);
    unsigned front = input.front, last_front = input.last_front;
    bool is_ready = input.keys.type != NULL;
    if (is_ready && is_down != key_is_down(&input.keys, code)) {
        if (is_down)
            must_start = repeat_begin(code);
        else if (code == input.repeat_code)
            input.repeat_code = NO_KEY;
        action = translate(code, is_down ? KEY_PRESSED : KEY_RELEASED);
    }
    uint64_t due_ns = input.repeat_due_ns;
    unsigned leds = input_lights();
    spin_unlock(&input.lock, state);

    input_show_lights(leds);
    act(action, front, last_front, interrupted);
    if (must_start)
        timer_start(&input.repeat, due_ns);
}

void input_release_all(void)
{
    uint32_t down[KEY_CODES / 32];
    struct spinlock_state state = spin_lock(&input.lock);

    memcpy(down, input.keys.down, sizeof(down));
    spin_unlock(&input.lock, state);
    for (unsigned code = 0; code < KEY_CODES; code++) {
        if ((down[code / 32] >> code % 32 & 1) != 0)
            input_report_key(code, false, NULL);
    }
}

void input_set_front(unsigned console)
{
    struct spinlock_state state = spin_lock(&input.lock);

    if (console != input.front)
        input.last_front = input.front;
    input.front = console;
    unsigned leds = input_lights();
    spin_unlock(&input.lock, state);
    input_show_lights(leds);
}

unsigned input_modifiers(void)
{
    struct spinlock_state state = spin_lock(&input.lock);
    unsigned modifiers = input.keys.modifiers;

    spin_unlock(&input.lock, state);
    return modifiers;
}

void input_set_held(unsigned console, bool is_held)
{
    struct spinlock_state state = spin_lock(&input.lock);
    struct key_console *keys = input_console(console);

    keys->locks = (uint8_t)((keys->locks & ~LED_SCR) | (is_held ? LED_SCR : 0));
    unsigned leds = input_lights();
    spin_unlock(&input.lock, state);
    input_show_lights(leds);
}

void input_reset_console(unsigned console)
{
    struct spinlock_state state = spin_lock(&input.lock);
    struct key_console *keys = input_console(console);

    keys->locked = 0;
    keys->sticky = 0;
    keys->is_lit_by_program = false;
    keys->locks = keys->default_locks;
    unsigned leds = input_lights();
    spin_unlock(&input.lock, state);
    input_show_lights(leds);
}

int input_setup(void)
{
    static const struct thread_options options = {.is_detached = true};

    keymap_setup();
    timer_init(&input.repeat, repeat_expired);
    for (unsigned console = 1; console <= INPUT_CONSOLES; console++)
        key_console_init(input_console(console));
    input.keys.type = target_type;
    return thread_create("keyboard-lights", lights_thread, NULL, &options, NULL);
}
