/* The ring holds whole records: a header and the text. Positions count bytes since boot and only
 * ever grow; the place in the ring is the position modulo its size. A record may wrap around. */
#include "core/log.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/lock_rank.h"
#include "core/spinlock.h"
#include "lib/format.h"
#include "lib/string.h"

#define LOG_RING_SIZE 32768u /* a power of two */

struct log_record {
    uint64_t time_ns; /* since kernel entry; 0 before the clock runs */
    uint32_t sequence;
    uint16_t length; /* of the text behind it */
    uint8_t level;
};

/* Locks: l = log.lock */
static struct {
    struct spinlock lock;
    struct log_sink *sinks; /* [l] */
    enum log_level level;   /* [l] */
    bool is_emergency;      /* [l] then nobody else runs */
    uint32_t next_sequence; /* [l] */
    uint64_t start, end;    /* [l] positions of the oldest record and behind the newest */
} kernel_log = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_LOG), .level = LOG_INFO};

static char log_ring[LOG_RING_SIZE]; /* [l] */

static struct spinlock_state log_lock(void)
{
    if (kernel_log.is_emergency)
        return (struct spinlock_state){false};
    return spin_lock(&kernel_log.lock);
}

static void log_unlock(struct spinlock_state state)
{
    if (!kernel_log.is_emergency)
        spin_unlock(&kernel_log.lock, state);
}

static void ring_write(uint64_t position, const void *bytes, size_t size)
{
    size_t at = position % LOG_RING_SIZE;
    size_t first = size < LOG_RING_SIZE - at ? size : LOG_RING_SIZE - at;

    memcpy(log_ring + at, bytes, first);
    memcpy(log_ring, (const char *)bytes + first, size - first);
}

static void ring_read(uint64_t position, void *bytes, size_t size)
{
    size_t at = position % LOG_RING_SIZE;
    size_t first = size < LOG_RING_SIZE - at ? size : LOG_RING_SIZE - at;

    memcpy(bytes, log_ring + at, first);
    memcpy((char *)bytes + first, log_ring, size - first);
}

static uint64_t ring_next(uint64_t position)
{
    struct log_record record;

    ring_read(position, &record, sizeof(record));
    return position + sizeof(record) + record.length;
}

static void ring_append(struct log_record *record, const char *text)
{
    record->sequence = kernel_log.next_sequence++;
    uint64_t end = kernel_log.end + sizeof(*record) + record->length;

    while (end - kernel_log.start > LOG_RING_SIZE)
        kernel_log.start = ring_next(kernel_log.start);
    ring_write(kernel_log.end, record, sizeof(*record));
    ring_write(kernel_log.end + sizeof(*record), text, record->length);
    kernel_log.end = end;
}

static void sinks_write(struct log_sink *only, enum log_level level, const char *text, size_t length)
{
    for (struct log_sink *sink = kernel_log.sinks; sink != NULL; sink = sink->next) {
        if (only == NULL || only == sink)
            sink->write(level, text, length);
    }
}

/* The record at `position` as "[    0.001234] text" and a newline, behind `indent`; returns its length. */
static size_t ring_format(uint64_t position, const struct log_record *record, const char *indent,
                          char line[LOG_TEXT_MAX])
{
    size_t length = format_to_buffer(line, LOG_TEXT_MAX, "%s[%5lu.%06lu] ", indent,
                                     record->time_ns / 1000000000, record->time_ns / 1000 % 1000000);

    ring_read(position + sizeof(*record), line + length, record->length);
    length += record->length;
    line[length++] = '\n';
    return length;
}

static void ring_show(uint64_t position, struct log_sink *only, const char *indent)
{
    struct log_record record;
    char line[LOG_TEXT_MAX];

    ring_read(position, &record, sizeof(record));
    sinks_write(only, record.level, line, ring_format(position, &record, indent, line));
}

