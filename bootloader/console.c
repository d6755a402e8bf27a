#include "console.h"

#include "firmware.h"
#include "lib/format.h"

#define CONSOLE_PIECE 128 /* characters a call of the firmware */
#define CONSOLE_POLL_US 50000
#define MIB (1024 * 1024)

/* Collects characters and passes them to the firmware in pieces. */
struct console_sink {
    struct format_sink sink;
    CHAR16 piece[CONSOLE_PIECE + 1];
    size_t length;
};

static void console_flush(struct console_sink *console)
{
    console->piece[console->length] = 0;
    if (console->length > 0 && efi_system->ConOut != NULL)
        efi_system->ConOut->OutputString(efi_system->ConOut, console->piece);
    console->length = 0;
}

static void console_put(struct console_sink *console, char character)
{
    if (console->length == CONSOLE_PIECE)
        console_flush(console);
    console->piece[console->length++] = (CHAR16)(unsigned char)character;
}

static void console_write(struct format_sink *sink, const char *text, size_t length)
{
    struct console_sink *console = (struct console_sink *)sink;

    for (size_t i = 0; i < length; i++) {
        char character = text[i];
        if (character == '\n')
            console_put(console, '\r');
        if (character != '\n' && character != '\r' && (character < ' ' || character > '~'))
            character = '?';
        console_put(console, character);
    }
}

void console_print(const char *format, ...)
{
    struct console_sink console = {.sink = {console_write}, .length = 0};
    va_list arguments;

    va_start(arguments, format);
    format_to_sink(&console.sink, format, arguments);
    va_end(arguments);
    console_flush(&console);
}

void console_progress(const char *what, uint64_t done_bytes, uint64_t total_bytes)
{
    console_print("\rlintel: %s: %" PRIu64 " of %" PRIu64 " MiB%s", what, done_bytes / MIB, total_bytes / MIB,
                  done_bytes >= total_bytes ? "\n" : "");
}

static int console_take_key(void)
{
    EFI_INPUT_KEY key;

    return efi_system->ConIn != NULL && !EFI_ERROR(efi_system->ConIn->ReadKeyStroke(efi_system->ConIn, &key));
}

void console_wait_for_key(uint32_t timeout_seconds)
{
    const uint32_t polls_per_second = 1000000 / CONSOLE_POLL_US;

    if (timeout_seconds == 0)
        return;
    /* Bounded: a keyboard that repeats for ever, or a driver that never says "not ready". */
    for (int i = 0; i < 1000 && console_take_key(); i++)
        ;
    for (uint32_t left = timeout_seconds; left > 0; left--) {
        console_print("\rPress any key to return to the firmware (%u s) ", left);
        for (uint32_t poll = 0; poll < polls_per_second; poll++) {
            if (console_take_key()) {
                console_print("\n");
                return;
            }
            efi_boot->Stall(CONSOLE_POLL_US);
        }
    }
    console_print("\n");
}
