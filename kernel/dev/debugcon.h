/* The debug console of emulators: bytes written to port 0xe9. */
#ifndef LINTEL_DEV_DEBUGCON_H
#define LINTEL_DEV_DEBUGCON_H

#include <stddef.h>

/* If the port is there (reading it gives 0xe9 back), add it to the log's sinks. Errors: -ENODEV.
 * Context: early boot. */
int debugcon_setup(void);

/* Write text of programs; nothing if the port is not there. Context: any. */
void debugcon_show(const char *text, size_t length);

#endif
