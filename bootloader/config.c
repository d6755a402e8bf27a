#include "config.h"

#include "abi/errno.h"
#include "lib/format.h"
#include "lib/string.h"

/* A piece of the file: not terminated. */
struct config_span {
    const char *text;
    size_t length;
};

struct config_key {
    const char *name;
    /* Store the value. On error, set reason (without the line number) and return -EINVAL. */
    int (*store)(struct boot_config *config, const struct config_key *key, struct config_span value,
                 char *reason);
    size_t offset; /* of the text in struct boot_config, and its longest length */
    size_t length_max;
};

#define CONFIG_REASON_SIZE 160

static bool config_is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

static bool config_span_is(struct config_span span, const char *word)
{
    return span.length == strlen(word) && memcmp(span.text, word, span.length) == 0;
}

static struct config_span config_trim(struct config_span span)
{
    while (span.length > 0 && config_is_space(span.text[0])) {
        span.text++;
        span.length--;
    }
    while (span.length > 0 && config_is_space(span.text[span.length - 1]))
        span.length--;
    return span;
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

static const struct config_key config_keys[] = {
    {"kernel", config_store_path, CONFIG_TEXT(kernel)},
    {"utask", config_store_path, CONFIG_TEXT(utask)},
    {"initrd", config_store_path, CONFIG_TEXT(initrd)},
    {"cmdline", config_store_text, CONFIG_TEXT(command_line)},
    {"screen", config_store_screen, 0, 0},
    {"timeout", config_store_timeout, 0, 0},
    {"debugger", config_store_debugger, 0, 0},
};

#define CONFIG_KEY_COUNT (sizeof(config_keys) / sizeof(config_keys[0]))

void config_init(struct boot_config *config)
{
    memset(config, 0, sizeof(*config));
    strlcpy(config->kernel, "\\EFI\\lintel\\kernel.bin", sizeof(config->kernel));
    strlcpy(config->utask, "\\EFI\\lintel\\utask.bin", sizeof(config->utask));
    config->screen = CONFIG_SCREEN_KEEP;
    config->timeout_seconds = 30;
}

/* Editors of other systems save text in other encodings: tell which, not just that it is wrong. */
static int config_check_marks(const char *text, size_t size, struct error *error)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *name;
    } marks[] = {
        {"\xef\xbb\xbf", 3, "UTF-8 (with a byte-order mark)"},
        {"\xff\xfe", 2, "UTF-16"},
        {"\xfe\xff", 2, "UTF-16 (big-endian)"},
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (size >= marks[i].length && memcmp(text, marks[i].bytes, marks[i].length) == 0) {
            error_set(error, -EINVAL, CONFIG_PATH, "line 1: the file is encoded as %s", marks[i].name);
            error_hint(error, "Save it as plain text: ASCII, or UTF-8 without a byte-order mark.");
            return -EINVAL;
        }
    }
    return 0;
}

/* The whole file is text, so that the rest may quote from it. */
static int config_check_bytes(const char *text, size_t size, struct error *error)
{
    unsigned line = 1;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\n') {
            line++;
        } else if (byte == '\r' && i + 1 < size && text[i + 1] != '\n') {
            return error_set(error, -EINVAL, CONFIG_PATH,
                             "line %u: a carriage return that ends no line, at byte %zu of the file", line,
                             i);
        } else if (byte == 0) {
            return error_set(error, -EINVAL, CONFIG_PATH, "line %u: a NUL byte, at byte %zu of the file",
                             line, i);
        } else if ((byte < ' ' && byte != '\t' && byte != '\r') || byte > '~') {
            return error_set(error, -EINVAL, CONFIG_PATH,
                             "line %u: byte 0x%02x is not an ASCII character, at byte %zu of the file", line,
                             byte, i);
        }
    }
    return 0;
}

static int config_parse_line(struct boot_config *config, struct config_span line, unsigned number,
                             unsigned *seen, struct error *error)
{
    char reason[CONFIG_REASON_SIZE];
    size_t equals = 0;

    line = config_trim(line);
    if (line.length == 0 || line.text[0] == '#')
        return 0;
    while (equals < line.length && line.text[equals] != '=')
        equals++;
    if (equals == line.length)
        return error_set(error, -EINVAL, CONFIG_PATH, "line %u: no '=' in \"%.*s\"", number,
                         (int)(line.length < 64 ? line.length : 64), line.text);

    struct config_span name = config_trim((struct config_span){line.text, equals});
    struct config_span value =
        config_trim((struct config_span){line.text + equals + 1, line.length - equals - 1});
    for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *key = &config_keys[i];
        if (!config_span_is(name, key->name))
            continue;
        if (*seen & 1u << i)
            return error_set(error, -EINVAL, CONFIG_PATH, "line %u: %s is given twice", number, key->name);
        *seen |= 1u << i;
        if (key->store(config, key, value, reason) < 0)
            return error_set(error, -EINVAL, CONFIG_PATH, "line %u: %s", number, reason);
        return 0;
    }
    error_set(error, -EINVAL, CONFIG_PATH, "line %u: unknown key \"%.*s\"", number,
              (int)(name.length < 64 ? name.length : 64), name.text);
    error_hint(error, "Known keys: kernel, utask, initrd, cmdline, screen, timeout, debugger.");
    return -EINVAL;
}

static int config_parse_lines(struct boot_config *config, const char *text, size_t size, struct error *error)
{
    unsigned number = 1, seen = 0;

    for (size_t start = 0; start < size; number++) {
        size_t end = start;
        while (end < size && text[end] != '\n')
            end++;
        int result =
            config_parse_line(config, (struct config_span){text + start, end - start}, number, &seen, error);
        if (result < 0)
            return result;
        start = end + 1;
    }
    return 0;
}

int config_parse(const char *text, size_t size, struct boot_config *ret_config, struct error *error)
{
    int result;

    config_init(ret_config);
    if (size > CONFIG_SIZE_MAX)
        return error_set(error, -E2BIG, CONFIG_PATH, "%zu bytes long; at most %d are allowed", size,
                         CONFIG_SIZE_MAX);
    result = config_check_marks(text, size, error);
    if (result == 0)
        result = config_check_bytes(text, size, error);
    if (result == 0)
        result = config_parse_lines(ret_config, text, size, error);
    if (result < 0) {
        uint32_t timeout_seconds = ret_config->timeout_seconds;
        config_init(ret_config);
        ret_config->timeout_seconds = timeout_seconds;
    }
    return result;
}

bool config_command_line_has(const struct boot_config *config, const char *word)
{
    size_t length = strlen(word);
    const char *cursor = config->command_line;

    while (*cursor != '\0') {
        size_t span = 0;
        while (cursor[span] != '\0' && !config_is_space(cursor[span]))
            span++;
        if (span == length && memcmp(cursor, word, length) == 0)
            return true;
        cursor += span;
        while (config_is_space(*cursor))
            cursor++;
    }
    return false;
}
