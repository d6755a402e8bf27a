/* The bootloader, from the firmware's call to the kernel's first instruction: the list loader_steps is the
 * story, the functions above it are its sentences. */
#include "main.h"

#include "abi/errno.h"
#include "acpi.h"
#include "boot_info.h"
#include "boot_services.h"
#include "clock.h"
#include "config.h"
#include "config_file.h"
#include "console.h"
#include "cpu.h"
#include "cpu_check.h"
#include "debugger.h"
#include "file.h"
#include "firmware.h"
#include "graphics.h"
#include "handoff.h"
#include "image_load.h"
#include "kernel_map.h"
#include "lib/format.h"
#include "lib/string.h"
#include "memory.h"
#include "memory_type.h"
#include "random.h"
#include "x86_64/paging.h"

#define TSC_STALL_US 5000

static struct loader {
    struct boot_config config;
    struct cpu_features cpu;
    struct volume volume;
    struct random_pool random;
    struct loaded_image kernel;
    struct loaded_image user;
    struct firmware_map map;
    struct boot_info *info; /* at its physical address */
    uint64_t tsc_entry;
} loader;

/* Boot info and, behind it, the command line: one page. */
#define BOOT_INFO_COMMAND_LINE sizeof(struct boot_info)
_Static_assert(BOOT_INFO_COMMAND_LINE + CONFIG_COMMAND_LINE_MAX + 1 <= PAGE_SIZE,
               "boot info and command line fit");

static int loader_check_cpu(struct error *error)
{
    int result = cpu_check(&loader.cpu, error);

    memory_init(result == 0 ? loader.cpu.physical_limit : 0);
    return result;
}

static int loader_open_volume(struct error *error)
{
    return volume_open(&loader.volume, error);
}

static int loader_read_config(struct error *error)
{
    return config_file_read(&loader.volume, &loader.config, error);
}

static int loader_wait_for_debugger(struct error *error)
{
    EFI_LOADED_IMAGE *loaded = firmware_loaded_image();

    (void)error;
    if (loader.config.wait_for_debugger && loaded != NULL) {
        console_print("lintel: waiting for a debugger; image base 0x%" PRIx64 "\n",
                      (uint64_t)loaded->ImageBase);
        debugger_spin((uint64_t)loaded->ImageBase);
    }
    return 0;
}

static int loader_make_boot_info(struct error *error)
{
    uint64_t page = memory_allocate(1, EFI_TYPE_KERNEL_DATA);

    if (page == 0)
        return error_set(error, -ENOMEM, "boot info", "out of memory");
    loader.info = (struct boot_info *)page;
    loader.info->magic = BOOT_INFO_MAGIC;
    loader.info->version = BOOT_INFO_VERSION;
    loader.info->size_bytes = sizeof(*loader.info);
    loader.info->direct_map_base = DIRECT_MAP_BASE;
    loader.info->efi_system_table_physical = (uint64_t)efi_system;
    loader.info->tsc_loader_entry = loader.tsc_entry;
    loader.info->command_line_physical = page + BOOT_INFO_COMMAND_LINE;
    loader.info->command_line_length = strlcpy((char *)page + BOOT_INFO_COMMAND_LINE,
                                               loader.config.command_line, CONFIG_COMMAND_LINE_MAX + 1);
    return 0;
}

static int loader_gather_random(struct error *error)
{
    (void)error;
    random_gather(&loader.random);
    random_derive(&loader.random, "kernel seed", loader.info->random_seed);
    loader.info->random_sources = loader.random.sources;
    return 0;
}

