/* What programs are told of the time and memory that they used: struct rusage. */
#ifndef LINTEL_PROC_USAGE_H
#define LINTEL_PROC_USAGE_H

#include "abi/wait.h"

struct process_times;

/* Counts that nobody keeps here are 0. Pure. */
struct rusage usage_make(const struct process_times *times);

#endif
