/* A kernel panic on the host: it ends the process. A test that wants one runs in a copy of the process, so
 * that locks held and lists half changed are gone with it. */
#ifndef LINTEL_TESTS_FAKE_PANIC_H
#define LINTEL_TESTS_FAKE_PANIC_H

#include <stdbool.h>
#include <unistd.h>

#include "test.h"

/* Fork; true in the copy, where panic() sends its message to the parent. */
bool fake_panic_fork(void);

/* In the parent: wait for the copy and return the message that it panicked with, "" if it did not panic. The
 * string is static. */
const char *fake_panic_wait(void);

/* Fail unless `call` panics with a message that contains text. */
#define assert_panics(text, call)                 \
    do {                                          \
        if (fake_panic_fork()) {                  \
            call;                                 \
            _exit(0);                             \
        }                                         \
        assert_contains(fake_panic_wait(), text); \
    } while (0)

#endif
