/* SGR, CSI m: how characters look from now on. */
#include "terminal/terminal_internal.h"

void rendition_set(struct terminal *terminal, terminal_cell_t rendition)
{
    terminal->rendition = rendition;
    terminal->blank = ' ' | CELL_COLORS(CELL_COLOR_DEFAULT_FOREGROUND, cell_background(rendition));
}

static void set_color(struct terminal *terminal, unsigned shift, uint32_t color)
{
    terminal->rendition &= ~(0xffffull << shift);
    terminal->rendition |= (terminal_cell_t)color << shift;
}

static bool is_part(const struct terminal *terminal, unsigned index)
{
    return index < terminal->parameter_count && (terminal->is_part >> index & 1) != 0;
}

/* 38, 48, 58 at `index` in both forms, 38;2;r;g;b and 38:2:space:r:g:b, where the space may be missing: go to
 * the last parameter of it. Returns whether there is a colour. */
static bool read_color(const struct terminal *terminal, unsigned *index, uint32_t *ret_color)
{
    const uint16_t *parameters = terminal->parameters;
    unsigned at = *index, kind = at + 1 < terminal->parameter_count ? parameters[at + 1] : 0, end = at + 1;
    bool has_parts = is_part(terminal, at + 1);

    while (has_parts && is_part(terminal, end))
        end++;
    if (!has_parts)
        end = kind == 5 ? at + 3 : kind == 2 ? at + 5 : at + 2;
    *index = end - 1;
    if (end > terminal->parameter_count)
        return false;
    if (kind == 5 && end >= at + 3) {
        *ret_color = parameters[at + 2];
        return *ret_color < 256;
    }
    if (kind != 2 || end < at + 5)
        return false;
    const uint16_t *levels = parameters + (has_parts && end > at + 5 ? at + 3 : at + 2);
    if (levels[0] > 255 || levels[1] > 255 || levels[2] > 255)
        return false;
    *ret_color = CELL_COLOR_DIRECT | (uint32_t)(levels[0] >> 3) << 10 | (uint32_t)(levels[1] >> 3) << 5 |
                 (uint32_t)(levels[2] >> 3);
    return true;
}

static void set_extended_color(struct terminal *terminal, unsigned *index)
{
    unsigned which = terminal->parameters[*index];
    uint32_t color;

    if (read_color(terminal, index, &color) && which != 58)
        set_color(terminal, which == 38 ? CELL_FOREGROUND_SHIFT : CELL_BACKGROUND_SHIFT, color);
}

static void set_attribute(struct terminal *terminal, unsigned code)
{
    static const struct {
        terminal_cell_t set, clear;
    } attributes[] = {
        [1] = {.set = CELL_BOLD},
        [2] = {.set = CELL_DIM},
        [3] = {.set = CELL_ITALIC},
        [4] = {.set = CELL_UNDERLINE},
        [7] = {.set = CELL_REVERSE},
        [8] = {.set = CELL_CONCEAL},
        [9] = {.set = CELL_STRIKE},
        [21] = {.set = CELL_UNDERLINE}, /* double, where there is room for it */
        [22] = {.clear = CELL_BOLD | CELL_DIM},
        [23] = {.clear = CELL_ITALIC},
        [24] = {.clear = CELL_UNDERLINE},
        [27] = {.clear = CELL_REVERSE},
        [28] = {.clear = CELL_CONCEAL},
        [29] = {.clear = CELL_STRIKE},
    };

    if (code < sizeof(attributes) / sizeof(attributes[0])) {
        terminal->rendition &= ~attributes[code].clear;
        terminal->rendition |= attributes[code].set;
    } else if (code >= 30 && code <= 37) {
        set_color(terminal, CELL_FOREGROUND_SHIFT, code - 30);
    } else if (code == 39) {
        set_color(terminal, CELL_FOREGROUND_SHIFT, CELL_COLOR_DEFAULT_FOREGROUND);
    } else if (code >= 40 && code <= 47) {
        set_color(terminal, CELL_BACKGROUND_SHIFT, code - 40);
    } else if (code == 49) {
        set_color(terminal, CELL_BACKGROUND_SHIFT, CELL_COLOR_DEFAULT_BACKGROUND);
    } else if (code >= 90 && code <= 97) {
        set_color(terminal, CELL_FOREGROUND_SHIFT, code - 90 + 8);
    } else if (code >= 100 && code <= 107) {
        set_color(terminal, CELL_BACKGROUND_SHIFT, code - 100 + 8);
    }
}

void rendition_change(struct terminal *terminal)
{
    if (terminal->parameter_count == 0)
        terminal->rendition = CELL_COLORS_DEFAULT;
    for (unsigned i = 0; i < terminal->parameter_count; i++) {
        unsigned code = terminal->parameters[i];
        if (is_part(terminal, i))
            continue; /* of something that was not understood */
        if (code == 38 || code == 48 || code == 58)
            set_extended_color(terminal, &i);
        else if (code == 0)
            terminal->rendition = CELL_COLORS_DEFAULT;
        else if (code == 4 && is_part(terminal, i + 1) && terminal->parameters[i + 1] == 0)
            terminal->rendition &= ~CELL_UNDERLINE; /* 4:0 */
        else
            set_attribute(terminal, code);
    }
    rendition_set(terminal, terminal->rendition);
}
