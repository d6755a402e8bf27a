/* Bytes to characters, controls and sequences: the state machine of ECMA-48 with what Linux and xterm add. A
 * control character acts in the middle of a sequence, ESC begins another one, CAN and SUB end it. */
#include "terminal/terminal_internal.h"

#define CAN 0x18
#define SUB 0x1a
#define ESC 0x1b
#define DEL 0x7f
#define CSI 0x9b /* of the C1 controls, the one that Linux knows, too */

static void begin_csi(struct terminal *terminal)
{
    terminal->state = STATE_CSI;
    terminal->intermediate = terminal->private_mark = 0;
    terminal->parameter_count = 0;
    terminal->is_part = 0;
    terminal->has_all_parameters = false;
}

static void begin_string(struct terminal *terminal, uint8_t kind)
{
    terminal->string_kind = kind;
    terminal->string_length = 0;
    terminal->state = kind == ']' ? STATE_STRING_START : STATE_STRING;
}

static void escape(struct terminal *terminal, uint8_t byte)
{
    terminal->state = STATE_GROUND;
    if (byte == '[') {
        begin_csi(terminal);
    } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
        begin_string(terminal, byte);
    } else if (byte >= ' ' && byte <= '/') {
        terminal->intermediate = byte;
        terminal->state = STATE_ESCAPE_INTERMEDIATE;
    } else {
        control_escape(terminal, byte);
    }
}

static void escape_intermediate(struct terminal *terminal, uint8_t byte)
{
    if (byte >= ' ' && byte <= '/') { /* a second one: nothing that is known here */
        terminal->intermediate = ' ';
        return;
    }
    terminal->state = STATE_GROUND;
    control_escape_intermediate(terminal, terminal->intermediate, byte);
}

/* The parameter that digits belong to, the first one if there is none yet. */
static uint16_t *last_parameter(struct terminal *terminal)
{
    if (terminal->parameter_count == 0)
        terminal->parameters[terminal->parameter_count++] = 0;
    return &terminal->parameters[terminal->parameter_count - 1];
}

/* Those beyond the last one that is kept are left out. */
static void next_parameter(struct terminal *terminal, bool is_part)
{
    (void)last_parameter(terminal);
    if (terminal->parameter_count == TERMINAL_PARAMETERS_MAX) {
        terminal->has_all_parameters = true;
        return;
    }
    terminal->is_part |= (uint16_t)(is_part << terminal->parameter_count);
    terminal->parameters[terminal->parameter_count++] = 0;
}

static void parameter_digit(struct terminal *terminal, unsigned digit)
{
    uint16_t *parameter = last_parameter(terminal);
    unsigned value = *parameter * 10u + digit;

    if (!terminal->has_all_parameters)
        *parameter = (uint16_t)(value < TERMINAL_PARAMETER_MAX ? value : TERMINAL_PARAMETER_MAX);
}

static void control_sequence(struct terminal *terminal, uint8_t byte)
{
    bool is_first =
        terminal->parameter_count == 0 && terminal->private_mark == 0 && terminal->intermediate == 0;

    if (byte >= '@' && byte <= '~') {
        if (byte == '[' && is_first) {
            terminal->state = STATE_FUNCTION_KEY;
            return;
        }
        terminal->state = STATE_GROUND;
        csi_dispatch(terminal, byte);
    } else if (byte >= ' ' && byte <= '/') {
        terminal->intermediate = byte;
    } else if (terminal->intermediate != 0) {
        terminal->state = STATE_CSI_IGNORE;
    } else if (byte <= '9') {
        parameter_digit(terminal, byte - '0');
    } else if (byte == ';' || byte == ':') {
        next_parameter(terminal, byte == ':');
    } else if (is_first && byte <= '?') {
        terminal->private_mark = byte;
    } else {
        terminal->state = STATE_CSI_IGNORE;
    }
}

static void string_start(struct terminal *terminal, uint8_t byte)
{
    terminal->state = STATE_STRING;
    if (byte == 'R') { /* Linux: all colours as at first */
        terminal->state = STATE_GROUND;
        palette_reset(terminal);
    } else if (byte == 'P') {
        terminal->state = STATE_PALETTE;
    } else {
        terminal->text[terminal->string_length++] = (char)byte;
    }
}

static bool is_hex_digit(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'f');
}

static void palette_digit(struct terminal *terminal, uint8_t byte)
{
    if (!is_hex_digit(byte)) {
        terminal->state = STATE_GROUND;
        return;
    }
    terminal->text[terminal->string_length++] = (char)byte;
    if (terminal->string_length == 7)
        string_end(terminal);
}

static void string_byte(struct terminal *terminal, uint8_t byte)
{
    if (terminal->string_length < sizeof(terminal->text))
        terminal->text[terminal->string_length] = (char)byte;
    if (++terminal->string_length >= TERMINAL_STRING_MAX)
        terminal->state = STATE_GROUND;
}

static void character(struct terminal *terminal, uint32_t code_point)
{
    if (code_point == CSI)
        begin_csi(terminal);
    else if (code_point >= 0xa0 || (code_point >= ' ' && code_point < DEL))
        grid_put(terminal, terminal_translate(terminal, code_point));
}

