/* Ways to raise each exception in ring 0, for test/provoke.c. None of them returns, but for those
 * that the CPU resumes behind the instruction and the trap layer does not take for a panic. */
#ifndef LINTEL_ARCH_PROVOKE_EXCEPTION_H
#define LINTEL_ARCH_PROVOKE_EXCEPTION_H

#include <stdbool.h>

/* Raise the exception called `name` ("de", "pf", ... in lower case as in the manual, or one of the special
 * cases "stack", "write-text", "execute-data", "user-memory"), or misuse a lock ("lock-inversion",
 * "lock-recursion", "lock-sleep", where LINTEL_DEBUG_LOCKS is defined). Returns false if there is no such
 * name. Context: ring 0, nothing of importance running: the machine does not survive most of them. */
bool provoke_exception(const char *name);

#endif
