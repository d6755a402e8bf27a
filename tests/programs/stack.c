/* The stack grows as it is used, by far more than a page at a time. */
#include "program.h"

static unsigned long descend(unsigned depth)
{
    volatile unsigned char frame[16 * PAGE];

    frame[0] = (unsigned char)depth;
    frame[sizeof(frame) - 1] = 1;
    return depth == 0 ? 0 : frame[0] + frame[sizeof(frame) - 1] + descend(depth - 1);
}

int main(void)
{
    volatile char large[512 * 1024];

    program_begin();
    large[0] = 3; /* its far end first */
    expect_value("the far end of a large array", large[0], 3);
    expect_value("64 frames of 64 KiB", descend(64), 64 * 65 / 2 + 64);
    return program_end();
}
