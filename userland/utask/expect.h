/* What checks.c and thread_checks.c count. */
#ifndef LINTEL_UTASK_EXPECT_H
#define LINTEL_UTASK_EXPECT_H

#include <stdint.h>

/* Count a check, and print a line if it fails. For the main thread only. */
void expect(const char *what, int64_t result, int64_t wanted);

/* Print how many there were. Returns 0 if none failed, else 1. */
int expect_result(void);

#endif
