/* Built-in tables stay where they are, in the kernel's image, until someone changes them: then a copy takes
 * their place. Maps and strings have the same size, 512 bytes, and come from one cache. */
#include "input/keymap.h"

#include "lib/string.h"
#include "mm/object_cache.h"

#define BLOCK_SIZE (KEYMAP_KEYS * sizeof(uint16_t))

_Static_assert(KEYMAP_STRING_SIZE == BLOCK_SIZE, "a string fits into a block");

/* Locks: k = the keyboard's lock */
static struct {
    const uint16_t *maps[KEYMAP_MAPS];   /* [k] */
    const char *strings[KEYMAP_STRINGS]; /* [k] */
    struct accent_table *accents;        /* [k] NULL: the built-in ones */
} keymap;

static struct object_cache block_cache, accent_cache;

void keymap_setup(void)
{
    object_cache_init(&block_cache, "keymap", BLOCK_SIZE, 8);
    object_cache_init(&accent_cache, "accents", sizeof(struct accent_table), 8);
    memcpy(keymap.maps, keymap_builtin_maps, sizeof(keymap.maps));
    memcpy(keymap.strings, keymap_builtin_strings, sizeof(keymap.strings));
    keymap.accents = NULL;
}

void *keymap_block_alloc(void)
{
    return object_cache_alloc(&block_cache);
}

void keymap_block_free(void *block)
{
    if (block != NULL)
        object_cache_free(&block_cache, block);
}

struct accent_table *keymap_accents_alloc(void)
{
    return object_cache_alloc(&accent_cache);
}

void keymap_accents_free(struct accent_table *accents)
{
    if (accents != NULL)
        object_cache_free(&accent_cache, accents);
}

const uint16_t *keymap_lookup(unsigned map)
{
    return keymap.maps[map];
}

uint16_t keymap_get(unsigned map, unsigned key)
{
    if (keymap.maps[map] == NULL)
        return key == 0 ? K_NOSUCHMAP : K_HOLE;
    return keymap.maps[map][key] ^ KEYMAP_MASK;
}

bool keymap_set_needs_block(unsigned map)
{
    return keymap.maps[map] == NULL || keymap.maps[map] == keymap_builtin_maps[map];
}

/* A map of one's own in the place of a built-in one, or of none. */
static uint16_t *keymap_own(unsigned map, uint16_t **block)
{
    if (!keymap_set_needs_block(map))
        return (uint16_t *)keymap.maps[map];
    uint16_t *own = *block;
    if (keymap.maps[map] != NULL) {
        memcpy(own, keymap.maps[map], BLOCK_SIZE);
    } else {
        for (size_t i = 0; i < KEYMAP_KEYS; i++)
            own[i] = K_HOLE ^ KEYMAP_MASK;
        own[0] = K_ALLOCATED ^ KEYMAP_MASK;
    }
    keymap.maps[map] = own;
    *block = NULL;
    return own;
}

void keymap_set(unsigned map, unsigned key, uint16_t keysym, uint16_t **block)
{
    keymap_own(map, block)[key] = keysym ^ KEYMAP_MASK;
}

void *keymap_remove(unsigned map)
{
    const uint16_t *keysyms = keymap.maps[map];

    if (map == 0)
        return NULL;
    keymap.maps[map] = NULL;
    return keysyms == keymap_builtin_maps[map] ? NULL : (void *)keysyms;
}

const char *keymap_string(unsigned number)
{
    return keymap.strings[number];
}

void *keymap_set_string(unsigned number, char *block)
{
    const char *before = keymap.strings[number];

    keymap.strings[number] = block;
    return before == keymap_builtin_strings[number] ? NULL : (void *)before;
}

static const struct kbdiacruc *keymap_accents(unsigned *ret_count)
{
    *ret_count = keymap.accents == NULL ? keymap_builtin_accent_count : keymap.accents->count;
    return keymap.accents == NULL ? keymap_builtin_accents : keymap.accents->entries;
}

uint32_t keymap_combine(uint32_t accent, uint32_t base)
{
    unsigned count;
    const struct kbdiacruc *entries = keymap_accents(&count);

    for (unsigned i = 0; i < count; i++) {
        if (entries[i].diacr == accent && entries[i].base == base)
            return entries[i].result;
    }
    return 0;
}

void keymap_copy_accents(struct accent_table *ret_accents)
{
    const struct kbdiacruc *entries = keymap_accents(&ret_accents->count);

    memcpy(ret_accents->entries, entries, ret_accents->count * sizeof(*entries));
}

struct accent_table *keymap_exchange_accents(struct accent_table *accents)
{
    struct accent_table *before = keymap.accents;

    keymap.accents = accents;
    return before;
}
