/* What the line discipline's files share. */
#ifndef LINTEL_TTY_LINE_INTERNAL_H
#define LINTEL_TTY_LINE_INTERNAL_H

#include "tty/line.h"

#define CHARACTER_DISABLED 0 /* in termios.cc: there is no such character */
#define CONTROL_BIT 0100     /* makes a letter of a control character */

/* The kinds of characters are Latin-1's, as in Linux: those from 128 to 159 are no control characters. */
static inline bool byte_is_control(uint8_t byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static inline bool byte_is_upper(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
}

static inline bool byte_is_lower(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 0xdf && byte != 0xf7);
}

static inline bool byte_is_word(uint8_t byte)
{
    return byte_is_upper(byte) || byte_is_lower(byte) || (byte >= '0' && byte <= '9') || byte == '_';
}

static inline uint8_t byte_to_lower(uint8_t byte)
{
    return byte_is_upper(byte) ? byte + 0x20 : byte;
}

/* What has no upper case in Latin-1 becomes what Linux makes of it. */
static inline uint8_t byte_to_upper(uint8_t byte)
{
    return byte_is_lower(byte) ? byte - 0x20 : byte;
}

static inline bool line_has_input(const struct line *line, uint32_t flags)
{
    return (line->settings.iflag & flags) != 0;
}

static inline bool line_has_output(const struct line *line, uint32_t flags)
{
    return (line->settings.oflag & flags) != 0;
}

static inline bool line_has_local(const struct line *line, uint32_t flags)
{
    return (line->settings.lflag & flags) != 0;
}

/* Whether bytes are gathered to lines: not if somebody else does it (EXTPROC). */
static inline bool line_is_canonical(const struct line *line)
{
    return (line->settings.lflag & (ICANON | EXTPROC)) == ICANON;
}

/* A byte of a multibyte character that is not its first one. */
static inline bool line_is_continuation(const struct line *line, uint8_t byte)
{
    return line_has_input(line, IUTF8) && (byte & 0xc0) == 0x80;
}

static inline uint8_t line_byte(const struct line *line, uint32_t position)
{
    return line->bytes[position % LINE_SIZE];
}

static inline void line_mark_end(struct line *line, uint32_t position)
{
    line->ends[position % LINE_SIZE / 64] |= 1ull << position % 64;
}

static inline void line_clear_end(struct line *line, uint32_t position)
{
    line->ends[position % LINE_SIZE / 64] &= ~(1ull << position % 64);
}

static inline bool line_is_end(const struct line *line, uint32_t position)
{
    return (line->ends[position % LINE_SIZE / 64] >> position % 64 & 1) != 0;
}

/* Put a byte into the ring, whose room has been looked at. */
static inline void line_put(struct line *line, uint8_t byte)
{
    line->bytes[line->head++ % LINE_SIZE] = byte;
}

/* Echo: a byte as a terminal can show it (^X), or as it is; a tab is erased: `columns` from the line's begin,
 * or from a tab before it. tty/line_output.c */
void line_echo(struct line *line, uint8_t byte);
void line_echo_plain(struct line *line, uint8_t byte);
void line_echo_erase_tab(struct line *line, unsigned columns, bool is_after_tab);
void line_echo_clear(struct line *line);

/* ERASE, WERASE or KILL was received, and is not quoted. tty/line_edit.c */
void line_erase(struct line *line, uint8_t byte);
void line_finish_erasing(struct line *line);
void line_reprint(struct line *line, uint8_t byte);

#endif
