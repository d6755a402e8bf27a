/* Output processing. */
#include "terminal.h"

static void put(const char *what, uint32_t flags, const char *text)
{
    struct pair pair;
    struct settings settings;

    open_pair(&pair);
    settings = get_settings(pair.slave);
    settings.oflag = flags;
    set_settings(pair.slave, &settings);
    expect_value(what, write(pair.slave, text, strlen(text)), (long)strlen(text));
    show_output("gives", pair.master);
    close_pair(&pair);
}

int main(void)
{
    const char *text = "ab\tc\r\n\r\rx\bY\n\ttab\xe4\xff\x01\x7f\n";

    terminal_begin();
    put("nothing", 0, text);
    put("OPOST", OPOST, text);
    put("ONLCR", OPOST | ONLCR, text);
    put("ONLCR without OPOST", ONLCR, text);
    put("OCRNL", OPOST | OCRNL, text);
    put("ONOCR", OPOST | ONOCR, text);
    put("ONLRET", OPOST | ONLRET | ONOCR, text);
    put("OCRNL, ONLRET", OPOST | ONLRET | OCRNL, "ab\r\tc\n");
    put("OLCUC", OPOST | OLCUC, text);
    put("tabs", OPOST | XTABS, text);
    put("tabs and all", OPOST | XTABS | ONLCR, "\t\ta\n1234567\tb\n12345678\tc\x08\x08\td\n");
    return program_end();
}
