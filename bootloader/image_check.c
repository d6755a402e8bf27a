#include "image_check.h"

#include "abi/errno.h"
#include "elf64.h"
#include "lib/format.h"
#include "lib/string.h"

#define IMAGE_HINT "Build it again and copy it to the ESP again."

bool image_is_elf(const void *bytes, size_t size)
{
    return size >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

/* A file that is something else altogether: say what it is. */
static int image_check_foreign(const char *bytes, size_t size, const char *path, struct error *error)
{
    if (image_is_elf(bytes, size)) {
        error_set(error, -ENOEXEC, path, "is an ELF file; only utask may be one");
        error_hint(error, "Copy the .bin file that the build puts beside the .elf file.");
        return -ENOEXEC;
    }
    if (size >= 2 && memcmp(bytes, "MZ", 2) == 0) {
        error_set(error, -ENOEXEC, path, "is a PE program (MZ), not an image of Lintel's");
        error_hint(error, "Only BOOTX64.EFI is such a file; copy the .bin file from the build.");
        return -ENOEXEC;
    }
    return 0;
}

static int image_check_identity(const struct image_header *header, uint32_t kind, const char *path,
                                struct error *error)
{
    uint64_t link_address = kind == IMAGE_KIND_KERNEL ? KERNEL_LINK_BASE : USER_IMAGE_BASE;

    if (memcmp(header->magic, IMAGE_MAGIC, sizeof(header->magic)) != 0)
        return error_set(error, -ENOEXEC, path,
                         "is not an image of Lintel's: no \"" IMAGE_MAGIC "\" at byte 8");
    if (header->version != IMAGE_VERSION)
        return error_set(error, -ENOEXEC, path, "has image version %u; this bootloader knows version %d",
                         header->version, IMAGE_VERSION);
    if (header->kind != kind)
        return error_set(error, -ENOEXEC, path, "is an image of kind %u; kind %u (%s) is expected",
                         header->kind, kind, kind == IMAGE_KIND_KERNEL ? "kernel" : "user");
    if (header->link_address != link_address)
        return error_set(error, -ENOEXEC, path, "is linked at 0x%" PRIx64 "; 0x%" PRIx64 " is expected",
                         header->link_address, link_address);
    return 0;
}

static int image_check_layout(const struct image_header *header, uint64_t file_size, const char *path,
                              struct error *error)
{
    const struct {
        const char *name;
        uint64_t end;
    } parts[] = {
        {"text", header->text_end},
        {"rodata", header->rodata_end},
        {"data", header->data_end},
        {"bss", header->bss_end},
    };
    uint64_t previous = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].end % IMAGE_PAGE_SIZE != 0)
            return error_set(error, -ENOEXEC, path, "its %s ends at 0x%" PRIx64 ", not at a page's boundary",
                             parts[i].name, parts[i].end);
        if (parts[i].end > IMAGE_MAX_SIZE)
            return error_set(error, -ENOEXEC, path, "its %s ends at 0x%" PRIx64 "; images end below 0x%x",
                             parts[i].name, parts[i].end, IMAGE_MAX_SIZE);
        if (parts[i].end < previous || parts[i].end == 0)
            return error_set(error, -ENOEXEC, path,
                             "its %s ends at 0x%" PRIx64 ", before it begins (0x%" PRIx64 ")", parts[i].name,
                             parts[i].end, previous);
        previous = parts[i].end;
    }
    if (header->data_end != file_size)
        return error_set(error, -ENOEXEC, path,
                         "is %" PRIu64 " bytes long, but its header says %" PRIu64 ": it is %s", file_size,
                         header->data_end,
                         file_size < header->data_end ? "cut short" : "longer than it should be");
    if (header->entry_offset >= header->text_end)
        return error_set(error, -ENOEXEC, path,
                         "its entry point 0x%" PRIx64 " is outside its text (0x%" PRIx64 ")",
                         header->entry_offset, header->text_end);
    return 0;
}

static int image_check_relocs(const struct image_header *header, const char *path, struct error *error)
{
    uint64_t offset = header->relocs_offset, size = header->relocs_size;

    if (offset == 0 && size == 0)
        return 0;
    if (header->kind != IMAGE_KIND_KERNEL)
        return error_set(error, -ENOEXEC, path, "has a relocation table; only a kernel may have one");
    if (offset % 8 != 0 || size % 8 != 0 || size == 0)
        return error_set(error, -ENOEXEC, path,
                         "its relocation table (0x%" PRIx64 " bytes at 0x%" PRIx64
                         ") is not made of 8-byte words",
                         size, offset);
    if (offset < header->text_end || offset > header->rodata_end || size > header->rodata_end - offset)
        return error_set(error, -ENOEXEC, path,
                         "its relocation table (0x%" PRIx64 " bytes at 0x%" PRIx64 ") is outside its rodata",
                         size, offset);
    return 0;
}

int image_header_check(const void *bytes, uint64_t file_size, uint32_t kind, const char *path,
                       struct image_header *ret_header, struct error *error)
{
    size_t size = file_size < IMAGE_HEADER_SIZE ? (size_t)file_size : IMAGE_HEADER_SIZE;
    struct image_header header;
    int result = image_check_foreign(bytes, size, path, error);

    if (result < 0)
        return result;
    if (file_size == 0)
        result = error_set(error, -ENOEXEC, path, "is empty");
    else if (file_size < IMAGE_HEADER_SIZE)
        result = error_set(error, -ENOEXEC, path,
                           "is %" PRIu64 " bytes long, shorter than an image's header (%d bytes)", file_size,
                           IMAGE_HEADER_SIZE);
    if (result == 0) {
        memcpy(&header, bytes, sizeof(header));
        result = image_check_identity(&header, kind, path, error);
    }
    if (result == 0)
        result = image_check_layout(&header, file_size, path, error);
    if (result == 0)
        result = image_check_relocs(&header, path, error);
    if (result == 0)
        *ret_header = header;
    else
        error_hint(error, IMAGE_HINT);
    return result;
}
