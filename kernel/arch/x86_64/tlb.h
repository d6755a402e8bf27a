/* Translation caches of this CPU (Intel SDM volume 3, section 4.10.4). Context: any. */
#ifndef LINTEL_ARCH_TLB_H
#define LINTEL_ARCH_TLB_H

#include <stdint.h>

/* Forget the translation of the page at `address`, global ones and the paging-structure caches included. */
static inline void tlb_flush_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

#endif
