/* What a program with several threads does as a whole: takes turns, and ends. */
#ifndef LINTEL_UTASK_THREAD_DEMOS_H
#define LINTEL_UTASK_THREAD_DEMOS_H

#include <stdbool.h>

/* Do what is called `name`; most of it ends the program. Returns false if there is no such name, else, if the
 * program goes on, true. */
bool thread_demo_run(const char *name);

#endif
