/* Each region is filled from its start; addresses are never reused. 512 GiB a region last longer
 * than any machine is up. */
#include "mm/kernel_map.h"

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/spinlock.h"
#include "memory_type.h"
#include "mm/frames.h"

/* Locks: I = set by kernel_map_setup()   k = kernel_map.lock */
static struct {
    struct spinlock lock;
    const struct boot_memory_region *map; /* [I] */
    size_t map_count;                     /* [I] */
    struct page_table table;              /* [k] to change */
    vaddr_t heap_next;                    /* [k] first unused address of each region */
    vaddr_t stacks_next;                  /* [k] */
    vaddr_t devices_next;                 /* [k] */
} kernel_map = {
    .lock = SPINLOCK_INITIALIZER,
    .heap_next = KERNEL_HEAP_BASE,
    .stacks_next = KERNEL_STACKS_BASE + (1 + BOOT_STACK_PAGES) * PAGE_SIZE,
    .devices_next = DEVICE_WINDOWS_BASE,
};

int kernel_map_setup(const struct boot_info *boot)
{
    kernel_map.table = page_table_current();
    kernel_map.map = direct_map(boot->memory_map_physical);
    kernel_map.map_count = boot->memory_map_count;

    /* The bootloader mapped the framebuffer at the start of the device windows. */
    const struct boot_mapping *mappings = direct_map(boot->mappings_physical);
    for (size_t i = 0; i < boot->mappings_count; i++) {
        vaddr_t end = mappings[i].virtual_base + mappings[i].size_pages * PAGE_SIZE;
        if (mappings[i].type == MEMORY_MMIO && end > kernel_map.devices_next)
            kernel_map.devices_next = end;
    }

    page_table_clear_user_half(&kernel_map.table);
    page_table_load(&kernel_map.table); /* forgets the hand-over page, which was not global */

    const vaddr_t regions[] = {KERNEL_HEAP_BASE, KERNEL_STACKS_BASE, DEVICE_WINDOWS_BASE};
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        int error = page_table_reserve(&kernel_map.table, regions[i]);
        if (error != 0 && error != -EEXIST)
            return error;
    }
    return 0;
}

const struct page_table *kernel_map_table(void)
{
    return &kernel_map.table;
}

/* Map fresh frames at `start`; on failure what was mapped is given back. */
static int kernel_map_fill_locked(vaddr_t start, size_t size_pages)
{
    size_t mapped = 0;
    int error = 0;

    for (; mapped < size_pages; mapped++) {
        paddr_t frame;
        error = frames_alloc_zeroed(&frame);
        if (error != 0)
            break;
        error = page_table_map(&kernel_map.table, start + mapped * PAGE_SIZE, frame, MAP_READ | MAP_WRITE);
        if (error != 0) {
            frames_free(frame, 0);
            break;
        }
    }
    if (error == 0)
        return 0;
    while (mapped-- > 0) { /* never touched, so no CPU can have cached the translation */
        paddr_t frame;
        if (page_table_unmap(&kernel_map.table, start + mapped * PAGE_SIZE, &frame) == 0)
            frames_free(frame, 0);
    }
    return error;
}

void *kernel_map_alloc(size_t size_pages)
{
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    vaddr_t start = kernel_map.heap_next;
    int error = -ENOMEM;

    if (size_pages > 0 &&
        size_pages <= KERNEL_REGION_SIZE / PAGE_SIZE - (start - KERNEL_HEAP_BASE) / PAGE_SIZE)
        error = kernel_map_fill_locked(start, size_pages);
    if (error == 0)
        kernel_map.heap_next += size_pages * PAGE_SIZE;
    spin_unlock(&kernel_map.lock, state);
    return error == 0 ? (void *)start : NULL;
}

vaddr_t kernel_stack_create(void)
{
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    vaddr_t start = kernel_map.stacks_next + PAGE_SIZE; /* above the guard page */
    vaddr_t top = start + KERNEL_STACK_PAGES * PAGE_SIZE;
    int error = -ENOMEM;

    if (top <= KERNEL_STACKS_BASE + KERNEL_REGION_SIZE)
        error = kernel_map_fill_locked(start, KERNEL_STACK_PAGES);
    if (error == 0)
        kernel_map.stacks_next = top;
    spin_unlock(&kernel_map.lock, state);
    return error == 0 ? top : 0;
}

bool kernel_map_is_guard(vaddr_t address)
{
    struct page_table table =
        page_table_current(); /* not kernel_map.table: a panic may come before it is set */
    struct page_mapping mapping;

    return address >= KERNEL_STACKS_BASE && address - KERNEL_STACKS_BASE < KERNEL_REGION_SIZE &&
           page_table_lookup(&table, address, &mapping) != 0;
}

volatile void *kernel_map_device(paddr_t base, size_t size_bytes, uint32_t caching)
{
    uint64_t physical_limit = 1ull << cpu_features.physical_address_bits;

    if (size_bytes == 0 || base >= physical_limit || size_bytes > physical_limit - base)
        return NULL;
    paddr_t first = page_round_down(base);
    size_t size_pages = (page_round_up(base + size_bytes) - first) / PAGE_SIZE;
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    vaddr_t start = kernel_map.devices_next;
    int error = -ENOMEM;

    if (size_pages <= (DEVICE_WINDOWS_BASE + KERNEL_REGION_SIZE - start) / PAGE_SIZE) {
        error = 0;
        for (size_t i = 0; i < size_pages && error == 0; i++)
            error = page_table_map(&kernel_map.table, start + i * PAGE_SIZE, first + i * PAGE_SIZE,
                                   MAP_READ | MAP_WRITE | caching);
        /* After a failure the pages stay mapped and their addresses unused: nothing is lost but them. */
        kernel_map.devices_next += size_pages * PAGE_SIZE;
    }
    spin_unlock(&kernel_map.lock, state);
    return error == 0 ? (volatile void *)(start + (base - first)) : NULL;
}

/* The bootloader's direct map holds exactly the regions that are RAM. */
static bool region_is_in_direct_map(const struct boot_memory_region *region)
{
    return region->type != MEMORY_MMIO && region->type != MEMORY_RESERVED;
}

/* True when [base, end) lies in regions of RAM without a gap. The map is sorted. */
static bool range_is_in_direct_map(paddr_t base, paddr_t end)
{
    for (size_t i = 0; i < kernel_map.map_count && base < end; i++) {
        const struct boot_memory_region *region = &kernel_map.map[i];
        paddr_t region_end = region->base + region->size_pages * PAGE_SIZE;
        if (region->base <= base && base < region_end && region_is_in_direct_map(region))
            base = region_end;
    }
    return base >= end;
}

const void *kernel_map_firmware_table(paddr_t base, size_t size_bytes)
{
    if (base == 0 || base + size_bytes < base)
        return NULL;
    if (range_is_in_direct_map(base, base + size_bytes))
        return direct_map(base);
    return (const void *)kernel_map_device(base, size_bytes, 0);
}
