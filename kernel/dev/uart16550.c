/* Output is polled. The wait for room in the transmitter is bounded: a port that stops accepting
 * bytes (a line without a listener that honours flow control, a device that went away) costs lost
 * text, never a hang. The log and programs' text share the port, a FIFO's content at a time. Input comes by
 * interrupt; what is done for it is bounded, too. Source: National Semiconductor PC16550D data sheet. */
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
#include "core/spinlock.h"
#include "core/sysrq.h"
#include "core/timer.h"
#include "dev/event_rate.h"
#include "sched/thread.h"

#define UART_PORT 0x3f8
#define UART_DATA (UART_PORT + 0)             /* with DLAB: divisor, low byte */
#define UART_INTERRUPT_ENABLE (UART_PORT + 1) /* with DLAB: divisor, high byte */
#define UART_FIFO_CONTROL (UART_PORT + 2)
#define UART_LINE_CONTROL (UART_PORT + 3)
#define UART_MODEM_CONTROL (UART_PORT + 4)
#define UART_LINE_STATUS (UART_PORT + 5)
#define UART_MODEM_STATUS (UART_PORT + 6)

#define UART_IRQ 4 /* of the PC's old interrupt lines */
#define UART_VECTOR (TRAP_VECTOR_DEVICE_FIRST + UART_IRQ)
#define UART_CPU 0

#define UART_FIFO_SIZE 16
#define UART_BITS_A_SECOND_MAX 115200u /* divisor 1 */
#define UART_DIVISOR_MAX 0xffffu
#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_TWO_STOP_BITS 0x04
#define LINE_CONTROL_PARITY 0x08
#define LINE_CONTROL_PARITY_EVEN 0x10
#define LINE_CONTROL_BREAK 0x40
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
#define LINE_STATUS_ALL_SENT 0x40

/* A byte at 115200 baud lasts 87 us, but whoever listens to an emulated port may pause; an I/O read takes
 * about 1 us. */
#define UART_WAIT_READS 1000000

/* A program's text waits actively for so many reads, then it sleeps, a FIFO's time at 115200 baud. */
#define UART_SPIN_READS 50
#define UART_SLEEP_NS 1000000ull
#define UART_SLEEPS_MAX 1000

/* Who dies, or writes the log, does not wait for ever for the lock: its holder may be stopped for good. */
#define UART_LOCK_TRIES 1000000

/* A line at 115200 baud carries 11520 characters a second, each in an interrupt of its own at most. An
 * emulated one may be faster: then it is not listened to for the rest of the second, so that the CPU comes to
 * other work. One that brings nothing at all is broken. */
#define UART_BYTES_AT_ONCE 64
#define UART_EVENTS_A_SECOND_MAX 100000
#define UART_EVENTS_OF_VAIN_INTERRUPT 20 /* one that brings nothing, where nothing has come for a second */
#define NO_DEVICE 0xff                   /* what is read where nothing answers */

/* Locks: I = set before the interrupt is on   i = the interrupt's alone   a = atomic   u = uart.lock */
static struct {
    struct spinlock lock;  /* output: a FIFO's content, or a register, at a time */
    bool is_present;       /* [I] */
    atomic_bool has_break; /* [a] whoever waits for the transmitter may be the one who reads it */
    uint8_t line_control;  /* [u] */
    uint8_t modem_control; /* [u] */
    _Atomic(const struct uart16550_receiver *) receiver; /* [a] NULL: nobody reads */
    struct event_rate rate;                              /* [i] characters, and interrupts in vain */
    uint64_t received_ns;                                /* [i] when there were characters last */
    struct timer rest;                                   /* [i] its end */
} uart = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_DEVICE),
          .line_control = LINE_CONTROL_8N1,
          .modem_control = MODEM_CONTROL_DTR_RTS};

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

/* Take the lock, or, after a while, go on without. Returns whether it was taken. */
static bool uart_lock(struct spinlock_state *ret_state)
{
    for (int i = 0; i < UART_LOCK_TRIES; i++) {
        if (spin_try_lock(&uart.lock, ret_state))
            return true;
        cpu_pause();
    }
    return false;
}

