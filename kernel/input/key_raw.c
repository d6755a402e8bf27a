#include "input/key_raw.h"

#include <stdint.h>

#include "abi/input.h"

#define EXTENDED 0x100 /* behind the byte E0 */
#define RELEASED 0x80

/* Scan codes of set 1; up to KEY_KPDOT they are Linux's codes. 0: the key has none. */
static const uint16_t scan_codes[] = {
    [KEY_102ND] = 0x56,
    [KEY_F11] = 0x57,
    [KEY_F12] = 0x58,
    [KEY_RO] = 0x73,
    [KEY_KATAKANA] = 0x78,
    [KEY_HIRAGANA] = 0x77,
    [KEY_HENKAN] = 0x79,
    [KEY_KATAKANAHIRAGANA] = 0x70,
    [KEY_MUHENKAN] = 0x7b,
    [KEY_KPJPCOMMA] = 0x5c,
    [KEY_KPENTER] = EXTENDED | 0x1c,
    [KEY_RIGHTCTRL] = EXTENDED | 0x1d,
    [KEY_KPSLASH] = EXTENDED | 0x35,
    [KEY_RIGHTALT] = EXTENDED | 0x38,
    [KEY_HOME] = EXTENDED | 0x47,
    [KEY_UP] = EXTENDED | 0x48,
    [KEY_PAGEUP] = EXTENDED | 0x49,
    [KEY_LEFT] = EXTENDED | 0x4b,
    [KEY_RIGHT] = EXTENDED | 0x4d,
    [KEY_END] = EXTENDED | 0x4f,
    [KEY_DOWN] = EXTENDED | 0x50,
    [KEY_PAGEDOWN] = EXTENDED | 0x51,
    [KEY_INSERT] = EXTENDED | 0x52,
    [KEY_DELETE] = EXTENDED | 0x53,
    [KEY_MUTE] = EXTENDED | 0x20,
    [KEY_VOLUMEDOWN] = EXTENDED | 0x2e,
    [KEY_VOLUMEUP] = EXTENDED | 0x30,
    [KEY_POWER] = EXTENDED | 0x5e,
    [KEY_KPEQUAL] = 0x59,
    [KEY_KPCOMMA] = 0x7e,
    [KEY_YEN] = 0x7d,
    [KEY_LEFTMETA] = EXTENDED | 0x5b,
    [KEY_RIGHTMETA] = EXTENDED | 0x5c,
    [KEY_COMPOSE] = EXTENDED | 0x5d,
    [KEY_STOP] = EXTENDED | 0x68,
    [KEY_CALC] = EXTENDED | 0x21,
    [KEY_SLEEP] = EXTENDED | 0x5f,
    [KEY_WAKEUP] = EXTENDED | 0x63,
    [KEY_MAIL] = EXTENDED | 0x6c,
    [KEY_BOOKMARKS] = EXTENDED | 0x66,
    [KEY_COMPUTER] = EXTENDED | 0x6b,
    [KEY_BACK] = EXTENDED | 0x6a,
    [KEY_FORWARD] = EXTENDED | 0x69,
    [KEY_NEXTSONG] = EXTENDED | 0x19,
    [KEY_PLAYPAUSE] = EXTENDED | 0x22,
    [KEY_PREVIOUSSONG] = EXTENDED | 0x10,
    [KEY_STOPCD] = EXTENDED | 0x24,
    [KEY_HOMEPAGE] = EXTENDED | 0x32,
    [KEY_REFRESH] = EXTENDED | 0x67,
    [KEY_F13] = 0x5d,
    [KEY_F14] = 0x5e,
    [KEY_F15] = 0x5f,
    [KEY_SEARCH] = EXTENDED | 0x65,
    [KEY_MEDIA] = EXTENDED | 0x6d,
};

static size_t put(char *bytes, uint8_t first, uint8_t second, uint8_t third, uint8_t fourth, size_t count)
{
    const uint8_t all[KEY_RAW_SIZE] = {first, second, third, fourth};

    for (size_t i = 0; i < count; i++)
        bytes[i] = (char)all[i];
    return count;
}

size_t key_raw(char *bytes, unsigned code, bool is_down, bool has_alt)
{
    uint8_t up = is_down ? 0 : RELEASED;

    if (code == KEY_PAUSE)
        return put(bytes, 0xe1, 0x1d | up, 0x45 | up, 0, 3);
    if (code == KEY_HANGEUL || code == KEY_HANJA)
        return put(bytes, code == KEY_HANGEUL ? 0xf2 : 0xf1, 0, 0, 0, is_down ? 1 : 0);
    if (code == KEY_SYSRQ && has_alt)
        return put(bytes, 0x54 | up, 0, 0, 0, 1);
    if (code == KEY_SYSRQ)
        return put(bytes, 0xe0, 0x2a | up, 0xe0, 0x37 | up, 4);
    if (code <= KEY_KPDOT)
        return put(bytes, (uint8_t)code | up, 0, 0, 0, 1);
    uint16_t scan_code = code < sizeof(scan_codes) / sizeof(scan_codes[0]) ? scan_codes[code] : 0;
    if (scan_code == 0)
        return 0;
    if ((scan_code & EXTENDED) != 0)
        return put(bytes, 0xe0, (uint8_t)scan_code | up, 0, 0, 2);
    return put(bytes, (uint8_t)scan_code | up, 0, 0, 0, 1);
}

size_t key_medium_raw(char *bytes, unsigned code, bool is_down)
{
    uint8_t up = is_down ? 0 : RELEASED;

    if (code < 0x80)
        return put(bytes, (uint8_t)code | up, 0, 0, 0, 1);
    return put(bytes, up, (uint8_t)(code >> 7 | 0x80), (uint8_t)(code | 0x80), 0, 3);
}
