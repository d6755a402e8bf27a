/* The first line of a script: "#!", the interpreter, and one optional argument. Pure. */
#ifndef LINTEL_EXEC_SCRIPT_H
#define LINTEL_EXEC_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_LINE_SIZE 256 /* bytes of the file that are looked at */

struct script {
    char interpreter[SCRIPT_LINE_SIZE];
    char argument[SCRIPT_LINE_SIZE]; /* the rest of the line, blanks inside it and all */
    bool has_argument;
};

/* Parse what a file begins with: its first min(file size, SCRIPT_LINE_SIZE) bytes.
 * Errors: -ENOEXEC (no "#!"; no interpreter on the line; the line is longer and the interpreter's name may go
 * on), -EACCES (the interpreter's name is empty: a NUL, or the file ends there; Linux then opens the
 * current folder). */
int script_parse(const void *bytes, size_t size, struct script *ret_script);

#endif
