/* The serial line at the PC's first port (COM1), a 16550 or anything that behaves so. */
#ifndef LINTEL_DEV_UART16550_H
#define LINTEL_DEV_UART16550_H

/* Set the port to 115200 baud, 8 data bits, no parity, 1 stop bit; test by loopback that it is
 * there, and if so add it to the log's sinks. Errors: -ENODEV.
 * Context: early boot. */
int uart16550_setup(void);

/* Let CPU 0 take the port's interrupt, and give what comes in to core/sysrq.h: breaks, and characters. Does
 * nothing if there is no port. An endless stream of interrupts switches input off, with a warning.
 * Errors: -ENODEV (no I/O APIC to bring the interrupt), -EINVAL (nor can it reach CPU 0).
 * Context: boot, once, after all sysrq keys are added. */
int uart16550_setup_input(void);

/* Say who gets the text that comes in: `receive` is called in the interrupt. Context: any. */
void uart16550_set_receiver(void (*receive)(char character));

#endif
