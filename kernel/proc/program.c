#include "proc/program.h"

#include <stddef.h>

#include "fs/file.h"
#include "mm/addr_space.h"

void program_discard(struct program *program)
{
    addr_space_unref(program->space);
    if (program->executable != NULL)
        file_unref(program->executable);
}
