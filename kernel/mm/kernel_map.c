/* Heap and device windows are filled from their start; their addresses are never reused. 512 GiB a region
 * last longer than any machine is up.
 *
 * The stacks' region, behind the boot stack, is cut into slots: a guard page and a stack each. Two bits say
 * what becomes of a slot:
 *
 *   taken  used
 *     0     0    nothing is mapped
 *     1     1    a stack that kernel_stack_create() has handed out
 *     1     0    a stack given back, still mapped; or one that was unmapped, but other CPUs may not know yet
 *
 * To unmap a stack takes an interrupt to all CPUs, much more than to make one. So stacks given back are
 * kept, the last one is handed out first since the caches still have it, and the oldest are unmapped many at
 * a time. Their frames and slots must not be used again before the other CPUs have forgotten the
 * translations. */
#include "mm/kernel_map.h"

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/tlb.h"
#include "core/panic.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "memory_type.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"

#define STACK_SIZE (KERNEL_STACK_PAGES * PAGE_SIZE)
#define SLOT_PAGES (1 + KERNEL_STACK_PAGES)
#define SLOT_SIZE (SLOT_PAGES * PAGE_SIZE)
#define SLOTS_BASE (KERNEL_STACKS_BASE + (1 + BOOT_STACK_PAGES) * PAGE_SIZE)
#define SLOT_WORDS (KERNEL_STACKS_MAX / 64)

_Static_assert(SLOTS_BASE + KERNEL_STACKS_MAX * SLOT_SIZE <= KERNEL_STACKS_BASE + KERNEL_REGION_SIZE,
               "the region holds all slots");

/* Locks: I = set by kernel_map_setup()   k = kernel_map.lock */
static struct {
    struct spinlock lock;
    const struct boot_memory_region *map; /* [I] */
    size_t map_count;                     /* [I] */
    struct page_table table;              /* [k] to change */
    vaddr_t heap_next;                    /* [k] first unused address of the region */
    vaddr_t devices_next;                 /* [k] */
} kernel_map = {
    .lock = SPINLOCK_INITIALIZER(LOCK_RANK_KERNEL_MAP),
    .heap_next = KERNEL_HEAP_BASE,
    .devices_next = DEVICE_WINDOWS_BASE,
};

/* Locks: k = kernel_map.lock */
static struct {
    uint64_t taken[SLOT_WORDS];            /* [k] bit a slot */
    uint64_t used[SLOT_WORDS];             /* [k] */
    unsigned first_word;                   /* [k] all words of `taken` before it are full */
    unsigned used_count;                   /* [k] */
    unsigned kept_count;                   /* [k] */
    uint16_t kept[KERNEL_STACKS_FREE_MAX]; /* [k] slots of the stacks given back, oldest first */
} stacks;

