/* The whole bootloader against a firmware made of C: what the kernel is handed when all goes well, that each
 * failure is said in words, and that nothing is left behind. */
#include <stdio.h>
#include <string.h>

#include "test.h"

#include "boot_info.h"
#include "bootloader/config.h"
#include "bootloader/kernel_map.h"
#include "bootloader/main.h"
#include "image_sample.h"
#include "memory_type.h"
#include "mock_cpu.h"
#include "mock_efi.h"
#include "x86_64/paging.h"

#define KERNEL "\\EFI\\lintel\\kernel.bin"
#define UTASK "\\EFI\\lintel\\utask.bin"
#define ELF_MAGIC "\177ELF"
#define INITRD "\\initrd.cpio"
#define INITRD_SIZE (5 * 1024 * 1024 + 123)

static uint8_t kernel_file[SAMPLE_DATA_END], user_file[SAMPLE_DATA_END], initrd_file[INITRD_SIZE];
static char config_text[CONFIG_SIZE_MAX + 2];
static EFI_STATUS returned;

static void set_config(const char *text)
{
    strcpy(config_text, text);
    mock_efi.files[2] = (struct mock_file){.path = CONFIG_PATH, .data = config_text, .size = strlen(text)};
}

static int setup(void **state)
{
    (void)state;
    mock_cpu_init();
    mock_efi_init();
    image_sample_make(IMAGE_KIND_KERNEL, kernel_file);
    image_sample_make(IMAGE_KIND_USER, user_file);
    for (size_t i = 0; i < INITRD_SIZE; i++)
        initrd_file[i] = (uint8_t)(i * 31 + i / 4096);
    mock_efi.files[0] = (struct mock_file){.path = KERNEL, .data = kernel_file, .size = SAMPLE_DATA_END};
    mock_efi.files[1] = (struct mock_file){.path = UTASK, .data = user_file, .size = SAMPLE_DATA_END};
    set_config("timeout=1\n");
    mock_efi.files[3] = (struct mock_file){.path = INITRD, .data = initrd_file, .size = INITRD_SIZE};
    return 0;
}

/* Start the bootloader and return when it has returned, handed over or restarted the machine. */
static enum mock_end start(void)
{
    mock_cpu.end = MOCK_RETURNED;
    if (setjmp(mock_cpu.ended) == 0)
        returned = efi_main(mock_efi_image, &mock_efi.system);
    mock_efi.text[mock_efi.text_length] = '\0';
    return mock_cpu.end;
}

/* It must fail with this text on the console, and leave nothing behind. */
static void expect_failure(const char *text)
{
    enum mock_end end = start();

    if (end != MOCK_RETURNED)
        fail_msg("started the kernel; expected \"%s\"", text);
    assert_int_equal(returned, EFI_LOAD_ERROR);
    assert_contains(mock_efi.text, text);
    assert_int_equal(mock_efi.allocated_pages, 0);
    assert_int_equal(mock_efi.allocated_pools, 0);
    assert_int_equal(mock_efi.open_files, 0);
    assert_int_equal(mock_efi.exit_calls, 0);
}

/* --- what the kernel sees --- */

static const struct boot_info *handed_info(void)
{
    return (const struct boot_info *)(mock_cpu.handoff_boot_info - DIRECT_MAP_BASE);
}

/* Translate by the tables handed over; 0 if nothing is mapped. */
static uint64_t translate(uint64_t address, uint64_t *ret_entry)
{
    uint64_t *entries = (uint64_t *)mock_cpu.handoff_page_table;

    for (int shift = PML4_SHIFT;; shift -= 9) {
        uint64_t entry = entries[address >> shift & 511];
        if (!(entry & PTE_PRESENT))
            return 0;
        if (shift == PT_SHIFT || (entry & PTE_LARGE)) {
            *ret_entry = entry;
            return (entry & PTE_ADDRESS_MASK) + (address & ((1ull << shift) - 1));
        }
        entries = (uint64_t *)(entry & PTE_ADDRESS_MASK);
    }
}

static uint32_t type_of(uint64_t physical)
{
    const struct boot_info *info = handed_info();
    const struct boot_memory_region *regions = (void *)info->memory_map_physical;

    for (size_t i = 0; i < info->memory_map_count; i++) {
        if (physical >= regions[i].base && physical < regions[i].base + regions[i].size_pages * PAGE_SIZE)
            return regions[i].type;
    }
    return MEMORY_TYPE_COUNT;
}

