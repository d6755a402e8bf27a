#include "fake_tlb.h"

#include "arch/x86_64/tlb.h"

struct fake_tlb fake_tlb;

void tlb_shootdown_kernel(vaddr_t start, size_t size_pages)
{
    fake_tlb.shootdowns++;
    fake_tlb.start = start;
    fake_tlb.size_pages = size_pages;
    if (fake_tlb.on_shootdown != NULL)
        fake_tlb.on_shootdown();
}

void tlb_shootdown_user(const struct page_table *table, uint64_t generation, const struct cpu_set *cpus,
                        vaddr_t start, size_t size_pages)
{
    (void)generation;
    if (fake_tlb.on_user_shootdown != NULL)
        fake_tlb.on_user_shootdown(table, cpus, start, size_pages);
}
