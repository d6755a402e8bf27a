/* The kernel's log: a ring in memory, and sinks (serial line, screen, ...) that show it.
 *
 * Lines are kept with level and time stamp until the ring has no more room; a sink that is added
 * later is shown what it missed. A line is shown when its level is at most the console level; every line
 * enters the ring.
 *
 * Context: any, NMI and panic included (log_emergency()).  Takes: the log's lock.  Sleeps: no. */
#ifndef LINTEL_CORE_LOG_H
#define LINTEL_CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
    LOG_ERROR = 3, /* the numbers are syslog's severities */
    LOG_WARNING = 4,
    LOG_INFO = 6,
    LOG_DEBUG = 7,
};

/* Something that shows text. `level` says how (colour); text is not terminated and ends in the
 * middle of a line or not. Called with the log's lock held and interrupts disabled. */
struct log_sink {
    void (*write)(enum log_level level, const char *text, size_t length);
    void (*flush)(void);   /* show at once what was written; NULL: it is shown. Called by log_emergency() */
    bool is_for_people;    /* a screen: it does not get log_script_line()'s lines */
    struct log_sink *next; /* the log's */
};

/* Write one line; the newline is added. Longer than LOG_LINE_MAX: cut. */
#define LOG_LINE_MAX 240
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_line_v(enum log_level level, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* Add a sink and show it the ring's lines so far. The sink must stay valid. */
void log_add_sink(struct log_sink *sink);

/* Show lines up to this level from now on. Returns the level before. */
enum log_level log_set_level(enum log_level level);

/* Write text of a program as it stands: to all sinks, not into the ring. */
void log_write_raw(const char *text, size_t length);

/* Write a whole line to all sinks but the screen, without time stamp and not into the ring: the
 * lines that scripts read (`mark NAME tsc=N`). */
void log_script_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on the lock is ignored and all lines are shown, at once: the kernel is about to die and whoever
 * holds the lock may never let go of it. What sinks have not shown yet they show now. */
void log_emergency(void);
bool log_is_emergency(void);

/* The oldest record at *position or behind it, whatever its level, as programs read it: `<6>[    0.001234]
 * text` and a newline, without a 0. *position moves behind it. Returns its length; 0: there is none. */
#define LOG_TEXT_MAX (LOG_LINE_MAX + 48)
size_t log_read(uint64_t *position, char text[LOG_TEXT_MAX]);

/* The same record in its parts; `text` is not terminated. *position may have been moved on to it: what was
 * there is lost. Returns false if there is none. */
struct log_record_view {
    enum log_level level;
    uint32_t sequence; /* counts records since boot */
    uint64_t time_ns;
    size_t length;
    char text[LOG_LINE_MAX];
};
bool log_read_record(uint64_t *position, struct log_record_view *ret_record);

/* Lines up to this level are shown. */
enum log_level log_get_level(void);

/* Bytes that the ring holds; a record takes a few more than its text. */
size_t log_size(void);

/* Position of the oldest line that there is. */
uint64_t log_oldest_position(void);

/* Position behind the newest line, for log_show_before(). */
uint64_t log_position(void);

/* Show, indented, the last `count` lines that the ring holds from before `position`, whatever their
 * level. */
void log_show_before(uint64_t position, unsigned count);

#endif
