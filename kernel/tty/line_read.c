/* What a program reads of a line. */
#include "tty/line_internal.h"

bool line_is_readable(const struct line *line, unsigned minimum)
{
    if (line_is_canonical(line))
        return line->canonical_head != line->tail;
    return line->head - line->tail >= minimum;
}

static unsigned bits_count(uint64_t bits)
{
    unsigned count = 0;

    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

/* Ends of file among what could be read: they are no bytes. */
static size_t line_end_of_file_count(const struct line *line)
{
    size_t count = 0, ends = 0;

    for (size_t i = 0; i < sizeof(line->ends) / sizeof(line->ends[0]); i++)
        ends += bits_count(line->ends[i]);
    for (uint32_t at = line->tail; ends > 0 && at != line->canonical_head; at++) {
        if (!line_is_end(line, at))
            continue;
        ends--;
        count += line_byte(line, at) == 0;
    }
    return count;
}

size_t line_readable_bytes(const struct line *line)
{
    if (!line_is_canonical(line))
        return line->head - line->tail;
    return line->canonical_head - line->tail - line_end_of_file_count(line);
}

/* The first end of a line in [from, to), or `to`. */
static uint32_t line_find_end(const struct line *line, uint32_t from, uint32_t to)
{
    while (from != to && !line_is_end(line, from))
        from++;
    return from;
}

struct line_piece line_next_piece(const struct line *line, size_t length)
{
    const bool is_canonical = line_is_canonical(line);
    const uint32_t at = line->tail % LINE_SIZE, to_end = LINE_SIZE - at;
    uint32_t available = (is_canonical ? line->canonical_head : line->head) - line->tail;
    const uint32_t all = available;

    if (available > length)
        available = (uint32_t)length;
    if (available > to_end)
        available = to_end;
    struct line_piece piece = {line->bytes + at, available, available, available == all};
    if (!is_canonical)
        return piece;
    const uint32_t end = line_find_end(line, line->tail, line->tail + available);
    if (end == line->tail + available)
        return piece;
    piece.is_end = true;
    piece.consumed = end - line->tail + 1;
    piece.length = piece.consumed - (line_byte(line, end) == 0);
    return piece;
}

void line_consume(struct line *line, const struct line_piece *piece)
{
    if (piece->consumed > 0)
        line_clear_end(line, line->tail + piece->consumed - 1);
    line->tail += piece->consumed;
}

void line_skip_end_of_file(struct line *line)
{
    if (!line_is_canonical(line) || line->tail == line->canonical_head || !line_is_end(line, line->tail) ||
        line_byte(line, line->tail) != 0)
        return;
    line_clear_end(line, line->tail);
    line->tail++;
}
