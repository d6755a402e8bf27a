/* What a program writes to a terminal. The first byte chooses its size, the second one how the rest is cut;
 * the view is moved in between. */
#include <stdint.h>

#include "terminal_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned sizes[][2] = {{80, 25}, {10, 4}, {1, 1}, {2, 3}, {3, 1}, {200, 3}, {7, 60}, {1, 9}};

    if (size < 2)
        return 0;
    size_t chunk = 1 + data[1] % 64;
    terminal_open(sizes[data[0] % 8][0], sizes[data[0] % 8][1], data[0] / 8 % 3);
    for (size_t at = 2; at < size; at += chunk) {
        say_bytes(data + at, chunk < size - at ? chunk : size - at);
        terminal_scroll_view(terminal, (int)data[at] - 200);
        terminal_check();
        (void)screen_text();
    }
    terminal_print(terminal, CELL_COLOR_ERROR, (const char *)data, size);
    terminal_check();
    terminal_close();
    return 0;
}
