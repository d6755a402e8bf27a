/* Bytes of a PS/2 keyboard: both sets make the same keys, and what is no key is told from one. */
#include "dev/ps2_decoder.h"

#include "abi/input.h"
#include "test.h"

#define EVENTS_MAX 8

/* What a run of bytes comes to: its events but those of kind NONE. */
struct events {
    size_t count;
    struct ps2_event at[EVENTS_MAX];
};

static struct ps2_decoder decoder;

static struct events take(const uint8_t *bytes, size_t count)
{
    struct events events = {0};

    for (size_t i = 0; i < count; i++) {
        struct ps2_event event = ps2_decoder_take(&decoder, bytes[i]);
        if (event.kind != PS2_EVENT_NONE) {
            assert_true(events.count < EVENTS_MAX);
            events.at[events.count++] = event;
        }
    }
    return events;
}

#define TAKE(...) take((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void assert_key(struct events events, unsigned code, bool is_down)
{
    assert_int_equal(events.count, 1);
    assert_int_equal(events.at[0].kind, PS2_EVENT_KEY);
    assert_int_equal(events.at[0].code, code);
    assert_int_equal(events.at[0].is_down, is_down);
}

static void assert_kind(struct events events, enum ps2_event_kind kind)
{
    assert_int_equal(events.count, 1);
    assert_int_equal(events.at[0].kind, kind);
}

static void begin(bool is_set_2)
{
    ps2_decoder_init(&decoder, is_set_2);
}

/* Keys of both sets; prefixed: behind E0. */
static const struct {
    uint8_t set_1, set_2;
    bool is_prefixed;
    uint8_t code;
} keys[] = {
    {0x01, 0x76, false, 1},
    {0x02, 0x16, false, 2},
    {0x0e, 0x66, false, 14},
    {0x1c, 0x5a, false, 28},
    {0x1d, 0x14, false, KEY_LEFTCTRL},
    {0x1e, 0x1c, false, 30},
    {0x2a, 0x12, false, KEY_LEFTSHIFT},
    {0x2b, 0x5d, false, 43},
    {0x36, 0x59, false, KEY_RIGHTSHIFT},
    {0x38, 0x11, false, KEY_LEFTALT},
    {0x39, 0x29, false, 57},
    {0x3a, 0x58, false, KEY_CAPSLOCK},
    {0x3b, 0x05, false, 59},
    {0x41, 0x83, false, 65},
    {0x44, 0x09, false, 68},
    {0x45, 0x77, false, KEY_NUMLOCK},
    {0x46, 0x7e, false, KEY_SCROLLLOCK},
    {0x47, 0x6c, false, 71},
    {0x53, 0x71, false, KEY_KPDOT},
    {0x54, 0x84, false, KEY_SYSRQ},
    {0x56, 0x61, false, KEY_102ND},
    {0x57, 0x78, false, KEY_F11},
    {0x58, 0x07, false, KEY_F12},
    {0x64, 0x08, false, KEY_F13},
    {0x6e, 0x57, false, KEY_F23},
    {0x70, 0x13, false, KEY_KATAKANAHIRAGANA},
    {0x73, 0x51, false, KEY_RO},
    {0x76, 0x5f, false, KEY_F24},
    {0x79, 0x64, false, KEY_HENKAN},
    {0x7b, 0x67, false, KEY_MUHENKAN},
    {0x7d, 0x6a, false, KEY_YEN},
    {0x7e, 0x6d, false, KEY_KPCOMMA},
    {0x1c, 0x5a, true, KEY_KPENTER},
    {0x1d, 0x14, true, KEY_RIGHTCTRL},
    {0x35, 0x4a, true, KEY_KPSLASH},
    {0x37, 0x7c, true, KEY_SYSRQ},
    {0x38, 0x11, true, KEY_RIGHTALT},
    {0x46, 0x7e, true, KEY_PAUSE},
    {0x47, 0x6c, true, KEY_HOME},
    {0x48, 0x75, true, KEY_UP},
    {0x49, 0x7d, true, KEY_PAGEUP},
    {0x4b, 0x6b, true, KEY_LEFT},
    {0x4d, 0x74, true, KEY_RIGHT},
    {0x4f, 0x69, true, KEY_END},
    {0x50, 0x72, true, KEY_DOWN},
    {0x51, 0x7a, true, KEY_PAGEDOWN},
    {0x52, 0x70, true, KEY_INSERT},
    {0x53, 0x71, true, KEY_DELETE},
    {0x5b, 0x1f, true, KEY_LEFTMETA},
    {0x5c, 0x27, true, KEY_RIGHTMETA},
    {0x5d, 0x2f, true, KEY_COMPOSE},
    {0x5e, 0x37, true, KEY_POWER},
    {0x20, 0x23, true, KEY_MUTE},
};

static void keys_of_both_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        uint8_t code = keys[i].code;

        begin(false);
        if (keys[i].is_prefixed) {
            assert_key(TAKE(0xe0, keys[i].set_1), code, true);
            assert_key(TAKE(0xe0, keys[i].set_1 | 0x80), code, false);
        } else {
            assert_key(TAKE(keys[i].set_1), code, true);
            assert_key(TAKE(keys[i].set_1 | 0x80), code, false);
        }
        begin(true);
        if (keys[i].is_prefixed) {
            assert_key(TAKE(0xe0, keys[i].set_2), code, true);
            assert_key(TAKE(0xe0, 0xf0, keys[i].set_2), code, false);
        } else {
            assert_key(TAKE(keys[i].set_2), code, true);
            assert_key(TAKE(0xf0, keys[i].set_2), code, false);
        }
    }
}

