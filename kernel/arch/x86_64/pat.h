/* Memory types of mappings: the page attribute table (PAT) and what the MTRRs say.
 * Source: Intel SDM volume 3, sections 12.11 (MTRRs) and 12.12 (PAT). */
#ifndef LINTEL_ARCH_PAT_H
#define LINTEL_ARCH_PAT_H

#include <stdint.h>

/* PAT entries that page_table.c selects. 0 to 3 keep their meaning from reset, so that page tables
 * made without knowledge of the PAT mean the same. */
#define PAT_INDEX_WRITE_BACK 0
#define PAT_INDEX_UNCACHED 3
#define PAT_INDEX_WRITE_COMBINING 4

/* MTRR memory types. */
#define MTRR_TYPE_UC 0
#define MTRR_TYPE_WC 1
#define MTRR_TYPE_WT 4
#define MTRR_TYPE_WP 5
#define MTRR_TYPE_WB 6
#define MTRR_TYPE_MIXED 0xff /* the range is covered by more than one type */

/* Load the PAT of this CPU, if it has one.
 * Context: early boot, interrupts disabled, no write-combining mapping in use. */
void pat_setup(void);

/* Memory type that the variable-range MTRRs and the default give to the physical range
 * [base, base + size), above 1 MiB. Without MTRRs: MTRR_TYPE_UC. */
uint8_t mtrr_type(uint64_t base, uint64_t size);

#endif
