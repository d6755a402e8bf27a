/* Output is polled. The wait for room in the transmitter is bounded: a port that stops accepting
 * bytes (a line without a listener that honours flow control, a device that went away) costs lost
 * text, never a hang. Input comes by interrupt; what is done for it is bounded, too. Source: National
 * Semiconductor PC16550D data sheet. */
#include "dev/uart16550.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ioapic.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/port.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sysrq.h"

#define UART_PORT 0x3f8
#define UART_DATA (UART_PORT + 0)             /* with DLAB: divisor, low byte */
#define UART_INTERRUPT_ENABLE (UART_PORT + 1) /* with DLAB: divisor, high byte */
#define UART_FIFO_CONTROL (UART_PORT + 2)
#define UART_LINE_CONTROL (UART_PORT + 3)
#define UART_MODEM_CONTROL (UART_PORT + 4)
#define UART_LINE_STATUS (UART_PORT + 5)

#define UART_IRQ 4 /* of the PC's old interrupt lines */
#define UART_VECTOR (TRAP_VECTOR_DEVICE_FIRST + UART_IRQ)
#define UART_CPU 0

#define UART_FIFO_SIZE 16
#define UART_DIVISOR_115200 1
#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_DLAB 0x80
#define FIFO_ENABLE_AND_CLEAR 0x07
#define MODEM_CONTROL_LOOPBACK 0x10
#define MODEM_CONTROL_DTR_RTS 0x03
#define MODEM_CONTROL_OUT2 0x08 /* in a PC it lets the interrupt out */
#define INTERRUPT_RECEIVED 0x01
#define INTERRUPT_LINE_STATUS 0x04
#define LINE_STATUS_DATA_READY 0x01
#define LINE_STATUS_BREAK 0x10 /* cleared by reading; a NUL is received with it */
#define LINE_STATUS_TRANSMITTER_EMPTY 0x20

/* A byte at 115200 baud lasts 87 us, but whoever listens to an emulated port may pause; an I/O read takes
 * about 1 us. */
#define UART_WAIT_READS 1000000

/* A line at 115200 baud carries 11520 characters a second, each in an interrupt of its own at most. An
 * emulated one may be faster, but what comes endlessly at such a rate is no text. */
#define UART_BYTES_AT_ONCE 64
#define UART_EVENTS_A_SECOND_MAX 100000
#define UART_EVENTS_OF_VAIN_INTERRUPT 20 /* one that brings nothing */
#define NS_PER_SECOND 1000000000ull
#define NO_DEVICE 0xff /* what is read where nothing answers */

/* Locks: I = set before the interrupt is on   i = the interrupt's alone   a = atomic */
static struct {
    bool is_present;       /* [I] */
    atomic_bool has_break; /* [a] whoever waits for the transmitter may be the one who reads it */
    _Atomic(void (*)(char character)) receive; /* [a] who reads text; NULL: nobody */
    uint64_t second_ns;                        /* [i] when the second began of which these are: */
    unsigned events;                           /* [i] characters; interrupts in vain count more */
} uart;

/* All reads of the line status go through this. */
static uint8_t uart_status(void)
{
    uint8_t status = port_read8(UART_LINE_STATUS);

    if (status != NO_DEVICE && (status & LINE_STATUS_BREAK) != 0)
        atomic_store(&uart.has_break, true);
    return status;
}

static bool uart_wait(uint8_t status)
{
    for (int i = 0; i < UART_WAIT_READS; i++) {
        if ((uart_status() & status) != 0)
            return true;
        cpu_pause();
    }
    return false;
}

static void uart_put(char character)
{
    static bool is_stuck;

    /* Once stuck, look once a byte: thousands of waits would look like a hang. */
    if (is_stuck && (uart_status() & LINE_STATUS_TRANSMITTER_EMPTY) == 0)
        return;
    is_stuck = !uart_wait(LINE_STATUS_TRANSMITTER_EMPTY);
    if (!is_stuck)
        port_write8(UART_DATA, (uint8_t)character);
}

static void uart_write(enum log_level level, const char *text, size_t length)
{
    (void)level;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            uart_put('\r');
        uart_put(text[i]);
    }
}

static struct log_sink uart_sink = {.write = uart_write};

