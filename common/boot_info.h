/* Boot info: what the bootloader hands to the kernel.
 *
 * The kernel is entered at its image's entry point in 64-bit mode with
 *   RDI   virtual address (in the direct map) of struct boot_info
 *   RSP   top of the boot stack, 16-byte aligned; a page that is not mapped lies below the stack
 *   IF=0, DF=0; paging with 4 levels; CR0.WP, EFER.NXE, EFER.SCE set; CR4.PGE, PCIDE and CET clear
 *   CR3   page tables that map what boot_info.mappings lists and, in the lower half, nothing but
 *         the page of the hand-over code (identity-mapped), which the kernel drops
 * All other registers are undefined, and so are GDT, IDT and TSS: the kernel loads its own.
 *
 * Addresses named *_physical are physical; to read what lies there, add direct_map_base. Everything
 * that boot info points to is memory of type KernelData (the framebuffer and the firmware's tables
 * excepted) and belongs to the kernel for good.
 * Fields are naturally aligned and little-endian. Reserved fields are 0. */
#ifndef LINTEL_COMMON_BOOT_INFO_H
#define LINTEL_COMMON_BOOT_INFO_H

#include <stddef.h>
#include <stdint.h>

#define BOOT_INFO_MAGIC 0x4f464e494c544e4cull /* "LNTLINFO" */
#define BOOT_INFO_VERSION 2

/* The kernel half of the virtual address space (the same in every address space).
 *
 *   PML4 entry   from                  size      what
 *   256..383     0xffff800000000000    64 TiB    direct map of physical memory
 *   384          0xffffc00000000000    512 GiB   kernel heap
 *   385          0xffffc08000000000    512 GiB   kernel stacks, each above an unmapped guard page
 *   386          0xffffc10000000000    512 GiB   device windows
 *   511          0xffffffff80000000    2 GiB     kernel image, slid by KASLR by less than 1 GiB
 */
#define DIRECT_MAP_BASE 0xffff800000000000ull
#define DIRECT_MAP_SIZE 0x0000400000000000ull
#define KERNEL_HEAP_BASE 0xffffc00000000000ull
#define KERNEL_STACKS_BASE 0xffffc08000000000ull
#define DEVICE_WINDOWS_BASE 0xffffc10000000000ull
#define KERNEL_REGION_SIZE 0x0000008000000000ull /* of heap, stacks and device windows each */
#define KERNEL_IMAGE_WINDOW 0xffffffff80000000ull
#define KERNEL_SLIDE_LIMIT 0x40000000ull /* the slide is a multiple of 4 KiB below this */

/* The boot stack lies in the first slot of the kernel stacks' region: one guard page, then this. */
#define BOOT_STACK_PAGES 8

/* The user half: 0 .. USER_END. Page 0 is never mapped, nor is the last page below 2^47, so that no
 * SYSCALL instruction can lie where the address of the next instruction is non-canonical. */
#define USER_END 0x00007ffffffff000ull
#define USER_STACK_TOP 0x00007fffffffe000ull
#define USER_STACK_PAGES 32 /* of utask, below USER_STACK_TOP; the page below stays unmapped */

/* One region of physical memory. In boot_info.memory_map regions are sorted by base, do not
 * overlap, and no two that touch are of the same type, Reserved excepted. */
struct boot_memory_region {
    uint64_t base;       /* physical, page-aligned */
    uint64_t size_pages; /* of 4 KiB, > 0 */
    uint32_t type;       /* enum memory_type */
    uint32_t reserved;
};

#define BOOT_PROT_READ 1u
#define BOOT_PROT_WRITE 2u
#define BOOT_PROT_EXECUTE 4u

/* One virtual range that the bootloader mapped in the kernel half. */
struct boot_mapping {
    uint64_t virtual_base;  /* page-aligned */
    uint64_t physical_base; /* page-aligned */
    uint64_t size_pages;    /* of 4 KiB, > 0 */
    uint32_t protection;    /* BOOT_PROT_*; never WRITE and EXECUTE together */
    uint32_t type;          /* enum memory_type; MEMORY_FREE for the direct map */
};

/* An image in memory: its code pages (text and rodata) and its data pages (data and bss) are
 * physically contiguous each, and follow each other in virtual memory. */
struct boot_image {
    uint64_t virtual_base;  /* where byte 0 of the image is to be seen: the link address plus slide */
    uint64_t entry;         /* virtual address of the first instruction */
    uint64_t code_physical; /* text, then rodata */
    uint64_t text_pages;    /* read, execute */
    uint64_t rodata_pages;  /* read; may be 0 */
    uint64_t data_physical; /* data, then bss; 0 if data_pages is 0 */
    uint64_t data_pages;    /* read, write; may be 0 */
};

/* A linear framebuffer of 32 bits a pixel; width is 0 if the machine has none. It is mapped, read and write,
 * with PAT entry 4 selected: until the kernel makes that write-combining, it has the value at reset,
 * write-back, and the MTRRs keep the framebuffer uncached. */
