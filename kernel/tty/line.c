/* Received bytes: signals, flow control, mapping, lines. What each byte does, and in which order the settings
 * are asked, is Linux's; POSIX leaves much of it open. */
#include "tty/line.h"

#include "abi/signal.h"
#include "lib/string.h"
#include "tty/line_internal.h"

#define ESCAPE_MARK 0377 /* PARMRK: begins a marked byte, and stands for itself twice */

/* The inputs flags and local flags without which no byte means anything but itself. */
#define INPUT_FLAGS_RAW (ISTRIP | IUCLC | IGNCR | ICRNL | INLCR | IXON | PARMRK)
#define LOCAL_FLAGS_RAW (ICANON | ISIG | ECHO)

const struct termios line_settings_default = {
    .iflag = ICRNL | IXON,
    .oflag = OPOST | ONLCR,
    .cflag = B38400 | CS8 | CREAD,
    .lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .line = N_TTY,
    .cc = {3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026, 0},
};

/* The bytes that are more than themselves under the line's settings. */
static void line_find_special(struct line *line)
{
    const uint8_t *cc = line->settings.cc;
    uint8_t found[VEOL2 + 3];
    size_t count = 0;

    memset(line->special, 0, sizeof(line->special));
    if (line_has_input(line, IGNCR | ICRNL))
        found[count++] = '\r';
    if (line_has_input(line, INLCR))
        found[count++] = '\n';
    if (line_has_local(line, ICANON)) {
        const uint8_t canonical[] = {'\n', cc[VERASE], cc[VKILL], cc[VEOF], cc[VEOL]};
        const uint8_t extended[] = {cc[VWERASE], cc[VLNEXT], cc[VEOL2]};
        memcpy(found + count, canonical, sizeof(canonical));
        count += sizeof(canonical);
        if (line_has_local(line, IEXTEN)) {
            memcpy(found + count, extended, sizeof(extended));
            count += sizeof(extended);
            if (line_has_local(line, ECHO))
                found[count++] = cc[VREPRINT];
        }
    }
    if (line_has_input(line, IXON)) {
        found[count++] = cc[VSTART];
        found[count++] = cc[VSTOP];
    }
    if (line_has_local(line, ISIG)) {
        found[count++] = cc[VINTR];
        found[count++] = cc[VQUIT];
        found[count++] = cc[VSUSP];
    }
    for (size_t i = 0; i < count; i++)
        line->special[found[i] / 8] |= (uint8_t)(1u << found[i] % 8);
    line->special[0] &= (uint8_t)~1u; /* CHARACTER_DISABLED */
}

static void line_settings_changed(struct line *line)
{
    line_find_special(line);
    line->is_raw = !line_has_input(line, INPUT_FLAGS_RAW) && !line_has_local(line, LOCAL_FLAGS_RAW);
}

void line_reset(struct line *line)
{
    line_flush_input(line);
    line->is_stopped = line->is_suspended = false;
    line->column = line->canonical_column = 0;
    line_echo_clear(line);
}

void line_init(struct line *line, const struct line_events *events)
{
    line->settings = line_settings_default;
    line->events = *events;
    line_settings_changed(line);
    line_reset(line);
}

void line_flush_input(struct line *line)
{
    line->head = line->canonical_head = line->tail = 0;
    line->quotes_next = line->is_erasing = false;
    memset(line->ends, 0, sizeof(line->ends));
}

/* What was received under the other mode becomes one line, or bytes of no line. */
static void line_mode_changed(struct line *line)
{
    memset(line->ends, 0, sizeof(line->ends));
    line->quotes_next = line->is_erasing = false;
    line->canonical_head = line->tail;
    if (line_has_local(line, ICANON) && line->head != line->tail) {
        line_mark_end(line, line->head - 1);
        line->canonical_head = line->head;
    }
}

void line_set_settings(struct line *line, const struct termios *settings)
{
    const struct termios old = line->settings;

    line->settings = *settings;
    if (((old.lflag ^ settings->lflag) & (ICANON | EXTPROC)) != 0)
        line_mode_changed(line);
    line_settings_changed(line);
    if ((old.iflag & IXON) != 0 && (settings->iflag & IXON) == 0)
        line_set_stopped(line, false); /* nobody could type START any more */
}

void line_set_stopped(struct line *line, bool is_stopped)
{
    if (line->is_stopped == is_stopped)
        return;
    line->is_stopped = is_stopped;
    line->events.stopped_changed(line->events.argument);
}

