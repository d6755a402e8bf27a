/* ttyS0: the line discipline on one side, the UART on the other. Sending is the port's own affair and waits
 * there; so the terminal has always room. */
#include "tty/serial_tty.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "dev/uart16550.h"
#include "fs/devices.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "sched/thread.h"
#include "tty/tty_internal.h"

#define SERIAL_DEVICE DEVICE_NUMBER(4, 64)
#define SERIAL_PORT 0x3f8
#define SERIAL_IRQ 4
#define SERIAL_TYPE_16550A 4
#define SERIAL_BAUD_BASE 115200
#define SERIAL_FIFO_SIZE 16
#define SERIAL_CLOSE_DELAY 50 /* hundredths of a second, as Linux answers */
#define SERIAL_CLOSING_WAIT 3000
#define BREAK_NS 250000000ull
#define DATA_BITS_MIN 5u
#define CSIZE_SHIFT 4

static struct tty *serial;

static size_t serial_write(struct tty *tty, const char *bytes, size_t length)
{
    (void)tty;
    uart16550_write(bytes, length);
    return length;
}

void serial_tty_show(const char *bytes, size_t length)
{
    uart16550_write(bytes, length);
}

static int serial_drain(struct tty *tty)
{
    (void)tty;
    uart16550_drain();
    return 0;
}

static void serial_send_break(struct tty *tty)
{
    (void)tty;
    uart16550_set_break(true);
    thread_sleep_ns(BREAK_NS);
    uart16550_set_break(false);
}

/* B0 hangs the modem up; another speed, or none that can be had, leaves it as it is. */
static void serial_set_termios(struct tty *tty, struct termios *termios)
{
    const uint32_t cflag = termios->cflag, old = tty->line.settings.cflag;
    const struct uart16550_format format = {
        .bits_a_second = (cflag & CBAUD) == (old & CBAUD) ? 0 : tty_speed_of(cflag),
        .data_bits = DATA_BITS_MIN + ((cflag & CSIZE) >> CSIZE_SHIFT),
        .has_two_stop_bits = (cflag & CSTOPB) != 0,
        .has_parity = (cflag & PARENB) != 0,
        .has_odd_parity = (cflag & PARODD) != 0,
    };
    const uint32_t changed = cflag ^ old;

    if ((changed & (CBAUD | CSIZE | CSTOPB | PARENB | PARODD)) != 0 && uart16550_set_format(&format) != 0)
        termios->cflag = (cflag & ~CBAUD) | (old & CBAUD);
    if ((changed & CBAUD) != 0)
        uart16550_set_modem(UART16550_DTR | UART16550_RTS,
                            (cflag & CBAUD) == B0 ? 0 : UART16550_DTR | UART16550_RTS);
}

/* With CRTSCTS the other side is asked to wait. */
static void serial_set_throttled(struct tty *tty, bool is_throttled)
{
    if ((tty->line.settings.cflag & CRTSCTS) != 0)
        uart16550_set_modem(UART16550_RTS, is_throttled ? 0 : UART16550_RTS);
}

static const struct {
    unsigned abi, uart;
} modem_bits[] = {{TIOCM_DTR, UART16550_DTR}, {TIOCM_RTS, UART16550_RTS}, {TIOCM_CTS, UART16550_CTS},
                  {TIOCM_DSR, UART16550_DSR}, {TIOCM_RNG, UART16550_RI},  {TIOCM_CAR, UART16550_DCD}};

static unsigned modem_translate(unsigned bits, bool is_to_abi)
{
    unsigned result = 0;

    for (size_t i = 0; i < sizeof(modem_bits) / sizeof(modem_bits[0]); i++) {
        if ((bits & (is_to_abi ? modem_bits[i].uart : modem_bits[i].abi)) != 0)
            result |= is_to_abi ? modem_bits[i].abi : modem_bits[i].uart;
    }
    return result;
}

static int64_t serial_modem_ioctl(unsigned request, user_ptr_t pointer)
{
    uint32_t value = modem_translate(uart16550_get_modem(), true);

    if (request == TIOCMGET)
        return user_copy_out(pointer, &value, sizeof(value));
    const int error = user_copy_in(&value, pointer, sizeof(value), NULL);
    if (error != 0)
        return error;
    const unsigned outputs = modem_translate(value, false);
    uart16550_set_modem(request == TIOCMSET ? UART16550_DTR | UART16550_RTS : outputs,
                        request == TIOCMBIC ? 0 : outputs);
    return 0;
}

static int64_t serial_get_settings(user_ptr_t target)
{
    struct serial_settings settings;

    memset(&settings, 0, sizeof(settings));
    settings.type = uart16550_is_present() ? SERIAL_TYPE_16550A : 0;
    settings.port = SERIAL_PORT;
    settings.irq = SERIAL_IRQ;
    settings.transmit_fifo_size = SERIAL_FIFO_SIZE;
    settings.baud_base = SERIAL_BAUD_BASE;
    settings.close_delay = SERIAL_CLOSE_DELAY;
    settings.closing_wait = SERIAL_CLOSING_WAIT;
    return user_copy_out(target, &settings, sizeof(settings));
}

/* The port is what it is: what would make another one of it is refused. */
static int64_t serial_set_settings(user_ptr_t source)
{
    struct serial_settings settings;
    const int error = user_copy_in(&settings, source, sizeof(settings), NULL);

    if (error != 0)
        return error;
    if (!identity_is_superuser())
        return -EPERM;
    return settings.port == SERIAL_PORT && settings.irq == SERIAL_IRQ ? 0 : -EINVAL;
}

static int64_t serial_ioctl(struct tty *tty, struct file *file, unsigned request, uint64_t argument)
{
    const user_ptr_t pointer = {argument};

    (void)tty;
    (void)file;
    switch (request) {
    case TIOCMGET:
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC:
        return serial_modem_ioctl(request, pointer);
    case TIOCGSERIAL:
        return serial_get_settings(pointer);
    case TIOCSSERIAL:
        return serial_set_settings(pointer);
    default:
        return -ENOTTY;
    }
}

static const struct tty_driver serial_driver = {
    .name = "ttyS",
    .keeps_settings = true,
    .write = serial_write,
    .drain = serial_drain,
    .set_termios = serial_set_termios,
    .set_throttled = serial_set_throttled,
    .send_break = serial_send_break,
    .ioctl = serial_ioctl,
};

/* Whose input it is: the console's, as long as the line mirrors that. */
static struct tty *serial_reader(void)
{
    return console_is_mirrored() ? tty_console() : serial;
}

static void serial_received(char character)
{
    (void)tty_receive(serial_reader(), &character, 1);
}

static void serial_received_break(void)
{
    tty_receive_break(serial_reader());
}

static int serial_open(struct file *file)
{
    console_end_mirror();
    return tty_open_file(file, serial);
}

void serial_tty_setup(void)
{
    static const struct uart16550_receiver receiver = {serial_received, serial_received_break};
    static const struct file_operations operations = {.open = serial_open};
    static const struct device device = {"ttyS0", S_IFCHR | 0660, 0, SERIAL_DEVICE, &operations};
    static const struct winsize no_size;
    struct termios2 settings = {.termios = line_settings_default};

    if (tty_create(&serial_driver, 0, SERIAL_DEVICE, NULL, &no_size, &serial) != 0)
        panic("tty: no memory for the serial line's terminal");
    settings.termios.cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
    line_set_settings(&serial->line, &settings.termios);
    (void)devices_add(&device);
    uart16550_set_receiver(&receiver);
}
