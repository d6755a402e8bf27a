/* Any bytes as a gzip member: as it comes, and with a valid header in front so that the blocks are reached.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUTPUT_MAX (1 << 20)

struct counter {
    struct inflate_sink sink;
    size_t size;
};

static int count(struct inflate_sink *sink, const uint8_t *bytes, size_t size)
{
    struct counter *counter = (struct counter *)sink;
    static volatile uint8_t last;

    if (size == 0 || size > INFLATE_WINDOW_SIZE)
        abort();
    last = bytes[size - 1];
    (void)last;
    counter->size += size;
    return counter->size > OUTPUT_MAX ? -1 : 0;
}

static void run(const uint8_t *data, size_t size)
{
    static struct inflate inflate;
    struct counter counter = {.sink = {count}};
    size_t consumed = 0;

    if (inflate_gzip(&inflate, data, size, &counter.sink, &consumed) == 0 &&
        (consumed > size || consumed < 18))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    uint8_t *with_header = malloc(size + sizeof(header));

    if (with_header == NULL)
        abort();
    memcpy(with_header, header, sizeof(header));
    if (size > 0)
        memcpy(with_header + sizeof(header), data, size);
    run(with_header, size + sizeof(header));
    free(with_header);
    run(data, size);
    return 0;
}
