/* What is read of a program's file before it is mapped. Context: thread.  Sleeps: yes. */
#ifndef LINTEL_EXEC_PROGRAM_FILE_H
#define LINTEL_EXEC_PROGRAM_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "exec/elf_image.h"

struct file;

#define PROGRAM_HEAD_SIZE 1024 /* an ELF file's header, and its program headers if they are as usual */

/* How a file begins. */
struct program_head {
    uint8_t bytes[PROGRAM_HEAD_SIZE];
    size_t size;
};

/* Read exactly `size` bytes, which the file has. Errors: -EIO. */
int program_file_read(struct file *file, uint64_t offset, void *buffer, size_t size);

int program_file_read_head(struct file *file, struct program_head *ret_head);

/* Make the plan of an ELF file that begins so. Errors: -ENOEXEC, with a reason; -ENOMEM, -EIO. */
int program_file_plan(struct file *file, const struct program_head *head, struct elf_image *ret_image,
                      struct elf_reason *ret_reason);

#endif
