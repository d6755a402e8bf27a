/* What the flags of echo change. */
#include "terminal.h"

static struct pair pair;

static void edit(const char *what, uint32_t set, uint32_t clear, const char *text)
{
    const struct settings before = get_settings(pair.slave);

    printf("-- %s\n", what);
    change_local(pair.slave, set, clear);
    type(pair.master, text);
    show_output("echo", pair.master);
    show_read("line", pair.slave, 200);
    set_settings(pair.slave, &before);
}

int main(void)
{
    terminal_begin();
    open_pair(&pair);
    edit("none", 0, ECHO,
         "ab\x7f\x15"
         "c\n");
    edit("ECHONL", ECHONL, ECHO, "ab\n");
    edit("no ECHOE", 0, ECHOE,
         "ab\x7f"
         "c\n");
    edit("no ECHOKE", 0, ECHOKE,
         "ab\x15"
         "c\n");
    edit("no ECHOK", 0, ECHOK,
         "ab\x15"
         "c\n");
    edit("no ECHOK, no ECHOKE", 0, ECHOK | ECHOKE,
         "ab\x15"
         "c\n");
    edit("no ECHOCTL", 0, ECHOCTL,
         "a\x01\x02\x7f\x7f\x7f"
         "b\x04\n");
    edit("ECHOPRT", ECHOPRT, 0,
         "abc\x7f\x7f"
         "d\x7fx\n");
    edit("ECHOPRT to the start", ECHOPRT, 0, "ab\x7f\x7fz\n");
    edit("ECHOPRT of a word", ECHOPRT, 0, "one two\x17x\n");
    change_input(pair.slave, IUTF8, 0);
    edit("ECHOPRT of UTF-8", ECHOPRT, 0,
         "a\xc3\xa4\x7f\x7f"
         "d\n");
    edit("DEL and others", 0, 0, "\x7f\x1b[A\x80\x9f\xff\n");
    edit("carriage return", 0, 0, "a\r");
    change_output(pair.slave, 0, ONLCR);
    edit("no ONLCR", 0, 0, "a\n");
    change_output(pair.slave, 0, OPOST);
    edit("no OPOST", 0, 0, "a\tb\n");
    close_pair(&pair);
    return program_end();
}
