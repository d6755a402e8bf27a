/* The page attribute table (PAT): what the three caching bits of a page-table entry mean.
 * Source: Intel SDM volume 3, section 12.12. Write-combining by the PAT holds whatever type the MTRRs give
 * the memory (table 12-7), so that they need not be looked at. */
#ifndef LINTEL_ARCH_PAT_H
#define LINTEL_ARCH_PAT_H

/* PAT entries that page_table.c selects. 0 to 3 keep their meaning from reset, so that page tables
 * made without knowledge of the PAT mean the same. */
#define PAT_INDEX_WRITE_BACK 0
#define PAT_INDEX_UNCACHED 3
#define PAT_INDEX_WRITE_COMBINING 4

/* Load the PAT of this CPU, if it has one. From here on the bootloader's mapping of the framebuffer, which
 * selects entry 4, is write-combining. Context: early boot, interrupts disabled, the framebuffer not written
 * to yet. */
void pat_setup(void);

#endif
