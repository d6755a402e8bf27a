/* Translation caches (Intel SDM volume 3, section 4.10.4): of this CPU, and of others by shootdown.
 *
 * A page's frame may be given to somebody else only after its translation was unmapped or narrowed in the
 * table AND the shootdown has returned. */
#ifndef LINTEL_ARCH_TLB_H
#define LINTEL_ARCH_TLB_H

#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "arch/x86_64/pcid.h"
#include "mm/types.h"

struct cpu_set;

/* Forget, on this CPU, the translation of the page at `address`, global ones and the paging-structure caches
 * included. Context: any. */
static inline void tlb_flush_page(vaddr_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* The same for size_pages pages from `start` on, and for all pages. */
void tlb_flush_range(vaddr_t start, size_t size_pages);
void tlb_flush_all(void);

/* Forget the translations of a range of the kernel half on all online CPUs; returns when all have.
 * Context: any but NMI and a function called by ipi_call(); locks may be held.  Sleeps: no. */
void tlb_shootdown_kernel(vaddr_t start, size_t size_pages);

/* Entries of a program's table have been unmapped or narrowed: what any CPU may have cached of the table from
 * now on belongs to another generation, whose number is returned. To be called after the change and before
 * the set of CPUs that have the table loaded is read: those that load it later forget the old generation by
 * themselves. A full memory barrier. Context: any. */
static inline uint64_t tlb_outdate(struct page_table *table)
{
    return atomic_fetch_add(&table->tlb_generation, 1) + 1;
}

/* Load a program's table on this CPU, which is in the set of CPUs that are called when the table changes:
 * nothing old is cached of it then. Context: interrupts disabled. */
static inline void tlb_load_user(const struct page_table *table)
{
    if (__builtin_expect(pcid_is_on, 0))
        pcid_load(table);
    else
        __asm__ volatile("mov %0, %%cr3" : : "r"(table->root) : "memory");
}

/* The same as for the kernel half, for a range of the user half in one address space that tlb_outdate() has
 * been called for, on the CPUs of the set: those which may have its table loaded. A CPU is added to that set
 * before it loads the table, and removed only when it has loaded another. */
void tlb_shootdown_user(const struct page_table *table, uint64_t generation, const struct cpu_set *cpus,
                        vaddr_t start, size_t size_pages);

#endif
