/* One function a type of keysym, in a table. */
#include "input/key_types.h"

#include "input/keymap.h"
#include "lib/string.h"

static bool has_lock(const struct key_state *state, unsigned lock)
{
    return (state->console->locks & lock) != 0;
}

/* ---- what is typed */

static void type_byte(struct key_state *state, uint8_t byte)
{
    char character = (char)byte;

    state->type(&character, 1);
}

static void type_string(struct key_state *state, const char *string)
{
    state->type(string, strlen(string));
}

static void type_utf8(struct key_state *state, uint32_t character)
{
    char bytes[4];
    size_t length = 0;

    if (character < 0x80) {
        bytes[length++] = (char)character;
    } else if (character < 0x800) {
        bytes[length++] = (char)(0xc0 | character >> 6);
        bytes[length++] = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        if (character >= 0xd800 && character < 0xe000)
            return; /* half of a surrogate pair is no character */
        bytes[length++] = (char)(0xe0 | character >> 12);
        bytes[length++] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x110000) {
        bytes[length++] = (char)(0xf0 | character >> 18);
        bytes[length++] = (char)(0x80 | (character >> 12 & 0x3f));
        bytes[length++] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (character & 0x3f));
    }
    if (length != 0)
        state->type(bytes, length);
}

/* In 8 bits what is not in Latin-1 cannot be typed. */
static void type_character(struct key_state *state, uint32_t character)
{
    if (state->console->mode == K_UNICODE)
        type_utf8(state, character);
    else if (character < 0x100)
        type_byte(state, (uint8_t)character);
}

/* ESC [ A, or ESC O A for programs that have set that mode. */
static void type_sequence(struct key_state *state, char last, bool is_application)
{
    const char sequence[3] = {'\033', is_application ? 'O' : '[', last};

    state->type(sequence, sizeof(sequence));
}

/* ---- dead keys and Compose */

/* The accent that was typed, and this character: one, or the accent alone if they are not combined. */
static uint32_t combine_accent(struct key_state *state, uint32_t character)
{
    uint32_t accent = state->accent;
    uint32_t result = keymap_combine(accent, character);

    state->accent = 0;
    if (result != 0)
        return result;
    if (character == ' ' || character == accent)
        return accent;
    type_character(state, accent);
    return character;
}

void key_take_character(struct key_state *state, uint32_t character)
{
    if (state->accent != 0)
        character = combine_accent(state, character);
    if (state->is_composing) {
        state->is_composing = false;
        state->accent = character;
        return;
    }
    type_character(state, character);
}

static void take_dead_character(struct key_state *state, uint32_t character)
{
    state->accent = state->accent != 0 ? combine_accent(state, character) : character;
}

/* ---- one function a type of keysym; not called for releases but where it says so */

typedef struct key_action key_handler(struct key_state *state, unsigned value, enum key_change change);

static const struct key_action no_action = {KEY_ACTION_NONE, 0};

static struct key_action key_latin(struct key_state *state, unsigned value, enum key_change change)
{
    (void)change;
    key_take_character(state, value);
    return no_action;
}

static struct key_action key_function(struct key_state *state, unsigned value, enum key_change change)
{
    const char *string = keymap_string(value);

    (void)change;
    if (string != NULL)
        type_string(state, string);
    return no_action;
}

static struct key_action key_cursor(struct key_state *state, unsigned value, enum key_change change)
{
    (void)change;
    type_sequence(state, "BDCA"[value & 3], state -> modes.cursor_keys_application);
    return no_action;
}

static struct key_action key_dead(struct key_state *state, unsigned value, enum key_change change)
{
    static const char accents[NR_DEAD + 1] = "`'^~\",_U.*=cki#o!?+-)(:n;$@";

    (void)change;
    if (value < NR_DEAD)
        take_dead_character(state, (uint8_t)accents[value]);
    return no_action;
}

static struct key_action key_dead_latin(struct key_state *state, unsigned value, enum key_change change)
{
    (void)change;
    take_dead_character(state, value);
    return no_action;
}

static struct key_action key_console_number(struct key_state *state, unsigned value, enum key_change change)
{
    (void)state;
    (void)change;
    return (struct key_action){KEY_ACTION_SWITCH, value + 1};
}

