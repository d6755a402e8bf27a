/* lintel: variants=musl,pie,glibc */
/* The C library's heap, small and large, by the thousand. */
#include "program.h"

#define BLOCKS 2000

static unsigned char *blocks[BLOCKS];
static size_t sizes[BLOCKS];
static unsigned long seed = 1;

static unsigned long next_random(void)
{
    seed = seed * 6364136223846793005ul + 1442695040888963407ul;
    return seed >> 33;
}

static int is_intact(unsigned i)
{
    for (size_t at = 0; at < sizes[i]; at++) {
        if (blocks[i][at] != (unsigned char)(i + at))
            return 0;
    }
    return 1;
}

/* Free a block, or make one, and fill it with a pattern of its own. */
static int change(unsigned i)
{
    int was_intact = blocks[i] == NULL || is_intact(i);

    free(blocks[i]);
    sizes[i] = next_random() % (next_random() % 50 == 0 ? 300000 : 600);
    blocks[i] = malloc(sizes[i]);
    if (blocks[i] == NULL || (uintptr_t)blocks[i] % 16 != 0)
        return 0;
    for (size_t at = 0; at < sizes[i]; at++)
        blocks[i][at] = (unsigned char)(i + at);
    return was_intact;
}

int main(void)
{
    int wrong = 0;

    program_begin();
    for (unsigned i = 0; i < 10 * BLOCKS; i++)
        wrong += !change(next_random() % BLOCKS);
    expect_value("wrong blocks", wrong, 0);
    unsigned char *large = calloc(20000, 1000);
    expect_true("20 MB", large != NULL);
    expect_value("are zero", large[0] | large[19999999], 0);
    large[19999999] = 5;
    large = realloc(large, 40000000);
    expect_true("grow to 40 MB", large != NULL);
    expect_value("and keep their contents", large[19999999], 5);
    free(large);
    errno = 0;
    void *volatile huge = malloc(1ul << 62);
    expect_error("more than there is", huge == NULL ? -1 : 0, ENOMEM);
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return program_end();
}
