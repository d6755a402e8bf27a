#include "abi/errno.h"
#include "abi/keyboard.h"
#include "input/input.h"
#include "input/input_internal.h"
#include "input/keymap.h"
#include "lib/string.h"
#include "mm/user_access.h"

#define REPEAT_DELAY_MIN_MS 250
#define REPEAT_DELAY_MAX_MS 1000
#define REPEAT_PERIOD_MIN_MS 20
#define REPEAT_PERIOD_MAX_MS 500
#define LOCKS (LED_SCR | LED_NUM | LED_CAP)
#define DEFAULT_LOCKS_SHIFT 4

/* Highest values of the types of keysyms. */
static const uint8_t keysym_value_max[NR_TYPES] = {
    [KT_LATIN] = 255,
    [KT_FN] = 255,
    [KT_SPEC] = KVAL(K_BARENUMLOCK),
    [KT_PAD] = NR_PAD - 1,
    [KT_DEAD] = NR_DEAD - 1,
    [KT_CONS] = 255,
    [KT_CUR] = 3,
    [KT_SHIFT] = NR_SHIFT - 1,
    [KT_META] = 255,
    [KT_ASCII] = NR_ASCII - 1,
    [KT_LOCK] = NR_SHIFT - 1,
    [KT_LETTER] = 255,
    [KT_SLOCK] = NR_SHIFT - 1,
    [KT_DEAD2] = 255,
    [KT_BRL] = NR_BRL - 1,
};

static user_ptr_t user(uint64_t argument)
{
    return (user_ptr_t){argument};
}

/* ---- modes and lights of one console */

static int put_int(uint64_t argument, int32_t value)
{
    return user_copy_out(user(argument), &value, sizeof(value));
}

static int put_byte(uint64_t argument, uint8_t value)
{
    return user_copy_out(user(argument), &value, sizeof(value));
}

static uint8_t read_locked(const uint8_t *field)
{
    struct spinlock_state state = spin_lock(&input.lock);
    uint8_t value = *field;

    spin_unlock(&input.lock, state);
    return value;
}

static int get_lights(uint64_t argument)
{
    struct spinlock_state state = spin_lock(&input.lock);
    unsigned leds = input_lights();

    spin_unlock(&input.lock, state);
    return put_byte(argument, (uint8_t)leds);
}

static int get_locks(const struct key_console *console, uint64_t argument)
{
    struct spinlock_state state = spin_lock(&input.lock);
    unsigned locks = console->locks | (unsigned)console->default_locks << DEFAULT_LOCKS_SHIFT;

    spin_unlock(&input.lock, state);
    return put_byte(argument, (uint8_t)locks);
}

static int set_mode(struct key_console *console, uint64_t mode)
{
    if (mode > K_OFF)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&input.lock);
    console->mode = (uint8_t)mode;
    if (mode == K_XLATE || mode == K_UNICODE)
        key_count_modifiers(&input.keys);
    spin_unlock(&input.lock, state);
    return 0;
}

static int set_meta(struct key_console *console, uint64_t meta)
{
    if (meta != K_METABIT && meta != K_ESCPREFIX)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&input.lock);
    console->meta = (uint8_t)meta;
    spin_unlock(&input.lock, state);
    return 0;
}

static int set_lights(struct key_console *console, uint64_t leds)
{
    struct spinlock_state state = spin_lock(&input.lock);

    console->is_lit_by_program = leds <= LOCKS;
    if (console->is_lit_by_program)
        console->lights = (uint8_t)leds;
    unsigned shown = input_lights();
    spin_unlock(&input.lock, state);
    input_show_lights(shown);
    return 0;
}

static int set_locks(struct key_console *console, uint64_t locks)
{
    if ((locks & ~(uint64_t)(LOCKS | LOCKS << DEFAULT_LOCKS_SHIFT)) != 0)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&input.lock);
    console->locks = locks & LOCKS;
    console->default_locks = locks >> DEFAULT_LOCKS_SHIFT & LOCKS;
    unsigned shown = input_lights();
    spin_unlock(&input.lock, state);
    input_show_lights(shown);
    return 0;
}

