/* The line discipline: settings, typed bytes, reads and output, whatever the input says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tty/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore_signal(void *argument, int signal)
{
    (void)argument;
    (void)signal;
}

static void ignore(void *argument)
{
    (void)argument;
}

static void check(const struct line *line)
{
    const char *bytes;

    if (line->head - line->tail > LINE_SIZE || line->echo_head - line->echo_tail > LINE_ECHO_SIZE)
        abort();
    if (line_readable_bytes(line) > LINE_SIZE || line_echo_pending(line, &bytes) > LINE_ECHO_SIZE)
        abort();
}

/* Read up to `length` bytes as a program would. */
static void read_some(struct line *line, size_t length)
{
    static char bytes[LINE_SIZE];

    while (length > 0 && line_is_readable(line, 1)) {
        struct line_piece piece = line_next_piece(line, length);
        if (piece.length > length || piece.consumed == 0)
            abort();
        memcpy(bytes, piece.bytes, piece.length);
        line_consume(line, &piece);
        length -= piece.length;
        if (piece.is_end)
            return;
    }
    line_skip_end_of_file(line);
}

static void put_out(struct line *line, const uint8_t *bytes, size_t length)
{
    char out[LINE_EXPANSION_MAX];
    size_t done = 0;

    while (done < length) {
        const size_t plain = line_process_plain(line, (const char *)bytes + done, length - done);
        done += plain;
        if (plain == 0 && line_process_output(line, bytes[done++], out) > sizeof(out))
            abort();
    }
}

static void drain_echo(struct line *line)
{
    const char *bytes;
    size_t length;

    while ((length = line_echo_pending(line, &bytes)) > 0)
        line_echo_consume(line, length);
}

/* One step: a byte that says what, one that says how many. Returns bytes used. */
static size_t step(struct line *line, const uint8_t *data, size_t size)
{
    const size_t left = size - 2, count = data[1] < left ? data[1] : left;
    const uint8_t *bytes = data + 2;
    struct termios settings = line->settings;

    switch (data[0] % 8) {
    case 0:
        memcpy(&settings, bytes, count < sizeof(settings) ? count : sizeof(settings));
        line_set_settings(line, &settings);
        break;
    case 1:
        for (unsigned i = 0; i < 40; i++)
            (void)line_receive(line, (const char *)bytes, count);
        break;
    case 2:
        line_receive_or_lose(line, (const char *)bytes, count);
        break;
    case 3:
        read_some(line, data[1]);
        return 2;
    case 4:
        put_out(line, bytes, count);
        break;
    case 5:
        line_receive_break(line);
        line_receive_error(line, (char)data[1]);
        return 2;
    case 6:
        drain_echo(line);
        return 2;
    default:
        (void)line_receive(line, (const char *)bytes, count);
        break;
    }
    return 2 + count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct line_events events = {ignore_signal, ignore, ignore, ignore, NULL};
    struct line *line = malloc(sizeof(*line));

    memset(line, 0, sizeof(*line));
    line_init(line, &events);
    for (size_t at = 0; at + 2 < size;) {
        at += step(line, data + at, size - at);
        check(line);
    }
    free(line);
    return 0;
}