static void check_range(uint64_t physical, uint64_t pages, uint32_t type)
{
    for (uint64_t page = 0; page < pages; page++)
        assert_int_equal(type_of(physical + page * PAGE_SIZE), type);
}

static void check_zero(uint64_t physical, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        assert_int_equal(((uint8_t *)physical)[i], 0);
}

static void check_memory_map(const struct boot_info *info)
{
    const struct boot_memory_region *regions = (void *)info->memory_map_physical;
    uint64_t end = 0, ram_end = 0;

    assert_true(info->memory_map_count > 10);
    for (size_t i = 0; i < info->memory_map_count; i++) {
        assert_true(regions[i].base >= end && regions[i].size_pages > 0);
        end = regions[i].base + regions[i].size_pages * PAGE_SIZE;
        if (regions[i].type != MEMORY_RESERVED && regions[i].type != MEMORY_MMIO)
            ram_end = end;
    }
    assert_int_equal(info->physical_end, ram_end);
    assert_int_equal(ram_end, MOCK_MEMORY_BASE + MOCK_MEMORY_PAGES * PAGE_SIZE);
    check_range(info->memory_map_physical, 1 + (info->memory_map_count * 24 - 1) / PAGE_SIZE,
                MEMORY_KERNEL_DATA);
    check_range(info->mappings_physical, 1, MEMORY_KERNEL_DATA);
    check_range(info->page_table_physical, 1, MEMORY_KERNEL_DATA);
    check_range((uint64_t)info, 1, MEMORY_KERNEL_DATA);
}

static void check_image(const struct boot_image *image, const uint8_t *file, uint32_t code_type,
                        uint32_t data_type)
{
    assert_int_equal(image->text_pages, 2);
    assert_int_equal(image->rodata_pages, 1);
    assert_int_equal(image->data_pages, 3);
    assert_int_equal(image->entry, image->virtual_base);
    check_range(image->code_physical, 3, code_type);
    check_range(image->data_physical, 3, data_type);
    assert_memory_equal((void *)image->code_physical, file, SAMPLE_RODATA_END);
    assert_memory_equal((void *)image->data_physical, file + SAMPLE_RODATA_END,
                        SAMPLE_DATA_END - SAMPLE_RODATA_END);
    check_zero(image->data_physical + SAMPLE_DATA_END - SAMPLE_RODATA_END, SAMPLE_BSS_END - SAMPLE_DATA_END);
}

static void check_kernel_is_mapped(const struct boot_info *info)
{
    uint64_t entry, base = info->kernel.virtual_base, data = info->kernel.data_physical;

    assert_int_equal(translate(base, &entry), info->kernel.code_physical);
    assert_int_equal(entry & (PTE_WRITE | PTE_NX | PTE_USER), 0);
    assert_int_equal(translate(base + SAMPLE_TEXT_END, &entry), info->kernel.code_physical + SAMPLE_TEXT_END);
    assert_int_equal(entry & (PTE_WRITE | PTE_NX | PTE_USER), PTE_NX);
    assert_int_equal(translate(base + SAMPLE_RODATA_END, &entry), data);
    assert_int_equal(entry & (PTE_WRITE | PTE_NX | PTE_USER), PTE_NX | PTE_WRITE);
    assert_int_equal(translate(DIRECT_MAP_BASE + info->kernel.code_physical, &entry),
                     info->kernel.code_physical);
    assert_int_equal(entry & (PTE_WRITE | PTE_NX), PTE_NX);
    assert_int_equal(translate(mock_cpu.handoff_boot_info, &entry), (uint64_t)info);
    assert_int_equal(translate(mock_cpu.handoff_stack_top - 8, &entry),
                     info->boot_stack_physical + BOOT_STACK_PAGES * PAGE_SIZE - 8);
    assert_int_equal(translate(mock_cpu.handoff_stack_top - BOOT_STACK_PAGES * PAGE_SIZE - 8, &entry), 0);
}

