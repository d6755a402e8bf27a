/* What keys do on the built-in keymap, in each mode, and on one that programs have changed. */
#include "input/key_translate.h"

#include <stdio.h>

#include "abi/input.h"
#include "fake_memory.h"
#include "input/keymap.h"
#include "test.h"

#define KEY_1 2
#define KEY_0 11
#define KEY_BACKSPACE 14
#define KEY_TAB 15
#define KEY_Q 16
#define KEY_E 18
#define KEY_ENTER 28
#define KEY_A 30
#define KEY_APOSTROPHE 40
#define KEY_C 46
#define KEY_DOT 52
#define KEY_SPACE 57
#define KEY_F1 59
#define KEY_F2 60
#define KEY_KP7 71
#define KEY_KP6 77
#define KEY_KP1 79
#define KEY_KP5 76

static struct key_state keys;
static struct key_console console;
static struct terminal_key_modes modes;
static struct key_action last_action;
static char typed[256];
static size_t typed_length;

static void type(const char *bytes, size_t length)
{
    assert_true(length > 0 && typed_length + length < sizeof(typed));
    memcpy(typed + typed_length, bytes, length);
    typed_length += length;
    typed[typed_length] = '\0';
}

static int begin(void **state)
{
    (void)state;
    static bool has_memory;

    if (!has_memory)
        fake_memory_start(64 * MIB);
    has_memory = true;
    keymap_setup();
    keys.type = type;
    key_state_init(&keys);
    key_console_init(&console);
    modes = (struct terminal_key_modes){.auto_repeat = true};
    typed_length = 0;
    typed[0] = '\0';
    return 0;
}

static void change(unsigned code, enum key_change how)
{
    last_action = key_translate(&keys, &console, modes, code, how);
}

static void press(unsigned code)
{
    change(code, KEY_PRESSED);
}

static void release(unsigned code)
{
    change(code, KEY_RELEASED);
}

static void tap(unsigned code)
{
    struct key_action action;

    press(code);
    action = last_action;
    release(code);
    last_action = action;
}

static void tap_with(unsigned modifier, unsigned code)
{
    struct key_action action;

    press(modifier);
    tap(code);
    action = last_action;
    release(modifier);
    last_action = action;
}

static void assert_typed(const char *expected)
{
    assert_string_equal(typed, expected);
    typed_length = 0;
    typed[0] = '\0';
}

static void assert_action(enum key_action_kind kind, unsigned value)
{
    assert_int_equal(last_action.kind, kind);
    assert_int_equal(last_action.value, value);
}

