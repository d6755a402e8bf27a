/* The terminal emulator: what sequences do to the grid, group by group. Expectations are those of
 * console_codes(4), ECMA-48 and xterm's ctlseqs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/character_width.h"
#include "terminal/composition.h"
#include "terminal_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ESC "\033"
#define CSI "\033["

struct sample {
    const char *text, *screen;
    unsigned row, column; /* of the cursor at the end, from 0 */
};

/* On a screen of 10 x 4. */
static void try_samples(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        terminal_open(10, 4, 0);
        say(samples[i].text);
        terminal_check();
        struct terminal_cursor cursor = terminal_get_cursor(terminal);
        const char *shown = screen_text();
        if (strcmp(shown, samples[i].screen) != 0 || cursor.row != samples[i].row ||
            cursor.column != samples[i].column)
            fail_msg("sample %zu: \"%s\", cursor %u,%u, not \"%s\", %u,%u", i, shown, cursor.row,
                     cursor.column, samples[i].screen, samples[i].row, samples[i].column);
        terminal_close();
    }
}

static void text_and_controls(void **state)
{
    static const struct sample samples[] = {
        {"", "", 0, 0},
        {"hello", "hello", 0, 5},
        {"a\nb", "a| b", 1, 2},
        {"a\r\nb\vc\fd", "a|b| c|  d", 3, 3},
        {"abc\b\bX", "aXc", 0, 2},
        {"\b\b", "", 0, 0},
        {"a\tb", "a       b", 0, 9},
        {"a\t\t\tb", "a        b", 0, 9},
        {"1\r\n2\r\n3\r\n4\r\n5", "2|3|4|5", 3, 1},
        {"a\x7f"
         "b\x01\x02",
         "ab", 0, 2},
        {"0123456789", "0123456789", 0, 9}, /* the next one wraps */
        {"0123456789A", "0123456789|A", 1, 1},
        {"0123456789\rB", "B123456789", 0, 1},
        {"0123456789\bC", "01234567C9", 0, 9},
        {"0123456789\r\nC", "0123456789|C", 1, 1},
        {"0123456789" CSI "D_", "01234567_9", 0, 9},
        {CSI "?7l0123456789AB", "012345678B", 0, 9},
        {CSI "20ha\nb", "a|b", 1, 1},
        {"a" CSI "3b", "aaaa", 0, 4}, /* REP */
        {"a" CSI "999b", "aaaaaaaaaa|a", 1, 1},
        {CSI "5b", "", 0, 0},
    };

    (void)state;
    try_samples(samples, COUNT(samples));
    terminal_open(10, 4, 0);
    say("\a\a");
    assert_int_equal(bells, 2);
    terminal_close();
}

static void movements(void **state)
{
    static const struct sample samples[] = {
        {CSI "2;3Hx", "|  x", 1, 3},
        {CSI "2;3fx", "|  x", 1, 3},
        {CSI "Hx", "x", 0, 1},
        {CSI "99;99Hx", "|||         x", 3, 9},
        {CSI "0;0Hx", "x", 0, 1},
        {CSI "3;3H" CSI "A" CSI "5D.", "|.", 1, 1},
        {CSI "3B" CSI "4C.", "|||    .", 3, 5},
        {CSI "2e" CSI "2a.", "||  .", 2, 3},
        {CSI "99B" CSI "99C", "", 3, 9},
        {CSI "99B" CSI "99A" CSI "9D", "", 0, 0},
        {"abc" CSI "E.", "abc|.", 1, 1},
        {CSI "4;4H" CSI "2F.", "|.", 1, 1},
        {CSI "5Gx" CSI "7`y", "    x y", 0, 7},
        {"ab" CSI "3dx", "ab||  x", 2, 3},
        {CSI "2Ix" CSI "Zy", "        yx", 0, 9},
        {CSI "3g\tx", "         x", 0, 9},
        {"ab" ESC "H" CSI "G\tx", "abx", 0, 3},
        {CSI "9G" CSI "g" CSI "G\tx", "         x", 0, 9},
        {ESC "D" ESC "D" ESC "M.", "|.", 1, 1},
        {"ab" ESC "E.", "ab|.", 1, 1},
        {"top" ESC "M.", "   .|top", 0, 4},
        {"a" ESC "7" CSI "3;3H" ESC "8b", "ab", 0, 2},
        {"a" CSI "s" CSI "3;3H" CSI "ub", "ab", 0, 2},
        {CSI "2;2H" ESC "8x", "x", 0, 1}, /* nothing was saved */
    };

    (void)state;
    try_samples(samples, COUNT(samples));
}

