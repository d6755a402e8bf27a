/* Random numbers that are the same each time: xorshift64*. */
#include "fuzz.h"

static __thread uint64_t state = 1;

void random_start(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
}

void random_split(uint64_t number)
{
    state ^= 0x9e3779b97f4a7c15ull * number;
    state += state == 0;
}

uint64_t random_number(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

uint64_t below(uint64_t limit)
{
    return (random_number() >> 16) % limit;
}
