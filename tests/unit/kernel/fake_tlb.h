/* The shootdowns that are asked for. */
#ifndef LINTEL_TESTS_FAKE_TLB_H
#define LINTEL_TESTS_FAKE_TLB_H

#include <stddef.h>

#include "mm/types.h"

struct cpu_set;
struct page_table;

struct fake_tlb {
    unsigned shootdowns; /* of the kernel half, so far */
    vaddr_t start;       /* of the last one */
    size_t size_pages;
    void (*on_shootdown)(void); /* called in each one; NULL: nothing is */
    /* Called in each one of a user half; NULL: nothing is. */
    void (*on_user_shootdown)(const struct page_table *table, const struct cpu_set *cpus, vaddr_t start,
                              size_t size_pages);
};

extern struct fake_tlb fake_tlb;

#endif
