#include "mock_efi.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mock_cpu.h"

#define PAGE 4096ull
#define MOCK_EXTRA_BASE (MOCK_MEMORY_BASE + 2 * MOCK_MEMORY_PAGES * PAGE)

struct mock_efi mock_efi;

static uint32_t page_types[MOCK_MEMORY_PAGES];
static UINTN map_key;
static EFI_BOOT_SERVICES boot;
static EFI_RUNTIME_SERVICES runtime;
static SIMPLE_TEXT_OUTPUT_INTERFACE console_out;
static SIMPLE_INPUT_INTERFACE console_in;
static EFI_LOADED_IMAGE loaded_image;
static EFI_FILE_IO_INTERFACE file_system;
static EFI_RNG_PROTOCOL rng;
static EFI_CONFIGURATION_TABLE tables[3];
static uint8_t rsdp_new[36], rsdp_old[20];
static int image_handle, device_handle, output_handles[MOCK_OUTPUTS_MAX];
EFI_HANDLE mock_efi_image = &image_handle;

/* Call at the start of each boot service that may not be called any more after ExitBootServices. */
static void note_call(void)
{
    mock_efi.calls_after_exit += mock_efi.exit_calls > 0;
}

static bool must_fail(struct mock_failure *failure)
{
    unsigned call = failure->calls++;

    return call >= failure->first && call - failure->first < failure->count;
}

