#include "core/command_line.h"

#include "lib/string.h"

static const char *command_line = "";

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

/* Step to the next word: *ret_length is 0 at the end. */
static const char *next_word(const char *at, size_t *ret_length)
{
    size_t length = 0;

    while (is_blank(*at))
        at++;
    while (at[length] != '\0' && !is_blank(at[length]))
        length++;
    *ret_length = length;
    return at;
}

static bool word_is(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && strncmp(word, text, length) == 0;
}

/* The last word before `--` that is `name`, or begins with `name=` if has_value is asked for. */
static const char *find_word(const char *name, bool has_value, size_t *ret_length)
{
    size_t name_length = strlen(name), length;
    const char *found = NULL;

    for (const char *word = next_word(command_line, &length); length > 0 && !word_is(word, length, "--");
         word = next_word(word + length, &length)) {
        bool is_match = has_value ? length > name_length && word[name_length] == '=' &&
                                        strncmp(word, name, name_length) == 0
                                  : word_is(word, length, name);
        if (is_match) {
            found = word;
            *ret_length = length;
        }
    }
    return found;
}

void command_line_init(const char *text)
{
    command_line = text;
}

const char *command_line_text(void)
{
    return command_line;
}

bool command_line_has(const char *name)
{
    size_t length;

    return find_word(name, false, &length) != NULL;
}

bool command_line_value(const char *name, char *value, size_t size)
{
    size_t length;
    const char *word = find_word(name, true, &length);

    if (word == NULL)
        return false;
    size_t skip = strlen(name) + 1;
    size_t copied = length - skip < size ? length - skip : size - 1;
    memcpy(value, word + skip, copied);
    value[copied] = '\0';
    return true;
}

bool command_line_is(const char *name, const char *value)
{
    size_t length, skip = strlen(name) + 1;
    const char *word = find_word(name, true, &length);

    return word != NULL && word_is(word + skip, length - skip, value);
}

bool command_line_number(const char *name, uint32_t *ret_number)
{
    char digits[12]; /* one more than the longest number */
    uint64_t number = 0;

    if (!command_line_value(name, digits, sizeof(digits)) || digits[0] == '\0')
        return false;
    for (const char *at = digits; *at != '\0'; at++) {
        if (*at < '0' || *at > '9')
            return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    if (number > UINT32_MAX)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

const char *command_line_program_arguments(void)
{
    size_t length;

    for (const char *word = next_word(command_line, &length); length > 0;
         word = next_word(word + length, &length)) {
        if (word_is(word, length, "--"))
            return next_word(word + length, &length);
    }
    return "";
}

void command_line_for_each(void (*visit)(const char *word, size_t length))
{
    size_t length;

    for (const char *word = next_word(command_line, &length); length > 0 && !word_is(word, length, "--");
         word = next_word(word + length, &length))
        visit(word, length);
}
