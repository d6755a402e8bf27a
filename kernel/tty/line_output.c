/* Output processing, and echo, which goes through it, too. */
#include "lib/string.h"
#include "tty/line_internal.h"

#define TAB_COLUMNS 8u

static size_t line_process_newline(struct line *line, char out[LINE_EXPANSION_MAX])
{
    size_t length = 0;

    if (line_has_output(line, ONLRET | ONLCR))
        line->column = 0;
    line->canonical_column = line->column;
    if (line_has_output(line, ONLCR))
        out[length++] = '\r';
    out[length++] = '\n';
    return length;
}

static size_t line_process_return(struct line *line, char out[LINE_EXPANSION_MAX])
{
    if (line_has_output(line, ONOCR) && line->column == 0)
        return 0;
    out[0] = line_has_output(line, OCRNL) ? '\n' : '\r';
    if (out[0] == '\r' || line_has_output(line, ONLRET))
        line->canonical_column = line->column = 0;
    return 1;
}

static size_t line_process_tab(struct line *line, char out[LINE_EXPANSION_MAX])
{
    const unsigned columns = TAB_COLUMNS - line->column % TAB_COLUMNS;

    line->column += columns;
    if ((line->settings.oflag & TABDLY) != XTABS) {
        out[0] = '\t';
        return 1;
    }
    memset(out, ' ', columns);
    return columns;
}

size_t line_process_output(struct line *line, uint8_t byte, char out[LINE_EXPANSION_MAX])
{
    out[0] = (char)byte;
    if (!line_has_output(line, OPOST))
        return 1;
    switch (byte) {
    case '\n':
        return line_process_newline(line, out);
    case '\r':
        return line_process_return(line, out);
    case '\t':
        return line_process_tab(line, out);
    case '\b':
        line->column -= line->column > 0;
        return 1;
    default:
        if (byte_is_control(byte))
            return 1;
        if (line_has_output(line, OLCUC))
            out[0] = (char)byte_to_upper(byte);
        line->column += !line_is_continuation(line, byte);
        return 1;
    }
}

/* Bytes that change nothing but the column, and that by one at most. */
static bool byte_is_plain(uint8_t byte)
{
    return byte != '\n' && byte != '\r' && byte != '\t' && byte != '\b';
}

size_t line_process_plain(struct line *line, const char *bytes, size_t length)
{
    size_t count = 0;

    if (!line_has_output(line, OPOST))
        return length;
    if (line_has_output(line, OLCUC))
        return 0;
    while (count < length && byte_is_plain((uint8_t)bytes[count])) {
        const uint8_t byte = (uint8_t)bytes[count++];
        line->column += !byte_is_control(byte) && !line_is_continuation(line, byte);
    }
    return count;
}

void line_echo_clear(struct line *line)
{
    line->echo_head = line->echo_tail = 0;
}

/* What finds no room is lost: programs that fast are not watched. */
static void line_echo_put(struct line *line, const char *bytes, size_t length)
{
    if (LINE_ECHO_SIZE - (line->echo_head - line->echo_tail) < length)
        return;
    for (size_t i = 0; i < length; i++)
        line->echo[line->echo_head++ % LINE_ECHO_SIZE] = bytes[i];
}

void line_echo_plain(struct line *line, uint8_t byte)
{
    char out[LINE_EXPANSION_MAX];

    line_echo_put(line, out, line_process_output(line, byte, out));
}

void line_echo(struct line *line, uint8_t byte)
{
    if (!line_has_local(line, ECHOCTL) || !byte_is_control(byte) || byte == '\t') {
        line_echo_plain(line, byte);
        return;
    }
    const char shown[] = {'^', (char)(byte ^ CONTROL_BIT)};
    line_echo_put(line, shown, sizeof(shown));
    line->column += sizeof(shown);
}

void line_echo_erase_tab(struct line *line, unsigned columns, bool is_after_tab)
{
    if (!is_after_tab)
        columns += line->canonical_column;
    for (unsigned i = TAB_COLUMNS - columns % TAB_COLUMNS; i > 0; i--) {
        line_echo_put(line, "\b", 1);
        line->column -= line->column > 0;
    }
}

size_t line_echo_pending(const struct line *line, const char **ret_bytes)
{
    const uint32_t used = line->echo_head - line->echo_tail, at = line->echo_tail % LINE_ECHO_SIZE;
    const uint32_t to_end = LINE_ECHO_SIZE - at;

    *ret_bytes = line->echo + at;
    return used < to_end ? used : to_end;
}

void line_echo_consume(struct line *line, size_t length)
{
    line->echo_tail += (uint32_t)length;
}
