/* Process-context identifiers (PCIDs; Intel SDM volume 3, section 4.10.1): what a CPU has cached of a table
 * stays when it loads another one, and is good again when the first comes back. Each CPU has a few slots, a
 * PCID each; a slot knows whose translations it has, and of which generation. Whoever changes a table where
 * CPUs may have the old entry makes a new generation of it (tlb_outdate()) and calls only those CPUs that
 * have the table loaded now. The others find an old generation in their slot when they load it, and forget
 * what the slot has. docs/hazards/pcid.md
 *
 * The kernel's own table, and the firmware's, have PCID 0, and are always loaded with all forgotten. */
#ifndef LINTEL_ARCH_PCID_H
#define LINTEL_ARCH_PCID_H

#include <stdbool.h>
#include <stdint.h>

struct page_table;

#define PCID_SLOTS 6

/* Of one CPU, which alone touches them, with interrupts disabled. Slot i has PCID i + 1. */
struct pcid_slots {
    struct {
        uint64_t table_id; /* page_table.tlb_id; 0: free */
        uint64_t generation;
    } slots[PCID_SLOTS];
    unsigned next; /* to be given to a table that has none */
};

/* The slot for a table, given to it if it has none. Returns what is to be or'ed to the table's address in
 * CR3: the PCID, and CR3_KEEP if the slot has nothing but translations of that generation. */
uint64_t pcid_take(struct pcid_slots *slots, uint64_t table_id, uint64_t generation);

/* The translations that became old with `generation` have been forgotten: if the table's slot has those of
 * the one before, it has those of this one now. */
void pcid_advance(struct pcid_slots *slots, uint64_t table_id, uint64_t generation);

/* Whether PCIDs are in use. [I] after early boot. */
extern bool pcid_is_on;

/* Use them from now on, on this CPU, if it has them and `pcid=off` does not stand on the command line.
 * Context: early boot, once, interrupts disabled, the kernel's table loaded. */
void pcid_setup(void);

/* The same on a further CPU, before it loads any table but the kernel's. */
void pcid_setup_cpu(void);

/* Load a program's table where PCIDs are in use: tlb_load_user() calls it. */
void pcid_load(const struct page_table *table);

#endif
