/* Segments of a program's file in its new address space. Context: thread.  Sleeps: yes. */
#ifndef LINTEL_EXEC_PROGRAM_MAP_H
#define LINTEL_EXEC_PROGRAM_MAP_H

#include "exec/elf_image.h"

struct addr_space;
struct file;

/* Map all segments of the plan, which is where it is to be. On error some are mapped. Errors: those of
 * addr_space_map(), -ENODEV, -EIO. */
int program_map(struct addr_space *space, struct file *file, const struct elf_image *image);

#endif
