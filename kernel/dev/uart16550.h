/* The serial line at the PC's first port (COM1), a 16550 or anything that behaves so. */
#ifndef LINTEL_DEV_UART16550_H
#define LINTEL_DEV_UART16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set the port to 115200 baud, 8 data bits, no parity, 1 stop bit; test by loopback that it is
 * there, and if so add it to the log's sinks. Errors: -ENODEV.
 * Context: early boot. */
int uart16550_setup(void);

/* Let CPU 0 take the port's interrupt, and give what comes in to core/sysrq.h: breaks, and characters. Does
 * nothing if there is no port. An endless stream of interrupts switches input off, with a warning.
 * Errors: -ENODEV (no I/O APIC to bring the interrupt), -EINVAL (nor can it reach CPU 0).
 * Context: boot, once, after all sysrq keys are added. */
int uart16550_setup_input(void);

/* Who gets what comes in and is no sysrq key. Called in the interrupt. */
struct uart16550_receiver {
    void (*receive)(char character);
    void (*receive_break)(void); /* a second break after that which asks for a sysrq key */
};

/* *receiver stays valid. Context: any. */
void uart16550_set_receiver(const struct uart16550_receiver *receiver);

bool uart16550_is_present(void);

/* Send bytes, waiting for room as it takes. What a port that is stuck does not take is lost. Others (the
 * log) may send in between, a few bytes at a time. Context: thread.  Sleeps: for moments. */
void uart16550_write(const char *bytes, size_t length);

/* Wait until the last byte has left the port, or the port seems stuck. Context: thread.  Sleeps: yes. */
void uart16550_drain(void);

/* How characters go over the line. */
struct uart16550_format {
    uint32_t bits_a_second; /* 0: leave it */
    unsigned data_bits;     /* 5 to 8 */
    bool has_two_stop_bits;
    bool has_parity;
    bool has_odd_parity;
};

/* Errors: -EINVAL (no such speed). Context: any. */
int uart16550_set_format(const struct uart16550_format *format);

#define UART16550_DTR 0x01u /* outputs, as in the modem control register */
#define UART16550_RTS 0x02u
#define UART16550_CTS 0x10u /* inputs, as in the modem status register */
#define UART16550_DSR 0x20u
#define UART16550_RI 0x40u
#define UART16550_DCD 0x80u

/* The line's modem signals: all of those above. Of the outputs those in `mask` are changed. Context: any. */
unsigned uart16550_get_modem(void);
void uart16550_set_modem(unsigned mask, unsigned outputs);

/* Begin or end a break. Context: any. */
void uart16550_set_break(bool is_on);

#endif
