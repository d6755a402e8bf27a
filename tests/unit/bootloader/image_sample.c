#include "image_sample.h"

#include <string.h>

const uint64_t sample_words[] = {0x2000, 0x2008, 0x20f8, 0x3000, 0x31f0, 0x31f8, 0x3ff8};
const size_t sample_word_count = sizeof(sample_words) / sizeof(sample_words[0]);

/* The words above: addresses, and bitmaps of the 63 words behind. */
static const uint64_t sample_table[] = {
    KERNEL_LINK_BASE + 0x2000, 1 | 1ull << 1 | 1ull << 31,  /* 0x2008, 0x20f8 */
    KERNEL_LINK_BASE + 0x3000, 1 | 1ull << 62 | 1ull << 63, /* 0x31f0, 0x31f8 */
    KERNEL_LINK_BASE + 0x3ff8,
};

void image_sample_make(uint32_t kind, uint8_t ret_file[SAMPLE_DATA_END])
{
    struct image_header header = {
        .jump = {0xe9, 0x53, 0, 0, 0, 0xcc, 0xcc, 0xcc},
        .version = IMAGE_VERSION,
        .kind = kind,
        .link_address = kind == IMAGE_KIND_KERNEL ? KERNEL_LINK_BASE : USER_IMAGE_BASE,
        .entry_offset = 0,
        .text_end = SAMPLE_TEXT_END,
        .rodata_end = SAMPLE_RODATA_END,
        .data_end = SAMPLE_DATA_END,
        .bss_end = SAMPLE_BSS_END,
    };

    for (size_t i = 0; i < SAMPLE_DATA_END; i++)
        ret_file[i] = (uint8_t)(i * 7 + i / 251 + kind);
    memcpy(header.magic, IMAGE_MAGIC, sizeof(header.magic));
    if (kind == IMAGE_KIND_KERNEL) {
        header.relocs_offset = SAMPLE_RELOCS;
        header.relocs_size = sizeof(sample_table);
        memcpy(ret_file + SAMPLE_RELOCS, sample_table, sizeof(sample_table));
        for (size_t i = 0; i < sample_word_count; i++) {
            uint64_t value = KERNEL_LINK_BASE + sample_words[i];
            memcpy(ret_file + sample_words[i], &value, sizeof(value));
        }
    }
    memcpy(ret_file, &header, sizeof(header));
}
