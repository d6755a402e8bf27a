/* lintel: variants=musl,pie,glibc */
/* Thread-local data of the first thread: initialised, zeroed, aligned. */
#include "program.h"

static _Thread_local int initialised = 42;
static _Thread_local char zeroed[10000];
static _Thread_local _Alignas(256) int aligned = 7;

int main(void)
{
    int sum = 0;

    program_begin();
    for (size_t i = 0; i < sizeof(zeroed); i++)
        sum |= zeroed[i];
    expect_value("initialised", initialised, 42);
    expect_value("zeroed", sum, 0);
    expect_value("aligned", (long)((uintptr_t)&aligned % 256), 0);
    expect_value("and initialised", aligned, 7);
    initialised++;
    expect_value("written", initialised, 43);
    errno = 0;
    close(-1);
    expect_value("errno", errno, EBADF);
    return program_end();
}