static void line_put_marked(struct line *line, uint8_t byte)
{
    if (byte == ESCAPE_MARK && line_has_input(line, PARMRK))
        line_put(line, byte);
    line_put(line, byte);
}

/* An ordinary byte: to be echoed and put into the ring. */
static void line_receive_plain(struct line *line, uint8_t byte)
{
    if (line->is_stopped && line_has_input(line, IXON) && line_has_input(line, IXANY))
        line_set_stopped(line, false);
    if (line_has_local(line, ECHO)) {
        line_finish_erasing(line);
        if (line->canonical_head == line->head)
            line->canonical_column = line->column;
        line_echo(line, byte);
    }
    line_put_marked(line, byte);
}

/* The line ends with `byte`, which is put into the ring: 0 for the end of file. */
static void line_end(struct line *line, uint8_t byte)
{
    line_mark_end(line, line->head);
    line_put(line, byte);
    line->canonical_head = line->head;
}

static void line_raise(struct line *line, int signal)
{
    line->events.signal(line->events.argument, signal);
    if (line_has_local(line, NOFLSH))
        return;
    line_echo_clear(line);
    line->events.flush_output(line->events.argument);
    line_flush_input(line);
    line->events.input_flushed(line->events.argument);
}

/* The signal that a byte raises; 0: none. */
static int line_signal_of(const struct line *line, uint8_t byte)
{
    const uint8_t *cc = line->settings.cc;

    if (!line_has_local(line, ISIG) || byte == CHARACTER_DISABLED)
        return 0;
    if (byte == cc[VINTR])
        return SIGINT;
    if (byte == cc[VQUIT])
        return SIGQUIT;
    return byte == cc[VSUSP] ? SIGTSTP : 0;
}

/* Signals and flow control; says whether the byte was for them. */
static bool line_receive_control(struct line *line, uint8_t byte)
{
    const uint8_t *cc = line->settings.cc;
    int signal;

    if (line_has_input(line, IXON) && (byte == cc[VSTART] || byte == cc[VSTOP])) {
        line_set_stopped(line, byte != cc[VSTART]);
        return true;
    }
    signal = line_signal_of(line, byte);
    if (signal == 0)
        return false;
    line_raise(line, signal);
    if (line_has_input(line, IXON))
        line_set_stopped(line, false);
    if (line_has_local(line, ECHO))
        line_echo(line, byte);
    return true;
}

static void line_receive_quote(struct line *line)
{
    line->quotes_next = true;
    if (!line_has_local(line, ECHO))
        return;
    line_finish_erasing(line);
    if (line_has_local(line, ECHOCTL)) {
        line_echo_plain(line, '^');
        line_echo_plain(line, '\b');
    }
}

/* EOL, EOL2: the end of a line that is no newline. */
static void line_receive_end(struct line *line, uint8_t byte)
{
    if (line_has_local(line, ECHO)) {
        if (line->canonical_head == line->head)
            line->canonical_column = line->column;
        line_echo(line, byte);
    }
    if (byte == ESCAPE_MARK && line_has_input(line, PARMRK))
        line_put(line, byte);
    line_end(line, byte);
}

/* What bytes mean to a line that can be edited; says whether the byte was one of those. */
static bool line_receive_canonical(struct line *line, uint8_t byte)
{
    const uint8_t *cc = line->settings.cc;
    const bool is_extended = line_has_local(line, IEXTEN);

    if (byte == cc[VERASE] || byte == cc[VKILL] || (byte == cc[VWERASE] && is_extended)) {
        line_erase(line, byte);
    } else if (byte == cc[VLNEXT] && is_extended) {
        line_receive_quote(line);
    } else if (byte == cc[VREPRINT] && is_extended && line_has_local(line, ECHO)) {
        line_reprint(line, byte);
    } else if (byte == '\n') {
        if (line_has_local(line, ECHO | ECHONL))
            line_echo_plain(line, '\n');
        line_end(line, '\n');
    } else if (byte == cc[VEOF]) {
        line_end(line, 0);
    } else if (byte == cc[VEOL] || (byte == cc[VEOL2] && is_extended)) {
        line_receive_end(line, byte);
    } else {
        return false;
    }
    return true;
}