/* --- memory --- */

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE efi_type, UINTN pages,
                                        EFI_PHYSICAL_ADDRESS *memory)
{
    uint32_t type = (uint32_t)efi_type;
    UINTN run = 0;

    note_call();
    if (must_fail(&mock_efi.pages))
        return EFI_OUT_OF_RESOURCES;
    if (type >= EfiMaxMemoryType && type < 0x70000000)
        return EFI_INVALID_PARAMETER;
    if (type >= 0x80000000u && mock_efi.refuses_os_types)
        return EFI_INVALID_PARAMETER;
    if (how != AllocateMaxAddress || pages == 0)
        return EFI_INVALID_PARAMETER;
    if (type >= 0x80000000u && mock_efi.forgets_os_types)
        type = EfiLoaderData;
    for (size_t i = MOCK_MEMORY_PAGES; i > 0; i--) {
        run = page_types[i - 1] == EfiConventionalMemory ? run + 1 : 0;
        uint64_t address = MOCK_MEMORY_BASE + (i - 1) * PAGE;
        if (run < pages || address + pages * PAGE - 1 > *memory)
            continue;
        for (UINTN page = 0; page < pages; page++)
            page_types[i - 1 + page] = type;
        ASAN_UNPOISON_MEMORY_REGION((void *)address, pages * PAGE);
        memset((void *)address, 0xcc, pages * PAGE); /* no firmware clears it */
        *memory = address;
        mock_efi.allocated_pages += pages;
        map_key++;
        return EFI_SUCCESS;
    }
    return EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS memory, UINTN pages)
{
    note_call();
    for (UINTN page = 0; page < pages; page++) {
        uint32_t *type = &page_types[(memory - MOCK_MEMORY_BASE) / PAGE + page];
        if (*type == EfiConventionalMemory)
            abort(); /* freed twice */
        *type = EfiConventionalMemory;
    }
    ASAN_POISON_MEMORY_REGION((void *)memory, pages * PAGE);
    mock_efi.allocated_pages -= pages;
    map_key++;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, VOID **buffer)
{
    (void)type;
    note_call();
    if (must_fail(&mock_efi.pool))
        return EFI_OUT_OF_RESOURCES;
    *buffer = malloc(size);
    mock_efi.allocated_pools++;
    map_key++;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(VOID *buffer)
{
    note_call();
    free(buffer);
    mock_efi.allocated_pools--;
    map_key++;
    return EFI_SUCCESS;
}

/* One entry of the map, at its place in the buffer if there is one. */
static void put_entry(void *buffer, UINTN *used, uint32_t type, uint64_t base, uint64_t pages)
{
    EFI_MEMORY_DESCRIPTOR descriptor = {
        .Type = type, .PhysicalStart = base, .NumberOfPages = pages, .Attribute = EFI_MEMORY_WB};

    if (buffer != NULL) {
        memset((char *)buffer + *used, 0xee, mock_efi.descriptor_size);
        memcpy((char *)buffer + *used, &descriptor, 40);
    }
    *used += mock_efi.descriptor_size;
}

static UINTN put_map(void *buffer)
{
    UINTN used = 0;

    for (unsigned i = mock_efi.extra_entries; i > 0; i--) /* unsorted, too */
        put_entry(buffer, &used, i % 2 ? EfiReservedMemoryType : EfiMemoryMappedIO,
                  MOCK_EXTRA_BASE + i * 2 * PAGE, 1);
    for (size_t i = 0; i < MOCK_MEMORY_PAGES;) {
        size_t start = i;
        while (i < MOCK_MEMORY_PAGES && page_types[i] == page_types[start])
            i++;
        put_entry(buffer, &used, page_types[start], MOCK_MEMORY_BASE + start * PAGE, i - start);
    }
    return used;
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
                                        UINTN *descriptor_size, UINT32 *version)
{
    UINTN needed = put_map(NULL);

    mock_efi.map_calls++;
    if (mock_efi.map_fails_from != 0 && mock_efi.map_calls >= mock_efi.map_fails_from)
        return EFI_DEVICE_ERROR;
    *descriptor_size = mock_efi.descriptor_size;
    *version = EFI_MEMORY_DESCRIPTOR_VERSION;
    if (*size < needed) {
        *size = needed;
        return EFI_BUFFER_TOO_SMALL;
    }
    *size = put_map(map);
    *key = map_key;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
    mock_efi.exit_calls++;
    if (image != &image_handle)
        abort();
    if (mock_efi.exit_calls <= mock_efi.stale_keys)
        map_key++; /* a timer's handler allocated something */
    return key == map_key ? EFI_SUCCESS : EFI_INVALID_PARAMETER;
}

uint32_t mock_efi_page_type(uint64_t physical)
{
    return page_types[(physical - MOCK_MEMORY_BASE) / PAGE];
}

/* --- files --- */

struct open_file {
    EFI_FILE_PROTOCOL protocol;
    const struct mock_file *file; /* NULL: the root */
    uint64_t position;
    bool was_read;
};

static EFI_STATUS EFIAPI file_open(EFI_FILE_HANDLE root, EFI_FILE_HANDLE *handle, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes);

static EFI_STATUS EFIAPI file_close(EFI_FILE_HANDLE handle)
{
    note_call();
    mock_efi.open_files--;
    free(handle);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_HANDLE handle, UINTN *size, VOID *buffer)
{
    struct open_file *open = (struct open_file *)handle;
    uint64_t end = open->file->reported_size ? open->file->reported_size : open->file->size;

    note_call();
    if (end > mock_efi.read_ends_at)
        end = mock_efi.read_ends_at;
    if (mock_efi.read_limit != 0 && *size > mock_efi.read_limit)
        *size = mock_efi.read_limit;
    if (open->position >= end)
        *size = 0;
    else if (*size > end - open->position)
        *size = end - open->position;
    if (open->position <= mock_efi.read_fails_at && mock_efi.read_fails_at - open->position < *size)
        return EFI_DEVICE_ERROR;
    for (UINTN i = 0; i < *size; i++) {
        uint64_t at = open->position + i;
        ((uint8_t *)buffer)[i] = at < open->file->size ? ((const uint8_t *)open->file->data)[at] : 0;
        if (at == 0 && open->was_read && mock_efi.changes_between_reads)
            ((uint8_t *)buffer)[i] ^= 1;
    }
    open->position += *size;
    open->was_read = true;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_HANDLE handle, UINT64 position)
{
    note_call();
    ((struct open_file *)handle)->position = position;
    return EFI_SUCCESS;
}

/* A name as long as FAT allows, so that the first buffer is too small. */
static EFI_STATUS EFIAPI file_get_info(EFI_FILE_HANDLE handle, EFI_GUID *type, UINTN *size, VOID *buffer)
{
    const struct open_file *open = (struct open_file *)handle;
    UINTN needed = sizeof(EFI_FILE_INFO) + 255 * sizeof(CHAR16);

    (void)type;
    note_call();
    if (*size < needed) {
        *size = needed;
        return EFI_BUFFER_TOO_SMALL;
    }
    EFI_FILE_INFO *info = buffer;
    memset(info, 0, needed);
    info->Size = needed;
    info->FileSize = open->file->reported_size ? open->file->reported_size : open->file->size;
    info->Attribute = open->file->is_folder ? EFI_FILE_DIRECTORY : 0;
    return EFI_SUCCESS;
}

static EFI_FILE_HANDLE make_handle(const struct mock_file *file)
{
    struct open_file *open = calloc(1, sizeof(*open));

    open->protocol.Open = file_open;
    open->protocol.Close = file_close;
    open->protocol.Read = file_read;
    open->protocol.SetPosition = file_set_position;
    open->protocol.GetInfo = file_get_info;
    open->file = file;
    mock_efi.open_files++;
    return &open->protocol;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_HANDLE root, EFI_FILE_HANDLE *handle, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes)
{
    (void)root;
    (void)attributes;
    note_call();
    if (mode != EFI_FILE_MODE_READ)
        return EFI_WRITE_PROTECTED;
    if (mock_efi.open_fails)
        return EFI_VOLUME_CORRUPTED;
    for (size_t i = 0; i < MOCK_FILES_MAX && mock_efi.files[i].path != NULL; i++) {
        const char *path = mock_efi.files[i].path;
        size_t length = 0;
        while (path[length] != '\0' && name[length] == (CHAR16)path[length])
            length++;
        if (path[length] == '\0' && name[length] == 0) {
            *handle = make_handle(&mock_efi.files[i]);
            return EFI_SUCCESS;
        }
    }
    return EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_HANDLE *root)
{
    (void)this;
    note_call();
    *root = make_handle(NULL);
    return EFI_SUCCESS;
}

/* --- devices --- */

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *string)
{
    (void)this;
    note_call();
    for (; *string != 0; string++) {
        if (*string > 0x7e || (*string < ' ' && *string != '\r' && *string != '\n'))
            abort(); /* what a serial line cannot show */
        if (mock_efi.text_length + 1 < sizeof(mock_efi.text))
            mock_efi.text[mock_efi.text_length++] = (char)*string;
    }
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *key)
{
    (void)this;
    note_call();
    *key = (EFI_INPUT_KEY){0, ' '};
    if (mock_efi.keys_waiting > 0) {
        mock_efi.keys_waiting--;
        return EFI_SUCCESS;
    }
    return mock_efi.key_after_polls > 0 && --mock_efi.key_after_polls == 0 ? EFI_SUCCESS : EFI_NOT_READY;
}

