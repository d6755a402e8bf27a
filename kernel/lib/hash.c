/* After Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), section 2. */
#include "lib/hash.h"

#include "lib/string.h"

static uint64_t rotate_left(uint64_t word, unsigned count)
{
    return word << count | word >> (64 - count);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] = rotate_left(v[2], 32);
}

static void sip_compress(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t size)
{
    uint64_t v[4] = {key->words[0] ^ 0x736f6d6570736575, key->words[1] ^ 0x646f72616e646f6d,
                     key->words[0] ^ 0x6c7967656e657261, key->words[1] ^ 0x7465646279746573};
    uint64_t word;
    size_t at = 0;

    for (; size - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, (const char *)bytes + at, sizeof(word));
        sip_compress(v, word);
    }
    word = 0;
    memcpy(&word, (const char *)bytes + at, size - at);
    sip_compress(v, word | (uint64_t)size << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