static void uart_unlock(bool is_locked, struct spinlock_state state)
{
    if (is_locked)
        spin_unlock(&uart.lock, state);
}

static void uart_write(enum log_level level, const char *text, size_t length)
{
    struct spinlock_state state = {false};
    const bool is_locked = uart_lock(&state);

    (void)level;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            uart_put('\r');
        uart_put(text[i]);
    }
    uart_unlock(is_locked, state);
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
    port_write8(UART_DATA, 1);
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

bool uart16550_is_present(void)
{
    return uart.is_present;
}

/* Wait until one of these bits is set: for a while actively, then asleep. False: the port seems stuck. */
static bool uart_wait_asleep(uint8_t status)
{
    for (int sleeps = 0; sleeps < UART_SLEEPS_MAX; sleeps++) {
        for (int i = 0; i < UART_SPIN_READS; i++) {
            if ((uart_status() & status) != 0)
                return true;
            cpu_pause();
        }
        thread_sleep_ns(UART_SLEEP_NS);
    }
    return false;
}

/* Fill the FIFO, unless somebody else was faster. */
static size_t uart_put_some(const char *bytes, size_t length)
{
    size_t count = length < UART_FIFO_SIZE ? length : UART_FIFO_SIZE;
    struct spinlock_state state = spin_lock(&uart.lock);

    if ((uart_status() & LINE_STATUS_TRANSMITTER_EMPTY) == 0)
        count = 0;
    for (size_t i = 0; i < count; i++)
        port_write8(UART_DATA, (uint8_t)bytes[i]);
    spin_unlock(&uart.lock, state);
    return count;
}

void uart16550_write(const char *bytes, size_t length)
{
    size_t done = 0;

    if (!uart.is_present)
        return;
    while (done < length) {
        if (!uart_wait_asleep(LINE_STATUS_TRANSMITTER_EMPTY))
            return;
        done += uart_put_some(bytes + done, length - done);
    }
}

void uart16550_drain(void)
{
    if (uart.is_present)
        (void)uart_wait_asleep(LINE_STATUS_ALL_SENT);
}

static uint8_t format_to_line_control(const struct uart16550_format *format)
{
    uint8_t control = (uint8_t)((format->data_bits - 5) & 3);

    if (format->has_two_stop_bits)
        control |= LINE_CONTROL_TWO_STOP_BITS;
    if (format->has_parity)
        control |= LINE_CONTROL_PARITY | (format->has_odd_parity ? 0 : LINE_CONTROL_PARITY_EVEN);
    return control;
}

/* Interrupts stay off the while: with DLAB set, data and interrupt registers are the divisor. */
static void uart_set_divisor(uint32_t divisor)
{
    const uint8_t enabled = port_read8(UART_INTERRUPT_ENABLE);

    port_write8(UART_LINE_CONTROL, LINE_CONTROL_DLAB);
    port_write8(UART_DATA, (uint8_t)divisor);
    port_write8(UART_INTERRUPT_ENABLE, (uint8_t)(divisor >> 8));
    port_write8(UART_LINE_CONTROL, uart.line_control);
    port_write8(UART_INTERRUPT_ENABLE, enabled);
}

int uart16550_set_format(const struct uart16550_format *format)
{
    const uint32_t speed = format->bits_a_second;
    const uint32_t divisor = speed == 0 ? 0 : (UART_BITS_A_SECOND_MAX + speed / 2) / speed;

    if (speed != 0 && (divisor == 0 || divisor > UART_DIVISOR_MAX))
        return -EINVAL;
    if (!uart.is_present)
        return 0;
    struct spinlock_state state = spin_lock(&uart.lock);
    uart.line_control = format_to_line_control(format);
    if (divisor != 0)
        uart_set_divisor(divisor);
    else
        port_write8(UART_LINE_CONTROL, uart.line_control);
    spin_unlock(&uart.lock, state);
    return 0;
}

unsigned uart16550_get_modem(void)
{
    const unsigned inputs = UART16550_CTS | UART16550_DSR | UART16550_RI | UART16550_DCD;

    if (!uart.is_present)
        return 0;
    return (port_read8(UART_MODEM_STATUS) & inputs) | (uart.modem_control & MODEM_CONTROL_DTR_RTS);
}

