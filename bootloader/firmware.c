#include "firmware.h"

EFI_HANDLE efi_image;
EFI_SYSTEM_TABLE *efi_system;
EFI_BOOT_SERVICES *efi_boot;

void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    efi_image = image;
    efi_system = system;
    efi_boot = system->BootServices;
    efi_boot->SetWatchdogTimer(0, 0, 0, NULL);
}

EFI_LOADED_IMAGE *firmware_loaded_image(void)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    void *interface = NULL;

    if (EFI_ERROR(efi_boot->HandleProtocol(efi_image, &guid, &interface)))
        return NULL;
    return interface;
}

void *firmware_pool_allocate(size_t size_bytes)
{
    void *memory = NULL;

    if (EFI_ERROR(efi_boot->AllocatePool(EfiLoaderData, size_bytes, &memory)))
        return NULL;
    return memory;
}

void firmware_pool_free(void *memory)
{
    if (memory != NULL)
        efi_boot->FreePool(memory);
}

void firmware_pool_cleanup(void *pointer_variable)
{
    firmware_pool_free(*(void **)pointer_variable);
}

const char *firmware_status_text(EFI_STATUS status)
{
    static const struct {
        EFI_STATUS status;
        const char *text;
    } texts[] = {
        {EFI_LOAD_ERROR, "load error"},
        {EFI_INVALID_PARAMETER, "invalid parameter"},
        {EFI_UNSUPPORTED, "not supported"},
        {EFI_BAD_BUFFER_SIZE, "bad buffer size"},
        {EFI_BUFFER_TOO_SMALL, "buffer too small"},
        {EFI_NOT_READY, "not ready"},
        {EFI_DEVICE_ERROR, "device error"},
        {EFI_WRITE_PROTECTED, "write-protected"},
        {EFI_OUT_OF_RESOURCES, "out of memory"},
        {EFI_VOLUME_CORRUPTED, "the file system is corrupted"},
        {EFI_NO_MEDIA, "no medium"},
        {EFI_MEDIA_CHANGED, "the medium was changed"},
        {EFI_NOT_FOUND, "not found"},
        {EFI_ACCESS_DENIED, "access denied"},
        {EFI_NO_RESPONSE, "no response"},
        {EFI_TIMEOUT, "timeout"},
        {EFI_ABORTED, "aborted"},
        {EFI_SECURITY_VIOLATION, "security violation"},
        {EFI_CRC_ERROR, "checksum error"},
        {EFI_COMPROMISED_DATA, "compromised data"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "unknown error";
}