/* Where there is no port, reads give 0xff and the byte does not come back. */
static bool uart_loopback_works(void)
{
    const uint8_t probe = 0x5a;

    port_write8(UART_MODEM_CONTROL, MODEM_CONTROL_LOOPBACK | MODEM_CONTROL_DTR_RTS);
    if (port_read8(UART_LINE_STATUS) == NO_DEVICE)
        return false;
    for (int i = 0; i < UART_FIFO_SIZE; i++) /* what was received before */
        (void)port_read8(UART_DATA);
    port_write8(UART_DATA, probe);
    return uart_wait(LINE_STATUS_DATA_READY) && port_read8(UART_DATA) == probe;
}

int uart16550_setup(void)
{
    port_write8(UART_INTERRUPT_ENABLE, 0);
    port_write8(UART_LINE_CONTROL, LINE_CONTROL_DLAB);
    port_write8(UART_DATA, UART_DIVISOR_115200);
    port_write8(UART_INTERRUPT_ENABLE, 0);
    port_write8(UART_LINE_CONTROL, LINE_CONTROL_8N1);
    port_write8(UART_FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
    if (!uart_loopback_works())
        return -ENODEV;
    port_write8(UART_MODEM_CONTROL, MODEM_CONTROL_DTR_RTS);
    uart.is_present = true;
    log_add_sink(&uart_sink);
    return 0;
}

static void uart_disable_input(const char *why)
{
    port_write8(UART_INTERRUPT_ENABLE, 0);
    (void)ioapic_mask_isa(UART_IRQ);
    log_warning("uart: input is switched off: %s", why);
}

/* Says whether the line keeps within what a line can do. */
static bool uart_count_events(unsigned count)
{
    uint64_t now_ns = clock_monotonic_ns();

    if (now_ns - uart.second_ns >= NS_PER_SECOND) {
        uart.second_ns = now_ns;
        uart.events = 0;
    }
    uart.events += count;
    return uart.events <= UART_EVENTS_A_SECOND_MAX;
}

/* What is no key after a break is text. */
static void uart_received(uint8_t byte, const struct trap_frame *frame)
{
    if (byte == 0 && atomic_exchange(&uart.has_break, false)) {
        sysrq_break();
        return;
    }
    void (*receive)(char character) = atomic_load(&uart.receive);
    if (!sysrq_receive((char)byte, frame) && receive != NULL)
        receive((char)byte);
}

void uart16550_set_receiver(void (*receive)(char character))
{
    atomic_store(&uart.receive, receive);
}

/* Take what has come in. Then the interrupt line falls and can rise again: one that stays up raises no
 * further interrupt where it is triggered by edges. */
static unsigned uart_receive(const struct trap_frame *frame)
{
    for (unsigned i = 0; i < UART_BYTES_AT_ONCE; i++) {
        if ((uart_status() & LINE_STATUS_DATA_READY) == 0)
            return i;
        uart_received(port_read8(UART_DATA), frame);
    }
    port_write8(UART_INTERRUPT_ENABLE, 0);
    port_write8(UART_INTERRUPT_ENABLE, INTERRUPT_RECEIVED | INTERRUPT_LINE_STATUS);
    return UART_BYTES_AT_ONCE;
}

static void uart_interrupt(struct trap_frame *frame)
{
    if (port_read8(UART_LINE_CONTROL) == NO_DEVICE) {
        uart_disable_input("the port does not answer any more");
    } else {
        unsigned count = uart_receive(frame);
        if (!uart_count_events(count != 0 ? count : UART_EVENTS_OF_VAIN_INTERRUPT))
            uart_disable_input("too much comes in");
    }
    lapic_end_of_interrupt();
}

int uart16550_setup_input(void)
{
    if (!uart.is_present)
        return 0;
    trap_set_interrupt_handler(UART_VECTOR, uart_interrupt);
    int error = ioapic_route_isa(UART_IRQ, UART_VECTOR, UART_CPU);
    if (error != 0)
        return error;
    port_write8(UART_MODEM_CONTROL, MODEM_CONTROL_DTR_RTS | MODEM_CONTROL_OUT2);
    port_write8(UART_INTERRUPT_ENABLE, INTERRUPT_RECEIVED | INTERRUPT_LINE_STATUS);
    return 0;
}
