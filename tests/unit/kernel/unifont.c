#include "unifont.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct unifont_glyph glyphs[0x10000];

static void unifont_read(void)
{
    char line[256];
    FILE *file = fopen(UNIFONT_HEX, "r");

    if (file == NULL) {
        perror(UNIFONT_HEX);
        abort();
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        char *digits;
        unsigned long code_point = strtoul(line, &digits, 16);
        if (*digits++ != ':' || code_point > 0xffff || strcspn(digits, "\r\n") != 32)
            continue;
        glyphs[code_point].is_narrow = true;
        for (int row = 0; row < 16; row++) {
            char byte[3] = {digits[row * 2], digits[row * 2 + 1], '\0'};
            glyphs[code_point].rows[row] = (uint8_t)strtoul(byte, NULL, 16);
        }
    }
    fclose(file);
}

const struct unifont_glyph *unifont_glyph(uint32_t code_point)
{
    static bool is_read;

    if (!is_read)
        unifont_read();
    is_read = true;
    return &glyphs[code_point];
}
