#include "image_load.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "image_check.h"
#include "lib/format.h"
#include "lib/string.h"
#include "memory.h"
#include "memory_type.h"
#include "x86_64/paging.h"

static const struct {
    uint32_t code, data; /* EFI_TYPE_* of the pages of an image */
} image_types[] = {
    [IMAGE_KIND_KERNEL] = {EFI_TYPE_KERNEL_CODE, EFI_TYPE_KERNEL_DATA},
    [IMAGE_KIND_USER] = {EFI_TYPE_USER_CODE, EFI_TYPE_USER_DATA},
};

/* Pages for size_bytes, not cleared. */
static int image_allocate(const char *path, uint64_t size_bytes, uint32_t efi_type, uint64_t *ret_physical,
                          struct error *error)
{
    uint64_t pages = memory_pages(size_bytes);
    uint64_t physical = memory_allocate_dirty(pages, efi_type);

    if (physical == 0) {
        uint64_t needed_kib = pages * (PAGE_SIZE / 1024),
                 free_kib = memory_largest_free() * (PAGE_SIZE / 1024);
        return error_set(error, -ENOMEM, path,
                         "needs %" PRIu64 " KiB of memory in one piece; the largest free piece has %" PRIu64
                         " KiB",
                         needed_kib, free_kib);
    }
    *ret_physical = physical;
    return 0;
}

/* The header, from the file; or *ret_is_elf, and no header, for a user program that is an ELF file. */
static int image_read_header(const struct file *file, uint32_t kind, struct image_header *ret_header,
                             bool *ret_is_elf, struct error *error)
{
    uint8_t bytes[IMAGE_HEADER_SIZE] = {0};
    uint64_t size = file->size_bytes < sizeof(bytes) ? file->size_bytes : sizeof(bytes);
    int result = file_read(file, 0, bytes, size, error);

    if (result < 0)
        return result;
    *ret_is_elf = kind == IMAGE_KIND_USER && image_is_elf(bytes, size);
    return *ret_is_elf ? 0 : image_header_check(bytes, file->size_bytes, kind, file->path, ret_header, error);
}

/* Text and rodata to one place, data to another; what follows the data is bss. */
static int image_read_parts(const struct file *file, struct loaded_image *image, struct error *error)
{
    const struct image_header *header = &image->header;
    uint64_t data_size = header->data_end - header->rodata_end;
    char *data = (char *)image->data_physical;
    int result = file_read(file, 0, (void *)image->code_physical, header->rodata_end, error);

    if (result == 0 && data_size > 0)
        result = file_read(file, header->rodata_end, data, data_size, error);
    if (result < 0)
        return result;
    if (header->bss_end > header->data_end)
        memset(data + data_size, 0, header->bss_end - header->data_end);
    /* The file was read twice: what was checked must be what was loaded. */
    if (memcmp((void *)image->code_physical, header, sizeof(*header)) != 0)
        return error_set(error, -EIO, file->path,
                         "its header read differently the second time: the medium is faulty");
    return 0;
}

/* The image's parts to places of their own. */
static int image_load_parts(const struct file *file, uint32_t kind, struct loaded_image *image,
                            struct error *error)
{
    const struct image_header *header = &image->header;
    int result =
        image_allocate(file->path, header->rodata_end, image_types[kind].code, &image->code_physical, error);

    if (result == 0 && header->bss_end > header->rodata_end)
        result = image_allocate(file->path, header->bss_end - header->rodata_end, image_types[kind].data,
                                &image->data_physical, error);
    return result == 0 ? image_read_parts(file, image, error) : result;
}

/* The whole file to one place. */
static int image_read_plain(const struct file *file, uint64_t *ret_physical, uint64_t *ret_size_bytes,
                            struct error *error)
{
    uint64_t physical;
    int result = image_allocate(file->path, file->size_bytes, EFI_TYPE_KERNEL_DATA, &physical, error);

    if (result == 0)
        result = file_read(file, 0, (void *)physical, file->size_bytes, error);
    if (result < 0)
        return result;
    /* The last page's rest: no leftovers of the firmware's in what programs will see. */
    if (file->size_bytes % PAGE_SIZE != 0)
        memset((char *)physical + file->size_bytes, 0, PAGE_SIZE - file->size_bytes % PAGE_SIZE);
    *ret_physical = physical;
    *ret_size_bytes = file->size_bytes;
    return 0;
}

int image_load(const struct volume *volume, const char *path, uint32_t kind, struct loaded_image *ret_image,
               struct error *error)
{
    __attribute__((cleanup(file_close))) struct file file = {NULL, path, 0};
    struct loaded_image image = {.path = path};
    bool is_elf = false;
    int result = file_open(volume, path, &file, error);

    if (result == 0)
        result = image_read_header(&file, kind, &image.header, &is_elf, error);
    if (result == 0)
        result = is_elf ? image_read_plain(&file, &image.file_physical, &image.file_size_bytes, error)
                        : image_load_parts(&file, kind, &image, error);
    if (result == 0)
        *ret_image = image;
    return result;
}

int image_slide(struct loaded_image *image, uint64_t slide, struct error *error)
{
    image->slide = slide;
    return image_relocate(&image->header, (void *)image->code_physical, (void *)image->data_physical, slide,
                          image->path, error);
}

struct boot_image image_describe(const struct loaded_image *image)
{
    const struct image_header *header = &image->header;
    uint64_t base = header->link_address + image->slide;

    return (struct boot_image){
        .virtual_base = base,
        .entry = base + header->entry_offset,
        .code_physical = image->code_physical,
        .text_pages = header->text_end / PAGE_SIZE,
        .rodata_pages = (header->rodata_end - header->text_end) / PAGE_SIZE,
        .data_physical = image->data_physical,
        .data_pages = (header->bss_end - header->rodata_end) / PAGE_SIZE,
    };
}

int image_load_plain(const struct volume *volume, const char *path, uint64_t *ret_physical,
                     uint64_t *ret_size_bytes, struct error *error)
{
    __attribute__((cleanup(file_close))) struct file file = {NULL, path, 0};
    int result = file_open(volume, path, &file, error);

    if (result == 0 && file.size_bytes == 0)
        result = error_set(error, -EINVAL, path, "is empty");
    return result == 0 ? image_read_plain(&file, ret_physical, ret_size_bytes, error) : result;
}
