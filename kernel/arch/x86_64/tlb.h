/* Translation caches (Intel SDM volume 3, section 4.10.4): of this CPU, and of others by shootdown.
 *
 * A page's frame may be given to somebody else only after its translation was unmapped or narrowed in the
 * table AND the shootdown has returned. */
#ifndef LINTEL_ARCH_TLB_H
#define LINTEL_ARCH_TLB_H

#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

struct cpu_set;
struct page_table;

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

/* The same for a range of the user half in one address space, on the CPUs of the set: those which may have
 * its table loaded. A CPU is added to that set before it loads the table, and removed only when it has loaded
 * another. */
void tlb_shootdown_user(const struct page_table *table, const struct cpu_set *cpus, vaddr_t start,
                        size_t size_pages);

#endif