static int loader_load_kernel(struct error *error)
{
    uint64_t slide = random_kernel_slide(&loader.random);
    int result = image_load(&loader.volume, loader.config.kernel, IMAGE_KIND_KERNEL, &loader.kernel, error);

    memset(&loader.random, 0, sizeof(loader.random)); /* it could tell the seed and the slide */
    if (config_command_line_has(&loader.config, "kaslr=off") || loader.kernel.header.relocs_size == 0)
        slide = 0;
    if (result == 0)
        result = image_slide(&loader.kernel, slide, error);
    if (result < 0)
        return result;
    loader.info->kernel = image_describe(&loader.kernel);
    console_print("lintel: kernel %s: %" PRIu64 " KiB at 0x%" PRIx64 " slide 0x%" PRIx64 "\n",
                  loader.config.kernel, loader.kernel.header.data_end / 1024, loader.kernel.code_physical,
                  slide);
    return 0;
}

static int loader_load_user(struct error *error)
{
    int result = image_load(&loader.volume, loader.config.utask, IMAGE_KIND_USER, &loader.user, error);

    if (result < 0)
        return result;
    loader.info->utask_file_physical = loader.user.file_physical;
    loader.info->utask_file_size_bytes = loader.user.file_size_bytes;
    if (loader.user.file_physical != 0) {
        console_print("lintel: utask %s: ELF file, %" PRIu64 " KiB at 0x%" PRIx64 "\n", loader.config.utask,
                      loader.user.file_size_bytes / 1024, loader.user.file_physical);
        return 0;
    }
    loader.info->user = image_describe(&loader.user);
    console_print("lintel: utask %s: %" PRIu64 " KiB at 0x%" PRIx64 "\n", loader.config.utask,
                  loader.user.header.data_end / 1024, loader.user.code_physical);
    return 0;
}

static int loader_load_initrd(struct error *error)
{
    struct boot_info *info = loader.info;

    if (loader.config.initrd[0] != '\0') {
        int result = image_load_plain(&loader.volume, loader.config.initrd, &info->initrd_physical,
                                      &info->initrd_size_bytes, error);
        if (result < 0)
            return result;
        console_print("lintel: initrd %s: %" PRIu64 " KiB at 0x%" PRIx64 "\n", loader.config.initrd,
                      info->initrd_size_bytes / 1024, info->initrd_physical);
    }
    info->tsc_images_loaded = cpu_read_tsc();
    volume_close(&loader.volume);
    return 0;
}

static int loader_make_stacks(struct error *error)
{
    struct boot_info *info = loader.info;

    info->boot_stack_physical = memory_allocate(BOOT_STACK_PAGES, EFI_TYPE_KERNEL_STACK);
    info->boot_stack_top = BOOT_STACK_TOP;
    info->user_stack_physical = memory_allocate(USER_STACK_PAGES, EFI_TYPE_USER_STACK);
    if (info->boot_stack_physical == 0 || info->user_stack_physical == 0)
        return error_set(error, -ENOMEM, "stacks", "out of memory");
    return 0;
}

static int loader_find_tables_and_clocks(struct error *error)
{
    struct boot_info *info = loader.info;

    (void)error;
    info->rsdp_physical = acpi_find_rsdp(efi_system);
    if (!clock_read(&info->wall_clock_seconds, &info->wall_clock_tsc))
        info->wall_clock_seconds = info->wall_clock_tsc = 0;
    info->tsc_hz = clock_measure_tsc(TSC_STALL_US);
    return 0;
}

static int loader_choose_screen(struct error *error)
{
    (void)error;
    graphics_setup(&loader.config, &loader.info->framebuffer);
    loader.info->framebuffer.virtual_base = KERNEL_MAP_FRAMEBUFFER(loader.info->framebuffer.physical_base);
    if (loader.info->framebuffer.width == 0)
        console_print("lintel: no screen that the kernel can draw on; it talks on the serial line alone\n");
    return 0;
}

