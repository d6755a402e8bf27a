/* Editing a line: what is echoed, and what is read. */
#include "terminal.h"

static struct pair pair;

static void edit(const char *what, const char *text)
{
    printf("-- %s\n", what);
    type(pair.master, text);
    show_output("echo", pair.master);
    show_read("line", pair.slave, 200);
}

int main(void)
{
    terminal_begin();
    open_pair(&pair);
    edit("plain", "hello\n");
    edit("erase", "helxx\x7f\x7flo\n");
    edit("erase at the start", "\x7f\x7fok\n");
    edit("erase a control character", "a\x01\x7f"
                                      "b\n");
    edit("erase a word", "one two_3 \x17"
                         "four, five\x17\x17six\n");
    edit("kill", "gone\x15kept\n");
    edit("a tab erased", "ab\tc\x7f\x7f"
                         "d\n");
    edit("two tabs erased", "\t\t\x7f\x7fx\n");
    edit("a tab after control characters", "\x01\x02\t\x7f\x7fx\n");
    edit("quoted", "a\x16\x7f"
                   "b\x16\x03"
                   "c\x16\n"
                   "d\n");
    edit("reprint", "abc\x12"
                    "def\n");
    edit("not UTF-8", "a\xc3\xa4\x7f"
                      "b\n");
    change_input(pair.slave, IUTF8, 0);
    edit("UTF-8", "a\xc3\xa4\x7f"
                  "b\n");
    edit("UTF-8 of three bytes", "\xe2\x82\xac\xe2\x82\xac\x7fx\n");
    edit("a broken one", "\x80\x80\x7fx\n");
    edit("a word of UTF-8", "one \xc3\xa4\xc3\xb6 x\x17\x17\n");
    edit("kill UTF-8", "\xc3\xa4\t\xc3\xb6\x15z\n");
    change_local(pair.slave, 0, IEXTEN);
    edit("without IEXTEN", "a b\x17\x16\x12\n");
    close_pair(&pair);
    return program_end();
}