/* The keys with characters, row by row, as on the caps. */
static const struct {
    unsigned first;
    const char *plain, *shifted;
} rows[] = {
    {KEY_1, "1234567890-=", "!@#$%^&*()_+"},
    {KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"},
    {KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {43, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
    {KEY_102ND, "<", ">"},
    {KEY_SPACE, " ", " "},
};

static void plain_and_shifted(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        for (unsigned i = 0; rows[row].plain[i] != '\0'; i++)
            tap(rows[row].first + i);
        assert_typed(rows[row].plain);
        for (unsigned i = 0; rows[row].plain[i] != '\0'; i++)
            tap_with(i % 2 == 0 ? KEY_LEFTSHIFT : KEY_RIGHTSHIFT, rows[row].first + i);
        assert_typed(rows[row].shifted);
    }
}

static void control_and_alt(void **state)
{
    char expected[3];

    (void)state;
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        for (unsigned i = 0; rows[row].plain[i] != '\0'; i++) {
            char letter = rows[row].plain[i];
            tap_with(KEY_LEFTALT, rows[row].first + i);
            snprintf(expected, sizeof(expected), "\033%c", letter);
            assert_typed(expected);
            if (letter < 'a' || letter > 'z')
                continue;
            tap_with(KEY_RIGHTCTRL, rows[row].first + i);
            snprintf(expected, sizeof(expected), "%c", letter & 0x1f);
            assert_typed(expected);
        }
    }
    tap_with(KEY_LEFTCTRL, KEY_SPACE); /* a 0 byte */
    assert_int_equal(typed_length, 1);
    assert_int_equal(typed[0], 0);
}

static void other_keys(void **state)
{
    static const struct {
        unsigned code;
        const char *bytes;
    } expected[] = {
        {1, "\033"},
        {KEY_BACKSPACE, "\177"},
        {KEY_TAB, "\t"},
        {KEY_ENTER, "\r"},
        {KEY_F1, "\033[[A"},
        {KEY_F2, "\033[[B"},
        {61, "\033[[C"},
        {62, "\033[[D"},
        {63, "\033[[E"},
        {64, "\033[17~"},
        {65, "\033[18~"},
        {66, "\033[19~"},
        {67, "\033[20~"},
        {68, "\033[21~"},
        {KEY_F11, "\033[23~"},
        {KEY_F12, "\033[24~"},
        {KEY_HOME, "\033[1~"},
        {KEY_INSERT, "\033[2~"},
        {KEY_DELETE, "\033[3~"},
        {KEY_END, "\033[4~"},
        {KEY_PAGEUP, "\033[5~"},
        {KEY_PAGEDOWN, "\033[6~"},
        {KEY_UP, "\033[A"},
        {KEY_DOWN, "\033[B"},
        {KEY_RIGHT, "\033[C"},
        {KEY_LEFT, "\033[D"},
        {KEY_PAUSE, "\033[P"},
        {KEY_SYSRQ, "\034"},
        {KEY_KPENTER, "\r"},
        {KEY_KPSLASH, "/"},
        {55, "*"},
        {74, "-"},
        {78, "+"},
        {KEY_LEFTMETA, ""},
        {200, ""},
        {255, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        tap(expected[i].code);
        assert_typed(expected[i].bytes);
    }
    modes.cursor_keys_application = true;
    tap(KEY_UP);
    assert_typed("\033OA");
    modes.newline = true;
    tap(KEY_ENTER);
    tap(KEY_KPENTER);
    assert_typed("\r\n\r\n");
}

static void keypad(void **state)
{
    (void)state;
    for (unsigned code = KEY_KP7; code <= KEY_KPDOT; code++)
        tap(code);
    assert_typed("\033[1~\033[A\033[5~-\033[D\033[G\033[C+\033[4~\033[B\033[6~\033[2~\033[3~");
    tap(KEY_NUMLOCK);
    assert_int_equal(key_lights(&console), LED_NUM);
    for (unsigned code = KEY_KP7; code <= KEY_KPDOT; code++)
        tap(code);
    assert_typed("789-456+1230.");
    modes.keypad_application = true;
    for (unsigned code = KEY_KP7; code <= KEY_KPDOT; code++)
        tap(code);
    assert_typed("\033Ow\033Ox\033Oy\033OS\033Ot\033Ou\033Ov\033Ol\033Oq\033Or\033Os\033Op\033On");
    tap_with(KEY_LEFTSHIFT, KEY_KP1); /* Shift forces digits */
    assert_typed("1");
    tap(KEY_NUMLOCK);
    assert_typed("\033OP");
    assert_int_equal(key_lights(&console), LED_NUM);
}

static void locks(void **state)
{
    (void)state;
    tap(KEY_CAPSLOCK);
    assert_int_equal(key_lights(&console), LED_CAP);
    tap(KEY_A);
    tap(KEY_1);
    tap_with(KEY_LEFTSHIFT, KEY_A);
    tap_with(KEY_LEFTSHIFT, KEY_1);
    assert_typed("A1a!");
    tap_with(KEY_LEFTCTRL, KEY_C);
    assert_typed("\003");
    change(KEY_CAPSLOCK, KEY_PRESSED);
    change(KEY_CAPSLOCK, KEY_REPEATED); /* held */
    release(KEY_CAPSLOCK);
    assert_int_equal(key_lights(&console), 0);
    console.is_lit_by_program = true;
    console.lights = LED_SCR;
    assert_int_equal(key_lights(&console), LED_SCR);
}

static void two_keys_of_a_modifier(void **state)
{
    (void)state;
    press(KEY_LEFTSHIFT);
    press(KEY_RIGHTSHIFT);
    release(KEY_LEFTSHIFT);
    tap(KEY_A);
    release(KEY_RIGHTSHIFT);
    tap(KEY_A);
    assert_typed("Aa");
}

static void repeats(void **state)
{
    (void)state;
    press(KEY_A);
    change(KEY_A, KEY_REPEATED);
    change(KEY_A, KEY_REPEATED);
    release(KEY_A);
    assert_typed("aaa");
    modes.auto_repeat = false;
    press(KEY_A);
    change(KEY_A, KEY_REPEATED);
    release(KEY_A);
    assert_typed("a");
}

static void accents(void **state)
{
    (void)state;
    tap_with(KEY_LEFTCTRL, KEY_DOT); /* Compose */
    tap(KEY_APOSTROPHE);
    assert_typed("");
    tap(KEY_E);
    assert_typed("\303\251");
    tap_with(KEY_LEFTCTRL, KEY_DOT);
    tap(KEY_APOSTROPHE);
    tap(KEY_Q); /* nothing that the two make: both */
    assert_typed("'q");
    tap_with(KEY_LEFTCTRL, KEY_DOT);
    tap(KEY_APOSTROPHE);
    tap(KEY_SPACE);
    assert_typed("'");
    tap_with(KEY_LEFTCTRL, KEY_DOT);
    tap(KEY_APOSTROPHE);
    tap(KEY_ENTER);
    assert_typed("'\r");

    console.mode = K_XLATE;
    tap_with(KEY_LEFTCTRL, KEY_DOT);
    tap(KEY_APOSTROPHE);
    tap(KEY_E);
    assert_typed("\351");
}

static void set(unsigned map, unsigned key, uint16_t keysym)
{
    uint16_t *block = keymap_block_alloc();

    assert_non_null(block);
    keymap_set(map, key, keysym, &block);
    keymap_block_free(block);
    assert_int_equal(keymap_get(map, key), keysym);
}

static void a_changed_keymap(void **state)
{
    (void)state;
    set(0, KEY_A, 0x20ac ^ KEYMAP_MASK);
    set(0, KEY_E, K(KT_DEAD, 4));
    set(0, KEY_Q, K(KT_LETTER, 0xe4));
    set(1, KEY_Q, K(KT_LETTER, 0xc4));
    set(3, KEY_Q, K(KT_LATIN, '@'));
    set(3, KEY_LEFTSHIFT, K(KT_SHIFT, KG_SHIFT));
    set(3, KEY_RIGHTALT, K(KT_SHIFT, KG_ALTGR));
    tap(KEY_A);
    assert_typed("\342\202\254");
    tap(KEY_E);
    tap(44 + 3); /* v: no v with two dots */
    assert_typed("\"v");
    tap(KEY_E);
    tap(24); /* o */
    assert_typed("\303\266");
    tap(KEY_CAPSLOCK);
    tap(KEY_Q);
    assert_typed("\303\204");
    tap(KEY_CAPSLOCK);
    press(KEY_RIGHTALT);
    tap_with(KEY_LEFTSHIFT, KEY_Q);
    release(KEY_RIGHTALT);
    assert_typed("@");
    set(0, KEY_A, K(KT_SLOCK, KG_SHIFT)); /* Shift for the next key */
    set(1, KEY_A, K(KT_SLOCK, KG_SHIFT));
    tap(KEY_A);
    tap(KEY_C);
    tap(KEY_C);
    assert_typed("Cc");
    set(0, KEY_A, K(KT_LOCK, KG_SHIFT));
    set(1, KEY_A, K(KT_LOCK, KG_SHIFT));
    tap(KEY_A);
    tap(KEY_1);
    assert_typed("!");
    console.locked = 0;
    assert_null(keymap_remove(0)); /* the first one stays */
    keymap_block_free(keymap_remove(3));
    assert_int_equal(keymap_get(3, 0), K_NOSUCHMAP);
    assert_int_equal(keymap_get(3, KEY_Q), K_HOLE);
    assert_null(keymap_remove(2)); /* built in: there is nothing to free */
    assert_null(keymap_lookup(2));
    set(2, KEY_Q, K(KT_LATIN, 'x'));
    keymap_block_free(keymap_remove(1));
    press(KEY_LEFTSHIFT); /* a combination without a map does nothing */
    tap(KEY_C);
    assert_typed("");
    release(KEY_LEFTSHIFT);
    tap(KEY_C);
    assert_typed("c");
}

static void changed_tables(void **state)
{
    struct accent_table *table = keymap_accents_alloc();
    char *string = keymap_block_alloc();

    (void)state;
    assert_non_null(table);
    assert_non_null(string);
    keymap_copy_accents(table);
    assert_int_equal(table->count, keymap_builtin_accent_count);
    table->count = 1;
    table->entries[0] = (struct kbdiacruc){'a', 'b', 0x1f600};
    assert_null(keymap_exchange_accents(table));
    tap_with(KEY_LEFTCTRL, KEY_DOT);
    tap(KEY_A);
    tap(48);
    assert_typed("\360\237\230\200");
    keymap_accents_free(keymap_exchange_accents(NULL));

    strcpy(string, "help\r");
    assert_null(keymap_set_string(0, string));
    tap(KEY_F1);
    assert_typed("help\r");
    keymap_block_free(keymap_set_string(0, NULL));
    tap(KEY_F1);
    assert_typed("");
}

static void numbers(void **state)
{
    (void)state;
    press(KEY_LEFTALT); /* 2 3 3: e with an acute accent */
    tap(80);
    tap(81);
    tap(81);
    assert_typed("");
    release(KEY_LEFTALT);
    assert_typed("\303\251");
    tap(KEY_A);
    assert_typed("a");
    press(KEY_LEFTALT); /* numbers that are no characters */
    for (int i = 0; i < 12; i++)
        tap(73);
    release(KEY_LEFTALT);
}

static void actions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        tap_with(KEY_LEFTALT, KEY_F1 + i);
        assert_action(KEY_ACTION_SWITCH, i + 1);
    }
    tap_with(KEY_LEFTALT, KEY_LEFT);
    assert_action(KEY_ACTION_SWITCH_PREVIOUS, 0);
    tap_with(KEY_LEFTALT, KEY_RIGHT);
    assert_action(KEY_ACTION_SWITCH_NEXT, 0);
    tap_with(KEY_LEFTSHIFT, KEY_PAGEUP);
    assert_action(KEY_ACTION_SCROLL_BACK, 0);
    tap_with(KEY_LEFTSHIFT, KEY_PAGEDOWN);
    assert_action(KEY_ACTION_SCROLL_FORWARD, 0);
    tap(KEY_SCROLLLOCK);
    assert_action(KEY_ACTION_HOLD, 0);
    tap(101);
    assert_action(KEY_ACTION_BREAK, 0);
    press(KEY_LEFTCTRL);
    tap_with(KEY_LEFTALT, KEY_DELETE);
    assert_action(KEY_ACTION_CTRL_ALT_DEL, 0);
    release(KEY_LEFTCTRL);
    tap_with(KEY_LEFTCTRL, KEY_SCROLLLOCK);
    assert_action(KEY_ACTION_SYSRQ, 't');
    assert_typed("");
}