static void erasing_and_editing(void **state)
{
#define FULL "abcdefghij\r\nklmnopqrst\r\nuvwxyzABCD\r\nEFGHIJKLMN"
    static const struct sample samples[] = {
        {FULL CSI "2;4H" CSI "J", "abcdefghij|klm", 1, 3},
        {FULL CSI "2;4H" CSI "1J", "|    opqrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "2J", "", 1, 3},
        {FULL CSI "2;4H" CSI "3J", "", 1, 3},
        {FULL CSI "2;4H" CSI "7J", "abcdefghij|klmnopqrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "K", "abcdefghij|klm|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "1K", "abcdefghij|    opqrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "2K", "abcdefghij||uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "3X", "abcdefghij|klm   qrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "99X", "abcdefghij|klm|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "2@", "abcdefghij|klm  nopqr|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "99@", "abcdefghij|klm|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "2P", "abcdefghij|klmpqrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "99P", "abcdefghij|klm|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "L", "abcdefghij||klmnopqrst|uvwxyzABCD", 1, 3},
        {FULL CSI "2;4H" CSI "2M", "abcdefghij|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "99L", "abcdefghij", 1, 3},
        {FULL CSI "2;4H" CSI "S", "klmnopqrst|uvwxyzABCD|EFGHIJKLMN", 1, 3},
        {FULL CSI "2;4H" CSI "3T", "|||abcdefghij", 1, 3},
        {FULL CSI "2;4H" CSI "99S", "", 1, 3},
        {FULL CSI "2;4H" CSI "4hXY" CSI "4lZ", "abcdefghij|klmXYZopqr|uvwxyzABCD|EFGHIJKLMN", 1, 6},
        {CSI "4habc\rX", "Xabc", 0, 1},
    };

    (void)state;
    try_samples(samples, COUNT(samples));
    terminal_open(10, 4, 0);
    say("E" ESC "#8");
    assert_string_equal(screen_text(), "EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE");
    terminal_close();
}

static void margins(void **state)
{
    static const struct sample samples[] = {
        {FULL CSI "2;3r" CSI "3;1H\nx", "abcdefghij|uvwxyzABCD|x|EFGHIJKLMN", 2, 1},
        {FULL CSI "2;3r" CSI "2;1H" ESC "Mx", "abcdefghij|x|klmnopqrst|EFGHIJKLMN", 1, 1},
        {FULL CSI "2;3r" CSI "4;1H\nx", "abcdefghij|klmnopqrst|uvwxyzABCD|xFGHIJKLMN", 3, 1},
        {FULL CSI "2;3r" CSI "1;1H" CSI "L", "abcdefghij|klmnopqrst|uvwxyzABCD|EFGHIJKLMN", 0, 0},
        {FULL CSI "2;3r" CSI "2;1H" CSI "M", "abcdefghij|uvwxyzABCD||EFGHIJKLMN", 1, 0},
        {FULL CSI "2;3r" CSI "S", "abcdefghij|uvwxyzABCD||EFGHIJKLMN", 0, 0},
        {FULL CSI "2;3r", "abcdefghij|klmnopqrst|uvwxyzABCD|EFGHIJKLMN", 0, 0},
        {FULL CSI "3;2r", "abcdefghij|klmnopqrst|uvwxyzABCD|EFGHIJKLMN", 3, 9},
        {CSI "2;3r" CSI "3;1H" CSI "9A", "", 1, 0},
        {CSI "2;3r" CSI "2;1H" CSI "9B", "", 2, 0},
        {CSI "2;3r" CSI "4;1H" CSI "9A", "", 1, 0},
        {CSI "2;3r" CSI "1;1H" CSI "9B", "", 2, 0},
        {CSI "2;3r" CSI "?6hx", "|x", 1, 1},
        {CSI "2;3r" CSI "?6h" CSI "9;2Hx", "|| x", 2, 2},
        {CSI "2;3r" CSI "?6h" CSI "9dx", "||x", 2, 1},
        {CSI "2;3r" CSI "?6h" CSI "?6lx", "x", 0, 1},
        {CSI "2;3r" CSI "r" CSI "4;1Hx", "|||x", 3, 1},
        {CSI "1;99r" CSI "4;1Hx", "|||x", 3, 1},
    };

    (void)state;
    try_samples(samples, COUNT(samples));
}

static void sequences_end_and_break(void **state)
{
    static const struct sample samples[] = {
        {CSI "31\030mx", "mx", 0, 2},    /* CAN */
        {CSI "31\032mx", "mx", 0, 2},    /* SUB */
        {CSI "31" CSI "Cx", " x", 0, 2}, /* another one begins */
        {CSI "2\n;3Hx", "|  x", 1, 3},   /* controls act within */
        {CSI "[Ax", "x", 0, 1},          /* Linux's function keys */
        {CSI "5\"!qx", "x", 0, 1},
        {CSI "<5mx" CSI "=1hy" CSI ">0cz", "xyz", 0, 3},
        {CSI "1?5hx", "x", 0, 1},
        {ESC "]0;title\ax", "x", 0, 1},
        {ESC "]2;title" ESC "\\x", "x", 0, 1},
        {ESC "P1$r0m" ESC "\\x", "x", 0, 1},
        {ESC "_apc\atext" ESC "\\x", "x", 0, 1},
        {ESC "^pm" ESC "\\" ESC "Xsos" ESC "\\x", "x", 0, 1},
        {ESC "]0;cut" CSI "Cx", " x", 0, 2},
        {ESC "]P1ff00ffx", "x", 0, 1},
        {ESC "]P1zy", "y", 0, 1},
        {ESC "]Rx", "x", 0, 1},
        {ESC "(0lqk" ESC "(Bl", "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90l", 0, 4},
        {ESC ")0\016x\017x", "\xe2\x94\x82x", 0, 2},
        {ESC "*0" ESC "Nxx" ESC "nx"
             "\017x",
         "\xe2\x94\x82x\xe2\x94\x82x", 0, 4},
        {ESC "(A#" ESC "(B#", "\xc2\xa3#", 0, 2},
        {ESC "$)Cx", "x", 0, 1},
        {ESC "%@\xe4" ESC "%G\xc3\xa4", "\xc3\xa4\xc3\xa4", 0, 2},
        {"\xc2\x9b"
         "3Cx",
         "   x", 0, 4}, /* C1 */
        {"\xc2\x85x", "x", 0, 1},
        {ESC "\x7fx", "x", 0, 1},
        {CSI "1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18mx", "x", 0, 1},
        {CSI "99999999999999999999Cx", "         x", 0, 9},
    };

    (void)state;
    try_samples(samples, COUNT(samples));
    terminal_open(10, 4, 0);
    say(ESC "P");
    for (int i = 0; i < 5000; i++)
        say("q"); /* a string without an end */
    assert_int_equal(screen_text()[0], 'q');
    terminal_close();
}

static void utf8_and_width(void **state)
{
    static const struct sample samples[] = {
        {"na\xc3\xafve", "na\xc3\xafve", 0, 5},
        {"e\xcc\x81t", "\xc3\xa9t", 0, 2},
        {"\xe1\xba\xb9\xcc\x82", "\xe1\xbb\x87", 0, 1},
        {"\xcc\x81"
         "e",
         "e", 0, 1},
        {"t\xcc\x81", "t", 0, 1},
        {"012345678e\xcc\x81", "012345678\xc3\xa9", 0, 9},
        {"e\xcc\x81" CSI "2b", "\xc3\xa9\xc3\xa9\xc3\xa9", 0, 3},
        {"\xe4\xb8\xad"
         "a",
         "Wwa", 0, 3},
        {"\xf0\x9f\x98\x80|", "Ww|", 0, 3},
        {"012345678\xe4\xb8\xad", "012345678|Ww", 1, 2},
        {CSI "?7l012345678\xe4\xb8\xad", "01234567Ww", 0, 9},
        {"\xe4\xb8\xad\b\bx", "x", 0, 1},
        {"\xe4\xb8\xad\bx", " x", 0, 2},
        {"\xe4\xb8\xad" CSI "2GX", " X", 0, 2},
        {"a\xe4\xb8\xad"
         "b" CSI "3G" CSI "P",
         "a b", 0, 2},
        {"a\xe4\xb8\xad"
         "b" CSI "3G" CSI "@",
         "a   b", 0, 2},
        {"a\xe4\xb8\xad"
         "b" CSI "3G" CSI "K",
         "a", 0, 2},
        {"a\xe4\xb8\xad"
         "b" CSI "3G" CSI "X",
         "a  b", 0, 2},
        {"01234567\xe4\xb8\xad" CSI "G" CSI "@", " 01234567", 0, 0},
        {"\xe4\xb8\xad\xe4\xb8\xad" CSI "2G\xe4\xb8\xad", " Ww", 0, 3},
        {"\xff\xfe|", "\xef\xbf\xbd\xef\xbf\xbd|", 0, 3},
        {"\xe2\x94\nx", "\xef\xbf\xbd| x", 1, 2},
        {"\xe4\xb8\xad" CSI "2b", "WwWwWw", 0, 6},
    };

    (void)state;
    try_samples(samples, COUNT(samples));
    assert_int_equal(character_width('a'), 1);
    assert_int_equal(character_width(0x301), 0);
    assert_int_equal(character_width(0x200b), 0);
    assert_int_equal(character_width(0xad), 1);
    assert_int_equal(character_width(0x2500), 1);
    assert_int_equal(character_width(0x3042), 2);
    assert_int_equal(character_width(0xac00), 2);
    assert_int_equal(character_width(0x1f600), 2);
    assert_int_equal(character_width(0x10ffff), 1);
    for (size_t i = 1; i < character_zero_width_count; i++)
        assert_true(character_zero_width[i - 1].last + 1 < character_zero_width[i].first);
    for (size_t i = 1; i < character_double_width_count; i++)
        assert_true(character_double_width[i - 1].last + 1 < character_double_width[i].first);
    for (size_t i = 0; i < composition_count; i++) {
        const struct composition *at = &compositions[i];
        assert_int_equal(composition_find(at->base, at->mark), at->composed);
        assert_int_equal(character_width(at->base), 1);
        assert_int_equal(character_width(at->composed), 1);
    }
    assert_int_equal(composition_find('e', 0xffff), 0);
}

static void sequences_may_be_cut_anywhere(void **state)
{
    static const char text[] = "a" CSI "2;3H\xe4\xb8\xad" CSI "38;5;200m\xc3\xa4" ESC "]0;t\a" ESC "(0q";
    char whole[256];

    (void)state;
    terminal_open(10, 4, 0);
    say(text);
    strcpy(whole, screen_text());
    terminal_close();
    terminal_open(10, 4, 0);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        say_bytes(&text[i], 1);
    assert_string_equal(screen_text(), whole);
    assert_string_equal(whole, "a|  Ww\xc3\xa4\xe2\x94\x80");
    assert_string_equal(title, "t");
    terminal_close();
}

static void renditions(void **state)
{
    static const struct {
        const char *parameters;
        terminal_cell_t attributes;
        uint32_t foreground, background;
    } samples[] = {
        {"", 0, 256, 257},
        {"0", 0, 256, 257},
        {"1", CELL_BOLD, 256, 257},
        {"1;2;3;4;7;8;9",
         CELL_BOLD | CELL_DIM | CELL_ITALIC | CELL_UNDERLINE | CELL_REVERSE | CELL_CONCEAL | CELL_STRIKE, 256,
         257},
        {"1;2;3;4;7;8;9;22;23;24;27;28;29", 0, 256, 257},
        {"5;25;6;10;11;12;53;55", 0, 256, 257},
        {"21", CELL_UNDERLINE, 256, 257},
        {"4:3", CELL_UNDERLINE, 256, 257},
        {"4;4:0", 0, 256, 257},
        {"31;42", 0, 1, 2},
        {"97;100", 0, 15, 8},
        {"31;39;42;49", 0, 256, 257},
        {"38;5;123;48;5;234", 0, 123, 234},
        {"38:5:123;1", CELL_BOLD, 123, 257},
        {"38;2;255;128;8", 0, 0x8000 | 31 << 10 | 16 << 5 | 1, 257},
        {"48:2:0:0:255", 0, 256, 0x8000 | 31},
        {"48:2::0:0:255;4", CELL_UNDERLINE, 256, 0x8000 | 31},
        {"38;5;300;4", CELL_UNDERLINE, 256, 257},
        {"38;2;1;2", 0, 256, 257},
        {"38;5", 0, 256, 257},
        {"38", 0, 256, 257},
        {"38:5", 0, 256, 257},
        {"38:2:1", 0, 256, 257},
        {"58;5;1;4", CELL_UNDERLINE, 256, 257},
        {"58:2::1:2:3;9", CELL_STRIKE, 256, 257},
        {"31;;1", CELL_BOLD, 256, 257},
        {"999;1", CELL_BOLD, 256, 257},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        char text[128];
        terminal_open(10, 4, 0);
        snprintf(text, sizeof(text), CSI "%smx", samples[i].parameters);
        say(text);
        terminal_cell_t expected =
            'x' | samples[i].attributes | CELL_COLORS(samples[i].foreground, samples[i].background);
        if (cell_at(0, 0) != expected)
            fail_msg("%s: %lx, not %lx", samples[i].parameters, cell_at(0, 0), expected);
        terminal_close();
    }
}

static void erased_cells_have_the_background(void **state)
{
    static const char *const erasers[] = {"K", "J", "2J", "X", "@", "P", "L", "M", "S", "T"};
    terminal_cell_t blue = ' ' | CELL_COLORS(CELL_COLOR_DEFAULT_FOREGROUND, 4);

    (void)state;
    for (size_t i = 0; i < COUNT(erasers); i++) {
        bool is_at_end = strchr("PMS", erasers[i][0]) != NULL;
        char text[32];
        terminal_open(4, 1, 0);
        snprintf(text, sizeof(text), CSI "1;7;31;44m" CSI "%s", erasers[i]);
        say(text);
        say(CSI "?25l");
        assert_int_equal(cell_at(0, is_at_end ? 3 : 0), blue);
        terminal_close();
    }
}

static void answers(void **state)
{
    (void)state;
    terminal_open(10, 4, 0);
    say(CSI "5n" CSI "3;4H" CSI "6n" CSI "?6n" CSI "c" CSI "0c" ESC "Z" CSI "18t" CSI "1c" CSI ">c");
    assert_string_equal(replies, CSI "0n" CSI "3;4R" CSI "?3;4R" CSI "?6c" CSI "?6c" CSI "?6c" CSI "8;4;10t");
    replies[0] = '\0';
    say(CSI "2;3r" CSI "?6h" CSI "2;2H" CSI "6n");
    assert_string_equal(replies, CSI "2;2R");
    say(ESC "]2;the title\a");
    assert_string_equal(title, "the title");
    terminal_close();
}

static void key_modes(void **state)
{
    (void)state;
    terminal_open(10, 4, 0);
    struct terminal_key_modes modes = terminal_get_key_modes(terminal);
    assert_true(modes.auto_repeat && !modes.cursor_keys_application && !modes.keypad_application);
    say(CSI "?1h" ESC "=" CSI "?2004h" CSI "?8l" CSI "20h");
    modes = terminal_get_key_modes(terminal);
    assert_true(modes.cursor_keys_application && modes.keypad_application && modes.bracketed_paste);
    assert_true(modes.newline && !modes.auto_repeat);
    say(CSI "?1;2004l" ESC ">" CSI "?8h" CSI "20l");
    modes = terminal_get_key_modes(terminal);
    assert_true(!modes.cursor_keys_application && !modes.keypad_application && !modes.bracketed_paste);
    say(CSI "?1000h" CSI "?1006h" CSI "?9h" CSI "?3h" CSI "?12h"); /* ignored */
    assert_string_equal(screen_text(), "");
    terminal_close();
}

static unsigned cursor_shape(void)
{
    return terminal_get_cursor(terminal).shape;
}

static void cursor_shapes(void **state)
{
    static const uint8_t styles[] = {1, 1, 1, 2, 2, 3, 3};

    (void)state;
    terminal_open(10, 4, 0);
    for (unsigned i = 0; i < COUNT(styles); i++) {
        char text[16];
        snprintf(text, sizeof(text), CSI "%u q", i);
        say(text);
        assert_int_equal(cursor_shape(), styles[i]);
    }
    say(CSI "?25l");
    assert_int_equal(cursor_shape(), CELL_CURSOR_NONE);
    assert_int_equal(cell_at(0, 0), CELL_BLANK);
    say(CSI "?25h" CSI "?0c");
    assert_int_equal(cell_at(0, 0), CELL_BLANK | 1ull << CELL_CURSOR_SHIFT);
    say(CSI "?1c");
    assert_int_equal(cursor_shape(), CELL_CURSOR_NONE);
    say(CSI "?2c");
    assert_int_equal(cursor_shape(), CELL_CURSOR_UNDERLINE);
    say(CSI "?8c");
    assert_int_equal(cursor_shape(), CELL_CURSOR_BLOCK);
    terminal_close();
}

static void alternate_screen(void **state)
{
    (void)state;
    terminal_open(10, 4, 2);
    say("main" CSI "?1049h");
    assert_string_equal(screen_text(), "");
    assert_int_equal(terminal_get_cursor(terminal).column, 4);
    say(CSI "H1\r\n2\r\n3\r\n4\r\n5");
    assert_int_equal(terminal_history_lines(terminal), 0);
    say(CSI "?1049hX" CSI "?1049lY");
    assert_string_equal(screen_text(), "mainY");
    say(CSI "?47h");
    assert_string_equal(screen_text(), "2|3|4|5X");
    say(CSI "?1047l" CSI "?47h");
    assert_string_equal(screen_text(), "");
    say(CSI "?47l" CSI "?1048h" CSI "Hz" CSI "?1048l!");
    assert_string_equal(screen_text(), "zainY!");
    terminal_check();
    terminal_close();
}

static void history_and_view(void **state)
{
    char line[32];

    (void)state;
    terminal_open(10, 4, 2);
    for (int i = 1; i <= 20; i++) {
        snprintf(line, sizeof(line), "line %d\r\n", i);
        say(line);
    }
    assert_int_equal(terminal_history_lines(terminal), 17);
    assert_string_equal(screen_text(), "line 18|line 19|line 20");
    terminal_scroll_view(terminal, -3);
    assert_string_equal(screen_text(), "line 15|line 16|line 17|line 18");
    assert_int_equal(terminal_get_cursor(terminal).shape, CELL_CURSOR_NONE);
    terminal_scroll_view(terminal, 1);
    assert_string_equal(screen_text(), "line 16|line 17|line 18|line 19");
    terminal_scroll_view(terminal, -1000);
    assert_string_equal(screen_text(), "line 1|line 2|line 3|line 4");
    terminal_scroll_view(terminal, 1000);
    assert_string_equal(screen_text(), "line 18|line 19|line 20");
    terminal_scroll_view(terminal, -1000);
    say("x");
    assert_string_equal(screen_text(), "line 18|line 19|line 20|x");
    say(CSI "H" CSI "2M"); /* deleted rows are no history */
    assert_int_equal(terminal_history_lines(terminal), 17);
    say(CSI "3J");
    assert_int_equal(terminal_history_lines(terminal), 0);
    terminal_scroll_view(terminal, -5);
    assert_string_equal(screen_text(), "");
    terminal_close();
}

static void history_has_bounds(void **state)
{
    char line[128];

    (void)state;
    terminal_open(80, 4, 0); /* without memory there is none */
    for (int i = 0; i < 100; i++)
        say("line\n");
    assert_int_equal(terminal_history_lines(terminal), 0);
    terminal_close();

    terminal_open(80, 4, 2); /* with little of it the last lines */
    for (int i = 0; i < 1000; i++) {
        snprintf(line, sizeof(line), "\r\n%078d", i);
        say(line);
    }
    assert_in_range(terminal_history_lines(terminal), 6, 12);
    terminal_close();

    terminal_open(80, 4, 2); /* with as much as it wants the last thousand */
    for (int i = 0; i < 5000; i++) {
        snprintf(line, sizeof(line), "\r\n%020d", i);
        say(line);
        while (terminal_wants_page(terminal))
            terminal_give_page(terminal, malloc(TERMINAL_PAGE_SIZE));
    }
    assert_in_range(terminal_history_lines(terminal), 1000, 1030);
    for (int back = 1; back < 900; back += 7) {
        terminal_scroll_view(terminal, 10000);
        terminal_scroll_view(terminal, -back);
        snprintf(line, sizeof(line), "%020d|", 4996 - back);
        assert_memory_equal(screen_text(), line, strlen(line));
    }
    terminal_close();
}

static void changes_are_told(void **state)
{
    terminal_cell_t cells[10];

    (void)state;
    terminal_open(10, 4, 0);
    for (unsigned row = 0; (row = terminal_next_changed_row(terminal, row)) < 4; row++)
        terminal_take_row(terminal, row, cells);
    assert_int_equal(terminal_next_changed_row(terminal, 0), 4);
    say(CSI "3;3H");
    assert_int_equal(terminal_next_changed_row(terminal, 0), 0); /* where the cursor was */
    assert_int_equal(terminal_next_changed_row(terminal, 1), 2);
    assert_int_equal(terminal_next_changed_row(terminal, 3), 4);
    terminal_take_row(terminal, 0, cells);
    terminal_take_row(terminal, 2, cells);
    say("x");
    assert_int_equal(terminal_next_changed_row(terminal, 0), 2);
    terminal_take_row(terminal, 2, cells);
    assert_int_equal(terminal_next_changed_row(terminal, 0), 4);
    say(CSI "5;1H\n"); /* scrolls */
    assert_int_equal(terminal_next_changed_row(terminal, 0), 0);
    assert_int_equal(terminal_next_changed_row(terminal, 1), 1);
    terminal_close();
}

static void screen_in_reverse(void **state)
{
    (void)state;
    terminal_open(10, 4, 0);
    say("a" CSI "7mb" CSI "?5h");
    assert_int_equal(cell_at(0, 0) & CELL_REVERSE, CELL_REVERSE);
    assert_int_equal(cell_at(0, 1) & CELL_REVERSE, 0);
    assert_int_equal(cell_at(3, 9) & CELL_REVERSE, CELL_REVERSE);
    say(CSI "?5l");
    assert_int_equal(cell_at(0, 0) & CELL_REVERSE, 0);
    terminal_close();
}

static void palette(void **state)
{
    (void)state;
    terminal_open(10, 4, 0);
    (void)terminal_take_palette_change(terminal);
    assert_int_equal(terminal_palette(terminal)[1], 0xaa0000);
    assert_int_equal(terminal_palette(terminal)[16 + 36 * 5 + 6 * 3 + 1], 0xffaf5f);
    assert_int_equal(terminal_palette(terminal)[255], 0xeeeeee);
    say(ESC "]P1123456" ESC "]PFabcdef");
    assert_int_equal(terminal_palette(terminal)[1], 0x123456);
    assert_int_equal(terminal_palette(terminal)[15], 0xabcdef);
    assert_true(terminal_take_palette_change(terminal));
    assert_false(terminal_take_palette_change(terminal));
    say(ESC "]4;200;rgb:12/34/56\a" ESC "]4;2;#a1b2c3" ESC "\\" ESC "]4;3;rgb:ffff/8000/0\a");
    assert_int_equal(terminal_palette(terminal)[200], 0x123456);
    assert_int_equal(terminal_palette(terminal)[2], 0xa1b2c3);
    assert_int_equal(terminal_palette(terminal)[3], 0xff8000);
    say(ESC "]4;1;nonsense\a" ESC "]4;300;#ffffff\a" ESC "]4;1;#12345\a" ESC "]4;1;rgb:1/2\a" ESC "]4\a");
    assert_int_equal(terminal_palette(terminal)[1], 0x123456);
    say(ESC "]R");
    assert_int_equal(terminal_palette(terminal)[1], 0xaa0000);
    terminal_close();
}

static void resets(void **state)
{
    (void)state;
    terminal_open(10, 4, 2);
    say("text" CSI "1;31m" CSI "2;3r" CSI "?1h" CSI "?25l" CSI "4h" ESC "(0" CSI "?1049h" CSI "?6h");
    say(ESC "c"
            "ab");
    assert_int_equal(reset_count, 1);
    assert_string_equal(screen_text(), "ab");
    assert_int_equal(cell_at(0, 0), 'a' | CELL_COLORS_DEFAULT);
    assert_int_equal(cursor_shape(), CELL_CURSOR_BLOCK);
    say("\r" CSI "1;31m" CSI "2;3r" CSI "?25l" CSI "4h" ESC "(0" CSI "!pq");
    assert_string_equal(screen_text(), "qb"); /* after the margins, at the top left corner */
    assert_int_equal(cell_at(0, 0), 'q' | CELL_COLORS_DEFAULT);
    terminal_close();
}

static void text_of_the_log(void **state)
{
    (void)state;
    terminal_open(10, 4, 0);
    say(CSI "31m" CSI "?7l" CSI "4h" ESC "(0" CSI "3");
    terminal_print(terminal, CELL_COLOR_ERROR, "[0] lqk \033[1mx\n\xe4\xb8", 16);
    terminal_print(terminal, CELL_COLOR_DEFAULT_FOREGROUND, "\xad\n", 2);
    assert_string_equal(screen_text(), "[0] lqk [1|mx|Ww");
    assert_int_equal(cell_at(0, 0), '[' | CELL_COLORS(CELL_COLOR_ERROR, CELL_COLOR_DEFAULT_BACKGROUND));
    say("2ml"); /* the sequence that was cut goes on */
    assert_int_equal(cell_at(3, 0), 0x250c | CELL_COLORS(2, CELL_COLOR_DEFAULT_BACKGROUND));
    terminal_close();
}

static void what_must_be_seen(void **state)
{
    (void)state;
    terminal_open(10, 4, 2);
    say("a\r\nb\r\nc\r\nd\r\ne" CSI "2;2r" CSI "?1049hvi");
    terminal_take_over(terminal);
    terminal_print(terminal, CELL_COLOR_ERROR, "\nPANIC\n", 7);
    assert_non_null(strstr(screen_text(), "PANIC"));
    terminal_check();
    terminal_close();
}

static void odd_sizes(void **state)
{
    static const unsigned sizes[][2] = {{1, 1}, {1, 5}, {5, 1}, {2, 2}, {4096, 1}, {3, 300}};

    (void)state;
    assert_int_equal(terminal_memory_size(0, 1, 2), 0);
    assert_int_equal(terminal_memory_size(1, 4097, 2), 0);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        terminal_open(sizes[i][0], sizes[i][1], 2);
        say(FULL "\xe4\xb8\xad\xe4\xb8\xad" CSI "2;3r" CSI "3L" CSI "5M" CSI "2P" CSI "2@" CSI "9b\n\n\n");
        terminal_check();
        terminal_scroll_view(terminal, -2);
        (void)screen_text();
        terminal_check();
        terminal_close();
    }
}

/* xorshift64*: the same sequence in every run */
static uint32_t random_number(uint32_t limit)
{
    static uint64_t random_state = 1;

    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dull >> 32) % limit);
}

