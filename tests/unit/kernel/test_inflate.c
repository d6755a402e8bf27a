/* What gzip compresses comes out again; what is damaged is noticed. */
#include "lib/inflate.h"

#include "abi/errno.h"
#include "host_gzip.h"
#include "test.h"

#define ROOM (1 << 20)

static uint8_t original[ROOM], compressed[2 * ROOM], output[ROOM];
static size_t output_size;
static struct inflate inflate;

static int collect(struct inflate_sink *sink, const uint8_t *bytes, size_t size)
{
    (void)sink;
    if (size > sizeof(output) - output_size)
        return -ENOSPC;
    memcpy(output + output_size, bytes, size);
    output_size += size;
    return 0;
}

static int run(const uint8_t *source, size_t size, size_t *ret_consumed)
{
    struct inflate_sink sink = {collect};

    output_size = 0;
    return inflate_gzip(&inflate, source, size, &sink, ret_consumed);
}

/* kind 0: noise (stored blocks), 1: text-like, 2: long runs */
static void fill(size_t size, int kind)
{
    for (size_t i = 0; i < size; i++) {
        uint64_t noise = random_below(256);
        if (kind == 0)
            original[i] = (uint8_t)noise;
        else if (kind == 1)
            original[i] =
                i > 40000 && noise < 200 ? original[i - 32768 + noise] : (uint8_t)('a' + noise % 20);
        else
            original[i] = (uint8_t)(i / 10000);
    }
}

static void gzips_output_comes_out_again(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 100, 32767, 32768, 32769, 65536, 200000, ROOM};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (int kind = 0; kind < 3; kind++) {
            fill(sizes[i], kind);
            size_t consumed,
                size = host_gzip(original, sizes[i], 1 + 4 * (kind % 3), compressed, sizeof(compressed) - 7);
            if (size == 0)
                skip();
            memset(compressed + size, 0x55, 7);
            assert_int_equal(run(compressed, size + 7, &consumed), 0);
            assert_int_equal(consumed, size);
            assert_int_equal(output_size, sizes[i]);
            assert_memory_equal(output, original, sizes[i]);
        }
    }
}

static void every_cut_and_every_changed_bit_is_noticed(void **state)
{
    size_t consumed;

    (void)state;
    fill(300, 1);
    size_t size = host_gzip(original, 300, 9, compressed, sizeof(compressed));
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(run(compressed, cut, &consumed), -EIO);
    for (size_t bit = 0; bit < size * 8; bit++) {
        if (bit / 8 >= 4 && bit / 8 < 10)
            continue; /* time, flags of no meaning, operating system */
        compressed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int error = run(compressed, size, &consumed);
        /* A bit of padding before the trailer may be anything; so may the header's hint of text. */
        if (error == 0)
            assert_true(bit / 8 == size - 9 || bit / 8 == 3);
        compressed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* Fixed codes: "aaaaaaaaaa" as one literal and one match; optional header fields. */
static void optional_fields_are_passed_over(void **state)
{
    static const uint8_t member[] = {0x1f, 0x8b, 0x8,  0x1e, 0x0,  0x0,  0x0,  0x0,  0x0,  0x3,  0x2,
                                     0x0,  0x78, 0x79, 0x6e, 0x0,  0x63, 0x0,  0x11, 0x22, 0x4b, 0x4c,
                                     0x84, 0x1,  0x0,  0xf0, 0xcd, 0x11, 0x4c, 0xa,  0x0,  0x0,  0x0};
    size_t consumed = 0;

    (void)state;
    assert_int_equal(run(member, sizeof(member), &consumed), 0);
    assert_int_equal(consumed, sizeof(member));
    assert_int_equal(output_size, 10);
    assert_memory_equal(output, "aaaaaaaaaa", 10);
}

static void the_sinks_error_comes_back(void **state)
{
    size_t consumed;

    (void)state;
    fill(ROOM, 2);
    size_t size = host_gzip(original, ROOM, 9, compressed, sizeof(compressed));
    if (size == 0)
        skip();
    struct inflate_sink sink = {collect};
    output_size = sizeof(output) - 40000;
    assert_int_equal(inflate_gzip(&inflate, compressed, size, &sink, &consumed), -ENOSPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzips_output_comes_out_again),
        cmocka_unit_test(every_cut_and_every_changed_bit_is_noticed),
        cmocka_unit_test(optional_fields_are_passed_over),
        cmocka_unit_test(the_sinks_error_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
