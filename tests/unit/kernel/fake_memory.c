#include "fake_memory.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "abi/errno.h"
#include "mm/frames.h"
#include "test.h"

#define CHUNK_PAGES (GIB / PAGE_SIZE)

static char *memory;
static uint64_t memory_size;
static uint64_t allocations_left = UINT64_MAX;
struct boot_memory_region fake_memory_map[1];

static bool region_is_ram(const struct boot_memory_region *region)
{
    return region->type != MEMORY_MMIO && region->type != MEMORY_RESERVED;
}

vaddr_t fake_memory_create(const struct boot_memory_region *map, size_t count)
{
    if (memory != NULL)
        munmap(memory, memory_size);
    memory_size = count == 0 ? PAGE_SIZE : map[count - 1].base + map[count - 1].size_pages * PAGE_SIZE;
    memory = mmap(NULL, memory_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    /* A page touched is to count as one page. */
    assert_int_equal(madvise(memory, memory_size, MADV_NOHUGEPAGE), 0);
    for (size_t i = 0; i < count; i++) {
        if (region_is_ram(&map[i]))
            assert_int_equal(
                mprotect(memory + map[i].base, map[i].size_pages * PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
    }
    allocations_left = UINT64_MAX;
    return (vaddr_t)memory;
}

void fake_memory_start(paddr_t end)
{
    fake_memory_map[0] = (struct boot_memory_region)REGION(MIB, end, MEMORY_FREE);
    assert_int_equal(frames_init(fake_memory_map, 1, fake_memory_create(fake_memory_map, 1)), 0);
}

uint64_t fake_memory_touched_frames(void)
{
    static unsigned char is_resident[CHUNK_PAGES];
    uint64_t touched = 0;

    for (uint64_t at = 0; at < memory_size; at += GIB) {
        uint64_t size = memory_size - at < GIB ? memory_size - at : GIB;
        assert_int_equal(mincore(memory + at, size, is_resident), 0);
        for (uint64_t i = 0; i < size / PAGE_SIZE; i++)
            touched += is_resident[i] & 1;
    }
    return touched;
}

void fake_memory_fail_after(uint64_t count)
{
    allocations_left = count;
}

int __real_frames_alloc_zeroed(paddr_t *ret_frame);
int __wrap_frames_alloc_zeroed(paddr_t *ret_frame);

int __wrap_frames_alloc_zeroed(paddr_t *ret_frame)
{
    if (allocations_left == 0)
        return -ENOMEM;
    allocations_left--;
    return __real_frames_alloc_zeroed(ret_frame);
}
