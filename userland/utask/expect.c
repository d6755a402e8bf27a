#include "utask/expect.h"

#include "utask/console.h"

static unsigned failures, count;

void expect(const char *what, int64_t result, int64_t wanted)
{
    count++;
    if (result != wanted) {
        failures++;
        print("check: %s: got %lld, wanted %lld\n", what, (long long)result, (long long)wanted);
    }
}

int expect_result(void)
{
    print("check: %u checks, %u failed\n", count, failures);
    return failures == 0 ? 0 : 1;
}
