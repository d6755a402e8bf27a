#include "arch/x86_64/tlb.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/pcid.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "lib/cpu_set.h"

#define RANGE_PAGES_MAX 32 /* from here on to start anew is cheaper than one INVLPG a page */

struct tlb_range {
    const struct page_table *table; /* NULL: the kernel half, which is in all */
    uint64_t generation;            /* of the table's translations, from now on */
    vaddr_t start;
    size_t size_pages;
};

void tlb_flush_all(void)
{
    bool were_enabled = cpu_interrupts_save();
    uint64_t cr4 = cr4_read();

    /* Only a change of CR4.PGE drops global translations too; without them a reload does it all. */
    if ((cr4 & CR4_PGE) != 0) {
        cr4_write(cr4 & ~CR4_PGE);
        cr4_write(cr4);
    } else {
        cr3_write(cr3_read());
    }
    cpu_interrupts_restore(were_enabled);
}

void tlb_flush_range(vaddr_t start, size_t size_pages)
{
    if (size_pages > RANGE_PAGES_MAX) {
        tlb_flush_all();
        return;
    }
    for (size_t i = 0; i < size_pages; i++)
        tlb_flush_page(start + i * PAGE_SIZE);
}

static void tlb_flush_kernel_called(void *argument)
{
    const struct tlb_range *range = argument;

    tlb_flush_range(range->start, range->size_pages);
}

/* A CPU that has another table loaded by now forgot everything of this one when it loaded it, or will when
 * this one is loaded again. */
static void tlb_flush_user_called(void *argument)
{
    const struct tlb_range *range = argument;
    uint64_t cr3 = cr3_read();

    if ((cr3 & PTE_ADDRESS_MASK) != range->table->root)
        return;
    if (range->size_pages > RANGE_PAGES_MAX)
        cr3_write(cr3); /* all but what is global, and with PCIDs but what other slots have */
    else
        tlb_flush_range(range->start, range->size_pages);
    if (pcid_is_on)
        pcid_advance(&percpu_get()->pcids, range->table->tlb_id, range->generation);
}

void tlb_shootdown_kernel(vaddr_t start, size_t size_pages)
{
    struct tlb_range range = {NULL, 0, start, size_pages};
    struct cpu_set all = cpu_set_first(cpu_count_online());

    ipi_call(&all, tlb_flush_kernel_called, &range);
}

void tlb_shootdown_user(const struct page_table *table, uint64_t generation, const struct cpu_set *cpus,
                        vaddr_t start, size_t size_pages)
{
    struct tlb_range range = {table, generation, start, size_pages};

    ipi_call(cpus, tlb_flush_user_called, &range);
}