/* Everything that boot_info.h promises. */
static void check_handoff(void)
{
    const struct boot_info *info = handed_info();
    uint64_t slide = info->kernel.virtual_base - KERNEL_LINK_BASE;
    uint8_t expected[SAMPLE_DATA_END];

    assert_int_equal(info->magic, BOOT_INFO_MAGIC);
    assert_int_equal(info->version, BOOT_INFO_VERSION);
    assert_int_equal(info->size_bytes, sizeof(*info));
    assert_int_equal(info->direct_map_base, DIRECT_MAP_BASE);
    assert_int_equal(info->efi_system_table_physical, (uint64_t)&mock_efi.system);
    assert_int_equal(info->page_table_physical, mock_cpu.handoff_page_table);
    assert_int_equal(info->boot_stack_top, mock_cpu.handoff_stack_top);
    assert_int_equal(info->boot_stack_top, BOOT_STACK_TOP);
    assert_int_equal(info->kernel.entry, mock_cpu.handoff_entry);
    assert_true(slide < KERNEL_SLIDE_LIMIT && slide % PAGE_SIZE == 0);
    check_memory_map(info);

    memcpy(expected, kernel_file, sizeof(expected));
    for (size_t i = 0; i < sample_word_count; i++) {
        uint64_t value = info->kernel.virtual_base + sample_words[i];
        memcpy(expected + sample_words[i], &value, sizeof(value));
    }
    check_image(&info->kernel, expected, MEMORY_KERNEL_CODE, MEMORY_KERNEL_DATA);
    check_image(&info->user, user_file, MEMORY_USER_CODE, MEMORY_USER_DATA);
    assert_int_equal(info->utask_file_physical, 0);
    assert_int_equal(info->utask_file_size_bytes, 0);
    assert_int_equal(info->user.virtual_base, USER_IMAGE_BASE);
    check_range(info->boot_stack_physical, BOOT_STACK_PAGES, MEMORY_KERNEL_STACK);
    check_range(info->user_stack_physical, USER_STACK_PAGES, MEMORY_USER_STACK);
    check_zero(info->user_stack_physical, USER_STACK_PAGES * PAGE_SIZE);
    check_kernel_is_mapped(info);

    assert_true(info->tsc_loader_entry < info->tsc_images_loaded);
    assert_true(info->tsc_images_loaded < info->tsc_exit_boot_services);
    assert_int_equal(mock_efi.calls_after_exit, 0);
    assert_int_equal(mock_efi.allocated_pools, 0);
    assert_int_equal(mock_efi.open_files, 0);
}

static void expect_start(void)
{
    if (start() != MOCK_HANDOFF)
        fail_msg("the kernel was not started:\n%s", mock_efi.text);
    check_handoff();
}

/* --- success --- */

static void test_boot(void **state)
{
    char line[200];

    (void)state;
    expect_start();
    const struct boot_info *info = handed_info();
    assert_true(mock_efi.watchdog_is_off);
    assert_int_equal(mock_efi.exit_calls, 1);
    assert_int_equal(info->command_line_length, 0);
    assert_int_equal(*(char *)info->command_line_physical, 0);
    assert_int_equal(info->initrd_physical, 0);
    assert_int_equal(info->wall_clock_seconds, 1709208000);
    assert_true(info->wall_clock_tsc > info->tsc_loader_entry);
    assert_in_range(info->tsc_hz, MOCK_TSC_HZ, MOCK_TSC_HZ + MOCK_TSC_HZ / 1000);
    assert_int_equal(info->random_sources, BOOT_RANDOM_EFI_RNG | BOOT_RANDOM_CPU | BOOT_RANDOM_JITTER);
    assert_true(info->rsdp_physical != 0);
    assert_int_equal(info->framebuffer.physical_base, 0xc0000000);
    assert_int_equal(info->framebuffer.size_bytes, 1280 * 800 * 4);
    assert_int_equal(info->framebuffer.width, 1280);
    assert_int_equal(info->framebuffer.height, 800);
    assert_int_equal(info->framebuffer.red_mask, 0xff0000);
    assert_contains(mock_efi.text, "Lintel test bootloader\r\n");
    snprintf(line, sizeof(line), "lintel: kernel " KERNEL ": 16 KiB at 0x%lx slide 0x%lx\r\n",
             info->kernel.code_physical, info->kernel.virtual_base - KERNEL_LINK_BASE);
    assert_contains(mock_efi.text, line);
    snprintf(line, sizeof(line), "lintel: utask " UTASK ": 16 KiB at 0x%lx\r\n", info->user.code_physical);
    assert_contains(mock_efi.text, line);
}

static void test_boot_without_config(void **state)
{
    (void)state;
    mock_efi.files[2].path = "\\other";
    expect_start();
}

