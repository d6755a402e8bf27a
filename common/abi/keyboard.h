/* Keyboards of the Linux ABI: linux/kd.h and linux/keyboard.h. ioctl_console(2) */
#ifndef LINTEL_COMMON_ABI_KEYBOARD_H
#define LINTEL_COMMON_ABI_KEYBOARD_H

#include <stdint.h>

/* Requests. */
#define KDGETLED 0x4b31
#define KDSETLED 0x4b32
#define KDGKBTYPE 0x4b33
#define KDGKBMODE 0x4b44
#define KDSKBMODE 0x4b45
#define KDGKBENT 0x4b46
#define KDSKBENT 0x4b47
#define KDGKBSENT 0x4b48
#define KDSKBSENT 0x4b49
#define KDGKBDIACR 0x4b4a
#define KDSKBDIACR 0x4b4b
#define KDKBDREP 0x4b52
#define KDSIGACCEPT 0x4b4e
#define KDGKBMETA 0x4b62
#define KDSKBMETA 0x4b63
#define KDGKBLED 0x4b64
#define KDSKBLED 0x4b65
#define KDGKBDIACRUC 0x4bfa
#define KDSKBDIACRUC 0x4bfb

#define KB_101 2 /* what KDGKBTYPE answers */

/* What a key makes (KDSKBMODE). */
#define K_RAW 0       /* bytes of scan code set 1 */
#define K_XLATE 1     /* characters of 8 bits */
#define K_MEDIUMRAW 2 /* key codes */
#define K_UNICODE 3   /* characters in UTF-8 */
#define K_OFF 4       /* nothing */

/* What Alt makes of a character (KDSKBMETA). */
#define K_METABIT 3   /* its highest bit */
#define K_ESCPREFIX 4 /* ESC before it */

/* Lights (KDSETLED), and the locks that they show (KDSKBLED). */
#define LED_SCR 1
#define LED_NUM 2
#define LED_CAP 4

#define NR_KEYS 256
#define MAX_NR_KEYMAPS 256
#define MAX_NR_FUNC 256
#define MAX_DIACR 256

/* Keysyms: a type and a value. */
#define K(type, value) ((uint16_t)((type) << 8 | (value)))
#define KTYP(keysym) ((keysym) >> 8)
#define KVAL(keysym) ((keysym)&0xff)
#define KT_LATIN 0
#define KT_FN 1
#define KT_SPEC 2
#define KT_PAD 3
#define KT_DEAD 4
#define KT_CONS 5
#define KT_CUR 6
#define KT_SHIFT 7
#define KT_META 8
#define KT_ASCII 9
#define KT_LOCK 10
#define KT_LETTER 11
#define KT_SLOCK 12
#define KT_DEAD2 13
#define KT_BRL 14
#define NR_TYPES 15

#define K_FIND K(KT_FN, 20)
#define K_INSERT K(KT_FN, 21)
#define K_REMOVE K(KT_FN, 22)
#define K_SELECT K(KT_FN, 23)
#define K_PGUP K(KT_FN, 24)
#define K_PGDN K(KT_FN, 25)

#define K_HOLE K(KT_SPEC, 0)
#define K_ENTER K(KT_SPEC, 1)
#define K_SH_REGS K(KT_SPEC, 2)
#define K_SH_MEM K(KT_SPEC, 3)
#define K_SH_STAT K(KT_SPEC, 4)
#define K_BREAK K(KT_SPEC, 5)
#define K_CONS K(KT_SPEC, 6)
#define K_CAPS K(KT_SPEC, 7)
#define K_NUM K(KT_SPEC, 8)
#define K_HOLD K(KT_SPEC, 9)
#define K_SCROLLFORW K(KT_SPEC, 10)
#define K_SCROLLBACK K(KT_SPEC, 11)
#define K_BOOT K(KT_SPEC, 12)
#define K_CAPSON K(KT_SPEC, 13)
#define K_COMPOSE K(KT_SPEC, 14)
#define K_SAK K(KT_SPEC, 15)
#define K_DECRCONSOLE K(KT_SPEC, 16)
#define K_INCRCONSOLE K(KT_SPEC, 17)
#define K_SPAWNCONSOLE K(KT_SPEC, 18)
#define K_BARENUMLOCK K(KT_SPEC, 19)
#define K_ALLOCATED K(KT_SPEC, 126)
#define K_NOSUCHMAP K(KT_SPEC, 127)

#define K_P0 K(KT_PAD, 0)
#define K_PENTER K(KT_PAD, 14)
#define NR_PAD 20
#define NR_DEAD 27
#define NR_ASCII 26
#define NR_BRL 11

#define K_DOWN K(KT_CUR, 0)
#define K_LEFT K(KT_CUR, 1)
#define K_RIGHT K(KT_CUR, 2)
#define K_UP K(KT_CUR, 3)

#define KG_SHIFT 0
#define KG_ALTGR 1
#define KG_CTRL 2
#define KG_ALT 3
#define KG_CAPSSHIFT 8
#define NR_SHIFT 9

struct kbentry {
    uint8_t kb_table;
    uint8_t kb_index;
    uint16_t kb_value;
};

struct kbsentry {
    uint8_t kb_func;
    uint8_t kb_string[512];
};

struct kbdiacr {
    uint8_t diacr, base, result;
};

struct kbdiacrs {
    uint32_t kb_cnt;
    struct kbdiacr kbdiacr[MAX_DIACR];
};

struct kbdiacruc {
    uint32_t diacr, base, result;
};

struct kbdiacrsuc {
    uint32_t kb_cnt;
    struct kbdiacruc kbdiacruc[MAX_DIACR];
};

struct kbd_repeat {
    int32_t delay; /* in ms */
    int32_t period;
};

_Static_assert(sizeof(struct kbentry) == 4, "struct kbentry of the ABI");
_Static_assert(sizeof(struct kbsentry) == 513, "struct kbsentry of the ABI");
_Static_assert(sizeof(struct kbdiacrs) == 4 + 3 * MAX_DIACR, "struct kbdiacrs of the ABI");
_Static_assert(sizeof(struct kbdiacrsuc) == 4 + 12 * MAX_DIACR, "struct kbdiacrsuc of the ABI");

#endif
