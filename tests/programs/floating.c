/* Floating point: the same bits as everywhere. */
#include <fenv.h>
#include <math.h>

#include "program.h"

static void show(const char *what, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    printf("%s: %016lx\n", what, bits);
}

int main(void)
{
    volatile double one = 1, three = 3, zero = 0, sum = 0;

    program_begin();
    show("1/3", one / three);
    show("sqrt 3", sqrt(three));
    show("sin 3", sin(three));
    show("exp 3", exp(three));
    show("pow 3 0.1", pow(three, 0.1));
    show("1/0", one / zero);
    expect_true("0/0 is not a number", isnan(zero / zero));
    for (int i = 1; i <= 100000; i++)
        sum += 1.0 / i;
    show("sum of 1/i", sum);
    expect_value("rounding to nearest", fegetround(), FE_TONEAREST);
    expect_value("upwards", fesetround(FE_UPWARD), 0);
    show("1/3 upwards", one / three);
    fesetround(FE_TONEAREST);
    volatile long double precise = 1;
    printf("long double: %.25Lg\n", precise / 3);
    return program_end();
}
