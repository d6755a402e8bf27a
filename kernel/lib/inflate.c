/* Codes are decoded bit by bit: canonical codes of one length are consecutive numbers, so that a code is
 * known by how far it lies behind the first of its length. A source that ends too early gives zero bits and
 * sets a flag, which every loop looks at. */
#include "lib/inflate.h"

#include "abi/errno.h"
#include "lib/string.h"

#define GZIP_HEADER_SIZE 10
#define GZIP_DEFLATE 8
#define GZIP_FLAG_CRC 2u
#define GZIP_FLAG_EXTRA 4u
#define GZIP_FLAG_NAME 8u
#define GZIP_FLAG_COMMENT 16u
#define GZIP_FLAGS_RESERVED 0xe0u

#define CODE_BITS_MAX 15
#define LITERAL_COUNT 288
#define DISTANCE_COUNT 30
#define LENGTH_COUNT 29
#define END_OF_BLOCK 256
#define LENGTHS_MAX 320 /* of literals and distances in one block */

static const uint16_t length_bases[LENGTH_COUNT] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                    15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                    67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra_bits[LENGTH_COUNT] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                        2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_bases[DISTANCE_COUNT] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra_bits[DISTANCE_COUNT] = {
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static void crc_make_table(uint32_t *table)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
        table[i] = crc;
    }
}

/* The next `count` bits, at most 16. */
static unsigned take_bits(struct inflate *inflate, unsigned count)
{
    while (inflate->bit_count < count) {
        if (inflate->at == inflate->source_size) {
            inflate->is_short = true;
            return 0;
        }
        inflate->bits |= (uint64_t)inflate->source[inflate->at++] << inflate->bit_count;
        inflate->bit_count += 8;
    }
    unsigned value = (unsigned)(inflate->bits & ((1u << count) - 1));
    inflate->bits >>= count;
    inflate->bit_count -= count;
    return value;
}

/* Hand over what is new in the window, which is up to `end`. */
static int window_flush(struct inflate *inflate, size_t end)
{
    const uint8_t *bytes = inflate->window + inflate->flushed;
    size_t size = end - inflate->flushed;

    for (size_t i = 0; i < size; i++)
        inflate->crc = inflate->crc >> 8 ^ inflate->crc_table[(inflate->crc ^ bytes[i]) & 0xff];
    inflate->flushed = end % INFLATE_WINDOW_SIZE;
    return size == 0 ? 0 : inflate->sink->write(inflate->sink, bytes, size);
}

static int put_byte(struct inflate *inflate, uint8_t byte)
{
    size_t at = inflate->produced % INFLATE_WINDOW_SIZE;

    inflate->window[at] = byte;
    inflate->produced++;
    return at + 1 == INFLATE_WINDOW_SIZE ? window_flush(inflate, INFLATE_WINDOW_SIZE) : 0;
}

/* Make a code from its symbols' lengths (RFC 1951, 3.2.2). Errors: -EIO if it has more codes than fit, or
 * fewer but for a single one. */
static int code_make(struct inflate_code *code, const uint8_t *lengths, unsigned count)
{
    uint16_t next[CODE_BITS_MAX + 1];
    int left = 1;
    unsigned used = 0;

    memset(code->counts, 0, sizeof(code->counts));
    for (unsigned i = 0; i < count; i++)
        code->counts[lengths[i]]++;
    code->counts[0] = 0;
    next[1] = 0;
    for (unsigned bits = 1; bits <= CODE_BITS_MAX; bits++) {
        left = (left << 1) - code->counts[bits];
        used += code->counts[bits];
        if (left < 0)
            return -EIO;
        if (bits < CODE_BITS_MAX)
            next[bits + 1] = (uint16_t)(next[bits] + code->counts[bits]);
    }
    for (unsigned i = 0; i < count; i++) {
        if (lengths[i] != 0)
            code->symbols[next[lengths[i]]++] = (uint16_t)i;
    }
    return left > 0 && used > 1 ? -EIO : 0;
}

