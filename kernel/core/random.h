/* Random bytes for programs and kernel: ChaCha20 under a key that the boot seed made and that each draw
 * replaces, so that what was drawn cannot be found out from what is in memory afterwards.
 * Context: any but NMI.  Takes: the generator's spin lock.  Sleeps: no. */
#ifndef LINTEL_CORE_RANDOM_H
#define LINTEL_CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define RANDOM_SEED_SIZE 32
#define RANDOM_DRAW_MAX 32 /* bytes that one round gives out; more take more rounds */

/* Start with a seed, which the caller erases afterwards. Context: early boot, once. */
void random_seed(const uint8_t seed[RANDOM_SEED_SIZE]);

void random_fill(void *buffer, size_t size);

/* For tests: one block of ChaCha20 (RFC 8439, section 2.3); state: 16 words. */
void random_chacha20_block(const uint32_t state[16], uint32_t ret_block[16]);

#endif
