/* Memory types: what a range of physical memory holds.
 *
 * Two numberings meet here. The firmware knows the EFI_MEMORY_TYPE numbers; those from 0x80000000
 * up belong to the OS loader (UEFI 2.10, section 7.2, EFI_MEMORY_TYPE) and the bootloader allocates
 * each thing it loads under one of them. The kernel is handed a map in the second numbering,
 * enum memory_type, which the bootloader makes from the firmware's map and from its own record of
 * what it allocated. */
#ifndef LINTEL_COMMON_MEMORY_TYPE_H
#define LINTEL_COMMON_MEMORY_TYPE_H

#include <stdint.h>

/* EFI_MEMORY_TYPE values that the bootloader passes to AllocatePages. */
#define EFI_TYPE_KERNEL_CODE 0x80000000u /* kernel text and rodata */
#define EFI_TYPE_KERNEL_DATA 0x80000001u /* kernel data and bss, page tables, boot info, initrd */
#define EFI_TYPE_KERNEL_STACK 0x80000002u
#define EFI_TYPE_USER_CODE 0x80000003u /* utask text and rodata */
#define EFI_TYPE_USER_DATA 0x80000004u /* utask data and bss */
#define EFI_TYPE_USER_STACK 0x80000005u

/* What the kernel's memory map says of a region. The order is also the precedence where the
 * firmware reports overlapping ranges: of two claims on a page, the higher number wins, so that
 * memory somebody has a claim on is never taken for free. */
enum memory_type {
    MEMORY_FREE = 0,               /* RAM that nobody uses */
    MEMORY_BOOTLOADER_RECLAIMABLE, /* firmware's boot services and the bootloader itself: free once
                                      the kernel has left the bootloader's code, stack and GDT */
    MEMORY_ACPI_RECLAIMABLE,       /* ACPI tables: free once parsed */
    MEMORY_KERNEL_CODE,
    MEMORY_KERNEL_DATA,
    MEMORY_KERNEL_STACK,
    MEMORY_USER_CODE,
    MEMORY_USER_DATA,
    MEMORY_USER_STACK,
    MEMORY_ACPI_NVS,         /* RAM that the firmware uses at run time: never touched */
    MEMORY_RUNTIME_SERVICES, /* UEFI runtime services' code and data */
    MEMORY_MMIO,             /* device registers, never RAM */
    MEMORY_RESERVED,         /* anything else: never touched */
    MEMORY_TYPE_COUNT
};

/* Name of a type as documents and log lines write it ("Free", "KernelCode", ...), "?" if unknown.
 * The string is static. */
static inline const char *memory_type_name(uint32_t type)
{
    static const char *const names[MEMORY_TYPE_COUNT] = {
        [MEMORY_FREE] = "Free",
        [MEMORY_BOOTLOADER_RECLAIMABLE] = "BootloaderReclaimable",
        [MEMORY_ACPI_RECLAIMABLE] = "AcpiReclaimable",
        [MEMORY_KERNEL_CODE] = "KernelCode",
        [MEMORY_KERNEL_DATA] = "KernelData",
        [MEMORY_KERNEL_STACK] = "KernelStack",
        [MEMORY_USER_CODE] = "UserCode",
        [MEMORY_USER_DATA] = "UserData",
        [MEMORY_USER_STACK] = "UserStack",
        [MEMORY_ACPI_NVS] = "AcpiNvs",
        [MEMORY_RUNTIME_SERVICES] = "RuntimeServices",
        [MEMORY_MMIO] = "Mmio",
        [MEMORY_RESERVED] = "Reserved",
    };
    return type < MEMORY_TYPE_COUNT ? names[type] : "?";
}

#endif
