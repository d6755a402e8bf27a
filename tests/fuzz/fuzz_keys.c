/* Any keys in any order, on a keymap that changes meanwhile, in all modes: what is typed is sane, no modifier
 * is counted wrongly, and when all keys are up the plain map is in use again. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fake_memory.h"
#include "input/key_translate.h"
#include "input/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct key_state keys;
static struct key_console console;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void type(const char *bytes, size_t length)
{
    char copy[KEYMAP_STRING_SIZE];

    require(length > 0 && length < sizeof(copy));
    memcpy(copy, bytes, length);
}

static void change_keymap(const uint8_t *data)
{
    uint16_t *block = keymap_block_alloc();

    require(block != NULL);
    if (data[1] == 0)
        keymap_block_free(keymap_remove(data[0]));
    else
        keymap_set(data[0], data[1], (uint16_t)(data[2] << 8 | data[3]), &block);
    keymap_block_free(block);
    key_count_modifiers(&keys);
}

static void press(const uint8_t *data)
{
    struct terminal_key_modes modes = {.cursor_keys_application = (data[2] & 1) != 0,
                                       .keypad_application = (data[2] & 2) != 0,
                                       .newline = (data[2] & 4) != 0,
                                       .auto_repeat = (data[2] & 8) != 0};
    struct key_action action = key_translate(&keys, &console, modes, data[0], data[1] % 3);

    require(action.kind <= KEY_ACTION_SYSRQ);
    require(action.kind != KEY_ACTION_SWITCH || (action.value >= 1 && action.value <= 256));
    require(action.kind != KEY_ACTION_SYSRQ || action.value < 0x80);
}

/* Each input begins with the same: the built-in plain map alone. */
static void restore_keymap(void)
{
    for (unsigned map = 1; map < KEYMAP_MAPS; map++)
        keymap_block_free(keymap_remove(map));
    for (unsigned key = 0; key < KEY_CODES; key++) {
        uint16_t *block = keymap_block_alloc();
        require(block != NULL);
        keymap_set(0, key, keymap_builtin_maps[0][key] ^ KEYMAP_MASK, &block);
        keymap_block_free(block);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool has_memory;

    if (!has_memory) {
        fake_memory_start(64 * MIB);
        keymap_setup();
        restore_keymap();
        has_memory = true;
    }
    keys.type = type;
    key_state_init(&keys);
    key_console_init(&console);
    for (; size >= 5; data += 5, size -= 5) {
        if (data[0] % 8 == 0)
            change_keymap(data + 1);
        else if (data[0] % 8 == 1)
            console.mode = data[1] % 5;
        else
            press(data + 1);
    }
    for (unsigned code = 1; code < KEY_CODES; code++)
        (void)key_translate(&keys, &console, (struct terminal_key_modes){0}, code, KEY_RELEASED);
    key_count_modifiers(&keys);
    require(keys.modifiers == 0 && key_lights(&console) <= (LED_SCR | LED_NUM | LED_CAP));
    restore_keymap();
    return 0;
}
