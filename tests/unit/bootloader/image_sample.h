/* Sample images for tests: right in every field, to be made wrong in one. */
#ifndef LINTEL_TESTS_UNIT_BOOTLOADER_IMAGE_SAMPLE_H
#define LINTEL_TESTS_UNIT_BOOTLOADER_IMAGE_SAMPLE_H

#include "image_header.h"

#define SAMPLE_PAGE 4096
/* text 2 pages, rodata 1, data 1, bss 2 */
#define SAMPLE_TEXT_END 0x2000
#define SAMPLE_RODATA_END 0x3000
#define SAMPLE_DATA_END 0x4000
#define SAMPLE_BSS_END 0x6000
#define SAMPLE_RELOCS 0x2100

/* Each word that the sample's table slides holds KERNEL_LINK_BASE plus its own offset. */
extern const uint64_t sample_words[];
extern const size_t sample_word_count;

/* The file of a valid image, SAMPLE_DATA_END bytes; a kernel has a relocation table. Bytes beyond the header
 * are a pattern that depends on their offset. */
void image_sample_make(uint32_t kind, uint8_t ret_file[SAMPLE_DATA_END]);

#endif
