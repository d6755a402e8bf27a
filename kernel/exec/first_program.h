/* PID 1's program: utask as the bootloader loaded it, with the words behind `--` of the command line. */
#ifndef LINTEL_EXEC_FIRST_PROGRAM_H
#define LINTEL_EXEC_FIRST_PROGRAM_H

#include "exec/program.h"

struct boot_info;
struct path;

#define FIRST_PROGRAM_NAME "utask"

/* Make it. `root` is its root directory. What is wrong with it is logged. Too many arguments are logged and
 * left out. Errors: -ENOMEM; -EINVAL, -ENOEXEC (it cannot be started). Context: early boot. */
int first_program_load(const struct boot_info *boot, const struct path *root, struct program *ret_program);

#endif
