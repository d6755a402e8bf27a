/* "Fast key erasure": of each block of ChaCha20's key stream the first half becomes the next key, the second
 * half is given out. */
#include "core/random.h"

#include "core/spinlock.h"
#include "lib/string.h"

#define KEY_WORDS 8

/* Locks: r = generator.lock */
static struct {
    struct spinlock lock;    /* rank LOCK_RANK_RANDOM */
    uint32_t key[KEY_WORDS]; /* [r] */
} generator = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_RANDOM)};

static uint32_t rotate_left(uint32_t word, unsigned count)
{
    return word << count | word >> (32 - count);
}

static void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b];
    x[d] = rotate_left(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate_left(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate_left(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate_left(x[b] ^ x[c], 7);
}

void random_chacha20_block(const uint32_t state[16], uint32_t ret_block[16])
{
    uint32_t x[16];

    memcpy(x, state, sizeof(x));
    for (int round = 0; round < 20; round += 2) {
        for (unsigned i = 0; i < 4; i++)
            quarter_round(x, i, 4 + i, 8 + i, 12 + i);
        for (unsigned i = 0; i < 4; i++)
            quarter_round(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++)
        ret_block[i] = x[i] + state[i];
}

void random_seed(const uint8_t seed[RANDOM_SEED_SIZE])
{
    struct spinlock_state state = spin_lock(&generator.lock);

    memcpy(generator.key, seed, sizeof(generator.key));
    spin_unlock(&generator.lock, state);
}

static void random_draw(void *buffer, size_t size)
{
    uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, block[16];
    struct spinlock_state state = spin_lock(&generator.lock);

    memcpy(&input[4], generator.key, sizeof(generator.key));
    random_chacha20_block(input, block);
    memcpy(generator.key, block, sizeof(generator.key));
    spin_unlock(&generator.lock, state);
    memcpy(buffer, &block[KEY_WORDS], size);
}

void random_fill(void *buffer, size_t size)
{
    for (size_t at = 0; at < size; at += RANDOM_DRAW_MAX)
        random_draw((char *)buffer + at, size - at < RANDOM_DRAW_MAX ? size - at : RANDOM_DRAW_MAX);
}