/* The next symbol; -EIO if there is no such code or the source ends. */
static int take_symbol(struct inflate *inflate, const struct inflate_code *code)
{
    unsigned value = 0, first = 0, index = 0;

    for (unsigned bits = 1; bits <= CODE_BITS_MAX && !inflate->is_short; bits++) {
        value = value << 1 | take_bits(inflate, 1);
        unsigned count = code->counts[bits];
        if (value - first < count)
            return inflate->is_short ? -EIO : code->symbols[index + value - first];
        index += count;
        first = (first + count) << 1;
    }
    return -EIO;
}

static int copy_match(struct inflate *inflate, unsigned length, unsigned distance)
{
    int error = distance > inflate->produced ? -EIO : 0;

    for (; error == 0 && length > 0; length--)
        error = put_byte(inflate, inflate->window[(inflate->produced - distance) % INFLATE_WINDOW_SIZE]);
    return error;
}

/* A length's symbol has come: take what belongs to it. */
static int take_match(struct inflate *inflate, int symbol)
{
    unsigned index = (unsigned)symbol - END_OF_BLOCK - 1;

    if (index >= LENGTH_COUNT)
        return -EIO;
    unsigned length = length_bases[index] + take_bits(inflate, length_extra_bits[index]);
    int distance_symbol = take_symbol(inflate, &inflate->distances);
    if (distance_symbol < 0 || distance_symbol >= DISTANCE_COUNT)
        return -EIO;
    unsigned distance =
        distance_bases[distance_symbol] + take_bits(inflate, distance_extra_bits[distance_symbol]);
    return inflate->is_short ? -EIO : copy_match(inflate, length, distance);
}

static int take_coded_block(struct inflate *inflate)
{
    for (;;) {
        int symbol = take_symbol(inflate, &inflate->literals);
        if (symbol < 0)
            return symbol;
        if (symbol == END_OF_BLOCK)
            return 0;
        int error = symbol < END_OF_BLOCK ? put_byte(inflate, (uint8_t)symbol) : take_match(inflate, symbol);
        if (error != 0)
            return error;
    }
}

static int take_fixed_block(struct inflate *inflate)
{
    uint8_t lengths[LITERAL_COUNT];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    int error = code_make(&inflate->literals, lengths, LITERAL_COUNT);
    memset(lengths, 5, 32);
    if (error == 0)
        error = code_make(&inflate->distances, lengths, 32);
    return error != 0 ? error : take_coded_block(inflate);
}

/* Symbols 16 to 18: the length before, or 0, several times. */
static int repeat_length(struct inflate *inflate, int symbol, uint8_t *lengths, unsigned *at, unsigned count)
{
    static const struct {
        unsigned base, bits;
    } repeats[] = {{3, 2}, {3, 3}, {11, 7}};
    unsigned repeat = repeats[symbol - 16].base + take_bits(inflate, repeats[symbol - 16].bits);

    if (repeat > count - *at || (symbol == 16 && *at == 0))
        return -EIO;
    memset(lengths + *at, symbol == 16 ? lengths[*at - 1] : 0, repeat);
    *at += repeat;
    return 0;
}

static int take_lengths(struct inflate *inflate, uint8_t *lengths, unsigned count)
{
    for (unsigned at = 0; at < count;) {
        int symbol = take_symbol(inflate, &inflate->literals);
        if (symbol < 0)
            return symbol;
        if (symbol < 16) {
            lengths[at++] = (uint8_t)symbol;
            continue;
        }
        int error = repeat_length(inflate, symbol, lengths, &at, count);
        if (error != 0)
            return error;
    }
    return 0;
}

/* The code of the lengths comes first, then the lengths of both codes. */
static int take_dynamic_block(struct inflate *inflate)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LENGTHS_MAX] = {0};
    unsigned literal_count = take_bits(inflate, 5) + 257, distance_count = take_bits(inflate, 5) + 1;
    unsigned order_count = take_bits(inflate, 4) + 4;

    for (unsigned i = 0; i < order_count; i++)
        lengths[order[i]] = (uint8_t)take_bits(inflate, 3);
    if (literal_count > 286 || inflate->is_short)
        return -EIO;
    int error = code_make(&inflate->literals, lengths, sizeof(order));
    if (error == 0)
        error = take_lengths(inflate, lengths, literal_count + distance_count);
    if (error == 0 && lengths[END_OF_BLOCK] == 0)
        error = -EIO;
    if (error == 0)
        error = code_make(&inflate->distances, lengths + literal_count, distance_count);
    if (error == 0)
        error = code_make(&inflate->literals, lengths, literal_count);
    return error != 0 ? error : take_coded_block(inflate);
}

