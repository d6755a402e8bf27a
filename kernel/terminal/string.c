/* Strings: OSC with title and palette, Linux's own palette sequences; DCS, SOS, PM and APC mean nothing here.
 */
#include "terminal/terminal_internal.h"

#include "lib/string.h"

/* The colours of the Linux console; 0xRRGGBB. */
static const uint32_t first_colors[16] = {
    0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
    0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
};

static uint32_t gray(uint32_t level)
{
    return level << 16 | level << 8 | level;
}

/* Level 0..5 of a colour in xterm's cube of 6x6x6. */
static uint32_t cube_level(unsigned index)
{
    return index == 0 ? 0 : 55 + 40 * index;
}

void terminal_set_colors(struct terminal *terminal, const uint32_t colors[16])
{
    if (colors == NULL)
        colors = first_colors;
    for (unsigned i = 0; i < 16; i++)
        terminal->palette[i] = colors[i] & 0xffffff;
    terminal->palette_has_changed = true;
}

void palette_reset(struct terminal *terminal)
{
    uint32_t *palette = terminal->palette;

    terminal_set_colors(terminal, NULL);
    for (unsigned i = 0; i < 216; i++)
        palette[16 + i] = cube_level(i / 36) << 16 | cube_level(i / 6 % 6) << 8 | cube_level(i % 6);
    for (unsigned i = 0; i < 24; i++)
        palette[232 + i] = gray(8 + 10 * i);
    palette[CELL_COLOR_DEFAULT_FOREGROUND] = gray(0xd0);
    palette[CELL_COLOR_DEFAULT_BACKGROUND] = 0;
    palette[CELL_COLOR_WARNING] = 0xffd060;
    palette[CELL_COLOR_ERROR] = 0xff6060;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if ((character | 32) >= 'a' && (character | 32) <= 'f')
        return (character | 32) - 'a' + 10;
    return -1;
}

/* Hexadecimal digits from *text on, at most four: their first two count, a single one twice. Returns 0..255,
 * -1 if there are none. */
static int read_level(const char **text)
{
    int value = 0, digits = 0;

    for (; digits < 4 && hex_digit(**text) >= 0; digits++, (*text)++) {
        if (digits < 2)
            value = value << 4 | hex_digit(**text);
    }
    return digits == 0 ? -1 : digits == 1 ? value * 17 : value;
}

/* "rgb:R/G/B", or "#RRGGBB". Returns 0xRRGGBB, -1 if it is neither. */
static int32_t read_color(const char *text)
{
    int32_t color = 0;
    bool has_slashes = strncmp(text, "rgb:", 4) == 0;

    if (!has_slashes && (*text != '#' || strnlen(text, 8) != 7))
        return -1;
    text += has_slashes ? 4 : 1;
    for (int i = 0; i < 3; i++) {
        int level;
        if (has_slashes) {
            level = read_level(&text);
            text += i < 2 && *text == '/';
        } else {
            int high = hex_digit(text[0]), low = hex_digit(text[1]);
            level = high < 0 || low < 0 ? -1 : high << 4 | low;
            text += 2;
        }
        if (level < 0)
            return -1;
        color = color << 8 | level;
    }
    return *text == '\0' ? color : -1;
}

static unsigned read_number(const char **text)
{
    unsigned number = 0;

    for (; **text >= '0' && **text <= '9'; (*text)++) {
        if (number < 1000)
            number = number * 10 + (unsigned)(**text - '0');
    }
    return number;
}

/* OSC 4 ; index ; colour. */
static void set_palette_color(struct terminal *terminal, const char *text)
{
    unsigned index = read_number(&text);
    int32_t color = *text == ';' ? read_color(text + 1) : -1;

    if (index >= 256 || color < 0)
        return;
    terminal->palette[index] = (uint32_t)color;
    terminal->palette_has_changed = true;
}

/* OSC P: one digit for the colour, six for its value. */
static void set_linux_color(struct terminal *terminal)
{
    uint32_t color = 0;

    for (unsigned i = 1; i < 7; i++)
        color = color << 4 | (uint32_t)hex_digit(terminal->text[i]);
    terminal->palette[hex_digit(terminal->text[0])] = color;
    terminal->palette_has_changed = true;
}

static void operating_system_command(struct terminal *terminal)
{
    const char *text = terminal->text;
    unsigned command = read_number(&text);

    if (command == 104) {
        palette_reset(terminal);
    } else if (*text++ != ';') {
        return;
    } else if (command == 4) {
        set_palette_color(terminal, text);
    } else if ((command == 0 || command == 2) && terminal->events != NULL &&
               terminal->events->set_title != NULL) {
        terminal->events->set_title(terminal->events->argument, text, strlen(text));
    }
}

void string_end(struct terminal *terminal)
{
    bool is_palette = terminal->state == STATE_PALETTE,
         is_whole = terminal->string_length < sizeof(terminal->text);

    terminal->state = STATE_GROUND;
    if (is_palette) {
        set_linux_color(terminal);
    } else if (terminal->string_kind == ']' && is_whole) {
        terminal->text[terminal->string_length] = '\0';
        operating_system_command(terminal);
    }
}