void log_line_v(enum log_level level, const char *format, va_list arguments)
{
    char text[LOG_LINE_MAX + 1];
    size_t length = format_to_buffer_v(text, sizeof(text), format, arguments);
    struct log_record record = {
        .time_ns = clock_monotonic_ns(),
        .length = (uint16_t)(length < LOG_LINE_MAX ? length : LOG_LINE_MAX),
        .level = (uint8_t)level,
    };
    struct spinlock_state state = log_lock();
    uint64_t position = kernel_log.end;

    ring_append(&record, text);
    if (level <= kernel_log.level)
        ring_show(position, NULL, "");
    log_unlock(state);
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_line_v(level, format, arguments);
    va_end(arguments);
}

void log_add_sink(struct log_sink *sink)
{
    struct spinlock_state state = log_lock();

    sink->next = kernel_log.sinks;
    kernel_log.sinks = sink;
    for (uint64_t at = kernel_log.start; at != kernel_log.end; at = ring_next(at)) {
        struct log_record record;
        ring_read(at, &record, sizeof(record));
        if (record.level <= kernel_log.level)
            ring_show(at, sink, "");
    }
    log_unlock(state);
}

enum log_level log_set_level(enum log_level level)
{
    struct spinlock_state state = log_lock();
    enum log_level before = kernel_log.level;

    kernel_log.level = level;
    log_unlock(state);
    return before;
}

void log_write_raw(const char *text, size_t length)
{
    struct spinlock_state state = log_lock();

    sinks_write(NULL, LOG_INFO, text, length);
    log_unlock(state);
}

void log_script_line(const char *format, ...)
{
    char line[128];
    va_list arguments;

    va_start(arguments, format);
    size_t length = format_to_buffer_v(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    if (length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';

    struct spinlock_state state = log_lock();
    for (struct log_sink *sink = kernel_log.sinks; sink != NULL; sink = sink->next) {
        if (!sink->is_for_people)
            sink->write(LOG_INFO, line, length);
    }
    log_unlock(state);
}

void log_emergency(void)
{
    bool is_first = !kernel_log.is_emergency;

    lock_rank_stop_checking();
    kernel_log.is_emergency = true;
    kernel_log.level = LOG_DEBUG;
    for (struct log_sink *sink = kernel_log.sinks; is_first && sink != NULL; sink = sink->next) {
        if (sink->flush != NULL)
            sink->flush();
    }
}

bool log_is_emergency(void)
{
    return kernel_log.is_emergency;
}

uint64_t log_oldest_position(void)
{
    struct spinlock_state state = log_lock();
    const uint64_t position = kernel_log.start;

    log_unlock(state);
    return position;
}

uint64_t log_position(void)
{
    return kernel_log.end;
}

void log_show_before(uint64_t position, unsigned count)
{
    uint64_t total = 0, index = 0;

    for (uint64_t at = kernel_log.start; at < position; at = ring_next(at))
        total++;
    for (uint64_t at = kernel_log.start; at < position; at = ring_next(at), index++) {
        if (index + count >= total)
            ring_show(at, NULL, "  ");
    }
}

size_t log_read(uint64_t *position, char text[LOG_TEXT_MAX])
{
    struct spinlock_state state = log_lock();
    size_t length = 0;

    if (*position < kernel_log.start)
        *position = kernel_log.start;
    if (*position < kernel_log.end) {
        struct log_record record;
        char priority[4] = "<0>";
        ring_read(*position, &record, sizeof(record));
        priority[1] = (char)('0' + record.level);
        length = ring_format(*position, &record, priority, text);
        *position = ring_next(*position);
    }
    log_unlock(state);
    return length;
}

bool log_read_record(uint64_t *position, struct log_record_view *ret_record)
{
    struct spinlock_state state = log_lock();
    struct log_record record;

    if (*position < kernel_log.start)
        *position = kernel_log.start;
    const bool is_there = *position < kernel_log.end;
    if (is_there) {
        ring_read(*position, &record, sizeof(record));
        ret_record->level = record.level;
        ret_record->sequence = record.sequence;
        ret_record->time_ns = record.time_ns;
        ret_record->length = record.length;
        ring_read(*position + sizeof(record), ret_record->text, record.length);
        *position = ring_next(*position);
    }
    log_unlock(state);
    return is_there;
}

enum log_level log_get_level(void)
{
    return __atomic_load_n(&kernel_log.level, __ATOMIC_RELAXED);
}

size_t log_size(void)
{
    return LOG_RING_SIZE;
}
