/* A keysym is looked up in the map that the modifiers name, and what it says is done. Behaves as Linux's
 * keyboards do, keymaps(5), but for Braille. */
#include "input/key_translate.h"

#include "abi/input.h"
#include "input/key_raw.h"
#include "input/key_types.h"
#include "input/keymap.h"
#include "lib/string.h"

#define UNICODE_TYPE_END (KEYMAP_MASK >> 8) /* types below are part of a character */
#define SYSRQ_CHARACTER_END 0x7f

void key_state_init(struct key_state *state)
{
    *state = (struct key_state){.type = state->type};
}

void key_console_init(struct key_console *console)
{
    *console = (struct key_console){.mode = K_UNICODE, .meta = K_ESCPREFIX};
}

bool key_is_down(const struct key_state *state, unsigned code)
{
    return (state->down[code / 32] >> code % 32 & 1) != 0;
}

unsigned key_lights(const struct key_console *console)
{
    return console->is_lit_by_program ? console->lights : console->locks;
}

void key_count_modifiers(struct key_state *state)
{
    const uint16_t *map = keymap_lookup(0);

    memset(state->modifiers_down, 0, sizeof(state->modifiers_down));
    state->modifiers = 0;
    for (unsigned code = 0; map != NULL && code < KEY_CODES; code++) {
        uint16_t keysym = map[code] ^ KEYMAP_MASK;
        if (!key_is_down(state, code) || (KTYP(keysym) != KT_SHIFT && KTYP(keysym) != KT_SLOCK))
            continue;
        unsigned value = KVAL(keysym) == KG_CAPSSHIFT ? KG_SHIFT : KVAL(keysym);
        if (value < NR_SHIFT) {
            state->modifiers_down[value]++;
            state->modifiers |= (uint16_t)(1u << value);
        }
    }
}

static bool has_alt(const struct key_state *state)
{
    return key_is_down(state, KEY_LEFTALT) || key_is_down(state, KEY_RIGHTALT);
}

/* The character of a key on the built-in keymap, for keys that ask the kernel: 0 if it has none. */
static unsigned sysrq_character(unsigned code)
{
    uint16_t keysym = keymap_builtin_maps[0][code] ^ KEYMAP_MASK;

    if (KTYP(keysym) != KT_LATIN && KTYP(keysym) != KT_LETTER)
        return 0;
    return KVAL(keysym) < SYSRQ_CHARACTER_END ? KVAL(keysym) : 0;
}

/* Alt and SysRq, then other keys as long as Alt is held: those do not come to programs. Says whether this is
 * one of them. */
static bool take_sysrq(struct key_state *state, unsigned code, enum key_change change,
                       struct key_action *ret_action)
{
    bool is_modifier = code == KEY_LEFTALT || code == KEY_RIGHTALT || code == KEY_LEFTSHIFT ||
                       code == KEY_RIGHTSHIFT || code == KEY_LEFTCTRL || code == KEY_RIGHTCTRL;

    if (code == KEY_SYSRQ && change == KEY_PRESSED && has_alt(state))
        state->is_sysrq = true;
    if (!state->is_sysrq)
        return false;
    if (!has_alt(state)) {
        state->is_sysrq = false;
        return false;
    }
    if (is_modifier)
        return false;
    if (code != KEY_SYSRQ && change == KEY_PRESSED)
        *ret_action = (struct key_action){KEY_ACTION_SYSRQ, sysrq_character(code)};
    return true;
}

/* In the raw modes bytes tell of the key. Says whether this is such a mode. */
static bool take_raw(struct key_state *state, unsigned code, enum key_change change)
{
    char bytes[KEY_RAW_SIZE];
    size_t length;

    if (state->console->mode == K_RAW)
        length = key_raw(bytes, code, change != KEY_RELEASED, has_alt(state));
    else if (state->console->mode == K_MEDIUMRAW)
        length = key_medium_raw(bytes, code, change != KEY_RELEASED);
    else
        return state->console->mode == K_OFF;
    if (length != 0)
        state->type(bytes, length);
    return true;
}

/* CapsLock is Shift for letters. */
static uint16_t keysym_of(const struct key_state *state, unsigned map_number, unsigned code)
{
    uint16_t keysym = keymap_lookup(map_number)[code];
    const uint16_t *other = keymap_lookup(map_number ^ (1u << KG_SHIFT));

    if (KTYP(keysym ^ KEYMAP_MASK) == KT_LETTER && (state->console->locks & LED_CAP) != 0 && other != NULL)
        keysym = other[code];
    return keysym;
}

struct key_action key_translate(struct key_state *state, struct key_console *console,
                                struct terminal_key_modes modes, unsigned code, enum key_change change)
{
    struct key_action action = {KEY_ACTION_NONE, 0};
    uint32_t bit = 1u << code % 32;

    state->console = console;
    state->modes = modes;
    if (change == KEY_RELEASED)
        state->down[code / 32] &= ~bit;
    else
        state->down[code / 32] |= bit;
    if (take_sysrq(state, code, change, &action))
        return action;

    bool is_raw = take_raw(state, code, change);
    if (change == KEY_REPEATED && !modes.auto_repeat)
        return action;
    unsigned map_number = ((state->modifiers | console->sticky) ^ console->locked) & (KEYMAP_MAPS - 1);
    if (keymap_lookup(map_number) == NULL) {
        key_count_modifiers(state);
        console->sticky = 0;
        return action;
    }

    uint16_t keysym = keysym_of(state, map_number, code);
    if (KTYP(keysym) < UNICODE_TYPE_END) {
        if (change != KEY_RELEASED && !is_raw)
            key_take_character(state, keysym);
        return action;
    }
    unsigned type = KTYP(keysym) - UNICODE_TYPE_END;
    if (is_raw && type != KT_SHIFT)
        return action;
    action = key_type_take(state, type, KVAL(keysym), change);
    if (type != KT_SLOCK)
        console->sticky = 0;
    return action;
}
