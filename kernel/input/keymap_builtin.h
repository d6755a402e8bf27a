/* The keymap that the kernel starts with: made by tools/make-keymap of input/us.map. Keysyms are as
 * keymap.h says. */
#ifndef LINTEL_INPUT_KEYMAP_BUILTIN_H
#define LINTEL_INPUT_KEYMAP_BUILTIN_H

#include <stdint.h>

#include "abi/keyboard.h"

#define KEYMAP_KEYS NR_KEYS
#define KEYMAP_MAPS MAX_NR_KEYMAPS
#define KEYMAP_STRINGS MAX_NR_FUNC
#define KEYMAP_ACCENTS MAX_DIACR

extern const uint16_t *const keymap_builtin_maps[KEYMAP_MAPS];   /* NULL: there is none */
extern const char *const keymap_builtin_strings[KEYMAP_STRINGS]; /* NULL: none */
extern const struct kbdiacruc keymap_builtin_accents[];
extern const unsigned keymap_builtin_accent_count;

#endif
