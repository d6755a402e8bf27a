/* Random numbers for the kernel's seed and for its place in memory.
 * Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_RANDOM_H
#define LINTEL_BOOTLOADER_RANDOM_H

#include <stdint.h>

#include "blake2s.h"

/* What all sources gave, hashed. */
struct random_pool {
    struct blake2s hash;
    uint32_t sources; /* BOOT_RANDOM_* that gave something */
};

/* Ask every source: the firmware's EFI_RNG_PROTOCOL, RDSEED or RDRAND, the jitter of the TSC. None of
 * them is trusted alone and none need exist. */
void random_gather(struct random_pool *ret_pool);

/* Random bytes made from the pool for one purpose. Each purpose (a word) gets bytes that tell nothing about
 * those of another. */
void random_derive(const struct random_pool *pool, const char *purpose, uint8_t ret_bytes[BLAKE2S_HASH_SIZE]);

/* A random multiple of 4 KiB below KERNEL_SLIDE_LIMIT. */
uint64_t random_kernel_slide(const struct random_pool *pool);

#endif
