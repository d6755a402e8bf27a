#include "config_keys.h"

#include "abi/errno.h"
#include "lib/format.h"
#include "lib/string.h"

bool config_span_is(struct config_span span, const char *word)
{
    return span.length == strlen(word) && memcmp(span.text, word, span.length) == 0;
}

/* Cut the first decimal number off span; false if there is none or it is over limit. */
static bool config_take_number(struct config_span *span, uint32_t limit, uint32_t *ret_number)
{
    uint64_t number = 0;
    size_t digits = 0;

    for (; digits < span->length && span->text[digits] >= '0' && span->text[digits] <= '9'; digits++) {
        number = number * 10 + (uint64_t)(span->text[digits] - '0');
        if (number > limit)
            return false;
    }
    if (digits == 0)
        return false;
    span->text += digits;
    span->length -= digits;
    *ret_number = (uint32_t)number;
    return true;
}

static int config_store_text(struct boot_config *config, const struct config_key *key,
                             struct config_span value, char *reason)
{
    char *text = (char *)config + key->offset;

    if (value.length > key->length_max) {
        format_to_buffer(reason, CONFIG_REASON_SIZE, "%s is %zu characters long; at most %zu are allowed",
                         key->name, value.length, key->length_max);
        return -EINVAL;
    }
    memcpy(text, value.text, value.length);
    text[value.length] = '\0';
    return 0;
}

static int config_store_path(struct boot_config *config, const struct config_key *key,
                             struct config_span value, char *reason)
{
    char *path = (char *)config + key->offset;
    bool is_absolute = value.length > 0 && (value.text[0] == '\\' || value.text[0] == '/');
    size_t length = value.length + !is_absolute;

    if (value.length == 0) {
        format_to_buffer(reason, CONFIG_REASON_SIZE, "%s needs a path", key->name);
        return -EINVAL;
    }
    if (length > key->length_max) {
        format_to_buffer(reason, CONFIG_REASON_SIZE,
                         "%s is a path of %zu characters; at most %zu are allowed", key->name, length,
                         key->length_max);
        return -EINVAL;
    }
    path[0] = '\\';
    memcpy(path + !is_absolute, value.text, value.length);
    path[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (path[i] == '/')
            path[i] = '\\';
    }
    return 0;
}

static int config_store_screen(struct boot_config *config, const struct config_key *key,
                               struct config_span value, char *reason)
{
    struct config_span rest = value;
    uint32_t width = 0, height = 0;

    (void)key;
    if (config_span_is(value, "keep")) {
        config->screen = CONFIG_SCREEN_KEEP;
        return 0;
    }
    if (config_span_is(value, "max")) {
        config->screen = CONFIG_SCREEN_MAX;
        return 0;
    }
    if (config_take_number(&rest, CONFIG_SCREEN_SIDE_MAX, &width) && rest.length > 0 && rest.text[0] == 'x') {
        rest = (struct config_span){rest.text + 1, rest.length - 1};
        if (config_take_number(&rest, CONFIG_SCREEN_SIDE_MAX, &height) && rest.length == 0 && width > 0 &&
            height > 0) {
            config->screen = CONFIG_SCREEN_SIZE;
            config->screen_width = width;
            config->screen_height = height;
            return 0;
        }
    }
    format_to_buffer(reason, CONFIG_REASON_SIZE,
                     "screen is \"%.*s\"; keep, max or a size like 1280x800 (sides up to %d) is expected",
                     (int)(value.length < 32 ? value.length : 32), value.text, CONFIG_SCREEN_SIDE_MAX);
    return -EINVAL;
}

static int config_store_timeout(struct boot_config *config, const struct config_key *key,
                                struct config_span value, char *reason)
{
    struct config_span rest = value;
    uint32_t seconds;

    (void)key;
    if (!config_take_number(&rest, CONFIG_TIMEOUT_MAX, &seconds) || rest.length > 0) {
        format_to_buffer(reason, CONFIG_REASON_SIZE, "timeout is \"%.*s\"; a number from 0 to %d is expected",
                         (int)(value.length < 32 ? value.length : 32), value.text, CONFIG_TIMEOUT_MAX);
        return -EINVAL;
    }
    config->timeout_seconds = seconds;
    return 0;
}

static int config_store_debugger(struct boot_config *config, const struct config_key *key,
                                 struct config_span value, char *reason)
{
    (void)key;
    if (!config_span_is(value, "wait")) {
        format_to_buffer(reason, CONFIG_REASON_SIZE, "debugger is \"%.*s\"; wait is the only choice",
                         (int)(value.length < 32 ? value.length : 32), value.text);
        return -EINVAL;
    }
    config->wait_for_debugger = true;
    return 0;
}

#define CONFIG_TEXT(field) offsetof(struct boot_config, field), sizeof(((struct boot_config *)0)->field) - 1

const struct config_key config_keys[CONFIG_KEY_COUNT] = {
    {"kernel", config_store_path, CONFIG_TEXT(kernel)},
    {"utask", config_store_path, CONFIG_TEXT(utask)},
    {"initrd", config_store_path, CONFIG_TEXT(initrd)},
    {"cmdline", config_store_text, CONFIG_TEXT(command_line)},
    {"screen", config_store_screen, 0, 0},
    {"timeout", config_store_timeout, 0, 0},
    {"debugger", config_store_debugger, 0, 0},
};