/* Up to KEY_KPDOT the codes of set 1 are Linux's; none of them is anything else. */
static void keys_of_the_first_pcs(void **state)
{
    (void)state;
    begin(false);
    for (uint8_t code = 1; code <= KEY_KPDOT; code++) {
        assert_key(TAKE(code), code, true);
        assert_key(TAKE(code), code, true); /* the keyboard repeats */
        assert_key(TAKE(code | 0x80), code, false);
    }
}

static void pause_is_one_key(void **state)
{
    struct events events;

    (void)state;
    begin(false);
    events = TAKE(0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5);
    assert_int_equal(events.count, 2);
    assert_true(events.at[0].code == KEY_PAUSE && events.at[0].is_down);
    assert_true(events.at[1].code == KEY_PAUSE && !events.at[1].is_down);
    assert_key(TAKE(0x1d), KEY_LEFTCTRL, true);

    begin(true);
    events = TAKE(0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77);
    assert_int_equal(events.count, 2);
    assert_true(events.at[0].code == KEY_PAUSE && events.at[0].is_down);
    assert_true(events.at[1].code == KEY_PAUSE && !events.at[1].is_down);

    begin(false); /* what nobody knows is left out whole */
    assert_int_equal(TAKE(0xe1, 0x1d, 0x46).count, 0);
    assert_key(TAKE(0x1e), 30, true);
}

static void fake_shifts_are_none(void **state)
{
    (void)state;
    begin(false);
    assert_key(TAKE(0xe0, 0x2a, 0xe0, 0x37), KEY_SYSRQ, true);
    assert_key(TAKE(0xe0, 0xb7, 0xe0, 0xaa), KEY_SYSRQ, false);
    assert_key(TAKE(0xe0, 0xb6, 0xe0, 0x4b), KEY_LEFT, true);
    assert_key(TAKE(0xe0, 0xcb, 0xe0, 0x36), KEY_LEFT, false);
    begin(true);
    assert_key(TAKE(0xe0, 0x12, 0xe0, 0x7c), KEY_SYSRQ, true);
    assert_key(TAKE(0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12), KEY_SYSRQ, false);
}

/* Of bytes with two meanings the press that came before tells which it is. */
static void replies_and_releases(void **state)
{
    static const uint8_t replies[] = {PS2_SELF_TEST_PASSED, PS2_ACKNOWLEDGE, PS2_SELF_TEST_FAILED,
                                      PS2_RESEND};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(replies); i++) {
        begin(false);
        struct events events = TAKE(replies[i]);
        assert_kind(events, PS2_EVENT_REPLY);
        assert_int_equal(events.at[0].byte, replies[i]);
        begin(true);
        assert_kind(TAKE(replies[i]), PS2_EVENT_REPLY);
    }
    begin(false);
    assert_key(TAKE(0x2a), KEY_LEFTSHIFT, true);
    assert_key(TAKE(0xaa), KEY_LEFTSHIFT, false);
    assert_kind(TAKE(0xaa), PS2_EVENT_REPLY);
    assert_key(TAKE(0x7e), KEY_KPCOMMA, true);
    assert_key(TAKE(0xfe), KEY_KPCOMMA, false);
    assert_kind(TAKE(0xfe), PS2_EVENT_REPLY);
    begin(true);
    assert_key(TAKE(0x12), KEY_LEFTSHIFT, true);
    assert_kind(TAKE(0xaa), PS2_EVENT_REPLY);
}

/* A keyboard that was plugged in knows nothing of keys that were down. */
static void a_new_keyboard(void **state)
{
    (void)state;
    begin(false);
    (void)TAKE(0x7e);
    assert_kind(TAKE(0xaa), PS2_EVENT_REPLY);
    assert_kind(TAKE(0xfe), PS2_EVENT_REPLY);
}

static void korean_keys(void **state)
{
    (void)state;
    for (int set_2 = 0; set_2 < 2; set_2++) {
        begin(set_2 != 0);
        struct events events = TAKE(0xf1, 0xf2);
        assert_int_equal(events.count, 2);
        assert_true(events.at[0].kind == PS2_EVENT_TAP && events.at[0].code == KEY_HANJA);
        assert_true(events.at[1].kind == PS2_EVENT_TAP && events.at[1].code == KEY_HANGEUL);
    }
}

static void lost_keys(void **state)
{
    (void)state;
    begin(false);
    assert_kind(TAKE(0x00), PS2_EVENT_LOST);
    assert_kind(TAKE(0xff), PS2_EVENT_LOST);
    begin(true);
    assert_kind(TAKE(0x00), PS2_EVENT_LOST);
    begin(false); /* and in the middle of a key */
    assert_int_equal(TAKE(0xe0, 0x00).count, 0);
    assert_key(TAKE(0x1e), 30, true);
}

static void unknown_codes(void **state)
{
    (void)state;
    begin(false);
    assert_int_equal(TAKE(0x55, 0xd5, 0x60, 0x61, 0xe0, 0x01, 0xe0, 0x81).count, 0);
    begin(true);
    assert_int_equal(TAKE(0x85, 0xf0, 0x85, 0xe0, 0x7f, 0xe0, 0xf0, 0x7f).count, 0);
    assert_key(TAKE(0x1c), 30, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_both_sets),    cmocka_unit_test(keys_of_the_first_pcs),
        cmocka_unit_test(pause_is_one_key),     cmocka_unit_test(fake_shifts_are_none),
        cmocka_unit_test(replies_and_releases), cmocka_unit_test(a_new_keyboard),
        cmocka_unit_test(korean_keys),          cmocka_unit_test(lost_keys),
        cmocka_unit_test(unknown_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
