/* What becomes of received bytes. */
#include "terminal.h"

static void get(const char *what, uint32_t input, uint32_t local, const char *text)
{
    struct pair pair;
    struct settings settings;

    open_pair(&pair);
    settings = get_settings(pair.slave);
    settings.iflag = input;
    settings.lflag = local;
    set_settings(pair.slave, &settings);
    type(pair.master, text);
    settle(&pair);
    printf("-- %s\n", what);
    show_output("read", pair.slave);
    show_output("echo", pair.master);
    close_pair(&pair);
}

int main(void)
{
    const char *text = "Ab\rC\n\xff\xe4\x03\n";

    terminal_begin();
    get("raw", 0, 0, text);
    get("ICRNL", ICRNL, 0, text);
    get("INLCR", INLCR, 0, text);
    get("IGNCR", IGNCR | ICRNL, 0, text);
    get("ISTRIP", ISTRIP, 0, text);
    get("IUCLC", IUCLC, IEXTEN, text);
    get("IUCLC without IEXTEN", IUCLC, 0, text);
    get("PARMRK", PARMRK, 0, text);
    get("PARMRK, ISTRIP", PARMRK | ISTRIP, 0, text);
    get("echo", 0, ECHO, text);
    get("echo of control characters", 0, ECHO | ECHOCTL, text);
    get("lines", INLCR, ICANON | ECHO, "a\nb\rc\r");
    get("lines, crossed", INLCR | ICRNL, ICANON | ECHO, "a\nb\rc\r");
    get("lines, PARMRK", PARMRK | ICRNL, ICANON | ECHO,
        "a\xff"
        "b\r");
    get("quotes", ICRNL, ICANON | ECHO | IEXTEN | ECHOCTL, "a\x16\rb\r");
    get("quotes without lines", ICRNL, ECHO | IEXTEN | ECHOCTL, "a\x16\rb\r");
    return program_end();
}
