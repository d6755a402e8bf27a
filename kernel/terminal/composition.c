#include "terminal/composition.h"

static uint64_t key_of(uint32_t mark, uint32_t base)
{
    return (uint64_t)mark << 32 | base;
}

uint32_t composition_find(uint32_t base, uint32_t mark)
{
    size_t first = 0, end = composition_count;

    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const struct composition *at = &compositions[middle];
        const uint64_t key = key_of(at->mark, at->base);

        if (key == key_of(mark, base))
            return at->composed;
        if (key < key_of(mark, base))
            first = middle + 1;
        else
            end = middle;
    }
    return 0;
}
