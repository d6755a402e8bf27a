/* A cell of a terminal's grid: a character, how it looks, in one word, so that cells compare and are copied
 * in one instruction.
 *
 *   bits  0..20  code point; of CELL_WIDE_RIGHT the one of its left half
 *   bits 21..27  attributes
 *   bits 28..29  half of a character two cells wide
 *   bits 30..31  cursor: only in rows as they are shown
 *   bits 32..47  colour of the letter   } CELL_COLOR_*
 *   bits 48..63  colour behind it       }
 */
#ifndef LINTEL_TERMINAL_CELL_H
#define LINTEL_TERMINAL_CELL_H

#include <stdint.h>

typedef uint64_t terminal_cell_t;

#define CELL_CODE_POINT_MASK 0x1fffffull
#define CELL_BOLD (1ull << 21)
#define CELL_DIM (1ull << 22)
#define CELL_ITALIC (1ull << 23)
#define CELL_UNDERLINE (1ull << 24)
#define CELL_REVERSE (1ull << 25)
#define CELL_CONCEAL (1ull << 26)
#define CELL_STRIKE (1ull << 27)
#define CELL_WIDE_LEFT (1ull << 28)
#define CELL_WIDE_RIGHT (1ull << 29)
#define CELL_WIDE (CELL_WIDE_LEFT | CELL_WIDE_RIGHT)
#define CELL_ATTRIBUTES (0x7full << 21)

#define CELL_CURSOR_SHIFT 30
#define CELL_CURSOR_MASK (3ull << CELL_CURSOR_SHIFT)
enum cell_cursor { CELL_CURSOR_NONE, CELL_CURSOR_BLOCK, CELL_CURSOR_UNDERLINE, CELL_CURSOR_BAR };

#define CELL_FOREGROUND_SHIFT 32
#define CELL_BACKGROUND_SHIFT 48

/* A colour: an index into a palette of CELL_PALETTE_SIZE colours 0xRRGGBB, or CELL_COLOR_DIRECT and five bits
 * each of red, green, blue. Indices 0..255 are those of xterm. */
#define CELL_COLOR_DEFAULT_FOREGROUND 256u
#define CELL_COLOR_DEFAULT_BACKGROUND 257u
#define CELL_COLOR_WARNING 258u /* of the log */
#define CELL_COLOR_ERROR 259u
#define CELL_PALETTE_SIZE 260u
#define CELL_COLOR_DIRECT 0x8000u

#define CELL_COLORS(foreground, background)                                                 \
    ((terminal_cell_t)(foreground) << CELL_FOREGROUND_SHIFT | (terminal_cell_t)(background) \
                                                                  << CELL_BACKGROUND_SHIFT)
#define CELL_COLORS_DEFAULT CELL_COLORS(CELL_COLOR_DEFAULT_FOREGROUND, CELL_COLOR_DEFAULT_BACKGROUND)
#define CELL_BLANK (' ' | CELL_COLORS_DEFAULT)

static inline uint32_t cell_code_point(terminal_cell_t cell)
{
    return (uint32_t)(cell & CELL_CODE_POINT_MASK);
}

static inline uint32_t cell_foreground(terminal_cell_t cell)
{
    return cell >> CELL_FOREGROUND_SHIFT & 0xffff;
}

static inline uint32_t cell_background(terminal_cell_t cell)
{
    return cell >> CELL_BACKGROUND_SHIFT & 0xffff;
}

static inline enum cell_cursor cell_cursor(terminal_cell_t cell)
{
    return (enum cell_cursor)(cell >> CELL_CURSOR_SHIFT & 3);
}

#endif
