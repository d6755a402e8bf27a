/* Output only, polled. The wait for room in the transmitter is bounded: a port that stops accepting
 * bytes (a line without a listener that honours flow control, a device that went away) costs lost
 * text, never a hang. Source: National Semiconductor PC16550D data sheet. */
#include "dev/uart16550.h"

#include <stdbool.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/port.h"
#include "core/log.h"

#define UART_PORT 0x3f8
#define UART_DATA (UART_PORT + 0)             /* with DLAB: divisor, low byte */
#define UART_INTERRUPT_ENABLE (UART_PORT + 1) /* with DLAB: divisor, high byte */
#define UART_FIFO_CONTROL (UART_PORT + 2)
#define UART_LINE_CONTROL (UART_PORT + 3)
#define UART_MODEM_CONTROL (UART_PORT + 4)
#define UART_LINE_STATUS (UART_PORT + 5)

#define UART_FIFO_SIZE 16
#define UART_DIVISOR_115200 1
#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_DLAB 0x80
#define FIFO_ENABLE_AND_CLEAR 0x07
#define MODEM_CONTROL_LOOPBACK 0x10
#define MODEM_CONTROL_DTR_RTS 0x03
#define LINE_STATUS_DATA_READY 0x01
#define LINE_STATUS_TRANSMITTER_EMPTY 0x20

/* A byte at 115200 baud lasts 87 us, but whoever listens to an emulated port may pause; an I/O read takes
 * about 1 us. */
#define UART_WAIT_READS 1000000

static bool uart_wait(uint8_t status)
{
    for (int i = 0; i < UART_WAIT_READS; i++) {
        if ((port_read8(UART_LINE_STATUS) & status) != 0)
            return true;
        cpu_pause();
    }
    return false;
}

static void uart_put(char character)
{
    static bool is_stuck;

    /* Once stuck, look once a byte: thousands of waits would look like a hang. */
    if (is_stuck && (port_read8(UART_LINE_STATUS) & LINE_STATUS_TRANSMITTER_EMPTY) == 0)
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
    if (port_read8(UART_LINE_STATUS) == 0xff)
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
    log_add_sink(&uart_sink);
    return 0;
}
