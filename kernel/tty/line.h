/* The line discipline N_TTY, as termios(3) tells of it: what becomes of bytes that are typed, until a program
 * reads them, and of bytes that a program writes, until they reach the terminal. Pure: it knows no device and
 * no process, and takes no lock.
 *
 * Terms:  canonical mode (ICANON) gathers lines, which can be edited until they are complete. A line ends
 *         with the byte that has its bit in `ends`; a 0 with a bit is no byte to be read, but the end of
 * file. Echo is put into a ring of its own, output processing done. Locks:  l = the terminal's lock   o = its
 * output lock   lo = both to change it, one of them to read Always: tail <= canonical_head <= head, with at
 * most LINE_SIZE bytes between; not canonical: canonical_head has no meaning. */
#ifndef LINTEL_TTY_LINE_H
#define LINTEL_TTY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/tty.h"

#define LINE_SIZE 4096u
#define LINE_ECHO_SIZE 1024u
#define LINE_EXPANSION_MAX 8 /* what one byte becomes at most by output processing: a tab */

/* What typed bytes make happen. Both locks are held. */
struct line_events {
    /* The signal is for the terminal's foreground group. */
    void (*signal)(void *argument, int signal);
    /* Throw away output that the driver has not put out yet. */
    void (*flush_output)(void *argument);
    /* What had been received was thrown away. */
    void (*input_flushed)(void *argument);
    /* line.is_stopped has changed. */
    void (*stopped_changed)(void *argument);
    void *argument;
};

struct line {
    struct termios settings; /* [lo] */
    struct line_events events;

    /* Input. Positions count bytes; where they lie in the ring is the position modulo LINE_SIZE. */
    uint8_t special[32];           /* [lo] a bit for each byte that is more than itself when it is received */
    bool is_raw;                   /* [lo] no byte is */
    bool quotes_next;              /* [l] after LNEXT */
    bool is_erasing;               /* [l] between the bars of ECHOPRT */
    uint32_t head;                 /* [l] where the next byte goes */
    uint32_t canonical_head;       /* [l] behind the last complete line */
    uint32_t tail;                 /* [l] of the first byte to be read */
    uint64_t ends[LINE_SIZE / 64]; /* [l] */
    uint8_t bytes[LINE_SIZE];      /* [l] */

    /* Output */
    bool is_stopped;           /* [lo] by STOP, */
    bool is_suspended;         /* [lo] or by a program (TCOOFF) */
    unsigned column;           /* [o] where the terminal's cursor stands */
    unsigned canonical_column; /* [o] where it stood when the line to be edited began */
    uint32_t echo_head;        /* [o] */
    uint32_t echo_tail;        /* [o] */
    char echo[LINE_ECHO_SIZE]; /* [o] */
};

/* Settings of a new terminal: tcgetattr(3) of any fresh one. */
extern const struct termios line_settings_default;

/* Set up with default settings, nothing received. *events is copied. */
void line_init(struct line *line, const struct line_events *events);

/* Back to nothing received, nothing to be echoed, not stopped; the settings stay. */
void line_reset(struct line *line);

/* Change the settings. Text that was received stays: what is there when canonical mode begins is a line.
 * Holds: both. */
void line_set_settings(struct line *line, const struct termios *settings);

/* Bytes are received, as many as there is room for: returns how many. In canonical mode without a complete
 * line there is always room: what does not fit in is lost, but for the end of the line. Holds: both. */
size_t line_receive(struct line *line, const char *bytes, size_t length);

/* The same, but what has no room is lost: only bytes that raise a signal, stop or continue do so all the
 * same. */
void line_receive_or_lose(struct line *line, const char *bytes, size_t length);

/* A break, or a byte that came with an error. Holds: both. */
void line_receive_break(struct line *line);
void line_receive_error(struct line *line, char byte);

/* Throw away what was received. Holds: the terminal's lock. */
void line_flush_input(struct line *line);

/* START and STOP, as if typed. Holds: both. */
void line_set_stopped(struct line *line, bool is_stopped);

/* Whether a read has something to return: a line, or at least `minimum` bytes. Holds: the terminal's lock. */
bool line_is_readable(const struct line *line, unsigned minimum);

/* Bytes that could be read now (FIONREAD), and that there is room for. Holds: the terminal's lock. */
size_t line_readable_bytes(const struct line *line);
size_t line_room(const struct line *line);

/* What a read takes. *ret_bytes: the next bytes of the line, or of what was received, that lie together, at
 * most `length`; *ret_is_end: with them the line ends, or there is nothing more. line_consume() takes them
 * out. Holds: the terminal's lock. */
struct line_piece {
    const uint8_t *bytes;
    size_t length;
    uint32_t consumed; /* bytes of the ring: one more than length with an end of file */
    bool is_end;
};
struct line_piece line_next_piece(const struct line *line, size_t length);
void line_consume(struct line *line, const struct line_piece *piece);

/* After a read that has filled its buffer: an end of file that comes next belongs to what was read. */
void line_skip_end_of_file(struct line *line);

/* Output processing: what `byte` becomes is put into `out`; returns how many. Holds: the output lock. */
size_t line_process_output(struct line *line, uint8_t byte, char out[LINE_EXPANSION_MAX]);

/* How many of these bytes are put out as they are. Counts columns. Holds: the output lock. */
size_t line_process_plain(struct line *line, const char *bytes, size_t length);

static inline bool line_output_is_held(const struct line *line)
{
    return line->is_stopped || line->is_suspended;
}

/* Echo that waits to be put out, as much as lies together. Holds: the output lock. */
size_t line_echo_pending(const struct line *line, const char **ret_bytes);
void line_echo_consume(struct line *line, size_t length);

#endif
