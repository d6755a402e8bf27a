#include "fake_space.h"

#include "abi/errno.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/table_pool.h"
#include "boot_info.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_tlb.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "test.h"

#define TLB_SIZE 4096 /* of all CPUs together */
#define CPUS 2

struct translation {
    unsigned cpu;
    paddr_t root;
    vaddr_t page;
    paddr_t frame;
    bool is_writable;
};

static struct translation tlb[TLB_SIZE];
static unsigned tlb_count;
static struct boot_info boot;
static int64_t frames_at_start;

static int64_t frames_available(void)
{
    object_cache_trim_all();
    table_pool_trim();
    struct frames_stats stats = frames_get_stats();
    return (int64_t)(stats.free + stats.overhead + frame_refs_overhead());
}

static void shoot_down(const struct page_table *table, const struct cpu_set *cpus, vaddr_t start,
                       size_t size_pages)
{
    for (unsigned i = 0; i < tlb_count;) {
        if (cpu_set_has(cpus, tlb[i].cpu) && tlb[i].root == table->root &&
            tlb[i].page - start < size_pages * PAGE_SIZE)
            tlb[i] = tlb[--tlb_count];
        else
            i++;
    }
}

void fake_space_start(void)
{
    struct page_table table = {0};

    table_pool_trim(); /* what lies in the memory of the test before */
    fake_memory_start(64 * MIB);
    assert_int_equal(frames_alloc_zeroed(&table.root), 0);
    assert_int_equal(frames_alloc_zeroed(&boot.memory_map_physical), 0); /* an empty map */
    fake_cpu.cr3 = table.root;
    assert_int_equal(kernel_map_setup(&boot), 0);
    assert_int_equal(addr_space_setup(), 0);
    fake_tlb.on_user_shootdown = shoot_down;
    tlb_count = 0;
    frames_at_start = frames_available();
}

int64_t fake_space_frames_used(void)
{
    return frames_at_start - frames_available();
}

/* A translation that permits the access. */
static struct translation *tlb_find(unsigned cpu, const struct addr_space *space, vaddr_t page,
                                    uint32_t access)
{
    for (unsigned i = 0; i < tlb_count; i++) {
        if (tlb[i].cpu == cpu && tlb[i].root == space->table.root && tlb[i].page == page &&
            (access != MAP_WRITE || tlb[i].is_writable))
            return &tlb[i];
    }
    return NULL;
}

/* What the CPU does without a translation. */
static struct translation *tlb_fill(unsigned cpu, const struct addr_space *space, vaddr_t page,
                                    uint32_t access)
{
    struct page_mapping mapping;

    if (page_table_lookup(&space->table, page, &mapping) != 0 || (mapping.protection & MAP_USER) == 0 ||
        (access != MAP_READ && (mapping.protection & access) == 0))
        return NULL;
    for (unsigned i = 0; i < tlb_count; i++) { /* a fault drops the old one */
        if (tlb[i].cpu == cpu && tlb[i].root == space->table.root && tlb[i].page == page)
            tlb[i--] = tlb[--tlb_count];
    }
    assert_true(tlb_count < TLB_SIZE);
    tlb[tlb_count] = (struct translation){cpu, space->table.root, page, mapping.address,
                                          (mapping.protection & MAP_WRITE) != 0};
    return &tlb[tlb_count++];
}

int fake_space_access(struct addr_space *space, vaddr_t page, uint32_t access, uint64_t *value)
{
    unsigned cpu = (unsigned)random_below(CPUS);
    struct translation *found = access == MAP_EXECUTE ? NULL : tlb_find(cpu, space, page, access);

    addr_space_cpu_enter(space, cpu);
    if (found == NULL)
        found = tlb_fill(cpu, space, page, access);
    if (found == NULL) {
        int error = addr_space_fault(space, page + 8, access);
        if (error != 0)
            return error;
        found = tlb_fill(cpu, space, page, access);
    }
    assert_non_null(found); /* else the program would fault for ever */
    uint64_t *word = direct_map(found->frame);
    if (access == MAP_WRITE)
        *word = *value;
    else
        *value = *word;
    return 0;
}

void fake_space_check_tlb(void)
{
    struct page_mapping mapping;

    for (unsigned i = 0; i < tlb_count; i++) {
        const struct page_table table = {.root = tlb[i].root};
        assert_int_equal(page_table_lookup(&table, tlb[i].page, &mapping), 0);
        assert_int_equal(mapping.address, tlb[i].frame);
        assert_true(!tlb[i].is_writable || (mapping.protection & MAP_WRITE) != 0);
    }
}

void fake_space_forget(const struct addr_space *space)
{
    for (unsigned i = 0; i < tlb_count;) {
        if (tlb[i].root == space->table.root)
            tlb[i] = tlb[--tlb_count];
        else
            i++;
    }
}

/* Linked with --wrap=frames_free: a frame that a CPU can reach still must not be freed. */
void __real_frames_free(paddr_t block, unsigned order);
void __wrap_frames_free(paddr_t block, unsigned order);

void __wrap_frames_free(paddr_t block, unsigned order)
{
    for (unsigned i = 0; i < tlb_count; i++)
        assert_true(tlb[i].frame - block >= PAGE_SIZE << order);
    if (order == 0)
        memset(direct_map(block), 0xa5, PAGE_SIZE); /* whoever looks at it sees it */
    __real_frames_free(block, order);
}

void ipi_call(const struct cpu_set *cpus, void (*function)(void *argument), void *argument)
{
    assert_true(cpu_set_has(cpus, 0));
    function(argument);
}
