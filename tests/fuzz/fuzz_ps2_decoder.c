/* Any bytes as a PS/2 keyboard's, in both sets: what comes out keeps the promises of ps2_decoder.h, and the
 * decoder finds back to keys. */
#include <stdbool.h>
#include <stdlib.h>

#include "dev/ps2_decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_event(struct ps2_event event)
{
    require(event.kind <= PS2_EVENT_LOST);
    if (event.kind == PS2_EVENT_KEY || event.kind == PS2_EVENT_TAP)
        require(event.code != 0);
}

/* At most five bytes later it is between keys, whatever came before, and tells a key. */
static void require_recovery(struct ps2_decoder *decoder)
{
    const uint8_t key_a = decoder->is_set_2 ? 0x1c : 0x1e;
    struct ps2_event event;
    bool is_found = false;

    for (int i = 0; i < 5; i++) {
        event = ps2_decoder_take(decoder, key_a);
        is_found |= event.kind == PS2_EVENT_KEY && event.code == 30 && event.is_down;
    }
    require(is_found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int set_2 = 0; set_2 < 2; set_2++) {
        struct ps2_decoder decoder;
        ps2_decoder_init(&decoder, set_2 != 0);
        for (size_t i = 0; i < size; i++)
            check_event(ps2_decoder_take(&decoder, data[i]));
        require_recovery(&decoder);
    }
    return 0;
}
