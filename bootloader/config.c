#include "config.h"

#include "abi/errno.h"
#include "config_keys.h"
#include "lib/format.h"
#include "lib/string.h"

static bool config_is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
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
        if (span == 2 && memcmp(cursor, "--", span) == 0) /* what follows is for the first program */
            return false;
        cursor += span;
        while (config_is_space(*cursor))
            cursor++;
    }
    return false;
}
