/* The table is a list of 8-byte words. An even word is the link-time address of a word to slide. An odd one
 * is a bitmap of the 63 words that follow the last one dealt with: bit 1 is the first of them. */
#include "abi/errno.h"
#include "image_check.h"
#include "lib/format.h"
#include "lib/string.h"

#define RELR_BITMAP_WORDS 63

struct image_relocation {
    const struct image_header *header;
    char *code;
    char *data;
    uint64_t slide;
};

/* Add the slide to the word at this offset of the image; -1 if no such word may be changed. */
static int image_relocate_word(const struct image_relocation *relocation, uint64_t offset)
{
    const struct image_header *header = relocation->header;
    uint64_t value, relocs_end = header->relocs_offset + header->relocs_size;
    char *place;

    if (offset < header->text_end || offset > header->data_end - 8)
        return -1;
    if (offset + 8 > header->relocs_offset && offset < relocs_end)
        return -1;
    if (offset >= header->rodata_end)
        place = relocation->data + (offset - header->rodata_end);
    else if (offset + 8 <= header->rodata_end)
        place = relocation->code + offset;
    else
        return -1;
    memcpy(&value, place, sizeof(value));
    value += relocation->slide;
    memcpy(place, &value, sizeof(value));
    return 0;
}

/* All words of one bitmap; next is the offset that its first bit stands for. */
static int image_relocate_bitmap(const struct image_relocation *relocation, uint64_t bitmap, uint64_t next)
{
    for (int bit = 1; bit <= RELR_BITMAP_WORDS; bit++) {
        if ((bitmap >> bit & 1) && image_relocate_word(relocation, next + (uint64_t)(bit - 1) * 8) < 0)
            return -1;
    }
    return 0;
}

int image_relocate(const struct image_header *header, void *code, void *data, uint64_t slide,
                   const char *path, struct error *error)
{
    const struct image_relocation relocation = {header, code, data, slide};
    const char *table = relocation.code + header->relocs_offset;
    uint64_t next = 0; /* offset of the word after the last one; 0 is never slid and would fail */

    for (uint64_t i = 0; i < header->relocs_size; i += 8) {
        uint64_t word;
        int result;

        memcpy(&word, table + i, sizeof(word));
        if (word & 1) {
            result = image_relocate_bitmap(&relocation, word, next);
            next += RELR_BITMAP_WORDS * 8;
        } else {
            result = image_relocate_word(&relocation, word - header->link_address);
            next = word - header->link_address + 8;
        }
        if (result < 0) {
            error_set(error, -ENOEXEC, path,
                      "its relocation table names a word outside its data (entry %" PRIu64 ": 0x%" PRIx64 ")",
                      i / 8, word);
            error_hint(error, "The file is damaged: build it again and copy it to the ESP again.");
            return -ENOEXEC;
        }
    }
    return 0;
}