/* Stacks on their way out. */
struct stack_batch {
    unsigned count;
    uint16_t slots[KERNEL_STACKS_FREE_MAX];
    paddr_t frames; /* those that were mapped, linked */
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

static int kernel_map_page_locked(vaddr_t page)
{
    paddr_t frame;
    int error = frames_alloc_zeroed(&frame);

    if (error != 0)
        return error;
    error = page_table_map(&kernel_map.table, page, frame, MAP_READ | MAP_WRITE);
    if (error != 0)
        frames_free(frame, 0);
    return error;
}

/* Unmap pages and add their frames to *frames: a chain, 0 at its end, whose links lie in the frames. */
static void kernel_map_unmap_locked(vaddr_t start, size_t size_pages, paddr_t *frames)
{
    for (size_t i = 0; i < size_pages; i++) {
        vaddr_t page = start + i * PAGE_SIZE;
        paddr_t frame;
        if (page_table_unmap(&kernel_map.table, page, &frame) != 0)
            panic("kernel map: page 0x%lx is not mapped", page);
        *(paddr_t *)direct_map(frame) = *frames;
        *frames = frame;
    }
}

static void kernel_map_free_frames(paddr_t frames)
{
    while (frames != 0) {
        paddr_t next = *(paddr_t *)direct_map(frames);
        frames_free(frames, 0);
        frames = next;
    }
}

/* Map fresh frames at `start`; on failure what was mapped is given back. */
static int kernel_map_fill_locked(vaddr_t start, size_t size_pages)
{
    size_t mapped = 0;
    int error = 0;

    for (; mapped < size_pages; mapped++) {
        error = kernel_map_page_locked(start + mapped * PAGE_SIZE);
        if (error != 0)
            break;
    }
    if (error != 0 && mapped > 0) {
        paddr_t frames = 0;
        kernel_map_unmap_locked(start, mapped, &frames);
        tlb_shootdown_kernel(start, mapped); /* never touched, but a CPU may translate ahead of need */
        kernel_map_free_frames(frames);
    }
    return error;
}

void *kernel_map_alloc(size_t size_pages)
{
    if (alloc_failure_is_due())
        return NULL;
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

static vaddr_t slot_stack(unsigned slot)
{
    return SLOTS_BASE + slot * SLOT_SIZE + PAGE_SIZE;
}

static uint64_t slot_bit(unsigned slot)
{
    return 1ull << slot % 64;
}

/* The slot of a stack in use. */
static unsigned slot_of_locked(vaddr_t top)
{
    uint64_t end = top - SLOTS_BASE; /* of the slot */
    unsigned slot = (unsigned)(end / SLOT_SIZE) - 1;

    if (end % SLOT_SIZE != 0 || end / SLOT_SIZE - 1 >= KERNEL_STACKS_MAX ||
        (stacks.used[slot / 64] & slot_bit(slot)) == 0)
        panic("kernel map: no stack in use ends at 0x%lx", top);
    return slot;
}

static void slot_release_locked(unsigned slot)
{
    stacks.taken[slot / 64] &= ~slot_bit(slot);
    if (slot / 64 < stacks.first_word)
        stacks.first_word = slot / 64;
}

/* Map a stack in the lowest slot that is not taken, so that the region's page tables, which stay, are few. */
static int stack_map_locked(unsigned *ret_slot)
{
    while (stacks.first_word < SLOT_WORDS && stacks.taken[stacks.first_word] == UINT64_MAX)
        stacks.first_word++;
    if (stacks.first_word == SLOT_WORDS)
        return -ENOMEM;
    unsigned slot = stacks.first_word * 64 + (unsigned)__builtin_ctzll(~stacks.taken[stacks.first_word]);
    int error = kernel_map_fill_locked(slot_stack(slot), KERNEL_STACK_PAGES);
    if (error != 0)
        return error;
    stacks.taken[slot / 64] |= slot_bit(slot);
    *ret_slot = slot;
    return 0;
}

vaddr_t kernel_stack_create(void)
{
    if (alloc_failure_is_due())
        return 0;
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    unsigned slot;
    int error = 0;

    if (stacks.kept_count > 0)
        slot = stacks.kept[--stacks.kept_count];
    else
        error = stack_map_locked(&slot);
    if (error == 0) {
        stacks.used[slot / 64] |= slot_bit(slot);
        stacks.used_count++;
    }
    spin_unlock(&kernel_map.lock, state);
    return error == 0 ? slot_stack(slot) + STACK_SIZE : 0;
}

/* Unmap the `count` oldest stacks of those kept. */
static void stack_batch_take_locked(struct stack_batch *batch, unsigned count)
{
    batch->count = count;
    batch->frames = 0;
    memcpy(batch->slots, stacks.kept, count * sizeof(stacks.kept[0]));
    stacks.kept_count -= count;
    memmove(stacks.kept, stacks.kept + count, stacks.kept_count * sizeof(stacks.kept[0]));
    for (unsigned i = 0; i < count; i++)
        kernel_map_unmap_locked(slot_stack(batch->slots[i]), KERNEL_STACK_PAGES, &batch->frames);
}

/* Called without the lock: other CPUs need not wait for it while this one waits for them. */
static void stack_batch_release(const struct stack_batch *batch)
{
    unsigned lowest = UINT16_MAX, highest = 0;

    for (unsigned i = 0; i < batch->count; i++) {
        lowest = batch->slots[i] < lowest ? batch->slots[i] : lowest;
        highest = batch->slots[i] > highest ? batch->slots[i] : highest;
    }
    tlb_shootdown_kernel(slot_stack(lowest), (highest - lowest) * SLOT_PAGES + KERNEL_STACK_PAGES);
    kernel_map_free_frames(batch->frames);

    struct spinlock_state state = spin_lock(&kernel_map.lock);
    for (unsigned i = 0; i < batch->count; i++)
        slot_release_locked(batch->slots[i]);
    spin_unlock(&kernel_map.lock, state);
}

void kernel_stack_destroy(vaddr_t top)
{
    struct stack_batch batch;
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    unsigned slot = slot_of_locked(top);

    stacks.used[slot / 64] &= ~slot_bit(slot);
    stacks.used_count--;
    batch.count = 0;
    if (stacks.kept_count == KERNEL_STACKS_FREE_MAX)
        stack_batch_take_locked(&batch, KERNEL_STACKS_FREE_MAX / 2);
    stacks.kept[stacks.kept_count++] = (uint16_t)slot;
    spin_unlock(&kernel_map.lock, state);
    if (batch.count > 0)
        stack_batch_release(&batch);
}

void kernel_stacks_trim(void)
{
    struct stack_batch batch;
    struct spinlock_state state = spin_lock(&kernel_map.lock);

    stack_batch_take_locked(&batch, stacks.kept_count);
    spin_unlock(&kernel_map.lock, state);
    if (batch.count > 0)
        stack_batch_release(&batch);
}

unsigned kernel_stacks_in_use(void)
{
    struct spinlock_state state = spin_lock(&kernel_map.lock);
    unsigned count = stacks.used_count;

    spin_unlock(&kernel_map.lock, state);
    return count;
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