static void test_boot_with_everything(void **state)
{
    (void)state;
    set_config("cmdline=debug kaslr=off panic=halt\ninitrd=initrd.cpio\nscreen=1920x1080\ndebugger=wait\n");
    expect_start();
    const struct boot_info *info = handed_info();
    assert_int_equal(info->kernel.virtual_base, KERNEL_LINK_BASE);
    assert_string_equal((char *)info->command_line_physical, "debug kaslr=off panic=halt");
    assert_int_equal(info->command_line_length, 26);
    assert_int_equal(info->initrd_size_bytes, INITRD_SIZE);
    assert_int_equal(info->initrd_physical % PAGE_SIZE, 0);
    assert_memory_equal((void *)info->initrd_physical, initrd_file, INITRD_SIZE);
    check_range(info->initrd_physical, INITRD_SIZE / PAGE_SIZE + 1, MEMORY_KERNEL_DATA);
    assert_int_equal(info->framebuffer.width, 1920);
    assert_int_equal(mock_cpu.debugger_image_base, MOCK_IMAGE_BASE);
    assert_contains(mock_efi.text, "waiting for a debugger; image base 0x7e000000\r\n");
    assert_contains(mock_efi.text, "\rlintel: \\initrd.cpio: 1 of 5 MiB\rlintel: \\initrd.cpio: 2 of 5 MiB");
    assert_contains(mock_efi.text,
                    "lintel: \\initrd.cpio: 5 of 5 MiB\r\nlintel: initrd \\initrd.cpio: 5120 KiB at 0x");
}

static void test_kernel_without_relocations(void **state)
{
    (void)state;
    memset(kernel_file + offsetof(struct image_header, relocs_offset), 0, 16);
    assert_int_equal(start(), MOCK_HANDOFF);
    assert_int_equal(handed_info()->kernel.virtual_base, KERNEL_LINK_BASE);
}

static void test_stale_map_keys(void **state)
{
    static const unsigned counts[] = {1, 2, 50, 200};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        setup(NULL);
        mock_efi.stale_keys = counts[i];
        expect_start();
        assert_int_equal(mock_efi.exit_calls, counts[i] + 1);
    }
}

/* The firmware never lets go: the machine restarts, seconds later, and no forbidden service is called. */
static void test_exit_never_succeeds(void **state)
{
    (void)state;
    mock_efi.stale_keys = 1000000;
    assert_int_equal(start(), MOCK_RESET);
    assert_true(mock_cpu.tsc > 10 * MOCK_TSC_HZ);
    assert_int_equal(mock_efi.calls_after_exit, 0);
    assert_contains(mock_efi.text, "leaving the firmware");
}

static void test_map_fails(void **state)
{
    (void)state;
    for (unsigned call = 1; call <= 3; call++) { /* size, contents, last one before the exit */
        setup(NULL);
        mock_efi.map_fails_from = call;
        expect_failure("memory map: the firmware");
    }
    setup(NULL);
    mock_efi.stale_keys = 1; /* once ExitBootServices was called there is no way back */
    mock_efi.map_fails_from = 4;
    assert_int_equal(start(), MOCK_RESET);
    assert_int_equal(mock_efi.calls_after_exit, 0);
}

static void test_os_types_refused(void **state)
{
    (void)state;
    mock_efi.refuses_os_types = true;
    expect_start();
    assert_int_equal(mock_efi_page_type(handed_info()->kernel.code_physical), EfiLoaderData);
}

static void test_os_types_forgotten(void **state)
{
    (void)state;
    mock_efi.forgets_os_types = true;
    expect_start();
}

static void test_os_types_are_used(void **state)
{
    (void)state;
    expect_start();
    const struct boot_info *info = handed_info();
    assert_int_equal(mock_efi_page_type(info->kernel.code_physical), EFI_TYPE_KERNEL_CODE);
    assert_int_equal(mock_efi_page_type(info->kernel.data_physical), EFI_TYPE_KERNEL_DATA);
    assert_int_equal(mock_efi_page_type(info->boot_stack_physical), EFI_TYPE_KERNEL_STACK);
    assert_int_equal(mock_efi_page_type(info->user.code_physical), EFI_TYPE_USER_CODE);
    assert_int_equal(mock_efi_page_type(info->user.data_physical), EFI_TYPE_USER_DATA);
    assert_int_equal(mock_efi_page_type(info->user_stack_physical), EFI_TYPE_USER_STACK);
}

