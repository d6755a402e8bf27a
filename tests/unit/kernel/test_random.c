/* Published vectors of ChaCha20 and SipHash; the generator. */
#include "core/random.h"
#include "lib/hash.h"
#include "test.h"

/* RFC 8439, section 2.3.2 */
static void chacha20_is_as_published(void **state)
{
    static const uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0x03020100, 0x07060504,
                                       0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
                                       0x00000001, 0x09000000, 0x4a000000, 0x00000000};
    static const uint32_t expected[16] = {
        0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
        0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
    uint32_t block[16];

    (void)state;
    random_chacha20_block(input, block);
    assert_memory_equal(block, expected, sizeof(block));
}

/* The paper's appendix A, and the first of the reference implementation's vectors */
static void siphash_is_as_published(void **state)
{
    struct hash_key key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
    uint8_t bytes[15];

    (void)state;
    for (uint8_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = i;
    assert_int_equal(hash_bytes(&key, bytes, sizeof(bytes)), 0xa129ca6149be45e5);
    assert_int_equal(hash_bytes(&key, bytes, 0), 0x726fdb47dd0e0e31);
}

static void draws_differ_and_depend_on_the_seed(void **state)
{
    uint8_t seed[RANDOM_SEED_SIZE] = {1}, first[100], second[100], again[101];

    (void)state;
    random_seed(seed);
    random_fill(first, sizeof(first));
    random_fill(second, sizeof(second));
    assert_memory_not_equal(first, second, 32);
    assert_memory_not_equal(first, first + 32, 32);
    random_seed(seed);
    again[100] = 77;
    random_fill(again, 100);
    assert_memory_equal(first, again, 100);
    assert_int_equal(again[100], 77);
    seed[31] = 1;
    random_seed(seed);
    random_fill(again, 100);
    assert_memory_not_equal(first, again, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chacha20_is_as_published),
        cmocka_unit_test(siphash_is_as_published),
        cmocka_unit_test(draws_differ_and_depend_on_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