static uint32_t clamp(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

/* Values above 0 are set, to what there is next to them; the answer is what is now. */
static int set_repeat(uint64_t argument)
{
    struct kbd_repeat wanted;
    int error = user_copy_in(&wanted, user(argument), sizeof(wanted), NULL);

    if (error != 0)
        return error;
    struct spinlock_state state = spin_lock(&input.lock);
    if (wanted.delay > 0)
        input.repeat_delay_ms = clamp((uint32_t)wanted.delay, REPEAT_DELAY_MIN_MS, REPEAT_DELAY_MAX_MS);
    if (wanted.period > 0)
        input.repeat_period_ms = clamp((uint32_t)wanted.period, REPEAT_PERIOD_MIN_MS, REPEAT_PERIOD_MAX_MS);
    struct kbd_repeat now = {(int32_t)input.repeat_delay_ms, (int32_t)input.repeat_period_ms};
    spin_unlock(&input.lock, state);
    return user_copy_out(user(argument), &now, sizeof(now));
}

/* ---- the keymap */

static int get_entry(const struct key_console *console, uint64_t argument)
{
    struct kbentry entry;
    int error = user_copy_in(&entry, user(argument), sizeof(entry), NULL);

    if (error != 0)
        return error;
    struct spinlock_state state = spin_lock(&input.lock);
    entry.kb_value = keymap_get(entry.kb_table, entry.kb_index);
    if (console->mode != K_UNICODE && KTYP(entry.kb_value) >= NR_TYPES)
        entry.kb_value = K_HOLE;
    spin_unlock(&input.lock, state);
    return user_copy_out(user(argument + offsetof(struct kbentry, kb_value)), &entry.kb_value,
                         sizeof(entry.kb_value));
}

static int remove_map(unsigned map)
{
    struct spinlock_state state = spin_lock(&input.lock);
    void *block = keymap_remove(map);

    spin_unlock(&input.lock, state);
    keymap_block_free(block);
    return 0;
}

static int set_keysym(unsigned map, unsigned key, uint16_t keysym)
{
    uint16_t *block = keymap_block_alloc();

    if (block == NULL)
        return -ENOMEM;
    struct spinlock_state state = spin_lock(&input.lock);
    uint16_t before = keymap_get(map, key);
    keymap_set(map, key, keysym, &block);
    if (map == 0 && (KTYP(before) == KT_SHIFT || KTYP(keysym) == KT_SHIFT))
        key_count_modifiers(&input.keys);
    spin_unlock(&input.lock, state);
    keymap_block_free(block);
    return 0;
}

static int set_entry(const struct key_console *console, uint64_t argument, enum input_rights rights)
{
    struct kbentry entry;
    int error = user_copy_in(&entry, user(argument), sizeof(entry), NULL);

    if (error != 0)
        return error;
    if (rights != INPUT_RIGHTS_SUPERUSER)
        return -EPERM;
    if (entry.kb_index == 0 && entry.kb_value == K_NOSUCHMAP)
        return remove_map(entry.kb_table);
    bool is_character = KTYP(entry.kb_value) >= NR_TYPES;
    if (is_character ? read_locked(&console->mode) != K_UNICODE
                     : KVAL(entry.kb_value) > keysym_value_max[KTYP(entry.kb_value)])
        return -EINVAL;
    if (entry.kb_index == 0)
        return 0; /* no key has this code: the value was only checked */
    return set_keysym(entry.kb_table, entry.kb_index, entry.kb_value);
}

static int get_string(uint64_t argument)
{
    uint8_t number;
    int error = user_copy_in(&number, user(argument), sizeof(number), NULL);

    if (error != 0)
        return error;
    char *string = keymap_block_alloc();
    if (string == NULL)
        return -ENOMEM;
    struct spinlock_state state = spin_lock(&input.lock);
    const char *source = keymap_string(number);
    size_t length = source == NULL ? 0 : strlen(source);
    memcpy(string, source == NULL ? "" : source, length);
    spin_unlock(&input.lock, state);
    string[length] = '\0';
    error = user_copy_out(user(argument + offsetof(struct kbsentry, kb_string)), string, length + 1);
    keymap_block_free(string);
    return error;
}

static int set_string(uint64_t argument, enum input_rights rights)
{
    uint8_t number;
    int error = user_copy_in(&number, user(argument), sizeof(number), NULL);

    if (error != 0)
        return error;
    if (rights != INPUT_RIGHTS_SUPERUSER)
        return -EPERM;
    char *string = keymap_block_alloc();
    if (string == NULL)
        return -ENOMEM;
    error = user_copy_string_in(string, user(argument + offsetof(struct kbsentry, kb_string)),
                                KEYMAP_STRING_SIZE);
    if (error < 0 && error != -ENAMETOOLONG) {
        keymap_block_free(string);
        return error;
    }
    string[KEYMAP_STRING_SIZE - 1] = '\0';
    struct spinlock_state state = spin_lock(&input.lock);
    void *before = keymap_set_string(number, string);
    spin_unlock(&input.lock, state);
    keymap_block_free(before);
    return 0;
}

/* ---- accents */

/* What is not in Latin-1 is 0xff. */
static uint8_t to_8_bits(uint32_t character)
{
    return character < 0x100 ? (uint8_t)character : 0xff;
}

static int put_accents_8_bits(uint64_t argument, const struct accent_table *accents)
{
    for (unsigned i = 0; i < accents->count; i++) {
        const struct kbdiacruc *entry = &accents->entries[i];
        struct kbdiacr narrow = {to_8_bits(entry->diacr), to_8_bits(entry->base), to_8_bits(entry->result)};
        uint64_t place = argument + offsetof(struct kbdiacrs, kbdiacr) + i * sizeof(narrow);
        int error = user_copy_out(user(place), &narrow, sizeof(narrow));
        if (error != 0)
            return error;
    }
    return 0;
}

static int get_accents(uint64_t argument, unsigned request)
{
    struct accent_table *accents = keymap_accents_alloc();

    if (accents == NULL)
        return -ENOMEM;
    struct spinlock_state state = spin_lock(&input.lock);
    keymap_copy_accents(accents);
    spin_unlock(&input.lock, state);
    int error = put_int(argument, (int32_t)accents->count);
    if (error == 0 && request == KDGKBDIACR)
        error = put_accents_8_bits(argument, accents);
    else if (error == 0)
        error = user_copy_out(user(argument + offsetof(struct kbdiacrsuc, kbdiacruc)), accents->entries,
                              accents->count * sizeof(accents->entries[0]));
    keymap_accents_free(accents);
    return error;
}

static int take_accents_8_bits(uint64_t argument, struct accent_table *accents)
{
    for (unsigned i = 0; i < accents->count; i++) {
        struct kbdiacr narrow;
        uint64_t place = argument + offsetof(struct kbdiacrs, kbdiacr) + i * sizeof(narrow);
        int error = user_copy_in(&narrow, user(place), sizeof(narrow), NULL);
        if (error != 0)
            return error;
        accents->entries[i] = (struct kbdiacruc){narrow.diacr, narrow.base, narrow.result};
    }
    return 0;
}

static int take_accents(uint64_t argument, unsigned request, struct accent_table *accents)
{
    uint32_t count;
    int error = user_copy_in(&count, user(argument), sizeof(count), NULL);

    if (error != 0)
        return error;
    if (count >= MAX_DIACR)
        return -EINVAL;
    accents->count = count;
    if (request == KDSKBDIACR)
        return take_accents_8_bits(argument, accents);
    return user_copy_in(accents->entries, user(argument + offsetof(struct kbdiacrsuc, kbdiacruc)),
                        count * sizeof(accents->entries[0]), NULL);
}

static int set_accents(uint64_t argument, unsigned request)
{
    struct accent_table *accents = keymap_accents_alloc();

    if (accents == NULL)
        return -ENOMEM;
    int error = take_accents(argument, request, accents);
    if (error == 0) {
        struct spinlock_state state = spin_lock(&input.lock);
        accents = keymap_exchange_accents(accents);
        spin_unlock(&input.lock, state);
    }
    keymap_accents_free(accents);
    return error;
}

/* ---- which request it is */

static bool request_changes(unsigned request)
{
    switch (request) {
    case KDSETLED:
    case KDSKBMODE:
    case KDSKBLED:
    case KDSKBDIACR:
    case KDSKBDIACRUC:
    case KDKBDREP:
        return true;
    default:
        return false;
    }
}

int64_t input_ioctl(unsigned number, unsigned request, uint64_t argument, enum input_rights rights)
{
    struct key_console *console = input_console(number);

    if (request_changes(request) && rights == INPUT_RIGHTS_READ)
        return -EPERM;
    switch (request) {
    case KDGKBTYPE:
        return put_byte(argument, KB_101);
    case KDGKBMODE:
        return put_int(argument, read_locked(&console->mode));
    case KDSKBMODE:
        return set_mode(console, argument);
    case KDGKBMETA:
        return put_int(argument, read_locked(&console->meta));
    case KDSKBMETA:
        return set_meta(console, argument);
    case KDGETLED:
        return get_lights(argument);
    case KDSETLED:
        return set_lights(console, argument);
    case KDGKBLED:
        return get_locks(console, argument);
    case KDSKBLED:
        return set_locks(console, argument);
    case KDKBDREP:
        return set_repeat(argument);
    case KDGKBENT:
        return get_entry(console, argument);
    case KDSKBENT:
        return set_entry(console, argument, rights);
    case KDGKBSENT:
        return get_string(argument);
    case KDSKBSENT:
        return set_string(argument, rights);
    case KDGKBDIACR:
    case KDGKBDIACRUC:
        return get_accents(argument, request);
    case KDSKBDIACR:
    case KDSKBDIACRUC:
        return set_accents(argument, request);
    default:
        return -ENOTTY;
    }
}
