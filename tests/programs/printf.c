/* Formatted output and input. */
#include "program.h"

int main(void)
{
    char word[20];
    int number = 0;
    double real = 0;

    program_begin();
    printf("%d %5d|%-5d|%05d %+d %x %#X %o %c %%\n", -1, 42, 42, 42, 42, 255, 255, 8, 'c');
    printf("%ld %llu %zu %hhd\n", 1l << 40, ~0ull, sizeof(word), 300);
    printf("%s|%10s|%-10s|%.2s\n", "abc", "abc", "abc", "abc");
    printf("%f %.3f %e %g %g %a\n", 1.5, 3.14159265, 12345.678, 1e-10, 1e10, 1.0);
    printf("%Lf %.20Lg\n", 1.25L, 1.0L / 3);
    expect_value("length of a long line", printf("%*d\n", 300, 7), 301);
    expect_value("snprintf cuts, and tells the length", snprintf(word, 5, "%s", "abcdefgh"), 8);
    expect_text("what is left", word, "abcd");
    expect_value("sscanf", sscanf("x=17 y=2.5 end", "x=%d y=%lf %19s", &number, &real, word), 3);
    expect_value("a number", number, 17);
    expect_true("a real number", real == 2.5);
    expect_text("a word", word, "end");
    expect_value("strtol", strtol("-0x1f", NULL, 16), -31);
    expect_error("strtol out of range",
                 strtol("99999999999999999999", NULL, 10) == 0x7fffffffffffffff ? -1 : 0, ERANGE);
    return program_end();
}
