/* The serial line at the PC's first port (COM1), a 16550 or anything that behaves so. */
#ifndef LINTEL_DEV_UART16550_H
#define LINTEL_DEV_UART16550_H

/* Set the port to 115200 baud, 8 data bits, no parity, 1 stop bit; test by loopback that it is
 * there, and if so add it to the log's sinks. Errors: -ENODEV.
 * Context: early boot. */
int uart16550_setup(void);

#endif