static void ground(struct terminal *terminal, uint8_t byte)
{
    uint32_t code_points[2];
    size_t count = 1;

    if (terminal->is_utf8)
        count = utf8_decode(&terminal->decoder, byte, code_points);
    else
        code_points[0] = byte;
    for (size_t i = 0; i < count; i++)
        character(terminal, code_points[i]);
}

/* Bytes below 0x20. Of a UTF-8 sequence that they cut short a mark remains. */
static void control(struct terminal *terminal, uint8_t byte)
{
    bool is_in_string = terminal->state >= STATE_STRING_START;

    if (terminal->decoder.missing > 0) {
        terminal->decoder.missing = 0;
        grid_put(terminal, UTF8_REPLACEMENT);
    }
    if (byte == ESC) {
        terminal->state = terminal->state == STATE_STRING || terminal->state == STATE_STRING_START
                              ? STATE_STRING_ESCAPE
                              : STATE_ESCAPE;
    } else if (byte == CAN || byte == SUB) {
        terminal->state = STATE_GROUND;
    } else if (!is_in_string) {
        control_character(terminal, byte);
    } else if (byte == '\a' && terminal->string_kind == ']') {
        if (terminal->state == STATE_STRING)
            string_end(terminal);
        terminal->state = STATE_GROUND;
    } else if (terminal->state == STATE_STRING_ESCAPE) {
        terminal->state = STATE_STRING;
    }
}

static void take_byte(struct terminal *terminal, uint8_t byte)
{
    if (byte < ' ') {
        control(terminal, byte);
        return;
    }
    switch (terminal->state) {
    case STATE_GROUND:
        ground(terminal, byte);
        break;
    case STATE_ESCAPE:
        escape(terminal, byte);
        break;
    case STATE_ESCAPE_INTERMEDIATE:
        escape_intermediate(terminal, byte);
        break;
    case STATE_CSI:
        if (byte < DEL)
            control_sequence(terminal, byte);
        break;
    case STATE_CSI_IGNORE:
        if (byte >= '@' && byte <= '~')
            terminal->state = STATE_GROUND;
        break;
    case STATE_FUNCTION_KEY:
        terminal->state = STATE_GROUND;
        break;
    case STATE_STRING_START:
        string_start(terminal, byte);
        break;
    case STATE_PALETTE:
        palette_digit(terminal, byte);
        break;
    case STATE_STRING:
        string_byte(terminal, byte);
        break;
    case STATE_STRING_ESCAPE: /* ST, or another sequence, which cuts the string short */
        if (byte == '\\')
            string_end(terminal);
        else
            escape(terminal, byte);
        break;
    }
}

/* Whether printable ASCII goes as it is into the grid. */
static bool is_plain(const struct terminal *terminal)
{
    return terminal->state == STATE_GROUND && terminal->decoder.missing == 0 && !terminal->inserts &&
           terminal->charsets[terminal->charset] == CHARSET_ASCII &&
           terminal->single_charset == TERMINAL_CHARSETS;
}

/* How many bytes from the first one on are printable ASCII and fit into the cursor's row. */
static size_t run_length(const struct terminal *terminal, const char *bytes, size_t length)
{
    size_t room = terminal->wrap_pending ? 0 : terminal->columns - terminal->cursor_column, count = 0;

    if (room > length)
        room = length;
    while (count < room && (uint8_t)(bytes[count] - ' ') < DEL - ' ')
        count++;
    return count;
}

void terminal_write(struct terminal *terminal, const char *bytes, size_t length)
{
    view_to_screen(terminal);
    for (size_t i = 0; i < length;) {
        size_t run = is_plain(terminal) ? run_length(terminal, bytes + i, length - i) : 0;
        if (run > 0)
            grid_put_run(terminal, bytes + i, run);
        else
            take_byte(terminal, (uint8_t)bytes[i]);
        i += run > 0 ? run : 1;
    }
}

static void print_character(struct terminal *terminal, uint32_t code_point)
{
    if (code_point == '\n')
        control_new_line(terminal);
    else if (code_point == '\r' || code_point == '\b' || code_point == '\t')
        control_character(terminal, (uint8_t)code_point);
    else if (code_point >= 0xa0 || (code_point >= ' ' && code_point < DEL))
        grid_put(terminal, code_point);
}

void terminal_print(struct terminal *terminal, uint32_t foreground, const char *text, size_t length)
{
    terminal_cell_t rendition = terminal->rendition;
    bool wraps = terminal->wraps, inserts = terminal->inserts;
    uint32_t last_character = terminal->last_character;

    view_to_screen(terminal);
    rendition_set(terminal, CELL_COLORS(foreground, CELL_COLOR_DEFAULT_BACKGROUND));
    terminal->wraps = true;
    terminal->inserts = false;
    for (size_t i = 0; i < length; i++) {
        uint32_t code_points[2];
        size_t count = utf8_decode(&terminal->print_decoder, (uint8_t)text[i], code_points);
        for (size_t j = 0; j < count; j++)
            print_character(terminal, code_points[j]);
    }
    terminal->wraps = wraps;
    terminal->inserts = inserts;
    terminal->last_character = last_character;
    rendition_set(terminal, rendition);
}
