/* Settings of a new terminal, in the three forms of the ABI; what a pseudoterminal corrects in them. */
#include "terminal.h"

struct settings2 {
    struct settings settings;
    uint32_t input_speed, output_speed;
};

struct old_settings {
    uint16_t iflag, oflag, cflag, lflag;
    uint8_t line, cc[8];
};

#define GET2 0x802c542a
#define SET2 0x402c542b
#define GET_OLD 0x5405
#define SET_OLD 0x5406

static void show(const char *what, int fd)
{
    const struct settings settings = get_settings(fd);

    printf("%s: %o %o %o %o line %u cc", what, settings.iflag, settings.oflag, settings.cflag, settings.lflag,
           settings.line);
    for (size_t i = 0; i < sizeof(settings.cc); i++)
        printf(" %02x", settings.cc[i]);
    printf("\n");
}

static void show_speeds(const char *what, int fd)
{
    struct settings2 settings;

    expect_value(what, ioctl(fd, GET2, &settings), 0);
    printf("%s: %u %u cflag %o\n", what, settings.input_speed, settings.output_speed,
           settings.settings.cflag);
}

int main(void)
{
    struct pair pair;
    struct settings settings;
    struct settings2 speeds;
    struct old_settings old;
    int ends[2], number = -1;

    terminal_begin();
    open_pair(&pair);
    show("slave", pair.slave);
    show("master", pair.master);
    show_speeds("speeds", pair.slave);
    settings = get_settings(pair.slave);
    settings.cflag = B9600 | CS5 | PARENB | HUPCL;
    settings.line = 3;
    settings.cc[VEOL] = ';';
    set_settings(pair.slave, &settings);
    show("corrected", pair.slave);
    show_speeds("9600", pair.slave);
    ioctl(pair.slave, GET2, &speeds);
    speeds.settings.cflag = (speeds.settings.cflag & ~010017u) | 010000;
    speeds.output_speed = speeds.input_speed = 12345;
    expect_value("another speed", ioctl(pair.slave, SET2, &speeds), 0);
    show_speeds("another speed", pair.slave);
    expect_value("old form", ioctl(pair.slave, GET_OLD, &old), 0);
    printf("old form: %o %o %o %o\n", old.iflag, old.oflag, old.cflag, old.lflag);
    old.lflag = ICANON;
    old.cc[0] = 7;
    expect_value("set in the old form", ioctl(pair.master, SET_OLD, &old), 0);
    show("set by the master", pair.slave);
    expect_value("discipline", ioctl(pair.slave, TIOCGETD, &number), 0);
    expect_value("is", number, 0);
    expect_value("set it", ioctl(pair.slave, TIOCSETD, &number), 0);
    expect_value("pipe", pipe(ends), 0);
    expect_error("TCGETS of a pipe", ioctl(ends[0], TCGETS, &settings), ENOTTY);
    expect_error("an unknown request", ioctl(pair.slave, 0x54fe, &settings), ENOTTY);
    expect_true("isatty", isatty(pair.slave) && isatty(pair.master));
    return program_end();
}