static void test_maps_of_all_shapes(void **state)
{
    (void)state;
    for (size_t size = 40; size <= 64; size += 8) {
        setup(NULL);
        mock_efi.descriptor_size = size;
        mock_efi.extra_entries = 700;
        expect_start();
        assert_true(handed_info()->memory_map_count >= 700);
    }
    setup(NULL);
    mock_efi.descriptor_size = 32;
    expect_failure("memory map: the firmware does not give a usable one");
    setup(NULL);
    mock_efi.descriptor_size = 44;
    expect_failure("memory map: the firmware does not give a usable one");
}

static void test_no_sources(void **state)
{
    (void)state;
    mock_efi.has_rng = false;
    mock_cpu.has_rdrand = mock_cpu.has_rdseed = false;
    mock_efi.has_no_clock = true;
    mock_efi.output_count = 0;
    mock_cpu.has_1g_pages = false;
    mock_efi_remove_acpi(false);
    expect_start();
    const struct boot_info *info = handed_info();
    assert_int_equal(info->random_sources, BOOT_RANDOM_JITTER);
    assert_int_equal(info->wall_clock_seconds, 0);
    assert_int_equal(info->wall_clock_tsc, 0);
    assert_int_equal(info->framebuffer.width, 0);
    assert_int_equal(info->framebuffer.physical_base, 0);
    assert_int_equal(info->rsdp_physical, 0);
    assert_in_range(info->tsc_hz, MOCK_TSC_HZ, MOCK_TSC_HZ + MOCK_TSC_HZ / 1000);
}

static void test_no_console(void **state)
{
    (void)state;
    mock_efi.system.ConOut = NULL;
    mock_efi.system.ConIn = NULL;
    mock_efi.system.ConsoleOutHandle = NULL;
    expect_start();
    setup(NULL);
    mock_efi.system.ConOut = NULL;
    mock_efi.system.ConIn = NULL;
    mock_efi.files[0].path = "\\gone";
    expect_failure("");
    assert_true(mock_efi.stalled_us >= 1000000);
}

/* --- the screen --- */

static void test_screen_bit_masks(void **state)
{
    (void)state;
    mock_efi.outputs[0].current.PixelFormat = PixelBitMask;
    mock_efi.outputs[0].current.PixelInformation = (EFI_PIXEL_BITMASK){0x3ff00000, 0xffc00, 0x3ff, 0};
    expect_start();
    assert_int_equal(handed_info()->framebuffer.red_mask, 0x3ff00000);
    assert_int_equal(handed_info()->framebuffer.green_mask, 0xffc00);
    assert_int_equal(handed_info()->framebuffer.blue_mask, 0x3ff);
    setup(NULL);
    mock_efi.outputs[0].current.PixelFormat = PixelRedGreenBlueReserved8BitPerColor;
    expect_start();
    assert_int_equal(handed_info()->framebuffer.red_mask, 0xff);
    assert_int_equal(handed_info()->framebuffer.blue_mask, 0xff0000);
}

/* Outputs that cannot be drawn on: each way, with a good one behind it, and without. */
static void test_screen_unusable(void **state)
{
    (void)state;
    for (int way = 0; way < 10; way++) {
        for (unsigned outputs = 1; outputs <= 3; outputs += 2) {
            setup(NULL);
            mock_efi.output_count = outputs;
            mock_efi.outputs[1].mode.FrameBufferBase = 0;
            mock_efi.outputs[2].mode.FrameBufferBase = 0xd0000000;
            struct mock_output *first = &mock_efi.outputs[0];
            switch (way) {
            case 0:
                first->current.PixelFormat = PixelBltOnly;
                break;
            case 1:
                first->mode.FrameBufferBase = 0;
                break;
            case 2:
                first->mode.Info = NULL;
                break;
            case 3:
                first->protocol.Mode = NULL;
                break;
            case 4:
                first->current.PixelFormat = PixelFormatMax;
                break;
            case 5:
                first->current.PixelFormat = PixelBitMask;
                break; /* with masks of 0 */
            case 6:
                first->current.HorizontalResolution = 0;
                break;
            case 7:
                first->current.PixelsPerScanLine = 1279;
                break;
            case 8:
                first->mode.FrameBufferSize = 100;
                break;
            case 9:
                first->current.PixelFormat = PixelBitMask;
                first->current.PixelInformation = (EFI_PIXEL_BITMASK){0xff0000, 0x1ff00, 0xff, 0};
                break;
            }
            expect_start();
            assert_int_equal(handed_info()->framebuffer.physical_base, outputs == 3 ? 0xd0000000 : 0);
            assert_int_equal(handed_info()->framebuffer.width, outputs == 3 ? 1280 : 0);
            if (outputs == 1)
                assert_contains(mock_efi.text, "no screen that the kernel can draw on");
        }
    }
}

