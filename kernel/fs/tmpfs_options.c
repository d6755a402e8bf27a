#include "fs/tmpfs_options.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "lib/string.h"
#include "x86_64/paging.h"

/* A piece of the text. */
struct word {
    const char *start;
    size_t length;
};

/* Cut off what lies before `separator`, which goes, too. */
static struct word word_cut(struct word *rest, char separator)
{
    struct word word = {rest->start, 0};

    while (word.length < rest->length && rest->start[word.length] != separator)
        word.length++;
    size_t used = word.length + (word.length < rest->length);
    rest->start += used;
    rest->length -= used;
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.start, text, word.length) == 0;
}

/* Digits at the start of a word, which are cut off. False: none, or the number is too big. */
static bool word_take_number(struct word *word, unsigned base, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;

    for (; digits < word->length; digits++) {
        unsigned digit = (unsigned)(unsigned char)word->start[digits] - '0';
        if (digit >= base)
            break;
        if (value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    word->start += digits;
    word->length -= digits;
    *ret_value = value;
    return digits > 0;
}

/* A number with k, m, g, t behind it. */
static bool word_to_size(struct word word, uint64_t *ret_value)
{
    static const char units[] = "kKmMgGtT";
    unsigned shift = 0;
    uint64_t value;

    if (!word_take_number(&word, 10, &value) || word.length > 1)
        return false;
    if (word.length == 1) {
        for (unsigned i = 0; units[i] != '\0' && shift == 0; i++)
            shift = units[i] == word.start[0] ? 10 * (i / 2 + 1) : 0;
        if (shift == 0 || value > UINT64_MAX >> shift)
            return false;
    }
    *ret_value = value << shift;
    return true;
}

/* A size in bytes, or in per cent of the memory, as frames. */
static bool word_to_frames(struct word word, uint64_t memory_frames, uint64_t *ret_frames)
{
    uint64_t value;

    if (word.length > 0 && word.start[word.length - 1] == '%') {
        word.length--;
        if (!word_take_number(&word, 10, &value) || word.length != 0 || value > UINT64_MAX / memory_frames)
            return false;
        *ret_frames = value * memory_frames / 100;
        return true;
    }
    if (!word_to_size(word, &value))
        return false;
    *ret_frames = value / PAGE_SIZE + (value % PAGE_SIZE != 0);
    return true;
}

static bool word_to_uint32(struct word word, unsigned base, uint64_t limit, uint32_t *ret_value)
{
    uint64_t value;

    if (!word_take_number(&word, base, &value) || word.length != 0 || value > limit)
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

static bool option_apply(struct tmpfs_options *options, struct word name, struct word value,
                         uint64_t memory_frames)
{
    if (word_is(name, "size"))
        return word_to_frames(value, memory_frames, &options->limits.frames);
    if (word_is(name, "nr_blocks"))
        return word_to_size(value, &options->limits.frames);
    if (word_is(name, "nr_inodes"))
        return word_to_size(value, &options->limits.nodes);
    if (word_is(name, "mode"))
        return word_to_uint32(value, 8, 07777, &options->mode);
    if (word_is(name, "uid"))
        return word_to_uint32(value, 10, UINT32_MAX - 1, &options->uid);
    if (word_is(name, "gid"))
        return word_to_uint32(value, 10, UINT32_MAX - 1, &options->gid);
    return word_is(name, "huge") || word_is(name, "noswap");
}

int tmpfs_options_parse(struct tmpfs_options *options, const char *text, size_t size, uint64_t memory_frames)
{
    struct word rest = {text, text == NULL ? 0 : strnlen(text, size)};

    while (rest.length > 0) {
        struct word value = word_cut(&rest, ',');
        struct word name = word_cut(&value, '=');
        if (name.length > 0 && !option_apply(options, name, value, memory_frames))
            return -EINVAL;
    }
    return 0;
}
