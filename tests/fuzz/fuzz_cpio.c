/* Any bytes as archives, in pieces of any size: what comes out does not depend on the pieces, names end, and
 * data is as long as announced. */
#include <stdlib.h>
#include <string.h>

#include "fs/cpio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct cpio_sink sink;
    uint64_t left, sum, entries;
};

static void require(int holds)
{
    if (!holds)
        abort();
}

static int see_entry(struct cpio_sink *sink, const struct cpio_entry *entry)
{
    struct seen *seen = (struct seen *)sink;
    size_t length = strnlen(entry->name, PATH_MAX);

    require(length > 0 && length < PATH_MAX);
    seen->entries++;
    seen->left = entry->size;
    seen->sum = seen->sum * 31 + entry->mode + length;
    return 0;
}

static int see_data(struct cpio_sink *sink, const uint8_t *bytes, size_t size)
{
    struct seen *seen = (struct seen *)sink;

    require(size <= seen->left);
    seen->left -= size;
    for (size_t i = 0; i < size; i++)
        seen->sum = seen->sum * 31 + bytes[i];
    return 0;
}

static int see_entry_end(struct cpio_sink *sink)
{
    require(((struct seen *)sink)->left == 0);
    return 0;
}

static int see_archive_end(struct cpio_sink *sink)
{
    ((struct seen *)sink)->sum++;
    return 0;
}

static int read_all(struct seen *seen, const uint8_t *data, size_t size, size_t piece)
{
    static struct cpio cpio;
    int error = 0;

    *seen = (struct seen){.sink = {see_entry, see_data, see_entry_end, see_archive_end}};
    cpio_init(&cpio, &seen->sink);
    for (size_t at = 0, used; error == 0 && at < size; at += used) {
        size_t wanted = size - at < piece ? size - at : piece;
        error = cpio_read(&cpio, data + at, wanted, &used);
        require(used <= wanted && (used > 0 || error != 0));
    }
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole, pieces;
    size_t piece = size > 0 ? 1 + data[0] % 7 : 1;

    require(read_all(&whole, data, size, size) == read_all(&pieces, data, size, piece));
    require(whole.sum == pieces.sum && whole.entries == pieces.entries);
    return 0;
}
