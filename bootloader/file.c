#include "file.h"

#include "abi/errno.h"
#include "config.h"
#include "console.h"
#include "firmware.h"
#include "lib/format.h"
#include "lib/string.h"

/* Some firmware takes minutes over, or fails, one large read. */
#define FILE_PIECE_BYTES (1024u * 1024)
#define FILE_PROGRESS_BYTES (4u * 1024 * 1024) /* files from this size up show their progress */

int volume_open(struct volume *ret_volume, struct error *error)
{
    EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded = firmware_loaded_image();
    void *interface = NULL;
    EFI_STATUS status = EFI_NOT_FOUND;

    *ret_volume = (struct volume){NULL};
    if (loaded != NULL && loaded->DeviceHandle != NULL)
        status = efi_boot->HandleProtocol(loaded->DeviceHandle, &guid, &interface);
    if (!EFI_ERROR(status)) {
        EFI_FILE_IO_INTERFACE *file_system = interface;
        status = file_system->OpenVolume(file_system, &ret_volume->root);
    }
    if (EFI_ERROR(status)) {
        ret_volume->root = NULL;
        error_set(error, -ENODEV, "boot volume",
                  "the firmware offers no file system on the device that Lintel was started from (%s)",
                  firmware_status_text(status));
        error_hint(error, "Start Lintel from a FAT file system: a USB stick, a disk or a CD.");
        return -ENODEV;
    }
    return 0;
}

void volume_close(struct volume *volume)
{
    if (volume->root != NULL)
        volume->root->Close(volume->root);
    volume->root = NULL;
}

/* Size and attributes. The structure ends with the file's name, so its size is not known beforehand. */
static int file_get_info(struct file *file, uint64_t *ret_attributes, struct error *error)
{
    EFI_GUID guid = EFI_FILE_INFO_ID;
    UINTN size = sizeof(EFI_FILE_INFO) + 64;
    EFI_STATUS status;

    for (int attempt = 0; attempt < 3; attempt++) {
        __attribute__((cleanup(firmware_pool_cleanup))) EFI_FILE_INFO *info = firmware_pool_allocate(size);
        if (info == NULL)
            return error_set(error, -ENOMEM, file->path, "out of memory");
        status = file->handle->GetInfo(file->handle, &guid, &size, info);
        if (!EFI_ERROR(status)) {
            file->size_bytes = info->FileSize;
            *ret_attributes = info->Attribute;
            return 0;
        }
        if (status != EFI_BUFFER_TOO_SMALL)
            break;
    }
    return error_set(error, -EIO, file->path, "cannot ask for its size: %s", firmware_status_text(status));
}

int file_open(const struct volume *volume, const char *path, struct file *ret_file, struct error *error)
{
    CHAR16 wide_path[CONFIG_FILE_PATH_MAX + 1];
    uint64_t attributes = 0;
    size_t length = strnlen(path, CONFIG_FILE_PATH_MAX);

    for (size_t i = 0; i < length; i++)
        wide_path[i] = (unsigned char)path[i];
    wide_path[length] = 0;

    struct file file = {NULL, path, 0};
    EFI_STATUS status = volume->root->Open(volume->root, &file.handle, wide_path, EFI_FILE_MODE_READ, 0);
    *ret_file = (struct file){NULL, path, 0};
    if (status == EFI_NOT_FOUND) {
        error_set(error, -ENOENT, path, "no such file on the boot volume");
        error_hint(error, "Copy it there, or name another file in " CONFIG_PATH ".");
        return -ENOENT;
    }
    if (EFI_ERROR(status))
        return error_set(error, -EIO, path, "cannot be opened: %s", firmware_status_text(status));

    int result = file_get_info(&file, &attributes, error);
    if (result == 0 && (attributes & EFI_FILE_DIRECTORY))
        result = error_set(error, -EINVAL, path, "is a folder, not a file");
    if (result < 0) {
        file_close(&file);
        return result;
    }
    *ret_file = file;
    return 0;
}

int file_read(const struct file *file, uint64_t offset, void *buffer, uint64_t size_bytes,
              struct error *error)
{
    EFI_STATUS status = file->handle->SetPosition(file->handle, offset);
    uint64_t done = 0;

    while (!EFI_ERROR(status) && done < size_bytes) {
        UINTN piece = size_bytes - done < FILE_PIECE_BYTES ? size_bytes - done : FILE_PIECE_BYTES;
        UINTN asked = piece;
        status = file->handle->Read(file->handle, &piece, (char *)buffer + done);
        if (EFI_ERROR(status))
            break;
        if (piece == 0 || piece > asked) {
            error_set(error, -EIO, file->path, "reading stopped at byte %" PRIu64 " of %" PRIu64,
                      offset + done, file->size_bytes);
            error_hint(error, "The medium or its file system may be damaged: write it again.");
            return -EIO;
        }
        done += piece;
        if (file->size_bytes >= FILE_PROGRESS_BYTES)
            console_progress(file->path, offset + done, file->size_bytes);
    }
    if (EFI_ERROR(status)) {
        error_set(error, -EIO, file->path, "read error at byte %" PRIu64 " of %" PRIu64 ": %s", offset + done,
                  file->size_bytes, firmware_status_text(status));
        error_hint(error, "The medium may be damaged: try another one.");
        return -EIO;
    }
    return 0;
}

void file_close(struct file *file)
{
    if (file->handle != NULL)
        file->handle->Close(file->handle);
    file->handle = NULL;
}