static void a_million_random_bytes_leave_it_usable(void **state)
{
    static const char frequent[] = "\033\033\033[[];0123456789?:hlmHJKLMPSTXrABCD\n\r\t\b\016\xe4\xb8\xad";

    (void)state;
    terminal_open(80, 25, 2);
    for (int i = 0; i < 10000; i++) {
        char bytes[100];
        for (size_t j = 0; j < sizeof(bytes); j++)
            bytes[j] =
                (char)(i % 2 == 0 ? random_number(256) : (uint8_t)frequent[random_number(sizeof(frequent))]);
        say_bytes(bytes, sizeof(bytes));
        if (i % 16 == 0) {
            terminal_scroll_view(terminal, (int)random_number(40) - 20);
            terminal_check();
            (void)screen_text();
        }
    }
    say("\030" ESC "c"
        "usable");
    assert_string_equal(screen_text(), "usable");
    terminal_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_controls),
        cmocka_unit_test(movements),
        cmocka_unit_test(erasing_and_editing),
        cmocka_unit_test(margins),
        cmocka_unit_test(sequences_end_and_break),
        cmocka_unit_test(utf8_and_width),
        cmocka_unit_test(sequences_may_be_cut_anywhere),
        cmocka_unit_test(renditions),
        cmocka_unit_test(erased_cells_have_the_background),
        cmocka_unit_test(answers),
        cmocka_unit_test(key_modes),
        cmocka_unit_test(cursor_shapes),
        cmocka_unit_test(alternate_screen),
        cmocka_unit_test(history_and_view),
        cmocka_unit_test(history_has_bounds),
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(screen_in_reverse),
        cmocka_unit_test(palette),
        cmocka_unit_test(resets),
        cmocka_unit_test(text_of_the_log),
        cmocka_unit_test(what_must_be_seen),
        cmocka_unit_test(odd_sizes),
        cmocka_unit_test(a_million_random_bytes_leave_it_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
