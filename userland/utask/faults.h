/* Faults on demand: what a broken program does. */
#ifndef LINTEL_UTASK_FAULTS_H
#define LINTEL_UTASK_FAULTS_H

#include <stdbool.h>

/* Commit the fault called `name`; the kernel then ends this program. Returns false if there is no
 * such name, true if the fault did not end the program. */
bool fault_commit(const char *name);

#endif
