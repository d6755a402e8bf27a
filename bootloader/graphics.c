#include "graphics.h"

#include "console.h"
#include "firmware.h"

#define GRAPHICS_BYTES_PER_PIXEL 4

/* True for one run of set bits. */
static bool graphics_is_run(uint32_t mask)
{
    uint32_t lowest = mask & -mask;

    return mask != 0 && (mask & (mask + lowest)) == 0;
}

static bool graphics_masks(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info,
                           struct boot_framebuffer *framebuffer)
{
    uint32_t red = info->PixelInformation.RedMask, green = info->PixelInformation.GreenMask,
             blue = info->PixelInformation.BlueMask;

    switch (info->PixelFormat) {
    case PixelRedGreenBlueReserved8BitPerColor:
        red = 0x0000ff, green = 0x00ff00, blue = 0xff0000;
        break;
    case PixelBlueGreenRedReserved8BitPerColor:
        red = 0xff0000, green = 0x00ff00, blue = 0x0000ff;
        break;
    case PixelBitMask:
        if (!graphics_is_run(red) || !graphics_is_run(green) || !graphics_is_run(blue) || (red & green) ||
            (red & blue) || (green & blue))
            return false;
        break;
    default: /* no framebuffer: the firmware draws */
        return false;
    }
    framebuffer->red_mask = red;
    framebuffer->green_mask = green;
    framebuffer->blue_mask = blue;
    return true;
}

/* Size and pixels of a mode; false if it cannot be drawn in. */
static bool graphics_describe_mode(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info,
                                   struct boot_framebuffer *ret_framebuffer)
{
    *ret_framebuffer = (struct boot_framebuffer){
        .width = info->HorizontalResolution,
        .height = info->VerticalResolution,
        .pixels_per_line = info->PixelsPerScanLine,
    };
    return info->HorizontalResolution > 0 && info->VerticalResolution > 0 &&
           info->HorizontalResolution <= CONFIG_SCREEN_SIDE_MAX &&
           info->VerticalResolution <= CONFIG_SCREEN_SIDE_MAX &&
           info->PixelsPerScanLine >= info->HorizontalResolution &&
           info->PixelsPerScanLine <= 4 * CONFIG_SCREEN_SIDE_MAX && graphics_masks(info, ret_framebuffer);
}

/* The mode that the output is in; false if it has no framebuffer that we can write to. */
static bool graphics_describe(const EFI_GRAPHICS_OUTPUT_PROTOCOL *output,
                              struct boot_framebuffer *ret_framebuffer)
{
    const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode = output->Mode;

    if (mode == NULL || mode->Info == NULL || mode->FrameBufferBase == 0 ||
        !graphics_describe_mode(mode->Info, ret_framebuffer))
        return false;

    /* Never draw beyond what the firmware says is there. */
    uint64_t line_bytes = (uint64_t)ret_framebuffer->pixels_per_line * GRAPHICS_BYTES_PER_PIXEL;
    if (mode->FrameBufferSize / line_bytes < ret_framebuffer->height)
        ret_framebuffer->height = (uint32_t)(mode->FrameBufferSize / line_bytes);
    ret_framebuffer->physical_base = mode->FrameBufferBase;
    ret_framebuffer->size_bytes = ret_framebuffer->height * line_bytes;
    return ret_framebuffer->height > 0;
}

/* The output of a handle; NULL if it has none with a framebuffer. */
static EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics_output_of(EFI_HANDLE handle)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    struct boot_framebuffer framebuffer;
    void *interface = NULL;

    if (handle == NULL || EFI_ERROR(efi_boot->HandleProtocol(handle, &guid, &interface)) || interface == NULL)
        return NULL;
    return graphics_describe(interface, &framebuffer) ? interface : NULL;
}

static EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics_find_output(void)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    __attribute__((cleanup(firmware_pool_cleanup))) EFI_HANDLE *handles = NULL;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *output = graphics_output_of(efi_system->ConsoleOutHandle);
    UINTN count = 0;

    if (output != NULL || EFI_ERROR(efi_boot->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles)))
        return output;
    for (UINTN i = 0; i < count && output == NULL; i++)
        output = graphics_output_of(handles[i]);
    return output;
}

static bool graphics_is_wanted(const struct boot_config *config, const struct boot_framebuffer *mode,
                               uint64_t best_pixels)
{
    if (config->screen == CONFIG_SCREEN_SIZE)
        return mode->width == config->screen_width && mode->height == config->screen_height;
    return (uint64_t)mode->width * mode->height > best_pixels;
}

/* The number of the mode that config wants; -1 if the output has none. */
static int64_t graphics_find_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *output, const struct boot_config *config)
{
    uint64_t best_pixels = 0;
    int64_t best = -1;

    for (UINT32 number = 0; number < output->Mode->MaxMode; number++) {
        __attribute__((cleanup(firmware_pool_cleanup))) EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = NULL;
        struct boot_framebuffer mode;
        UINTN size = 0;
        if (EFI_ERROR(output->QueryMode(output, number, &size, &info)) || info == NULL ||
            !graphics_describe_mode(info, &mode) || !graphics_is_wanted(config, &mode, best_pixels))
            continue;
        best_pixels = (uint64_t)mode.width * mode.height;
        best = number;
    }
    return best;
}

static void graphics_set_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *output, const struct boot_config *config)
{
    struct boot_framebuffer framebuffer;
    UINT32 previous = output->Mode->Mode;
    int64_t number = graphics_find_mode(output, config);

    if (number < 0) {
        console_print("lintel: the screen does not have the wanted mode; keeping the present one\n");
        return;
    }
    if ((UINT32)number == previous)
        return;
    if (EFI_ERROR(output->SetMode(output, (UINT32)number)) || !graphics_describe(output, &framebuffer)) {
        output->SetMode(output, previous);
        console_print("lintel: the screen cannot be switched to the wanted mode; keeping the present one\n");
    }
}

void graphics_setup(const struct boot_config *config, struct boot_framebuffer *ret_framebuffer)
{
    EFI_GRAPHICS_OUTPUT_PROTOCOL *output = graphics_find_output();

    if (output != NULL && config->screen != CONFIG_SCREEN_KEEP)
        graphics_set_mode(output, config);
    if (output == NULL || !graphics_describe(output, ret_framebuffer))
        *ret_framebuffer = (struct boot_framebuffer){.width = 0};
}
