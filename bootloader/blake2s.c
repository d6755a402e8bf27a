#include "blake2s.h"

#include "lib/string.h"

static const uint32_t blake2s_iv[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint8_t blake2s_sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint32_t blake2s_rotate(uint32_t value, int bits)
{
    return value >> bits | value << (32 - bits);
}

/* RFC 7693, section 3.1 */
static void blake2s_mix(uint32_t *v, const uint8_t index[4], uint32_t x, uint32_t y)
{
    uint32_t *a = &v[index[0]], *b = &v[index[1]], *c = &v[index[2]], *d = &v[index[3]];

    *a += *b + x;
    *d = blake2s_rotate(*d ^ *a, 16);
    *c += *d;
    *b = blake2s_rotate(*b ^ *c, 12);
    *a += *b + y;
    *d = blake2s_rotate(*d ^ *a, 8);
    *c += *d;
    *b = blake2s_rotate(*b ^ *c, 7);
}

/* RFC 7693, section 3.2 */
static void blake2s_compress(struct blake2s *hash, uint32_t final_mask)
{
    static const uint8_t lanes[8][4] = {
        {0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14},
    };
    uint32_t v[16], words[16];

    memcpy(words, hash->block, sizeof(words)); /* little-endian, as the CPU */
    memcpy(v, hash->state, sizeof(hash->state));
    memcpy(v + 8, blake2s_iv, sizeof(blake2s_iv));
    v[12] ^= (uint32_t)hash->count;
    v[13] ^= (uint32_t)(hash->count >> 32);
    v[14] ^= final_mask;
    for (int round = 0; round < 10; round++) {
        const uint8_t *order = blake2s_sigma[round];
        for (int lane = 0; lane < 8; lane++)
            blake2s_mix(v, lanes[lane], words[order[2 * lane]], words[order[2 * lane + 1]]);
    }
    for (int i = 0; i < 8; i++)
        hash->state[i] ^= v[i] ^ v[i + 8];
}

void blake2s_init(struct blake2s *hash)
{
    memset(hash, 0, sizeof(*hash));
    memcpy(hash->state, blake2s_iv, sizeof(blake2s_iv));
    hash->state[0] ^= 0x01010000 | BLAKE2S_HASH_SIZE;
}

void blake2s_update(struct blake2s *hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    /* The last block waits for blake2s_finish, even when it is full. */
    for (size_t i = 0; i < size; i++) {
        if (hash->length == BLAKE2S_BLOCK_SIZE) {
            hash->count += BLAKE2S_BLOCK_SIZE;
            blake2s_compress(hash, 0);
            hash->length = 0;
        }
        hash->block[hash->length++] = bytes[i];
    }
}

void blake2s_finish(struct blake2s *hash, uint8_t ret_hash[BLAKE2S_HASH_SIZE])
{
    hash->count += hash->length;
    memset(hash->block + hash->length, 0, BLAKE2S_BLOCK_SIZE - hash->length);
    blake2s_compress(hash, UINT32_MAX);
    memcpy(ret_hash, hash->state, BLAKE2S_HASH_SIZE);
}