static void line_receive_special(struct line *line, uint8_t byte)
{
    if (line_receive_control(line, byte))
        return;
    if (line->is_stopped && line_has_input(line, IXON) && line_has_input(line, IXANY))
        line_set_stopped(line, false);
    if (byte == '\r') {
        if (line_has_input(line, IGNCR))
            return;
        if (line_has_input(line, ICRNL))
            byte = '\n';
    } else if (byte == '\n' && line_has_input(line, INLCR)) {
        byte = '\r';
    }
    if (line_has_local(line, ICANON) && line_receive_canonical(line, byte))
        return;
    if (line_has_local(line, ECHO) && byte == '\n') {
        line_finish_erasing(line);
        line_echo_plain(line, '\n');
        line_put_marked(line, byte);
        return;
    }
    line_receive_plain(line, byte);
}

static void line_receive_byte(struct line *line, uint8_t byte)
{
    const bool is_quoted = line->quotes_next;

    line->quotes_next = false;
    if (line_has_input(line, ISTRIP))
        byte &= 0x7f;
    if (line_has_input(line, IUCLC) && line_has_local(line, IEXTEN))
        byte = byte_to_lower(byte);
    if (line_has_local(line, EXTPROC))
        line_put(line, byte);
    else if (is_quoted || (line->special[byte / 8] >> byte % 8 & 1) == 0)
        line_receive_plain(line, byte);
    else
        line_receive_special(line, byte);
}

/* A marked byte takes three. One byte stays free, but for the end of the line. */
static size_t line_room_for_more(const struct line *line)
{
    size_t room = LINE_SIZE - (line->head - line->tail);

    if (line_has_input(line, PARMRK))
        room = (room + 2) / 3;
    return room > 0 ? room - 1 : 0;
}

static bool line_is_overflowing(const struct line *line)
{
    return line_has_local(line, ICANON) && line->canonical_head == line->tail;
}

size_t line_room(const struct line *line)
{
    const size_t room = line_room_for_more(line);

    return room == 0 && line_is_overflowing(line) ? 1 : room;
}

/* The same, and make that room: the byte that was received last gives way to the next one. */
static size_t line_make_room(struct line *line)
{
    const size_t room = line_room_for_more(line);

    if (room > 0 || !line_is_overflowing(line))
        return room;
    while (LINE_SIZE - (line->head - line->tail) < (line_has_input(line, PARMRK) ? 3 : 1))
        line->head--;
    return 1;
}

static void line_put_raw(struct line *line, const char *bytes, size_t length)
{
    const size_t at = line->head % LINE_SIZE, to_end = LINE_SIZE - at;
    const size_t first = length < to_end ? length : to_end;

    memcpy(line->bytes + at, bytes, first);
    memcpy(line->bytes, bytes + first, length - first);
    line->head += (uint32_t)length;
}

size_t line_receive(struct line *line, const char *bytes, size_t length)
{
    size_t done = 0;

    while (done < length) {
        const size_t room = line_make_room(line), left = length - done;
        const size_t piece = left < room ? left : room;
        if (piece == 0)
            break;
        if (line->is_raw)
            line_put_raw(line, bytes + done, piece);
        else
            for (size_t i = 0; i < piece; i++)
                line_receive_byte(line, (uint8_t)bytes[done + i]);
        done += piece;
    }
    return done;
}

void line_receive_or_lose(struct line *line, const char *bytes, size_t length)
{
    size_t done = 0;

    while (done < length) {
        done += line_receive(line, bytes + done, length - done);
        if (done < length) /* there was no room */
            (void)line_receive_control(line, (uint8_t)bytes[done++]);
    }
}

void line_receive_break(struct line *line)
{
    if (line_has_input(line, IGNBRK))
        return;
    if (line_has_input(line, BRKINT)) {
        line_raise(line, SIGINT);
        return;
    }
    if (line_make_room(line) == 0)
        return;
    if (line_has_input(line, PARMRK)) {
        line_put(line, ESCAPE_MARK);
        line_put(line, 0);
    }
    line_put(line, 0);
}

void line_receive_error(struct line *line, char byte)
{
    if (line_has_input(line, INPCK) && line_has_input(line, IGNPAR))
        return;
    if (line_make_room(line) == 0)
        return;
    if (!line_has_input(line, INPCK)) {
        line_put(line, (uint8_t)byte);
    } else if (line_has_input(line, PARMRK)) {
        line_put(line, ESCAPE_MARK);
        line_put(line, 0);
        line_put(line, (uint8_t)byte);
    } else {
        line_put(line, 0);
    }
}
