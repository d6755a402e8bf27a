/* lintel: variants=musl,pie,glibc */
/* The least that a program does: write, and end. */
#include "program.h"

int main(void)
{
    static const char text[] = "hello, world\n";

    program_begin();
    expect_value("write", write(1, text, sizeof(text) - 1), sizeof(text) - 1);
    expect_value("write of nothing", write(1, text, 0), 0);
    expect_error("write to a closed descriptor", write(77, text, 1), EBADF);
    expect_error("write to descriptor -1", write(-1, text, 1), EBADF);
    expect_error("read from a closed descriptor", read(77, (char[1]){0}, 1), EBADF);
    return program_end();
}
