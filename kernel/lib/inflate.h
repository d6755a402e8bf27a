/* Decompression of gzip files (RFC 1952, RFC 1951), piece by piece: what comes out may be larger than memory.
 * Pure: no memory of its own, no kernel. Context: any. */
#ifndef LINTEL_LIB_INFLATE_H
#define LINTEL_LIB_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INFLATE_WINDOW_SIZE 32768u

/* Takes what has been decompressed, in order; anything but 0 ends the decompression with that error. */
struct inflate_sink {
    int (*write)(struct inflate_sink *sink, const uint8_t *bytes, size_t size);
};

/* Codes of up to 15 bits: how many of each length, and their symbols in order. */
struct inflate_code {
    uint16_t counts[16];
    uint16_t symbols[288];
};

/* What a decompression needs: the caller's memory, contents undefined before and after. */
struct inflate {
    const uint8_t *source;
    size_t source_size;
    size_t at;     /* bytes taken from the source */
    uint64_t bits; /* taken but not used, from bit 0 */
    unsigned bit_count;
    bool is_short; /* the source ended too early */
    struct inflate_sink *sink;
    uint64_t produced; /* bytes */
    size_t flushed;    /* of the window, what the sink has */
    uint32_t crc;
    uint32_t crc_table[256];
    struct inflate_code literals, distances;
    uint8_t window[INFLATE_WINDOW_SIZE];
};

static inline bool inflate_is_gzip(const uint8_t *source, size_t size)
{
    return size >= 2 && source[0] == 0x1f && source[1] == 0x8b;
}

/* Decompress one gzip member; more may follow at *ret_consumed. Length and checksum are compared when all has
 * come out. Errors: -EIO (damaged, cut short, another method), the sink's. */
int inflate_gzip(struct inflate *inflate, const uint8_t *source, size_t size, struct inflate_sink *sink,
                 size_t *ret_consumed);

#endif
