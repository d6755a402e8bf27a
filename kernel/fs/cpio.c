/* The header is 13 numbers of 8 hexadecimal digits behind a magic of 6; name and data follow, each padded to
 * a multiple of 4 bytes from the start of the archive. */
#include "fs/cpio.h"

#include "abi/errno.h"
#include "lib/string.h"

#define MAGIC "070701"
#define MAGIC_WITH_CHECK "070702"
#define MAGIC_SIZE 6
#define DIGITS 8
#define TRAILER "TRAILER!!!"

enum header_field {
    FIELD_INO,
    FIELD_MODE,
    FIELD_UID,
    FIELD_GID,
    FIELD_NLINK,
    FIELD_MTIME,
    FIELD_SIZE,
    FIELD_DEV_MAJOR,
    FIELD_DEV_MINOR,
    FIELD_RDEV_MAJOR,
    FIELD_RDEV_MINOR,
    FIELD_NAME_SIZE,
    FIELD_CHECK,
    FIELD_COUNT
};

_Static_assert(MAGIC_SIZE + FIELD_COUNT * DIGITS == CPIO_HEADER_SIZE, "the header of newc");

void cpio_init(struct cpio *cpio, struct cpio_sink *sink)
{
    cpio->sink = sink;
    cpio->state = CPIO_BETWEEN;
    cpio->position = 0;
    cpio->have = 0;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static int parse_fields(const char *text, uint32_t *fields)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        fields[i] = 0;
        for (unsigned j = 0; j < DIGITS; j++) {
            int value = digit_value(*text++);
            if (value < 0)
                return -EINVAL;
            fields[i] = fields[i] << 4 | (uint32_t)value;
        }
    }
    return 0;
}

static int cpio_end_header(struct cpio *cpio)
{
    uint32_t fields[FIELD_COUNT];
    bool has_check = memcmp(cpio->header, MAGIC_WITH_CHECK, MAGIC_SIZE) == 0;

    if (!has_check && memcmp(cpio->header, MAGIC, MAGIC_SIZE) != 0)
        return -EINVAL;
    if (parse_fields(cpio->header + MAGIC_SIZE, fields) != 0)
        return -EINVAL;
    cpio->name_size = fields[FIELD_NAME_SIZE];
    if (cpio->name_size < 2 || cpio->name_size > PATH_MAX)
        return -EINVAL;
    cpio->entry = (struct cpio_entry){
        .ino = fields[FIELD_INO],
        .mode = fields[FIELD_MODE],
        .uid = fields[FIELD_UID],
        .gid = fields[FIELD_GID],
        .nlink = fields[FIELD_NLINK],
        .mtime = fields[FIELD_MTIME],
        .size = fields[FIELD_SIZE],
        .dev_major = fields[FIELD_DEV_MAJOR],
        .dev_minor = fields[FIELD_DEV_MINOR],
        .rdev_major = fields[FIELD_RDEV_MAJOR],
        .rdev_minor = fields[FIELD_RDEV_MINOR],
        .name = cpio->name,
    };
    cpio->has_check = has_check && S_ISREG(fields[FIELD_MODE]);
    cpio->check = fields[FIELD_CHECK];
    cpio->left = fields[FIELD_SIZE];
    cpio->sum = 0;
    cpio->have = 0;
    cpio->state = CPIO_NAME;
    return 0;
}

static int cpio_end_name(struct cpio *cpio)
{
    if (strnlen(cpio->name, cpio->name_size) != cpio->name_size - 1)
        return -EINVAL;
    cpio->have = 0;
    cpio->state = CPIO_NAME_PADDING;
    return 0;
}

/* The entry is known: tell of it, or of the archive's end. */
static int cpio_begin_data(struct cpio *cpio)
{
    if (strcmp(cpio->name, TRAILER) == 0) {
        cpio->state = CPIO_BETWEEN;
        return cpio->sink->archive_end(cpio->sink);
    }
    cpio->state = CPIO_DATA;
    return cpio->sink->entry(cpio->sink, &cpio->entry);
}

static int cpio_end_data(struct cpio *cpio)
{
    if (cpio->has_check && cpio->sum != cpio->check)
        return -EINVAL;
    cpio->state = CPIO_DATA_PADDING;
    return cpio->sink->entry_end(cpio->sink);
}

/* Collect bytes in a buffer until it has `wanted`. */
static size_t cpio_collect(struct cpio *cpio, char *buffer, size_t wanted, const uint8_t *bytes, size_t size)
{
    size_t piece = wanted - cpio->have < size ? wanted - cpio->have : size;

    memcpy(buffer + cpio->have, bytes, piece);
    cpio->have += piece;
    return piece;
}

static size_t cpio_padding(const struct cpio *cpio)
{
    return (size_t)(-cpio->position & 3);
}

static int cpio_take_data(struct cpio *cpio, const uint8_t *bytes, size_t size, size_t *ret_used)
{
    size_t piece = cpio->left < size ? cpio->left : size;

    for (size_t i = 0; i < piece && cpio->has_check; i++)
        cpio->sum += bytes[i];
    cpio->left -= (uint32_t)piece;
    *ret_used = piece;
    return piece == 0 ? 0 : cpio->sink->data(cpio->sink, bytes, piece);
}

/* Go on by one step, which may need no bytes. */
static int cpio_step(struct cpio *cpio, const uint8_t *bytes, size_t size, size_t *ret_used)
{
    int error = 0;

    switch (cpio->state) {
    case CPIO_BETWEEN:
        *ret_used = bytes[0] == 0;
        cpio->position = 0;
        cpio->have = 0;
        cpio->state = bytes[0] == 0 ? CPIO_BETWEEN : CPIO_HEADER;
        return 0;
    case CPIO_HEADER:
        *ret_used = cpio_collect(cpio, cpio->header, CPIO_HEADER_SIZE, bytes, size);
        return cpio->have == CPIO_HEADER_SIZE ? cpio_end_header(cpio) : 0;
    case CPIO_NAME:
        *ret_used = cpio_collect(cpio, cpio->name, cpio->name_size, bytes, size);
        return cpio->have == cpio->name_size ? cpio_end_name(cpio) : 0;
    case CPIO_DATA:
        if (cpio->left > 0)
            error = cpio_take_data(cpio, bytes, size, ret_used);
        return error == 0 && cpio->left == 0 ? cpio_end_data(cpio) : error;
    case CPIO_NAME_PADDING:
    case CPIO_DATA_PADDING:
        break;
    }
    size_t padding = cpio_padding(cpio);
    *ret_used = padding < size ? padding : size;
    if (*ret_used < padding)
        return 0;
    if (cpio->state == CPIO_NAME_PADDING)
        return cpio_begin_data(cpio);
    cpio->state = CPIO_HEADER;
    return 0;
}

/* Whether the next step does without bytes. */
static bool cpio_can_step(const struct cpio *cpio)
{
    if (cpio->state == CPIO_NAME_PADDING || cpio->state == CPIO_DATA_PADDING)
        return cpio_padding(cpio) == 0;
    return cpio->state == CPIO_DATA && cpio->left == 0;
}

int cpio_read(struct cpio *cpio, const uint8_t *bytes, size_t size, size_t *ret_used)
{
    size_t at = 0;
    int error = 0;

    while (error == 0 && (at < size || cpio_can_step(cpio))) {
        enum cpio_state before = cpio->state;
        size_t used = 0;
        error = cpio_step(cpio, bytes + at, size - at, &used);
        at += used;
        cpio->position += used;
        if (before == CPIO_NAME_PADDING && cpio->state == CPIO_BETWEEN)
            break;
    }
    *ret_used = at;
    return error;
}
