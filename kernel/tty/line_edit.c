/* Editing a line: what ERASE, WERASE, KILL and REPRINT do to it, and to what the terminal shows of it. */
#include "tty/line_internal.h"

enum erasure { ERASE_CHARACTER, ERASE_WORD, ERASE_LINE };

/* With ECHOPRT what is erased is shown again, backwards, between \ and /. */
void line_finish_erasing(struct line *line)
{
    if (!line->is_erasing)
        return;
    line_echo_plain(line, '/');
    line->is_erasing = false;
}

void line_reprint(struct line *line, uint8_t byte)
{
    line_finish_erasing(line);
    line_echo(line, byte);
    line_echo_plain(line, '\n');
    for (uint32_t at = line->canonical_head; at != line->head; at++)
        line_echo(line, line_byte(line, at));
}

/* KILL where the line is not erased step by step; says whether that was it. */
static bool line_kill_at_once(struct line *line)
{
    if (!line_has_local(line, ECHO)) {
        line->head = line->canonical_head;
        return true;
    }
    if (line_has_local(line, ECHOK) && line_has_local(line, ECHOKE) && line_has_local(line, ECHOE))
        return false;
    line->head = line->canonical_head;
    line_finish_erasing(line);
    line_echo(line, line->settings.cc[VKILL]);
    if (line_has_local(line, ECHOK))
        line_echo_plain(line, '\n');
    return true;
}

/* How many columns the text takes that stands before the line's head, back to a tab. */
static unsigned line_columns_before_tab(const struct line *line, bool *ret_is_after_tab)
{
    unsigned columns = 0;

    *ret_is_after_tab = false;
    for (uint32_t at = line->head; at != line->canonical_head; at--) {
        const uint8_t byte = line_byte(line, at - 1);
        if (byte == '\t') {
            *ret_is_after_tab = true;
            break;
        }
        if (byte_is_control(byte))
            columns += line_has_local(line, ECHOCTL) ? 2 : 0;
        else if (!line_is_continuation(line, byte))
            columns++;
    }
    return columns;
}

static void line_echo_erase_column(struct line *line)
{
    line_echo_plain(line, '\b');
    line_echo_plain(line, ' ');
    line_echo_plain(line, '\b');
}

/* Show that a character is gone: `size` bytes from line->head on, the first of them is `first`. */
static void line_echo_erased(struct line *line, enum erasure erasure, uint8_t first, uint32_t size)
{
    if (line_has_local(line, ECHOPRT)) {
        if (!line->is_erasing)
            line_echo_plain(line, '\\');
        line->is_erasing = true;
        line_echo(line, first);
        for (uint32_t i = 1; i < size; i++) {
            line_echo_plain(line, line_byte(line, line->head + i));
            line->column -= line->column > 0;
        }
    } else if (erasure == ERASE_CHARACTER && !line_has_local(line, ECHOE)) {
        line_echo(line, line->settings.cc[VERASE]);
    } else if (first == '\t') {
        bool is_after_tab;
        unsigned columns = line_columns_before_tab(line, &is_after_tab);
        line_echo_erase_tab(line, columns, is_after_tab);
    } else if (!byte_is_control(first)) {
        line_echo_erase_column(line);
    } else if (line_has_local(line, ECHOCTL)) {
        line_echo_erase_column(line);
        line_echo_erase_column(line);
    }
}

/* Where the last character of the line begins; line->head if it does not. */
static uint32_t line_last_character(const struct line *line)
{
    uint32_t at = line->head - 1;

    while (line_is_continuation(line, line_byte(line, at)) && at != line->canonical_head)
        at--;
    return line_is_continuation(line, line_byte(line, at)) ? line->head : at;
}

static void line_erase_back(struct line *line, enum erasure erasure)
{
    bool has_word = false;

    while (line->head != line->canonical_head) {
        const uint32_t at = line_last_character(line), size = line->head - at;
        const uint8_t first = line_byte(line, at);
        if (size == 0)
            break;
        if (erasure == ERASE_WORD && has_word && !byte_is_word(first))
            break;
        has_word = has_word || byte_is_word(first);
        line->head = at;
        if (line_has_local(line, ECHO))
            line_echo_erased(line, erasure, first, size);
        if (erasure == ERASE_CHARACTER)
            break;
    }
}

void line_erase(struct line *line, uint8_t byte)
{
    enum erasure erasure = ERASE_LINE;

    if (line->head == line->canonical_head)
        return;
    if (byte == line->settings.cc[VERASE])
        erasure = ERASE_CHARACTER;
    else if (byte == line->settings.cc[VWERASE])
        erasure = ERASE_WORD;
    if (erasure == ERASE_LINE && line_kill_at_once(line))
        return;
    line_erase_back(line, erasure);
    if (line->head == line->canonical_head && line_has_local(line, ECHO))
        line_finish_erasing(line);
}
