/* Bits of the 4-level page-table entries (Intel SDM volume 3, section 4.5, tables 4-15 to 4-20).
 * Used by the bootloader, which builds the first tables, and by the kernel's arch layer. */
#ifndef LINTEL_COMMON_X86_64_PAGING_H
#define LINTEL_COMMON_X86_64_PAGING_H

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ull
#define PAGE_MASK (PAGE_SIZE - 1)
#define PAGE_SIZE_2M 0x200000ull
#define PAGE_SIZE_1G 0x40000000ull

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE (1ull << 1)
#define PTE_USER (1ull << 2)
#define PTE_PWT (1ull << 3) /* bit 0 of the PAT index */
#define PTE_PCD (1ull << 4) /* bit 1 of the PAT index */
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY (1ull << 6)
#define PTE_PAT (1ull << 7)   /* bit 2 of the PAT index, in an entry that maps a 4 KiB page */
#define PTE_LARGE (1ull << 7) /* this entry maps a page of 2 MiB (PDE) or 1 GiB (PDPTE) */
#define PTE_GLOBAL (1ull << 8)
#define PTE_PAT_LARGE (1ull << 12) /* bit 2 of the PAT index, in an entry that maps a large page */
#define PTE_IGNORED_SHIFT 52 /* bits 52 to 62 of an entry that points to a table mean nothing to the CPU */
#define PTE_NX (1ull << 63)
#define PTE_ADDRESS_MASK 0x000ffffffffff000ull

#define PAGE_TABLE_ENTRIES 512
#define PML4_SHIFT 39
#define PDPT_SHIFT 30
#define PD_SHIFT 21
#define PT_SHIFT 12
#define PML4_KERNEL_HALF 256 /* first entry of the kernel half */

#endif
