/* The dynamic linker that a program names (PT_INTERP): a second ELF file in the same address space, where the
 * program begins. Context: thread.  Sleeps: yes. */
#ifndef LINTEL_EXEC_PROGRAM_INTERPRETER_H
#define LINTEL_EXEC_PROGRAM_INTERPRETER_H

#include "exec/elf_image.h"
#include "mm/types.h"

struct addr_space;
struct file;
struct path_context;

struct program_interpreter {
    vaddr_t base; /* how far it was moved: AT_BASE */
    vaddr_t entry;
};

/* Map the interpreter that the image of `program` names, which is mapped already, where mmap() would map
 * something now. Errors: those of file_open_executable(), -ENOEXEC (the name is none), -ELIBBAD (it is no
 * such file, or wants an interpreter itself), -EIO, -ENOMEM. */
int program_load_interpreter(const struct path_context *context, struct file *program,
                             const struct elf_image *image, struct addr_space *space,
                             struct program_interpreter *ret_interpreter);

#endif
