/* There is one table, by the codes of set 1: those of set 2 are translated first, as the controller would.
 * Sources: IBM PS/2 Hardware Interface Technical Reference, keyboards; Microsoft, Keyboard Scan Code
 * Specification 1.3a (the keys of multimedia keyboards). */
#include "dev/ps2_decoder.h"

#include <stddef.h>

#include "abi/input.h"

#define PREFIX_EXTENDED 0xe0
#define PREFIX_PAUSE 0xe1
#define RELEASED 0x80 /* bit of a byte of set 1 */
#define SET_2_RELEASED 0xf0
#define OVERRUN 0x00
#define OVERRUN_SET_1 0xff /* what the controller's translation makes of 00, and set 1's own */
#define CODE_HANJA 0xf1
#define CODE_HANGEUL 0xf2

/* Set 1: the code of the left and right Shift. With the prefix E0 they are none, but wrap the grey keys, so
 * that the programs of 1987 read them right in spite of NumLock. */
#define CODE_LEFT_SHIFT 0x2a
#define CODE_RIGHT_SHIFT 0x36
#define CODE_CONTROL 0x1d
#define CODE_NUM_LOCK 0x45

/* Keys of set 1 without a prefix; up to KEY_KPDOT a code is Linux's. */
static const uint8_t plain_keys[128] = {
    [0x54] = KEY_SYSRQ, /* with Alt */
    [0x56] = KEY_102ND,     [0x57] = KEY_F11,      [0x58] = KEY_F12,      [0x59] = KEY_KPEQUAL,
    [0x5c] = KEY_KPJPCOMMA, [0x5d] = KEY_F13,      [0x5e] = KEY_F14,      [0x5f] = KEY_F15,
    [0x64] = KEY_F13,       [0x65] = KEY_F14,      [0x66] = KEY_F15,      [0x67] = KEY_F16,
    [0x68] = KEY_F17,       [0x69] = KEY_F18,      [0x6a] = KEY_F19,      [0x6b] = KEY_F20,
    [0x6c] = KEY_F21,       [0x6d] = KEY_F22,      [0x6e] = KEY_F23,      [0x70] = KEY_KATAKANAHIRAGANA,
    [0x73] = KEY_RO,        [0x76] = KEY_F24,      [0x77] = KEY_HIRAGANA, [0x78] = KEY_KATAKANA,
    [0x79] = KEY_HENKAN,    [0x7b] = KEY_MUHENKAN, [0x7d] = KEY_YEN,      [0x7e] = KEY_KPCOMMA,
};

/* And those behind E0. */
static const uint8_t extended_keys[128] = {
    [0x10] = KEY_PREVIOUSSONG, [0x19] = KEY_NEXTSONG,  [0x1c] = KEY_KPENTER,   [0x1d] = KEY_RIGHTCTRL,
    [0x20] = KEY_MUTE,         [0x21] = KEY_CALC,      [0x22] = KEY_PLAYPAUSE, [0x24] = KEY_STOPCD,
    [0x2e] = KEY_VOLUMEDOWN,   [0x30] = KEY_VOLUMEUP,  [0x32] = KEY_HOMEPAGE,  [0x35] = KEY_KPSLASH,
    [0x37] = KEY_SYSRQ,        [0x38] = KEY_RIGHTALT,  [0x46] = KEY_PAUSE, /* with Control */
    [0x47] = KEY_HOME,         [0x48] = KEY_UP,        [0x49] = KEY_PAGEUP,    [0x4b] = KEY_LEFT,
    [0x4d] = KEY_RIGHT,        [0x4f] = KEY_END,       [0x50] = KEY_DOWN,      [0x51] = KEY_PAGEDOWN,
    [0x52] = KEY_INSERT,       [0x53] = KEY_DELETE,    [0x5b] = KEY_LEFTMETA,  [0x5c] = KEY_RIGHTMETA,
    [0x5d] = KEY_COMPOSE,      [0x5e] = KEY_POWER,     [0x5f] = KEY_SLEEP,     [0x63] = KEY_WAKEUP,
    [0x65] = KEY_SEARCH,       [0x66] = KEY_BOOKMARKS, [0x67] = KEY_REFRESH,   [0x68] = KEY_STOP,
    [0x69] = KEY_FORWARD,      [0x6a] = KEY_BACK,      [0x6b] = KEY_COMPUTER,  [0x6c] = KEY_MAIL,
    [0x6d] = KEY_MEDIA,
};

/* The controller's translation, by codes of set 2; of higher ones it changes two: F7, and Alt and SysRq. */
#define SET_2_F7 0x83
#define SET_2_SYSRQ 0x84
static const uint8_t set_1_of_set_2[128] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, /* 00 */
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, /* 10 */
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, /* 20 */
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, /* 30 */
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, /* 40 */
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, /* 50 */
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, /* 60 */
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, /* 70 */
};

void ps2_decoder_init(struct ps2_decoder *decoder, bool is_set_2)
{
    *decoder = (struct ps2_decoder){.is_set_2 = is_set_2};
}

static struct ps2_event event_none(void)
{
    return (struct ps2_event){.kind = PS2_EVENT_NONE};
}

