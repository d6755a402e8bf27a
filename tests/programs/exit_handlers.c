/* exit() runs handlers in reverse order, and flushes what stdio holds. */
#include "program.h"

static void first(void)
{
    printf("the handler registered first runs last\n");
}

static void second(void)
{
    printf("the handler registered last runs first\n");
}

int main(void)
{
    program_begin();
    setvbuf(stdout, malloc(1000), _IOFBF, 1000);
    expect_value("atexit", atexit(first), 0);
    expect_value("atexit", atexit(second), 0);
    return 7;
}
