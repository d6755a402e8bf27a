/* The hash function BLAKE2s-256 (RFC 7693), without a key. Pure. */
#ifndef LINTEL_BOOTLOADER_BLAKE2S_H
#define LINTEL_BOOTLOADER_BLAKE2S_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2S_BLOCK_SIZE 64
#define BLAKE2S_HASH_SIZE 32

struct blake2s {
    uint32_t state[8];
    uint64_t count; /* bytes compressed so far */
    uint8_t block[BLAKE2S_BLOCK_SIZE];
    size_t length; /* of what waits in block */
};

void blake2s_init(struct blake2s *hash);
void blake2s_update(struct blake2s *hash, const void *data, size_t size);

/* The hash of everything that went in; ends the computation. */
void blake2s_finish(struct blake2s *hash, uint8_t ret_hash[BLAKE2S_HASH_SIZE]);

#endif