static int loader_build_page_tables(struct error *error)
{
    struct boot_info *info = loader.info;
    struct page_table table;
    size_t mapping_count = 0;
    int result = firmware_map_setup(&loader.map, loader.cpu.physical_limit, error);

    if (result < 0)
        return result;
    size_t mappings_size = KERNEL_MAP_MAPPINGS_MAX(loader.map.region_count) * sizeof(struct boot_mapping);
    info->mappings_physical = memory_allocate(memory_pages(mappings_size), EFI_TYPE_KERNEL_DATA);
    result = info->mappings_physical == 0 ? -ENOMEM : page_table_init(&table, memory_allocate_table, NULL);
    if (result == 0) {
        const struct kernel_map_input input = {
            .regions = loader.map.regions,
            .region_count = loader.map.region_count,
            .kernel = &info->kernel,
            .stack_physical = info->boot_stack_physical,
            .framebuffer = &info->framebuffer,
            .handoff_address = (uint64_t)handoff,
            .has_1g_pages = loader.cpu.has_1g_pages,
        };
        result =
            kernel_map_build(&input, &table, (struct boot_mapping *)info->mappings_physical, &mapping_count);
    }
    if (result < 0)
        return error_set(error, result, "page tables", "%s",
                         result == -ENOMEM ? "out of memory"
                                           : "two things would be mapped at the same place");
    info->mappings_count = mapping_count;
    info->page_table_physical = table.root;
    return 0;
}

static int loader_leave_firmware(struct error *error)
{
    console_print("lintel: leaving the firmware\n");
    return boot_services_exit(&loader.map, loader.info->tsc_hz, error);
}

/* Boot services are gone: no console, no allocation, no way back. */
static int loader_start_kernel(struct error *error)
{
    struct boot_info *info = loader.info;

    (void)error;
    info->tsc_exit_boot_services = cpu_read_tsc();
    firmware_map_convert(&loader.map);
    kernel_map_hide_unmapped(loader.map.regions, loader.map.region_count,
                             (struct boot_mapping *)info->mappings_physical, info->mappings_count);
    info->memory_map_physical = (uint64_t)loader.map.regions;
    info->memory_map_count = loader.map.region_count;
    info->physical_end = memory_map_ram_end(loader.map.regions, loader.map.region_count);
    handoff(info->page_table_physical, info->boot_stack_top, info->kernel.entry,
            DIRECT_MAP_BASE + (uint64_t)info);
}

static int (*const loader_steps[])(struct error *error) = {
    loader_check_cpu,              /* NX, 4-level paging */
    loader_open_volume,            /* the file system we came from */
    loader_read_config,            /* boot.cfg */
    loader_wait_for_debugger,      /* if boot.cfg says so */
    loader_make_boot_info,         /* what all that follows is written down in */
    loader_gather_random,          /* for the kernel's seed and its place */
    loader_load_kernel,            /* kernel.bin, slid */
    loader_load_user,              /* utask.bin */
    loader_load_initrd,            /* if boot.cfg names one */
    loader_make_stacks,            /* of the kernel and of utask */
    loader_find_tables_and_clocks, /* ACPI, wall clock, TSC */
    loader_choose_screen,          /* late: switching the mode wipes what was printed */
    loader_build_page_tables,      /* the kernel's first address space */
    loader_leave_firmware,         /* ExitBootServices */
    loader_start_kernel,           /* does not return */
};

static void loader_report(const struct error *error)
{
    console_print("\nlintel: %s: %s\n", error->subject, error->reason);
    if (error->hint[0] != '\0')
        console_print("%s\n", error->hint);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    uint64_t tsc_entry = cpu_read_tsc();
    static struct error error;
    int result = 0;

    memset(&loader, 0, sizeof(loader));
    loader.tsc_entry = tsc_entry;
    firmware_init(image, system);
    config_init(&loader.config);
    console_print("Lintel " LINTEL_VERSION " bootloader\n");

    for (size_t i = 0; i < sizeof(loader_steps) / sizeof(loader_steps[0]) && result == 0; i++)
        result = loader_steps[i](&error);

    loader_report(&error);
    console_wait_for_key(loader.config.timeout_seconds);
    volume_close(&loader.volume);
    memory_free_all();
    return EFI_LOAD_ERROR;
}
