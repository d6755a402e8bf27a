/* The shootdowns that the kernel's map asks for. */
#ifndef LINTEL_TESTS_FAKE_TLB_H
#define LINTEL_TESTS_FAKE_TLB_H

#include <stddef.h>

#include "mm/types.h"

struct fake_tlb {
    unsigned shootdowns; /* of the kernel half, so far */
    vaddr_t start;       /* of the last one */
    size_t size_pages;
    void (*on_shootdown)(void); /* called in each one; NULL: nothing is */
};

extern struct fake_tlb fake_tlb;

#endif