static void sysrq(void **state)
{
    (void)state;
    press(KEY_LEFTALT);
    tap(KEY_SYSRQ);
    tap(KEY_C);
    assert_action(KEY_ACTION_SYSRQ, 'c');
    press(KEY_SYSRQ);
    tap(KEY_F1);
    assert_action(KEY_ACTION_SYSRQ, 0);
    release(KEY_LEFTALT);
    release(KEY_SYSRQ);
    assert_typed("");
    tap(KEY_C);
    assert_typed("c");

    console.mode = K_RAW; /* there, too */
    press(KEY_RIGHTALT);
    typed_length = 0;
    press(KEY_SYSRQ);
    tap(KEY_C);
    assert_action(KEY_ACTION_SYSRQ, 'c');
    assert_int_equal(typed_length, 0);
}

static void raw_modes(void **state)
{
    (void)state;
    console.mode = K_RAW;
    tap(KEY_A);
    tap(KEY_UP);
    tap(KEY_F12);
    assert_typed("\x1e\x9e\xe0\x48\xe0\xc8\x58\xd8");
    tap(KEY_PAUSE);
    assert_typed("\xe1\x1d\x45\xe1\x9d\xc5");
    tap(KEY_SYSRQ);
    assert_typed("\xe0\x2a\xe0\x37\xe0\xaa\xe0\xb7");
    tap(KEY_HANJA);
    assert_typed("\xf1");
    tap_with(KEY_LEFTALT, KEY_F2); /* the program decides about the screen */
    assert_action(KEY_ACTION_NONE, 0);
    assert_typed("\x38\x3c\xbc\xb8");
    tap(249);
    assert_typed("");

    console.mode = K_MEDIUMRAW;
    press(KEY_LEFTSHIFT);
    tap(KEY_A);
    tap(KEY_UP);
    assert_typed("\x2a\x1e\x9e\x67\xe7");
    press(KEY_MAIL); /* 155: 0, then its high and its low seven bits */
    assert_int_equal(typed_length, 3);
    assert_memory_equal(typed, "\x00\x81\x9b", 3);
    typed_length = 0;
    release(KEY_MAIL);
    assert_memory_equal(typed, "\x80\x81\x9b", 3);
    typed_length = 0;

    console.mode = K_OFF;
    tap(KEY_A);
    tap(KEY_F2);
    assert_int_equal(typed_length, 0);
    console.mode = K_UNICODE; /* modifiers were kept track of */
    tap(KEY_A);
    assert_typed("A");
}

