/* A firmware made of C: the tables that the bootloader calls, with memory, files and a screen behind them,
 * and a knob for each way in which real firmware disappoints. It counts what is taken and not given back.
 *
 * Its memory lies at a fixed address below 2^46, where the bootloader accepts it as physical, and is poisoned
 * for AddressSanitizer while it is not allocated. */
#ifndef LINTEL_TESTS_UNIT_BOOTLOADER_MOCK_EFI_H
#define LINTEL_TESTS_UNIT_BOOTLOADER_MOCK_EFI_H

#include <efi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOCK_MEMORY_BASE 0x200000000000ull
#define MOCK_MEMORY_PAGES 8192
#define MOCK_FILES_MAX 8
#define MOCK_OUTPUTS_MAX 3
#define MOCK_IMAGE_BASE 0x7e000000

/* Fail the calls number first .. first + count - 1 of a service, counted from 0. */
struct mock_failure {
    unsigned first, count;
    unsigned calls; /* so far */
};

struct mock_file {
    const char *path;
    const void *data;
    uint64_t size;
    bool is_folder;
    uint64_t reported_size; /* what GetInfo says, if not 0 */
};

struct mock_output {
    EFI_GRAPHICS_OUTPUT_PROTOCOL protocol;
    EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
    EFI_GRAPHICS_OUTPUT_MODE_INFORMATION current;
    EFI_GRAPHICS_OUTPUT_MODE_INFORMATION modes[4];
    bool set_mode_fails;
    unsigned set_mode_calls;
};

struct mock_efi {
    EFI_SYSTEM_TABLE system;

    /* memory */
    struct mock_failure pages, pool;
    bool refuses_os_types;
    bool forgets_os_types; /* allocates, but reports LoaderData */
    size_t descriptor_size;
    unsigned extra_entries;  /* in the map: holes and devices above the memory */
    unsigned map_fails_from; /* GetMemoryMap fails from that call on; 0 never */
    unsigned map_calls;

    /* leaving boot services */
    unsigned stale_keys; /* so many calls of ExitBootServices say that the map has changed */
    unsigned exit_calls;
    unsigned calls_after_exit; /* of services that may not be called any more */

    /* files */
    struct mock_file files[MOCK_FILES_MAX];
    bool has_no_file_system;
    uint64_t read_limit;    /* bytes a call at most; 0 no limit */
    uint64_t read_fails_at; /* a read that covers this byte of a file fails; UINT64_MAX never */
    uint64_t read_ends_at;  /* files seem to end here; UINT64_MAX at their size */
    bool open_fails;
    bool changes_between_reads; /* the second read from a file's start differs in one byte */

    /* devices */
    struct mock_output outputs[MOCK_OUTPUTS_MAX]; /* output 0 is the console's handle */
    unsigned output_count;
    bool has_rng, rng_fails, has_no_clock, has_no_console;
    EFI_TIME time;
    unsigned keys_waiting;    /* typed before the message */
    unsigned key_after_polls; /* a key is pressed at that many polls after the waiting ones; 0 never */
    uint64_t stalled_us;
    bool watchdog_is_off;

    /* what is not given back */
    uint64_t allocated_pages;
    unsigned allocated_pools, open_files;

    char text[65536]; /* what was printed */
    size_t text_length;
};

extern struct mock_efi mock_efi;

/* The bootloader's own handle. */
extern EFI_HANDLE mock_efi_image;

/* A machine with a screen, an ACPI table, a random number generator, a clock and no files. */
void mock_efi_init(void);

/* The EFI_MEMORY_TYPE of a page as the firmware's map gives it. */
uint32_t mock_efi_page_type(uint64_t physical);

/* Start over with no ACPI table, or with the old one alone. */
void mock_efi_remove_acpi(bool keep_old);

#endif