static struct key_action key_meta(struct key_state *state, unsigned value, enum key_change change)
{
    (void)change;
    if (state->console->meta == K_ESCPREFIX) {
        const char sequence[2] = {'\033', (char)value};
        state->type(sequence, sizeof(sequence));
    } else {
        type_byte(state, (uint8_t)(value | 0x80));
    }
    return no_action;
}

/* What the keys 0 to 9 and the point do without NumLock. */
static const uint16_t keypad_cursor[] = {K_INSERT, K_SELECT, K_DOWN, K_PGDN, K_LEFT,
                                         K_HOLE,   K_RIGHT,  K_FIND, K_UP,   K_PGUP};
#define KEYPAD_5 5
#define KEYPAD_ENTER 14
#define KEYPAD_COMMA 15
#define KEYPAD_PERIOD 16

static void take_keypad_cursor(struct key_state *state, unsigned value)
{
    uint16_t keysym =
        value < sizeof(keypad_cursor) / sizeof(keypad_cursor[0]) ? keypad_cursor[value] : K_REMOVE;

    if (value == KEYPAD_5)
        type_sequence(state, 'G', state->modes.keypad_application);
    else if (KTYP(keysym) == KT_FN)
        (void)key_function(state, KVAL(keysym), KEY_PRESSED);
    else
        (void)key_cursor(state, KVAL(keysym), KEY_PRESSED);
}

static struct key_action key_keypad(struct key_state *state, unsigned value, enum key_change change)
{
    static const char characters[NR_PAD + 1] = "0123456789+-*/\r,.?()";
    static const char application[NR_PAD + 1] = "pqrstuvwxylSRQMnnmPQ";
    bool is_digit = value <= 9 || value == KEYPAD_COMMA || value == KEYPAD_PERIOD;

    (void)change;
    if (value >= NR_PAD)
        return no_action;
    if (state->modes.keypad_application && state->modifiers_down[KG_SHIFT] == 0) {
        type_sequence(state, application[value], true);
        return no_action;
    }
    if (is_digit && !has_lock(state, LED_NUM)) {
        take_keypad_cursor(state, value);
        return no_action;
    }
    type_byte(state, (uint8_t)characters[value]);
    if (value == KEYPAD_ENTER && state->modes.newline)
        type_byte(state, '\n');
    return no_action;
}

/* Digits of a character's number: decimal with Alt held, hexadecimal with AltGr. */
static struct key_action key_ascii(struct key_state *state, unsigned value, enum key_change change)
{
    unsigned base = value < 10 ? 10 : 16;
    unsigned digit = value < 10 ? value : value - 10;

    (void)change;
    state->number = state->has_number ? state->number * base + digit : digit;
    state->has_number = true;
    return no_action;
}

/* A modifier; for releases, too. Two keys of one modifier may be down. */
static struct key_action key_shift(struct key_state *state, unsigned value, enum key_change change)
{
    uint16_t before = state->modifiers;

    if (change == KEY_REPEATED || value >= NR_SHIFT)
        return no_action;
    if (value == KG_CAPSSHIFT) {
        value = KG_SHIFT;
        if (change == KEY_PRESSED)
            state->console->locks &= (uint8_t)~LED_CAP;
    }
    if (change == KEY_PRESSED)
        state->modifiers_down[value]++;
    else if (state->modifiers_down[value] != 0)
        state->modifiers_down[value]--;
    state->modifiers &= (uint16_t) ~(1u << value);
    if (state->modifiers_down[value] != 0)
        state->modifiers |= (uint16_t)(1u << value);
    if (change == KEY_RELEASED && state->modifiers != before && state->has_number) {
        state->has_number = false;
        type_character(state, state->console->mode == K_UNICODE ? state->number : state->number & 0xff);
    }
    return no_action;
}

static struct key_action key_lock(struct key_state *state, unsigned value, enum key_change change)
{
    if (change == KEY_PRESSED && value < 8)
        state->console->locked ^= (uint8_t)(1u << value);
    return no_action;
}

/* A modifier that holds for the next key; for releases, too. */
static struct key_action key_sticky(struct key_state *state, unsigned value, enum key_change change)
{
    struct key_console *console = state->console;