/* The rest of a byte is skipped; whole bytes that were taken stay. */
static void align_to_byte(struct inflate *inflate)
{
    (void)take_bits(inflate, inflate->bit_count % 8);
}

static int take_stored_block(struct inflate *inflate)
{
    align_to_byte(inflate);
    unsigned size = take_bits(inflate, 16), complement = take_bits(inflate, 16);
    int error = size == (~complement & 0xffff) ? 0 : -EIO;

    for (; error == 0 && size > 0 && !inflate->is_short; size--)
        error = put_byte(inflate, (uint8_t)take_bits(inflate, 8));
    return inflate->is_short ? -EIO : error;
}

static int take_blocks(struct inflate *inflate)
{
    bool is_last;

    do {
        is_last = take_bits(inflate, 1) != 0;
        unsigned type = take_bits(inflate, 2);
        int error = -EIO;
        if (type == 0)
            error = take_stored_block(inflate);
        else if (type == 1)
            error = take_fixed_block(inflate);
        else if (type == 2)
            error = take_dynamic_block(inflate);
        if (error != 0 || inflate->is_short)
            return error != 0 ? error : -EIO;
    } while (!is_last);
    return window_flush(inflate,
                        inflate->flushed + (inflate->produced - inflate->flushed) % INFLATE_WINDOW_SIZE);
}

static void skip_string(struct inflate *inflate)
{
    while (take_bits(inflate, 8) != 0 && !inflate->is_short)
        continue;
}

static int take_header(struct inflate *inflate)
{
    uint8_t header[GZIP_HEADER_SIZE];

    for (unsigned i = 0; i < sizeof(header); i++)
        header[i] = (uint8_t)take_bits(inflate, 8);
    unsigned flags = header[3];
    if (!inflate_is_gzip(header, sizeof(header)) || header[2] != GZIP_DEFLATE ||
        (flags & GZIP_FLAGS_RESERVED) != 0)
        return -EIO;
    if ((flags & GZIP_FLAG_EXTRA) != 0) {
        for (unsigned left = take_bits(inflate, 16); left > 0 && !inflate->is_short; left--)
            (void)take_bits(inflate, 8);
    }
    if ((flags & GZIP_FLAG_NAME) != 0)
        skip_string(inflate);
    if ((flags & GZIP_FLAG_COMMENT) != 0)
        skip_string(inflate);
    if ((flags & GZIP_FLAG_CRC) != 0)
        (void)take_bits(inflate, 16);
    return inflate->is_short ? -EIO : 0;
}

static uint32_t take_word(struct inflate *inflate)
{
    uint32_t low = take_bits(inflate, 16);

    return low | (uint32_t)take_bits(inflate, 16) << 16;
}

int inflate_gzip(struct inflate *inflate, const uint8_t *source, size_t size, struct inflate_sink *sink,
                 size_t *ret_consumed)
{
    inflate->source = source;
    inflate->source_size = size;
    inflate->at = 0;
    inflate->bits = 0;
    inflate->bit_count = 0;
    inflate->is_short = false;
    inflate->sink = sink;
    inflate->produced = 0;
    inflate->flushed = 0;
    inflate->crc = UINT32_MAX;
    crc_make_table(inflate->crc_table);
    int error = take_header(inflate);
    if (error == 0)
        error = take_blocks(inflate);
    if (error != 0)
        return error;
    align_to_byte(inflate);
    uint32_t crc = take_word(inflate), length = take_word(inflate);
    if (inflate->is_short || crc != ~inflate->crc || length != (uint32_t)inflate->produced)
        return -EIO;
    *ret_consumed = inflate->at - inflate->bit_count / 8;
    return 0;
}
