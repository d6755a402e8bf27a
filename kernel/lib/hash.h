/* SipHash-2-4: a hash of any bytes under a secret key. Who does not know the key cannot find inputs whose
 * hashes are equal, and so cannot make a tree or table of them slow.
 * Context: any. */
#ifndef LINTEL_LIB_HASH_H
#define LINTEL_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t words[2];
};

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t size);

#endif