    (void)key_shift(state, value, change);
    if (change != KEY_PRESSED || value >= 8)
        return no_action;
    console->sticky ^= (uint8_t)(1u << value);
    if (keymap_lookup(console->locked ^ console->sticky) == NULL)
        console->sticky = (uint8_t)(1u << value);
    return no_action;
}

static void take_return(struct key_state *state)
{
    if (state->accent != 0) {
        type_character(state, state->accent);
        state->accent = 0;
    }
    type_byte(state, '\r');
    if (state->modes.newline)
        type_byte(state, '\n');
}

static void take_lock_key(struct key_state *state, unsigned lock, enum key_change change)
{
    if (change == KEY_PRESSED)
        state->console->locks ^= (uint8_t)lock;
}

static struct key_action key_special(struct key_state *state, unsigned value, enum key_change change)
{
    if (state->console->mode != K_XLATE && state->console->mode != K_UNICODE)
        return no_action;
    switch (K(KT_SPEC, value)) {
    case K_HOLE:
        key_count_modifiers(state);
        break;
    case K_ENTER:
        take_return(state);
        break;
    case K_CAPS:
        take_lock_key(state, LED_CAP, change);
        break;
    case K_CAPSON:
        state->console->locks |= LED_CAP;
        break;
    case K_NUM:
        if (state->modes.keypad_application)
            type_sequence(state, 'P', true);
        else
            take_lock_key(state, LED_NUM, change);
        break;
    case K_BARENUMLOCK:
        take_lock_key(state, LED_NUM, change);
        break;
    case K_COMPOSE:
        state->is_composing = true;
        break;
    case K_SH_REGS:
        return (struct key_action){KEY_ACTION_SYSRQ, 'p'};
    case K_SH_STAT:
        return (struct key_action){KEY_ACTION_SYSRQ, 't'};
    case K_BREAK:
        return (struct key_action){KEY_ACTION_BREAK, 0};
    case K_CONS:
        return (struct key_action){KEY_ACTION_SWITCH_LAST, 0};
    case K_HOLD:
        return (struct key_action){change == KEY_PRESSED ? KEY_ACTION_HOLD : KEY_ACTION_NONE, 0};
    case K_SCROLLFORW:
        return (struct key_action){KEY_ACTION_SCROLL_FORWARD, 0};
    case K_SCROLLBACK:
        return (struct key_action){KEY_ACTION_SCROLL_BACK, 0};
    case K_BOOT:
        return (struct key_action){change == KEY_PRESSED ? KEY_ACTION_CTRL_ALT_DEL : KEY_ACTION_NONE, 0};
    case K_SPAWNCONSOLE:
        return (struct key_action){KEY_ACTION_SIGNAL, 0};
    case K_DECRCONSOLE:
        return (struct key_action){KEY_ACTION_SWITCH_PREVIOUS, 0};
    case K_INCRCONSOLE:
        return (struct key_action){KEY_ACTION_SWITCH_NEXT, 0};
    }
    return no_action;
}

static const struct {
    key_handler *handle;
    bool takes_releases;
} key_types[NR_TYPES] = {
    [KT_LATIN] = {key_latin, false},  [KT_FN] = {key_function, false},
    [KT_SPEC] = {key_special, false}, [KT_PAD] = {key_keypad, false},
    [KT_DEAD] = {key_dead, false},    [KT_CONS] = {key_console_number, false},
    [KT_CUR] = {key_cursor, false},   [KT_SHIFT] = {key_shift, true},
    [KT_META] = {key_meta, false},    [KT_ASCII] = {key_ascii, false},
    [KT_LOCK] = {key_lock, false},    [KT_LETTER] = {key_latin, false},
    [KT_SLOCK] = {key_sticky, true},  [KT_DEAD2] = {key_dead_latin, false},
    [KT_BRL] = {NULL, false},
};

struct key_action key_type_take(struct key_state *state, unsigned type, unsigned value,
                                enum key_change change)
{
    if (type >= NR_TYPES || key_types[type].handle == NULL)
        return no_action;
    if (change == KEY_RELEASED && !key_types[type].takes_releases)
        return no_action;
    return key_types[type].handle(state, value, change);
}
