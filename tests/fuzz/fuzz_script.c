/* The first line of a script, in memory that ends where the input ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exec/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script script;

    if (script_parse(data, size, &script) == 0) {
        size_t name = strnlen(script.interpreter, SCRIPT_LINE_SIZE),
               argument = strnlen(script.argument, SCRIPT_LINE_SIZE);
        if (name == 0 || name + argument > SCRIPT_LINE_SIZE - 2 ||
            strpbrk(script.interpreter, " \t\n") != NULL || strchr(script.argument, '\n') != NULL ||
            (argument > 0 && !script.has_argument))
            abort();
    }
    return 0;
}
