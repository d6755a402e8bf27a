/* The debug console of emulators: bytes written to port 0xe9. */
#ifndef LINTEL_DEV_DEBUGCON_H
#define LINTEL_DEV_DEBUGCON_H

/* If the port is there (reading it gives 0xe9 back), add it to the log's sinks. Errors: -ENODEV.
 * Context: early boot. */
int debugcon_setup(void);

#endif
