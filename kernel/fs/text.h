/* Text that is made piece by piece and then read: what files hold that the kernel makes up. It lies in
 * frames, so that it may be long. Without memory it is cut; text.error says so. Context: any; of text_give()
 * thread. */
#ifndef LINTEL_FS_TEXT_H
#define LINTEL_FS_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/io.h"
#include "lib/format.h"

#define TEXT_MAX (16u << 20)

struct text_piece;

struct text {
    struct format_sink sink;
    struct text_piece *first, *last;
    size_t length;
    int error; /* -ENOMEM (or it would be longer than TEXT_MAX): something is missing at its end */
};

void text_init(struct text *text);

/* Give its memory back. */
void text_free(struct text *text);

void text_add(struct text *text, const void *bytes, size_t length);
void text_add_string(struct text *text, const char *string);

/* A name, in which each character of `special` and '\\' stands as \ooo. */
void text_add_escaped(struct text *text, const char *string, const char *special);

void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Give bytes from `offset` on to an io. Returns how many; -EFAULT if none could be moved. Sleeps: yes. */
int64_t text_give(const struct text *text, struct io *io, uint64_t offset);

#endif
