/* Random bytes: as many as were asked for, and not twice the same. */
#include <sys/random.h>

#include "program.h"

int main(void)
{
    static unsigned char a[1000], b[1000];

    program_begin();
    expect_value("1000 bytes", getrandom(a, sizeof(a), 0), 1000);
    expect_value("without waiting", getrandom(b, sizeof(b), GRND_NONBLOCK), 1000);
    expect_true("are not the same", memcmp(a, b, sizeof(a)) != 0);
    memset(a, 0, sizeof(a));
    expect_value("3 bytes", getrandom(a, 3, 0), 3);
    expect_value("and no more", a[3] | a[4], 0);
    expect_value("none", getrandom(a, 0, 0), 0);
    expect_error("unknown flag", getrandom(a, 1, 0x80), EINVAL);
    expect_error("bad pointer", syscall(SYS_getrandom, 8, 8, 0), EFAULT);
    return program_end();
}