static void eight_bits(void **state)
{
    (void)state;
    console.mode = K_XLATE;
    set(0, KEY_A, 0x20ac ^ KEYMAP_MASK);
    set(0, KEY_Q, K(KT_LATIN, 0xe9));
    tap(KEY_A);
    assert_typed("");
    tap(KEY_Q);
    assert_typed("\351");
    console.meta = K_METABIT;
    tap_with(KEY_LEFTALT, KEY_C);
    assert_typed("\343");
    keymap_setup();
}

/* Whatever keysym a program gives a key: nothing bad comes of it. */
static void any_keysym(void **state)
{
    (void)state;
    for (unsigned keysym = 0; keysym < 0x10000; keysym++) {
        set(0, KEY_A, (uint16_t)keysym);
        tap(KEY_A);
        typed_length = 0;
        key_state_init(&keys);
        console.locked = console.sticky = 0;
        console.mode = K_UNICODE;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(plain_and_shifted, begin),
        cmocka_unit_test_setup(control_and_alt, begin),
        cmocka_unit_test_setup(other_keys, begin),
        cmocka_unit_test_setup(keypad, begin),
        cmocka_unit_test_setup(locks, begin),
        cmocka_unit_test_setup(two_keys_of_a_modifier, begin),
        cmocka_unit_test_setup(repeats, begin),
        cmocka_unit_test_setup(accents, begin),
        cmocka_unit_test_setup(a_changed_keymap, begin),
        cmocka_unit_test_setup(changed_tables, begin),
        cmocka_unit_test_setup(numbers, begin),
        cmocka_unit_test_setup(actions, begin),
        cmocka_unit_test_setup(sysrq, begin),
        cmocka_unit_test_setup(raw_modes, begin),
        cmocka_unit_test_setup(eight_bits, begin),
        cmocka_unit_test_setup(any_keysym, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
