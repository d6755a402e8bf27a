#include "core/symbols.h"

#include <stddef.h>

/* Written by tools/make-symbols, one word each: count, then `count` pairs of a function's offset from the
 * image's start (ascending) and of its name's offset from the table's start. */
extern const uint32_t symbol_table[];

/* From common/image.lds. */
extern const char __image_start[], __text_end[];

bool symbols_is_text(uint64_t address)
{
    return address >= (uint64_t)__image_start && address < (uint64_t)__text_end;
}

const char *symbols_lookup(uint64_t address, uint64_t *ret_offset)
{
    uint32_t low = 0, high = symbol_table[0];

    if (!symbols_is_text(address))
        return NULL;
    uint64_t offset = address - (uint64_t)__image_start;
    while (low < high) { /* the first symbol above `offset` */
        uint32_t middle = low + (high - low) / 2;
        if (symbol_table[1 + 2 * middle] <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const uint32_t *symbol = &symbol_table[1 + 2 * (low - 1)];
    *ret_offset = offset - symbol[0];
    return (const char *)symbol_table + symbol[1];
}
