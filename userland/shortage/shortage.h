/* System calls whose allocations fail one after the other: what the parts of the program share. */
#ifndef LINTEL_USERLAND_SHORTAGE_H
#define LINTEL_USERLAND_SHORTAGE_H

#include <stddef.h>

#define FOLDER "/tmp/shortage"

/* One case: it makes what it needs, tries the call, gives everything back. Returns what the call did: a value
 * of 0 or more, or a negative errno. It runs in a process of its own, and again there if the call failed. */
struct shortage_case {
    const char *name;
    long (*run)(void);
};

extern const struct shortage_case file_cases[], mount_cases[], system_file_cases[], memory_cases[],
    process_cases[], ipc_cases[], socket_cases[];

/* Begin and end of the part in which an allocation fails; end() hands `result` on, -errno in place of -1.
 * begin() returns true, so that TRY() is an expression. */
int shortage_begin(void);
long shortage_end(long result);

#define TRY(call) (shortage_begin(), shortage_end((long)(call)))

/* What must not fail for the case to make sense: ends the process if `result` is negative. Returns it. */
long need(const char *what, long result);

#define NEED(call) need(#call, (long)(call))

/* The first argument of the program that a case has executed: the try goes on there. */
#define TRY_GOES_ON "goes-on"
#define SCRIPT "/tmp/shortage-script"

#endif
