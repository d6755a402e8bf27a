/* What a PS/2 keyboard sends, made into keys. Two forms:
 *
 *   set 1  what the controller's translation makes of set 2, and most firmware's emulation sends: one byte a
 *          key, bit 7 set when it is released; E0 before keys that the first PCs had not, E1 before Pause
 *   set 2  what the keyboard itself sends: F0 before the code of a released key; E0 and E1 likewise
 *
 * In set 1 a few bytes mean two things: AA is the left Shift released, or a keyboard that says it was plugged
 * in. A release can only follow a press, and so the decoder remembers those. docs/hazards/ps2-keyboard.md
 *
 * Pure: it keeps what it needs in *decoder. Context: any. */
#ifndef LINTEL_DEV_PS2_DECODER_H
#define LINTEL_DEV_PS2_DECODER_H

#include <stdbool.h>
#include <stdint.h>

/* What a keyboard says beside keys. */
#define PS2_SELF_TEST_PASSED 0xaa
#define PS2_ACKNOWLEDGE 0xfa
#define PS2_SELF_TEST_FAILED 0xfc
#define PS2_RESEND 0xfe

struct ps2_decoder {
    bool is_set_2;
    bool is_release;            /* set 2: F0 came */
    uint8_t prefix;             /* E0, E1, or 0 */
    uint8_t pause_byte;         /* the first one after E1, 0: it has not come */
    uint32_t pressed[128 / 32]; /* set 1: keys without prefix that are down */
};

enum ps2_event_kind {
    PS2_EVENT_NONE,  /* in the middle of a key, or nothing that means anything */
    PS2_EVENT_KEY,   /* code, is_down */
    PS2_EVENT_TAP,   /* code: a key that does not tell when it is released */
    PS2_EVENT_REPLY, /* byte: no key */
    PS2_EVENT_LOST,  /* keys got lost: which are down is not known any more */
};

struct ps2_event {
    enum ps2_event_kind kind;
    bool is_down;
    uint8_t code; /* KEY_* of abi/input.h */
    uint8_t byte;
};

/* Begin anew; no key is down. */
void ps2_decoder_init(struct ps2_decoder *decoder, bool is_set_2);

struct ps2_event ps2_decoder_take(struct ps2_decoder *decoder, uint8_t byte);

#endif