static struct ps2_event event_key(uint8_t code, bool is_down)
{
    if (code == KEY_RESERVED)
        return event_none();
    return (struct ps2_event){.kind = PS2_EVENT_KEY, .code = code, .is_down = is_down};
}

static bool decoder_is_pressed(const struct ps2_decoder *decoder, uint8_t code)
{
    return (decoder->pressed[code / 32] >> code % 32 & 1) != 0;
}

static struct ps2_event decoder_take_plain(struct ps2_decoder *decoder, uint8_t code, bool is_down)
{
    uint32_t bit = 1u << code % 32;

    if (is_down)
        decoder->pressed[code / 32] |= bit;
    else
        decoder->pressed[code / 32] &= ~bit;
    return event_key(code <= KEY_KPDOT ? code : plain_keys[code], is_down);
}

/* Pause: E1 1D 45 when it is pressed, and at once E1 9D C5. Other bytes behind E1 mean nothing. */
static struct ps2_event decoder_take_pause(struct ps2_decoder *decoder, uint8_t byte)
{
    if (decoder->pause_byte == 0) {
        decoder->pause_byte = byte;
        return event_none();
    }
    bool is_pause = (decoder->pause_byte & ~RELEASED) == CODE_CONTROL && (byte & ~RELEASED) == CODE_NUM_LOCK;
    decoder->prefix = 0;
    decoder->pause_byte = 0;
    return is_pause ? event_key(KEY_PAUSE, (byte & RELEASED) == 0) : event_none();
}

static bool byte_is_reply(uint8_t byte)
{
    return byte == PS2_SELF_TEST_PASSED || byte == PS2_ACKNOWLEDGE || byte == PS2_SELF_TEST_FAILED ||
           byte == PS2_RESEND;
}

/* A byte of set 1. */
static struct ps2_event decoder_take_set_1(struct ps2_decoder *decoder, uint8_t byte)
{
    uint8_t code = byte & (uint8_t)~RELEASED;
    bool is_down = (byte & RELEASED) == 0;

    if (decoder->prefix == PREFIX_PAUSE)
        return decoder_take_pause(decoder, byte);
    if (byte == PREFIX_EXTENDED || byte == PREFIX_PAUSE) {
        decoder->prefix = byte;
        return event_none();
    }
    if (decoder->prefix == PREFIX_EXTENDED) {
        decoder->prefix = 0;
        bool is_fake = code == CODE_LEFT_SHIFT || code == CODE_RIGHT_SHIFT;
        return is_fake ? event_none() : event_key(extended_keys[code], is_down);
    }
    return decoder_take_plain(decoder, code, is_down);
}

static struct ps2_event decoder_lose(struct ps2_decoder *decoder)
{
    ps2_decoder_init(decoder, decoder->is_set_2);
    return (struct ps2_event){.kind = PS2_EVENT_LOST};
}

/* A byte that is no part of a longer code and means something by itself; false: it does not. */
static bool decoder_take_special(struct ps2_decoder *decoder, uint8_t byte, struct ps2_event *ret_event)
{
    if (byte == OVERRUN || byte == OVERRUN_SET_1)
        *ret_event = decoder_lose(decoder);
    else if (byte_is_reply(byte))
        *ret_event = (struct ps2_event){.kind = PS2_EVENT_REPLY, .byte = byte};
    else if (byte == CODE_HANJA || byte == CODE_HANGEUL)
        *ret_event =
            (struct ps2_event){.kind = PS2_EVENT_TAP, .code = byte == CODE_HANJA ? KEY_HANJA : KEY_HANGEUL};
    else
        return false;
    if (byte == PS2_SELF_TEST_PASSED)
        ps2_decoder_init(decoder, decoder->is_set_2); /* a keyboard that has just come */
    return true;
}

/* A byte of set 2, made into one of set 1. */
static struct ps2_event decoder_take_set_2(struct ps2_decoder *decoder, uint8_t byte)
{
    uint8_t released = decoder->is_release ? RELEASED : 0;
    uint8_t code;

    if (byte == SET_2_RELEASED) {
        decoder->is_release = true;
        return event_none();
    }
    if (byte == PREFIX_EXTENDED || byte == PREFIX_PAUSE)
        return decoder_take_set_1(decoder, byte);
    decoder->is_release = false;
    if (byte < sizeof(set_1_of_set_2))
        code = set_1_of_set_2[byte];
    else if (byte == SET_2_F7)
        code = 0x41;
    else if (byte == SET_2_SYSRQ)
        code = 0x54;
    else
        return event_none();
    return decoder_take_set_1(decoder, code | released);
}

struct ps2_event ps2_decoder_take(struct ps2_decoder *decoder, uint8_t byte)
{
    struct ps2_event event;
    bool is_release = !decoder->is_set_2 && (byte & RELEASED) != 0 &&
                      decoder_is_pressed(decoder, byte & (uint8_t)~RELEASED);

    if (decoder->prefix == 0 && !is_release && decoder_take_special(decoder, byte, &event))
        return event;
    return decoder->is_set_2 ? decoder_take_set_2(decoder, byte) : decoder_take_set_1(decoder, byte);
}
