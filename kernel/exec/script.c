/* As Linux reads it (fs/binfmt_script.c): blanks are spaces and tabs; a carriage return belongs to the name;
 * the name ends at a blank, a NUL or the line's end; a line that is too long loses its end, if that is the
 * argument's and not the name's. */
#include "exec/script.h"

#include "abi/errno.h"
#include "lib/string.h"

#define SCRIPT_MAGIC_SIZE 2 /* "#!" */

static bool script_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static size_t script_skip_blanks(const char *line, size_t at, size_t end)
{
    while (at < end && script_is_blank(line[at]))
        at++;
    return at;
}

static size_t script_word_end(const char *line, size_t at, size_t end)
{
    while (at < end && !script_is_blank(line[at]) && line[at] != '\0')
        at++;
    return at;
}

static void script_copy(char *destination, const char *line, size_t start, size_t end)
{
    memcpy(destination, line + start, end - start);
    destination[end - start] = '\0';
}

/* Where the line ends: at its newline, else cut at the last byte. Bytes behind the file's end are NULs. */
static int script_line_end(const char line[SCRIPT_LINE_SIZE], size_t *ret_end)
{
    size_t end = 0;

    while (end < SCRIPT_LINE_SIZE && line[end] != '\n')
        end++;
    if (end == SCRIPT_LINE_SIZE) {
        size_t name = script_skip_blanks(line, SCRIPT_MAGIC_SIZE, end);
        if (script_word_end(line, name, end) == end)
            return -ENOEXEC;
        end = SCRIPT_LINE_SIZE - 1;
    }
    while (end > SCRIPT_MAGIC_SIZE && script_is_blank(line[end - 1]))
        end--;
    *ret_end = end;
    return 0;
}

int script_parse(const void *bytes, size_t size, struct script *ret_script)
{
    char line[SCRIPT_LINE_SIZE] = {0};
    size_t end;

    memcpy(line, bytes, size < sizeof(line) ? size : sizeof(line));
    if (line[0] != '#' || line[1] != '!')
        return -ENOEXEC;
    int error = script_line_end(line, &end);
    if (error != 0)
        return error;
    size_t name = script_skip_blanks(line, SCRIPT_MAGIC_SIZE, end);
    size_t name_end = script_word_end(line, name, end);
    if (name_end == name)
        return name == end ? -ENOEXEC : -EACCES;

    /* Commit: nothing below fails. A blank behind the name is followed by more, as blanks at the end are
     * gone. */
    size_t argument = script_skip_blanks(line, name_end, end), argument_end = argument;
    while (argument_end < end && line[argument_end] != '\0')
        argument_end++;
    ret_script->has_argument = argument > name_end;
    script_copy(ret_script->interpreter, line, name, name_end);
    script_copy(ret_script->argument, line, argument, argument_end);
    return 0;
}
