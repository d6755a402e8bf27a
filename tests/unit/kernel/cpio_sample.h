/* Archives made by hand. */
#ifndef LINTEL_TESTS_CPIO_SAMPLE_H
#define LINTEL_TESTS_CPIO_SAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sample {
    uint8_t bytes[65536];
    size_t size;
};

static inline void sample_pad(struct sample *sample)
{
    while (sample->size % 4 != 0)
        sample->bytes[sample->size++] = 0;
}

static inline void sample_add(struct sample *sample, const char *name, unsigned mode, unsigned ino,
                              unsigned nlink, const char *data)
{
    size_t size = strlen(data);

    sample->size += (size_t)sprintf((char *)sample->bytes + sample->size,
                                    "070701%08X%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", ino, mode,
                                    5u, 6u, nlink, 1000u, size, 8u, 1u, 1u, 3u, strlen(name) + 1, 0u);
    memcpy(sample->bytes + sample->size, name, strlen(name) + 1);
    sample->size += strlen(name) + 1;
    sample_pad(sample);
    memcpy(sample->bytes + sample->size, data, size);
    sample->size += size;
    sample_pad(sample);
}

static inline void sample_end(struct sample *sample)
{
    sample_add(sample, "TRAILER!!!", 0, 0, 1, "");
}

#endif
