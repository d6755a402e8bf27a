#include "fs/text.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "lib/string.h"
#include "mm/frames.h"

#define PIECE_BYTES (PAGE_SIZE - sizeof(struct text_piece *))

/* A frame. All but the last one are full. */
struct text_piece {
    struct text_piece *next;
    char bytes[PAGE_SIZE - sizeof(void *)];
};

_Static_assert(sizeof(struct text_piece) == PAGE_SIZE, "a piece is a frame");

static void text_sink_write(struct format_sink *sink, const char *bytes, size_t length)
{
    text_add((struct text *)sink, bytes, length);
}

void text_init(struct text *text)
{
    *text = (struct text){.sink = {text_sink_write}};
}

void text_free(struct text *text)
{
    while (text->first != NULL) {
        struct text_piece *piece = text->first;
        text->first = piece->next;
        frames_free((vaddr_t)piece - direct_map_base, 0);
    }
    text_init(text);
}

static bool text_add_piece(struct text *text)
{
    struct text_piece *piece;
    paddr_t frame;

    if (text->length >= TEXT_MAX || frames_alloc(0, &frame) != 0)
        return false;
    piece = direct_map(frame);
    piece->next = NULL;
    if (text->first == NULL)
        text->first = piece;
    else
        text->last->next = piece;
    text->last = piece;
    return true;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    const char *source = bytes;

    while (length > 0 && text->error == 0) {
        size_t at = text->length % PIECE_BYTES, room = PIECE_BYTES - at;
        if (at == 0 && !text_add_piece(text)) {
            text->error = -ENOMEM;
            return;
        }
        size_t part = length < room ? length : room;
        memcpy(text->last->bytes + at, source, part);
        text->length += part;
        source += part;
        length -= part;
    }
}

void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

static bool is_one_of(char character, const char *set)
{
    while (*set != '\0' && *set != character)
        set++;
    return *set != '\0';
}

void text_add_escaped(struct text *text, const char *string, const char *special)
{
    for (; *string != '\0'; string++) {
        if (*string == '\\' || is_one_of(*string, special))
            text_print(text, "\\%03o", (unsigned char)*string);
        else
            text_add(text, string, 1);
    }
}

void text_print(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to_sink(&text->sink, format, arguments);
    va_end(arguments);
}

int64_t text_give(const struct text *text, struct io *io, uint64_t offset)
{
    const struct text_piece *piece = text->first;
    int64_t done = 0;

    if (offset >= text->length)
        return 0;
    for (uint64_t skip = offset / PIECE_BYTES; skip > 0; skip--)
        piece = piece->next;
    while (offset < text->length && io->left > 0) {
        size_t at = offset % PIECE_BYTES, part = PIECE_BYTES - at;
        if (part > text->length - offset)
            part = text->length - offset;
        if (part > io->left)
            part = io->left;
        size_t given = io_give(io, piece->bytes + at, part);
        done += (int64_t)given;
        if (given < part)
            return done > 0 ? done : -EFAULT;
        offset += part;
        piece = piece->next;
    }
    return done;
}