static void test_screen_console_preferred(void **state)
{
    (void)state;
    mock_efi.output_count = 2;
    mock_efi.outputs[1].mode.FrameBufferBase = 0xd0000000;
    expect_start();
    assert_int_equal(handed_info()->framebuffer.physical_base, 0xc0000000);
}

static void test_screen_short_framebuffer(void **state)
{
    (void)state;
    mock_efi.outputs[0].mode.FrameBufferSize = 1280 * 4 * 700 + 17;
    expect_start();
    assert_int_equal(handed_info()->framebuffer.height, 700);
    assert_int_equal(handed_info()->framebuffer.size_bytes, 1280 * 4 * 700);
}

static void test_screen_modes(void **state)
{
    (void)state;
    set_config("screen=max\n"); /* the largest that has a framebuffer */
    expect_start();
    assert_int_equal(handed_info()->framebuffer.width, 1920);
    setup(NULL);
    set_config("screen=1280x800\n"); /* the present one: nothing is switched */
    expect_start();
    assert_int_equal(mock_efi.outputs[0].set_mode_calls, 0);
    setup(NULL);
    set_config("screen=2560x1600\n"); /* there, but to be drawn on by firmware alone */
    expect_start();
    assert_int_equal(handed_info()->framebuffer.width, 1280);
    assert_contains(mock_efi.text, "the screen does not have the wanted mode; keeping the present one");
    setup(NULL);
    set_config("screen=1920x1080\n");
    mock_efi.outputs[0].set_mode_fails = true;
    expect_start();
    assert_int_equal(handed_info()->framebuffer.width, 1280);
    assert_contains(mock_efi.text, "cannot be switched to the wanted mode; keeping the present one");
}

/* --- files --- */

static void test_short_reads(void **state)
{
    static const uint64_t limits[] = {1, 7, 4095, 65536};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        setup(NULL);
        mock_efi.read_limit = limits[i];
        expect_start();
    }
}

static void test_missing_files(void **state)
{
    (void)state;
    mock_efi.files[0].path = "\\gone";
    expect_failure("lintel: " KERNEL ": no such file on the boot volume\r\n");
    setup(NULL);
    mock_efi.files[1].path = "\\gone";
    expect_failure("lintel: " UTASK ": no such file on the boot volume\r\n");
    setup(NULL);
    set_config("initrd=/nowhere/x\ntimeout=1\n");
    expect_failure("lintel: \\nowhere\\x: no such file on the boot volume\r\n");
    setup(NULL);
    mock_efi.has_no_file_system = true;
    expect_failure("lintel: boot volume: the firmware offers no file system");
    setup(NULL);
    mock_efi.open_fails = true;
    expect_failure("lintel: " CONFIG_PATH ": cannot be opened: the file system is corrupted");
    setup(NULL);
    mock_efi.files[0].is_folder = true;
    expect_failure("lintel: " KERNEL ": is a folder, not a file");
}

static void test_read_errors(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < SAMPLE_DATA_END; at += 509) {
        setup(NULL);
        mock_efi.files[2].path = "\\other"; /* no boot.cfg */
        mock_efi.read_fails_at = at;
        expect_failure("lintel: " KERNEL ": read error at byte ");
        assert_contains(mock_efi.text, "of 16384: device error");
        setup(NULL);
        mock_efi.files[2].path = "\\other";
        mock_efi.read_ends_at = at;
        expect_failure("lintel: " KERNEL ": reading stopped at byte ");
    }
    setup(NULL);
    mock_efi.changes_between_reads = true;
    expect_failure("lintel: " KERNEL ": its header read differently the second time");
}

