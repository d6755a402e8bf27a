/* The program break: exact, zeroed, and given back. */
#include "program.h"

static unsigned char *set_break(unsigned char *address)
{
    return (unsigned char *)syscall(SYS_brk, address);
}

int main(void)
{
    program_begin();
    unsigned char *start = set_break(NULL), sum = 0;
    expect_true("brk(0) says where it is", set_break(NULL) == start);
    expect_true("an address that is no page's is taken", set_break(start + 0xd01) == start + 0xd01);
    start[0] = start[0xd00] = 0x55;
    expect_true("growing", set_break(start + 100 * PAGE) == start + 100 * PAGE);
    for (unsigned i = 0xd01; i < 100 * PAGE; i++)
        sum |= start[i];
    expect_value("new memory is zero", sum, 0);
    expect_value("old memory stays", start[0xd00], 0x55);
    memset(start, 0xaa, 100 * PAGE);
    expect_true("shrinking", set_break(start + PAGE) == start + PAGE);
    expect_true("growing again", set_break(start + 4 * PAGE) == start + 4 * PAGE);
    expect_value("what was given back is zero", start[2 * PAGE], 0);
    expect_value("what was kept is kept", start[10], 0xaa);
    expect_true("below the start nothing changes", set_break(start - 16 * PAGE) == start + 4 * PAGE);
    expect_true("beyond all memory nothing changes",
                set_break((unsigned char *)0x7ffffffff000) == start + 4 * PAGE);
    expect_true("in the kernel nothing changes", set_break((unsigned char *)~0xfffull) == start + 4 * PAGE);
    expect_true("giving all back", set_break(start) == start);
    return program_end();
}
