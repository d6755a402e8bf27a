/* The keymap: what each key means, with each combination of modifiers. Linux's form, keymaps(5).
 *
 * Terms:  a map is 256 keysyms, one a key; its number is a set of modifiers, 1 << KG_*. A keysym is a Unicode
 *         character, or 0xf000 + K(type, value) of abi/keyboard.h. Programs know it with KEYMAP_MASK
 *         exclusive-or'ed, which is what functions here take and return.
 *
 * Context of all: thread, but of keymap_lookup(), keymap_string() and keymap_combine(). Sleeps: no.
 * Holds: the keyboard's lock (input_internal.h), where it says so. */
#ifndef LINTEL_INPUT_KEYMAP_H
#define LINTEL_INPUT_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/keyboard.h"
#include "input/keymap_builtin.h"

#define KEYMAP_MASK 0xf000u
#define KEYMAP_STRING_SIZE sizeof(((struct kbsentry *)NULL)->kb_string)

/* What can be combined: with Compose, or with a dead key. */
struct accent_table {
    unsigned count;
    struct kbdiacruc entries[KEYMAP_ACCENTS];
};

/* Memory for one map or string, and for accents; not initialised. NULL: there is none. keymap_block_free()
 * takes NULL, too. Holds: nothing. */
void *keymap_block_alloc(void);
void keymap_block_free(void *block);
struct accent_table *keymap_accents_alloc(void);
void keymap_accents_free(struct accent_table *accents);

/* The built-in keymap is in use. Context: boot. */
void keymap_setup(void);

/* The keysyms of a map, KEYMAP_MASK in them; NULL: there is no such map. Holds: the lock. Context: any. */
const uint16_t *keymap_lookup(unsigned map);

/* The keysym of a key; K_HOLE in a map that there is not, and K_NOSUCHMAP there for key 0. Holds: the lock.
 */
uint16_t keymap_get(unsigned map, unsigned key);

/* Set it. *block is memory that may be needed, NULL if it is not any more on return. Holds: the lock. */
void keymap_set(unsigned map, unsigned key, uint16_t keysym, uint16_t **block);

/* Whether keymap_set() will need a block. Holds: the lock. */
bool keymap_set_needs_block(unsigned map);

/* Forget a map, but map 0; returns a block to free, NULL for none. Holds: the lock. */
void *keymap_remove(unsigned map);

/* What a key with a keysym of type KT_FN types; NULL: nothing. Holds: the lock. Context: any. */
const char *keymap_string(unsigned number);

/* Set it; `block` is a string in a block, which is the keymap's afterwards. Returns a block to free. */
void *keymap_set_string(unsigned number, char *block);

/* The character that `accent` and `base` make together; 0: none. Holds: the lock. Context: any. */
uint32_t keymap_combine(uint32_t accent, uint32_t base);

/* Copy the accents; exchange them for *accents, which is the keymap's afterwards. Returns what to free, NULL
 * for nothing. Holds: the lock. */
void keymap_copy_accents(struct accent_table *ret_accents);
struct accent_table *keymap_exchange_accents(struct accent_table *accents);

#endif