static void test_bad_images(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct mock_file *file = &mock_efi.files[which];
        const char *names[] = {"lintel: " KERNEL ": ", "lintel: " UTASK ": "};

        setup(NULL);
        file->size = 0;
        expect_failure("is empty");
        assert_contains(mock_efi.text, names[which]);
        for (uint64_t size = 1; size < SAMPLE_DATA_END; size += 1021) {
            setup(NULL);
            file->size = size;
            expect_failure(names[which]);
        }
        setup(NULL);
        file->data = mock_efi.files[1 - which].data;
        expect_failure("is an image of kind ");
    }
    setup(NULL);
    memcpy(kernel_file, ELF_MAGIC, 4);
    expect_failure("lintel: " KERNEL ": is an ELF file; only utask may be one");
    setup(NULL);
    memset(kernel_file + SAMPLE_RELOCS, 0, 8);
    expect_failure("lintel: " KERNEL ": its relocation table names a word outside its data");
}

/* A utask that is an ELF file, of every size around a page's: handed over as it is, with nothing behind it.
 */
static void test_utask_as_elf_file(void **state)
{
    static const uint64_t sizes[] = {4, 5, SAMPLE_PAGE - 1, SAMPLE_PAGE, SAMPLE_PAGE + 1, SAMPLE_DATA_END};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char line[100];

        setup(NULL);
        memcpy(user_file, ELF_MAGIC, 4);
        mock_efi.files[1].size = sizes[i];
        assert_int_equal(start(), MOCK_HANDOFF);
        const struct boot_info *info = handed_info();
        static const struct boot_image none;
        uint64_t pages = (sizes[i] + PAGE_SIZE - 1) / PAGE_SIZE;
        assert_int_equal(info->utask_file_size_bytes, sizes[i]);
        check_range(info->utask_file_physical, pages, MEMORY_KERNEL_DATA);
        assert_memory_equal((void *)info->utask_file_physical, user_file, sizes[i]);
        check_zero(info->utask_file_physical + sizes[i], pages * PAGE_SIZE - sizes[i]);
        assert_memory_equal(&info->user, &none, sizeof(none));
        check_range(info->user_stack_physical, USER_STACK_PAGES, MEMORY_USER_STACK);
        snprintf(line, sizeof(line), "lintel: utask " UTASK ": ELF file, %lu KiB at 0x%lx\r\n",
                 sizes[i] / 1024, info->utask_file_physical);
        assert_contains(mock_efi.text, line);
    }
    setup(NULL);
    memcpy(user_file, ELF_MAGIC, 4);
    mock_efi.files[1].reported_size = 1ull << 40;
    expect_failure("lintel: " UTASK ": needs 1073741824 KiB of memory in one piece");
}

static void test_larger_than_memory(void **state)
{
    uint64_t end = 0xf000000;

    (void)state;
    memcpy(kernel_file + offsetof(struct image_header, bss_end), &end, 8);
    expect_failure("lintel: " KERNEL
                   ": needs 245748 KiB of memory in one piece; the largest free piece has ");
    setup(NULL);
    set_config("initrd=initrd.cpio\ntimeout=1\n");
    mock_efi.files[3].reported_size = 1ull << 40;
    expect_failure("lintel: \\initrd.cpio: needs 1073741824 KiB of memory in one piece");
    setup(NULL);
    set_config("initrd=initrd.cpio\ntimeout=1\n");
    mock_efi.files[3].size = 0;
    expect_failure("lintel: \\initrd.cpio: is empty");
}

static void test_bad_config(void **state)
{
    (void)state;
    set_config("timeout=1\ncolour=blue\n");
    expect_failure("lintel: " CONFIG_PATH ": line 2: unknown key \"colour\"\r\nKnown keys: kernel,");
    setup(NULL);
    set_config("");
    memset(config_text, '#', CONFIG_SIZE_MAX + 1);
    mock_efi.files[2].size = CONFIG_SIZE_MAX + 1;
    mock_efi.key_after_polls = 3;
    expect_failure("lintel: " CONFIG_PATH ": 65537 bytes long; at most 65536 are allowed");
    setup(NULL);
    set_config("");
    memset(config_text, '\n', CONFIG_SIZE_MAX);
    mock_efi.files[2].size = CONFIG_SIZE_MAX;
    expect_start();
}

/* --- failure --- */

