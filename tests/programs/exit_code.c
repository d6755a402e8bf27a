/* lintel: args=298 */
/* Ends with the status that its argument says, cut to eight bits, and without the C library's farewell. */
#include "program.h"

int main(int argc, char **argv)
{
    program_begin();
    expect_value("argc", argc, 2);
    program_end();
    _exit(atoi(argv[1]));
}
