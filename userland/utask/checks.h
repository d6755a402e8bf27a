/* Tests of the system calls from inside: values and errno, bad pointers included. */
#ifndef LINTEL_UTASK_CHECKS_H
#define LINTEL_UTASK_CHECKS_H

/* Run all checks, one line for each that fails. Returns 0 if none failed, else 1. */
int check_syscalls(void);

#endif