struct boot_framebuffer {
    uint64_t physical_base; /* page-aligned or not, as firmware says */
    uint64_t virtual_base;  /* in the region of device windows */
    uint64_t size_bytes;
    uint32_t width;           /* in pixels */
    uint32_t height;          /* in pixels */
    uint32_t pixels_per_line; /* >= width */
    uint32_t red_mask;        /* each mask is one run of bits of a pixel; they do not overlap */
    uint32_t green_mask;
    uint32_t blue_mask;
};

struct boot_info {
    uint64_t magic;      /* BOOT_INFO_MAGIC */
    uint32_t version;    /* BOOT_INFO_VERSION */
    uint32_t size_bytes; /* of this structure */

    uint64_t memory_map_physical; /* -> struct boot_memory_region[memory_map_count] */
    uint64_t memory_map_count;
    uint64_t mappings_physical; /* -> struct boot_mapping[mappings_count], sorted by virtual_base */
    uint64_t mappings_count;

    uint64_t direct_map_base;     /* DIRECT_MAP_BASE; physical 0 is seen here. All RAM is mapped,
                                     read and write, kernel code read-only; holes and MMIO are not */
    uint64_t physical_end;        /* end of the highest RAM, page-aligned */
    uint64_t page_table_physical; /* the PML4 */
    uint64_t boot_stack_top;      /* virtual; BOOT_STACK_PAGES pages below it */
    uint64_t boot_stack_physical; /* lowest page */

    struct boot_image kernel;
    struct boot_image user;       /* utask; not mapped yet. All 0 if utask is an ELF file */
    uint64_t utask_file_physical; /* that file as it is, at a page's start; 0 if utask is a flat image */
    uint64_t utask_file_size_bytes;
    uint64_t user_stack_physical; /* USER_STACK_PAGES pages, zeroed, not mapped yet */

    uint64_t initrd_physical; /* page-aligned; 0 if there is none */
    uint64_t initrd_size_bytes;
    uint64_t command_line_physical; /* ASCII, NUL-terminated; never 0 */
    uint64_t command_line_length;   /* without the NUL */

    struct boot_framebuffer framebuffer;

    uint64_t rsdp_physical;             /* ACPI 2.0 RSDP, else ACPI 1.0; 0 if the firmware has none */
    uint64_t efi_system_table_physical; /* for the runtime services, to be called identity-mapped */
    uint64_t wall_clock_seconds;        /* UTC since 1970 when wall_clock_tsc was read; 0 unknown */
    uint64_t wall_clock_tsc;
    uint64_t tsc_hz;         /* measured by the bootloader against the firmware's Stall(), for a kernel
                                that finds no better source; 0 if not measured */
    uint8_t random_seed[32]; /* mixed from every source the machine has; use once, then erase */
    uint32_t random_sources; /* BOOT_RANDOM_* of the sources that went in */
    uint32_t reserved;

    /* Time-stamp counter at each step of the boot. */
    uint64_t tsc_loader_entry;       /* first statement of the bootloader */
    uint64_t tsc_images_loaded;      /* all files are in memory */
    uint64_t tsc_exit_boot_services; /* ExitBootServices has returned */
};

#define BOOT_RANDOM_EFI_RNG 1u /* EFI_RNG_PROTOCOL */
#define BOOT_RANDOM_CPU 2u     /* RDSEED or RDRAND */
#define BOOT_RANDOM_JITTER 4u  /* TSC jitter: always */

_Static_assert(sizeof(struct boot_memory_region) == 24, "boot info layout");
_Static_assert(sizeof(struct boot_mapping) == 32, "boot info layout");
_Static_assert(sizeof(struct boot_image) == 56, "boot info layout");
_Static_assert(sizeof(struct boot_framebuffer) == 48, "boot info layout");
_Static_assert(offsetof(struct boot_info, memory_map_physical) == 16, "boot info layout");
_Static_assert(offsetof(struct boot_info, direct_map_base) == 48, "boot info layout");
_Static_assert(offsetof(struct boot_info, kernel) == 88, "boot info layout");
_Static_assert(offsetof(struct boot_info, user) == 144, "boot info layout");
_Static_assert(offsetof(struct boot_info, utask_file_physical) == 200, "boot info layout");
_Static_assert(offsetof(struct boot_info, initrd_physical) == 224, "boot info layout");
_Static_assert(offsetof(struct boot_info, framebuffer) == 256, "boot info layout");
_Static_assert(offsetof(struct boot_info, rsdp_physical) == 304, "boot info layout");
_Static_assert(offsetof(struct boot_info, random_seed) == 344, "boot info layout");
_Static_assert(offsetof(struct boot_info, tsc_loader_entry) == 384, "boot info layout");
_Static_assert(sizeof(struct boot_info) == 408, "boot info layout");

#endif
