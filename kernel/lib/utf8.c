#include "lib/utf8.h"

#include <stdbool.h>

/* Begin a sequence by its first byte; false if no sequence begins so. The bounds of the second byte are
 * those of table 3-7, "Well-Formed UTF-8 Byte Sequences". */
static bool utf8_begin(struct utf8_decoder *decoder, uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4)
        return false;

    uint8_t missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    *decoder = (struct utf8_decoder){
        .code_point = byte & (0x3fu >> missing),
        .missing = missing,
        .lowest = byte == 0xe0   ? 0xa0
                  : byte == 0xf0 ? 0x90
                                 : 0x80,
        .highest = byte == 0xed   ? 0x9f
                   : byte == 0xf4 ? 0x8f
                                  : 0xbf,
    };
    return true;
}

size_t utf8_decode(struct utf8_decoder *decoder, uint8_t byte, uint32_t ret_code_points[2])
{
    size_t count = 0;

    if (decoder->missing > 0) {
        if (byte >= decoder->lowest && byte <= decoder->highest) {
            decoder->code_point = decoder->code_point << 6 | (byte & 0x3fu);
            decoder->lowest = 0x80;
            decoder->highest = 0xbf;
            if (--decoder->missing == 0)
                ret_code_points[count++] = decoder->code_point;
            return count;
        }
        decoder->missing = 0;
        ret_code_points[count++] = UTF8_REPLACEMENT;
    }
    if (byte < 0x80)
        ret_code_points[count++] = byte;
    else if (!utf8_begin(decoder, byte))
        ret_code_points[count++] = UTF8_REPLACEMENT;
    return count;
}