static EFI_STATUS EFIAPI query_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, UINT32 number, UINTN *size,
                                    EFI_GRAPHICS_OUTPUT_MODE_INFORMATION **info)
{
    struct mock_output *output = (struct mock_output *)this;

    note_call();
    if (output->modes[number].HorizontalResolution == 1) /* a mode that cannot be asked for */
        return EFI_DEVICE_ERROR;
    *size = sizeof(**info);
    EFI_STATUS status = allocate_pool(EfiBootServicesData, *size, (void **)info);
    if (!EFI_ERROR(status))
        **info = output->modes[number];
    return status;
}

static EFI_STATUS EFIAPI set_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, UINT32 number)
{
    struct mock_output *output = (struct mock_output *)this;

    note_call();
    output->set_mode_calls++;
    if (output->set_mode_fails && output->set_mode_calls == 1)
        return EFI_DEVICE_ERROR;
    output->current = output->modes[number];
    output->mode.Mode = number;
    output->mode.FrameBufferSize =
        (UINTN)output->current.PixelsPerScanLine * output->current.VerticalResolution * 4;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_rng(EFI_RNG_PROTOCOL *this, EFI_RNG_ALGORITHM *algorithm, UINTN size,
                                 UINT8 *value)
{
    (void)this;
    (void)algorithm;
    note_call();
    for (UINTN i = 0; i < size; i++)
        value[i] = (UINT8)rand();
    return mock_efi.rng_fails ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

static bool is_guid(const EFI_GUID *guid, EFI_GUID other)
{
    return memcmp(guid, &other, sizeof(other)) == 0;
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, VOID **interface)
{
    note_call();
    if (handle == &image_handle && is_guid(guid, (EFI_GUID)EFI_LOADED_IMAGE_PROTOCOL_GUID)) {
        *interface = &loaded_image;
        return EFI_SUCCESS;
    }
    if (handle == &device_handle && is_guid(guid, (EFI_GUID)EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID) &&
        !mock_efi.has_no_file_system) {
        *interface = &file_system;
        return EFI_SUCCESS;
    }
    for (unsigned i = 0; i < mock_efi.output_count; i++) {
        if (handle == &output_handles[i] && is_guid(guid, (EFI_GUID)EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID)) {
            *interface = &mock_efi.outputs[i].protocol;
            return EFI_SUCCESS;
        }
    }
    return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, VOID *search_key,
                                              UINTN *count, EFI_HANDLE **buffer)
{
    (void)how;
    (void)search_key;
    note_call();
    if (!is_guid(guid, (EFI_GUID)EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID) || mock_efi.output_count == 0)
        return EFI_NOT_FOUND;
    EFI_STATUS status =
        allocate_pool(EfiBootServicesData, MOCK_OUTPUTS_MAX * sizeof(EFI_HANDLE), (void **)buffer);
    if (EFI_ERROR(status))
        return status;
    *count = mock_efi.output_count;
    for (unsigned i = 0; i < mock_efi.output_count; i++)
        (*buffer)[i] = &output_handles[i];
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, VOID *registration, VOID **interface)
{
    (void)registration;
    note_call();
    if (!is_guid(guid, (EFI_GUID)EFI_RNG_PROTOCOL_GUID) || !mock_efi.has_rng)
        return EFI_NOT_FOUND;
    *interface = &rng;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
    note_call();
    mock_cpu.tsc += microseconds * (MOCK_TSC_HZ / 1000000);
    mock_efi.stalled_us += microseconds;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_watchdog_timer(UINTN timeout, UINT64 code, UINTN size, CHAR16 *data)
{
    (void)code;
    (void)size;
    (void)data;
    note_call();
    mock_efi.watchdog_is_off = timeout == 0;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
    (void)capabilities;
    *time = mock_efi.time;
    return mock_efi.has_no_clock ? EFI_DEVICE_ERROR : EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
    (void)type;
    (void)status;
    (void)size;
    (void)data;
    mock_cpu_end(MOCK_RESET);
}

/* --- set-up --- */

static void init_memory(void)
{
    static bool is_mapped;
    const size_t size = MOCK_MEMORY_PAGES * PAGE;

    if (!is_mapped && mmap((void *)MOCK_MEMORY_BASE, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
        abort();
    is_mapped = true;
    ASAN_POISON_MEMORY_REGION((void *)MOCK_MEMORY_BASE, size);
    for (size_t i = 0; i < MOCK_MEMORY_PAGES; i++)
        page_types[i] = EfiConventionalMemory;
    for (size_t i = 5000; i < 7000; i += 100) /* the firmware's own */
        page_types[i] = EfiBootServicesData;
    page_types[100] = EfiACPIReclaimMemory;
    page_types[101] = EfiRuntimeServicesData;
    page_types[102] = EfiReservedMemoryType;
}

static void init_output(struct mock_output *output)
{
    *output = (struct mock_output){
        .protocol = {.QueryMode = query_mode, .SetMode = set_mode, .Mode = &output->mode},
        .mode = {.MaxMode = 4,
                 .Mode = 0,
                 .Info = &output->current,
                 .SizeOfInfo = sizeof(output->current),
                 .FrameBufferBase = 0xc0000000,
                 .FrameBufferSize = 1280 * 800 * 4},
        .modes = {{0, 1280, 800, PixelBlueGreenRedReserved8BitPerColor, {0, 0, 0, 0}, 1280},
                  {0, 1920, 1080, PixelBlueGreenRedReserved8BitPerColor, {0, 0, 0, 0}, 1920},
                  {0, 2560, 1600, PixelBltOnly, {0, 0, 0, 0}, 2560},
                  {0, 1, 1, PixelBltOnly, {0, 0, 0, 0}, 1}},
    };
    output->current = output->modes[0];
}

static void init_checksum(uint8_t *rsdp)
{
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[8] = 0;
    for (int i = 0; i < 20; i++)
        rsdp[8] -= i == 8 ? 0 : rsdp[i];
}

static void init_tables(void)
{
    memcpy(rsdp_new + 9, "LINTEL\x02", 7);
    memcpy(rsdp_old + 9, "LINTEL\x00", 7);
    init_checksum(rsdp_new);
    init_checksum(rsdp_old);
    tables[0] = (EFI_CONFIGURATION_TABLE){SMBIOS_TABLE_GUID, rsdp_old};
    tables[1] = (EFI_CONFIGURATION_TABLE){ACPI_TABLE_GUID, rsdp_old};
    tables[2] = (EFI_CONFIGURATION_TABLE){ACPI_20_TABLE_GUID, rsdp_new};
}

void mock_efi_remove_acpi(bool keep_old)
{
    mock_efi.system.NumberOfTableEntries = keep_old ? 2 : 1;
}

void mock_efi_init(void)
{
    memset(&mock_efi, 0, sizeof(mock_efi));
    init_memory();
    init_tables();
    console_out = (SIMPLE_TEXT_OUTPUT_INTERFACE){.OutputString = output_string};
    console_in = (SIMPLE_INPUT_INTERFACE){.ReadKeyStroke = read_key};
    loaded_image = (EFI_LOADED_IMAGE){.DeviceHandle = &device_handle, .ImageBase = (void *)MOCK_IMAGE_BASE};
    file_system = (EFI_FILE_IO_INTERFACE){.OpenVolume = open_volume};
    rng = (EFI_RNG_PROTOCOL){.GetRNG = get_rng};
    runtime = (EFI_RUNTIME_SERVICES){.GetTime = get_time, .ResetSystem = reset_system};
    boot = (EFI_BOOT_SERVICES){
        .AllocatePages = allocate_pages,
        .FreePages = free_pages,
        .GetMemoryMap = get_memory_map,
        .AllocatePool = allocate_pool,
        .FreePool = free_pool,
        .HandleProtocol = handle_protocol,
        .ExitBootServices = exit_boot_services,
        .Stall = stall,
        .SetWatchdogTimer = set_watchdog_timer,
        .LocateHandleBuffer = locate_handle_buffer,
        .LocateProtocol = locate_protocol,
    };
    mock_efi.system = (EFI_SYSTEM_TABLE){
        .ConsoleOutHandle = &output_handles[0],
        .ConIn = &console_in,
        .ConOut = &console_out,
        .RuntimeServices = &runtime,
        .BootServices = &boot,
        .NumberOfTableEntries = 3,
        .ConfigurationTable = tables,
    };
    mock_efi.descriptor_size = 48;
    mock_efi.read_fails_at = mock_efi.read_ends_at = UINT64_MAX;
    mock_efi.output_count = 1;
    mock_efi.has_rng = true;
    mock_efi.time =
        (EFI_TIME){.Year = 2024, .Month = 2, .Day = 29, .Hour = 12, .TimeZone = EFI_UNSPECIFIED_TIMEZONE};
    for (size_t i = 0; i < MOCK_OUTPUTS_MAX; i++)
        init_output(&mock_efi.outputs[i]);
}
