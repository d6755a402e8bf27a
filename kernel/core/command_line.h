/* The kernel's command line: words separated by blanks, either `name` or `name=value`. Behind a word
 * `--` come the words for the first program. docs/command-line.md lists the names.
 * Context: any, after command_line_init(). */
#ifndef LINTEL_CORE_COMMAND_LINE_H
#define LINTEL_CORE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* text must stay valid. */
void command_line_init(const char *text);

/* True when the word `name` stands there. */
bool command_line_has(const char *name);

/* Copy the value of the last `name=value` to `value`, terminated, cut to size. Returns false, and leaves
 * value alone, if there is none. */
bool command_line_value(const char *name, char *value, size_t size);

/* True when the last `name=value` has exactly that value. */
bool command_line_is(const char *name, const char *value);

/* The value of the last `name=value` as a decimal number. Returns false, and leaves *ret_number alone, if
 * there is none or it is no number below 2^32. */
bool command_line_number(const char *name, uint32_t *ret_number);

/* All of it. */
const char *command_line_text(void);

/* The words behind `--`, "" if there are none. */
const char *command_line_program_arguments(void);

/* Call `visit` for each word before `--`, for checking them; the word is not terminated. */
void command_line_for_each(void (*visit)(const char *word, size_t length));

#endif