void uart16550_set_modem(unsigned mask, unsigned outputs)
{
    if (!uart.is_present)
        return;
    struct spinlock_state state = spin_lock(&uart.lock);
    mask &= MODEM_CONTROL_DTR_RTS;
    uart.modem_control = (uint8_t)((uart.modem_control & ~mask) | (outputs & mask));
    port_write8(UART_MODEM_CONTROL, uart.modem_control);
    spin_unlock(&uart.lock, state);
}

void uart16550_set_break(bool is_on)
{
    if (!uart.is_present)
        return;
    struct spinlock_state state = spin_lock(&uart.lock);
    port_write8(UART_LINE_CONTROL, (uint8_t)(uart.line_control | (is_on ? LINE_CONTROL_BREAK : 0)));
    spin_unlock(&uart.lock, state);
}

static void uart_disable_input(const char *why)
{
    port_write8(UART_INTERRUPT_ENABLE, 0);
    (void)ioapic_mask_isa(UART_IRQ);
    log_warning("uart: input is switched off: %s", why);
}

/* What is no key after a break is text. */
static void uart_received(uint8_t byte, const struct trap_frame *frame)
{
    const struct uart16550_receiver *receiver = atomic_load(&uart.receiver);

    if (byte == 0 && atomic_exchange(&uart.has_break, false)) {
        if (!sysrq_break() && receiver != NULL)
            receiver->receive_break();
        return;
    }
    if (!sysrq_receive((char)byte, frame) && receiver != NULL)
        receiver->receive((char)byte);
}

void uart16550_set_receiver(const struct uart16550_receiver *receiver)
{
    atomic_store(&uart.receiver, receiver);
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

static void uart_set_input_interrupts(uint8_t interrupts)
{
    struct spinlock_state state = spin_lock(&uart.lock);

    port_write8(UART_INTERRUPT_ENABLE, interrupts);
    spin_unlock(&uart.lock, state);
}

static void uart_rest_ends(struct timer *timer)
{
    (void)timer;
    uart_set_input_interrupts(INTERRUPT_RECEIVED | INTERRUPT_LINE_STATUS);
}

static bool uart_brings_something(void)
{
    return clock_monotonic_ns() - uart.received_ns < EVENT_RATE_PERIOD_NS;
}

/* Where characters come one by one, many an interrupt is in vain: the one before has taken its character,
 * too. */
static unsigned uart_events_of(unsigned count)
{
    if (count == 0)
        return uart_brings_something() ? 1 : UART_EVENTS_OF_VAIN_INTERRUPT;
    uart.received_ns = clock_monotonic_ns();
    return count;
}

/* The limit is reached. What is sent meanwhile waits with the sender, or is lost. */
static void uart_rest(void)
{
    if (!uart_brings_something() || !timer_has_interrupt()) {
        uart_disable_input("it interrupts again and again, and brings nothing");
        return;
    }
    uart_set_input_interrupts(0);
    timer_start(&uart.rest, uart.rate.start_ns + EVENT_RATE_PERIOD_NS);
}

static void uart_interrupt(struct trap_frame *frame)
{
    if (port_read8(UART_LINE_CONTROL) == NO_DEVICE) {
        uart_disable_input("the port does not answer any more");
    } else {
        const unsigned events = uart_events_of(uart_receive(frame));
        if (!event_rate_count(&uart.rate, events, UART_EVENTS_A_SECOND_MAX))
            uart_rest();
    }
    lapic_end_of_interrupt();
}

int uart16550_setup_input(void)
{
    if (!uart.is_present)
        return 0;
    timer_init(&uart.rest, uart_rest_ends);
    trap_set_interrupt_handler(UART_VECTOR, uart_interrupt);
    trap_set_interrupt_name(UART_VECTOR, "ttyS0");
    int error = ioapic_route_isa(UART_IRQ, UART_VECTOR, UART_CPU);
    if (error != 0)
        return error;
    uart.modem_control |= MODEM_CONTROL_OUT2;
    port_write8(UART_MODEM_CONTROL, uart.modem_control);
    port_write8(UART_INTERRUPT_ENABLE, INTERRUPT_RECEIVED | INTERRUPT_LINE_STATUS);
    return 0;
}