static void test_wait_for_key(void **state)
{
    (void)state;
    mock_efi.files[0].path = "\\gone";
    set_config("timeout=5\n");
    mock_efi.keys_waiting = 3; /* typed before: not an answer */
    expect_failure(
        "\rPress any key to return to the firmware (5 s) \rPress any key to return to the firmware (4 s) ");
    assert_int_equal(mock_efi.stalled_us, 5000000);
    setup(NULL);
    mock_efi.files[0].path = "\\gone";
    set_config("");
    mock_efi.key_after_polls = 30;
    expect_failure("(29 s)");
    assert_in_range(mock_efi.stalled_us, 1000000, 2000000);
    setup(NULL);
    mock_efi.files[0].path = "\\gone";
    set_config("timeout=0\n");
    expect_failure("no such file");
    assert_int_equal(mock_efi.stalled_us, 0);
    assert_null(strstr(mock_efi.text, "Press"));
}

static void test_cpu_refusals(void **state)
{
    (void)state;
    set_config("");
    mock_efi.key_after_polls = 1;
    mock_cpu.has_nx = false;
    expect_failure("lintel: CPU: it has no no-execute bit");
    setup(NULL);
    mock_efi.key_after_polls = 1;
    mock_cpu.cr4 = 1 << 12;
    expect_failure("lintel: CPU: the firmware has turned on 5-level paging");
}

/* Each allocation fails in turn: alone, and with all that follow. */
static void test_out_of_memory(void **state)
{
    const char *config = "initrd=initrd.cpio\ntimeout=1\nscreen=max\n";
    unsigned page_calls, pool_calls;

    (void)state;
    set_config(config);
    expect_start();
    page_calls = mock_efi.pages.calls;
    pool_calls = mock_efi.pool.calls;
    assert_true(page_calls > 10 && pool_calls > 4);
    for (unsigned call = 0; call < page_calls; call++) {
        setup(NULL);
        set_config(config);
        mock_efi.pages = (struct mock_failure){call, UINT32_MAX, 0};
        expect_failure("memory");
        setup(NULL);
        set_config(config);
        mock_efi.pages = (struct mock_failure){call, 1, 0};
        if (start() == MOCK_HANDOFF) { /* the second try, without the OS type, succeeded */
            check_handoff();
        } else {
            setup(NULL);
            set_config(config);
            mock_efi.pages = (struct mock_failure){call, 1, 0};
            expect_failure("no memory");
        }
    }
    for (unsigned call = 0; call < pool_calls; call++) {
        setup(NULL);
        set_config(config);
        mock_efi.pool = (struct mock_failure){call, 1, 0};
        mock_efi.key_after_polls = 1;
        if (start() == MOCK_HANDOFF) { /* a mode of the screen that could not be asked for */
            check_handoff();
        } else {
            setup(NULL);
            set_config(config);
            mock_efi.pool = (struct mock_failure){call, 1, 0};
            mock_efi.key_after_polls = 1;
            expect_failure("out of memory");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_boot, setup),
        cmocka_unit_test_setup(test_boot_without_config, setup),
        cmocka_unit_test_setup(test_boot_with_everything, setup),
        cmocka_unit_test_setup(test_kernel_without_relocations, setup),
        cmocka_unit_test_setup(test_stale_map_keys, setup),
        cmocka_unit_test_setup(test_exit_never_succeeds, setup),
        cmocka_unit_test_setup(test_map_fails, setup),
        cmocka_unit_test_setup(test_os_types_refused, setup),
        cmocka_unit_test_setup(test_os_types_forgotten, setup),
        cmocka_unit_test_setup(test_os_types_are_used, setup),
        cmocka_unit_test_setup(test_maps_of_all_shapes, setup),
        cmocka_unit_test_setup(test_no_sources, setup),
        cmocka_unit_test_setup(test_no_console, setup),
        cmocka_unit_test_setup(test_screen_bit_masks, setup),
        cmocka_unit_test_setup(test_screen_unusable, setup),
        cmocka_unit_test_setup(test_screen_console_preferred, setup),
        cmocka_unit_test_setup(test_screen_short_framebuffer, setup),
        cmocka_unit_test_setup(test_screen_modes, setup),
        cmocka_unit_test_setup(test_short_reads, setup),
        cmocka_unit_test_setup(test_missing_files, setup),
        cmocka_unit_test_setup(test_read_errors, setup),
        cmocka_unit_test_setup(test_bad_images, setup),
        cmocka_unit_test_setup(test_utask_as_elf_file, setup),
        cmocka_unit_test_setup(test_larger_than_memory, setup),
        cmocka_unit_test_setup(test_bad_config, setup),
        cmocka_unit_test_setup(test_wait_for_key, setup),
        cmocka_unit_test_setup(test_cpu_refusals, setup),
        cmocka_unit_test_setup(test_out_of_memory, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
