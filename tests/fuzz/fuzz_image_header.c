/* A whole image: the header is checked; if it holds, the image is placed as the loader would and slid. Places
 * have the exact sizes that the header gives, so that AddressSanitizer sees every wild read or write. */
#include <stdlib.h>
#include <string.h>

#include "bootloader/image_check.h"

#define MEMORY_MAX 0x40000 /* an image that is larger in memory is not placed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void slide(const uint8_t *file, const struct image_header *header, uint64_t distance)
{
    struct error error;
    uint8_t *code = malloc(header->rodata_end), *rest = calloc(1, header->bss_end - header->rodata_end + 1);

    memcpy(code, file, header->rodata_end);
    memcpy(rest, file + header->rodata_end, header->data_end - header->rodata_end);
    if (image_relocate(header, code, rest, distance, "image", &error) == 0) {
        /* Text and table are what they were, and nothing but data was changed in the bss. */
        if (memcmp(code, file, header->text_end) != 0 ||
            memcmp(code + header->relocs_offset, file + header->relocs_offset, header->relocs_size) != 0)
            abort();
        for (uint64_t i = header->data_end - header->rodata_end; i < header->bss_end - header->rodata_end;
             i++) {
            if (rest[i] != 0)
                abort();
        }
    }
    free(code);
    free(rest);
}

/* A kernel's header that is right but for what the input says: the checks behind the first ones are reached.
 */
static size_t make_plausible(const uint8_t *data, size_t size, uint8_t *ret_file)
{
    struct image_header header = {
        .version = IMAGE_VERSION, .kind = IMAGE_KIND_KERNEL, .link_address = KERNEL_LINK_BASE};
    size_t table_size = size - 5 < 4000 ? (size - 5) / 8 * 8 : 4000;

    memcpy(header.magic, IMAGE_MAGIC, sizeof(header.magic));
    header.text_end = IMAGE_PAGE_SIZE * (1 + data[0] % 4u);
    header.rodata_end = header.text_end + IMAGE_PAGE_SIZE;
    header.data_end = header.rodata_end + IMAGE_PAGE_SIZE * (data[1] % 4u);
    header.bss_end = header.data_end + IMAGE_PAGE_SIZE * (data[2] % 4u);
    header.relocs_offset = table_size == 0 ? 0 : header.text_end + data[3] % 8u * 8;
    header.relocs_size = table_size;
    memset(ret_file, 0x5a, header.data_end);
    memcpy(ret_file, &header, sizeof(header));
    for (size_t i = 0; i < table_size; i += 8) {
        uint64_t word;
        memcpy(&word, data + 5 + i, sizeof(word));
        /* Half of the addresses lie where they may. */
        if (!(word & 1) && (data[4] & 1))
            word = KERNEL_LINK_BASE + header.text_end + word % (header.data_end - header.text_end + 16);
        memcpy(ret_file + header.relocs_offset + i, &word, sizeof(word));
    }
    return header.data_end;
}

static void check(const uint8_t *file, size_t size)
{
    for (uint32_t kind = IMAGE_KIND_KERNEL; kind <= IMAGE_KIND_USER; kind++) {
        struct image_header header;
        struct error error;
        if (image_header_check(file, size, kind, "image", &header, &error) == 0) {
            if (header.data_end != size || header.entry_offset >= header.text_end)
                abort();
            if (header.bss_end <= MEMORY_MAX)
                slide(file, &header, 0x123000);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[16 * IMAGE_PAGE_SIZE];

    check(data, size);
    if (size > 5)
        check(file, make_plausible(data, size, file));
    return 0;
}
