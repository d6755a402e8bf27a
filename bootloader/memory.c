#include "memory.h"

#include "firmware.h"
#include "lib/string.h"
#include "memory_type.h"
#include "x86_64/paging.h"

#define MEMORY_TABLE_BLOCK_PAGES 16 /* the first block of page tables */

static struct {
    struct memory_record records[MEMORY_RECORDS_MAX];
    size_t count;
    uint64_t physical_limit;
    uint64_t table_next; /* the next page of the current block of page tables, and how many are left */
    uint64_t table_pages_left;
    uint64_t table_block_pages; /* size of the next block */
} memory;

uint64_t memory_pages(uint64_t size_bytes)
{
    return size_bytes / PAGE_SIZE + (size_bytes % PAGE_SIZE != 0);
}

void memory_init(uint64_t physical_limit)
{
    memset(&memory, 0, sizeof(memory));
    memory.physical_limit = physical_limit;
    memory.table_block_pages = MEMORY_TABLE_BLOCK_PAGES;
}

static EFI_STATUS memory_ask_firmware(uint64_t size_pages, uint32_t efi_type, uint64_t *ret_physical)
{
    EFI_PHYSICAL_ADDRESS address = memory.physical_limit - 1;
    EFI_STATUS status =
        efi_boot->AllocatePages(AllocateMaxAddress, (EFI_MEMORY_TYPE)efi_type, size_pages, &address);

    /* Page 0 would read as "none" everywhere: keep it, unrecorded, and take another. */
    if (!EFI_ERROR(status) && address == 0) {
        address = memory.physical_limit - 1;
        status = efi_boot->AllocatePages(AllocateMaxAddress, (EFI_MEMORY_TYPE)efi_type, size_pages, &address);
        efi_boot->FreePages(0, size_pages);
    }
    if (!EFI_ERROR(status))
        *ret_physical = address;
    return status;
}

uint64_t memory_allocate_dirty(uint64_t size_pages, uint32_t efi_type)
{
    uint64_t physical = 0;
    EFI_STATUS status;

    if (memory.count == MEMORY_RECORDS_MAX)
        return 0;
    status = memory_ask_firmware(size_pages, efi_type, &physical);
    if (EFI_ERROR(status) && efi_type != EfiLoaderData)
        status = memory_ask_firmware(size_pages, EfiLoaderData, &physical);
    if (EFI_ERROR(status))
        return 0;
    memory.records[memory.count++] = (struct memory_record){
        .base = physical, .size_pages = size_pages, .type = memory_map_type(efi_type, EFI_MEMORY_WB)};
    return physical;
}

uint64_t memory_allocate(uint64_t size_pages, uint32_t efi_type)
{
    uint64_t physical = memory_allocate_dirty(size_pages, efi_type);

    if (physical != 0)
        memset((void *)physical, 0, size_pages * PAGE_SIZE);
    return physical;
}

uint64_t memory_allocate_table(void *context)
{
    (void)context;
    if (memory.table_pages_left == 0) {
        memory.table_next = memory_allocate(memory.table_block_pages, EFI_TYPE_KERNEL_DATA);
        if (memory.table_next == 0)
            return 0;
        memory.table_pages_left = memory.table_block_pages;
        memory.table_block_pages *= 2;
    }
    uint64_t page = memory.table_next;
    memory.table_next += PAGE_SIZE;
    memory.table_pages_left--;
    return page;
}

void memory_free_all(void)
{
    while (memory.count > 0) {
        const struct memory_record *record = &memory.records[--memory.count];
        efi_boot->FreePages(record->base, record->size_pages);
    }
    memory_init(memory.physical_limit);
}

const struct memory_record *memory_records(size_t *ret_count)
{
    *ret_count = memory.count;
    return memory.records;
}

uint64_t memory_largest_free(void)
{
    UINTN size = 0, key, descriptor_size = 0;
    UINT32 version;
    uint64_t largest = 0;

    if (efi_boot->GetMemoryMap(&size, NULL, &key, &descriptor_size, &version) != EFI_BUFFER_TOO_SMALL)
        return 0;
    size += 16 * descriptor_size; /* the allocation that follows adds entries */
    __attribute__((cleanup(firmware_pool_cleanup))) void *map = firmware_pool_allocate(size);
    if (map == NULL || EFI_ERROR(efi_boot->GetMemoryMap(&size, map, &key, &descriptor_size, &version)) ||
        descriptor_size < sizeof(EFI_MEMORY_DESCRIPTOR))
        return 0;
    for (UINTN offset = 0; offset + descriptor_size <= size; offset += descriptor_size) {
        EFI_MEMORY_DESCRIPTOR descriptor;
        memcpy(&descriptor, (char *)map + offset, sizeof(descriptor));
        if (descriptor.Type == EfiConventionalMemory && descriptor.NumberOfPages > largest)
            largest = descriptor.NumberOfPages;
    }
    return largest;
}
