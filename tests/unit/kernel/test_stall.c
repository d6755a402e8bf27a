/* What stands still is reported at its limit, again after a while, and when it is over. */
#include "sched/stall.h"

#include "test.h"

#define SECOND 1000000000ull
#define LIMIT (10 * SECOND)

struct look {
    uint64_t at_s;
    uint64_t value;
    enum stall_verdict verdict;
    uint64_t stood_s;
};

static void look_all(struct stall *stall, const struct look *looks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t stood_ns;
        enum stall_verdict verdict =
            stall_look(stall, looks[i].value, looks[i].at_s * SECOND, LIMIT, &stood_ns);
        if (verdict != looks[i].verdict || stood_ns != looks[i].stood_s * SECOND)
            fail_msg("look %zu: verdict %d after %lu ns", i, verdict, stood_ns);
    }
}

static void what_moves_is_never_reported(void **state)
{
    struct stall stall = {0};
    static const struct look looks[] = {
        {100, 1, STALL_NONE, 0}, {109, 1, STALL_NONE, 9}, {110, 2, STALL_NONE, 0},
        {119, 2, STALL_NONE, 9}, {300, 3, STALL_NONE, 0}, {301, 0, STALL_NONE, 0},
    };

    (void)state;
    look_all(&stall, looks, COUNT_OF(looks));
}

static void what_stands_is_reported_at_the_limit_and_every_30_s(void **state)
{
    struct stall stall = {0};
    static const struct look looks[] = {
        {100, 7, STALL_NONE, 0},   {109, 7, STALL_NONE, 9},    {110, 7, STALL_REPORT, 10},
        {111, 7, STALL_KNOWN, 11}, {139, 7, STALL_KNOWN, 39},  {140, 7, STALL_REPORT, 40},
        {169, 7, STALL_KNOWN, 69}, {175, 7, STALL_REPORT, 75}, {180, 8, STALL_OVER, 0},
        {181, 8, STALL_NONE, 1},   {190, 8, STALL_REPORT, 10}, {191, 9, STALL_OVER, 0},
        {192, 10, STALL_NONE, 0},
    };

    (void)state;
    look_all(&stall, looks, COUNT_OF(looks));
}

static void who_is_forgiven_has_the_limit_once_more(void **state)
{
    struct stall stall = {0};
    static const struct look before[] = {{100, 1, STALL_NONE, 0}, {109, 1, STALL_NONE, 9}};
    static const struct look after[] = {{118, 1, STALL_NONE, 9}, {119, 1, STALL_REPORT, 10}};

    (void)state;
    look_all(&stall, before, COUNT_OF(before));
    stall_forgive(&stall, 109 * SECOND);
    look_all(&stall, after, COUNT_OF(after));
}

static void one_who_never_moved_counts_from_when_it_was_forgiven(void **state)
{
    struct stall stall = {0};
    static const struct look looks[] = {{59, 0, STALL_NONE, 9}, {60, 0, STALL_REPORT, 10}};

    (void)state;
    stall_forgive(&stall, 50 * SECOND);
    look_all(&stall, looks, COUNT_OF(looks));
}

/* The clocks of two CPUs, which may look in turn, differ by less than can be measured. */
static void a_clock_that_is_behind_does_no_harm(void **state)
{
    struct stall stall = {0};
    static const struct look looks[] = {
        {100, 1, STALL_NONE, 0},   {99, 1, STALL_NONE, 0},    {111, 1, STALL_REPORT, 11},
        {110, 1, STALL_KNOWN, 10}, {112, 1, STALL_KNOWN, 12},
    };

    (void)state;
    look_all(&stall, looks, COUNT_OF(looks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_moves_is_never_reported),
        cmocka_unit_test(what_stands_is_reported_at_the_limit_and_every_30_s),
        cmocka_unit_test(who_is_forgiven_has_the_limit_once_more),
        cmocka_unit_test(one_who_never_moved_counts_from_when_it_was_forgiven),
        cmocka_unit_test(a_clock_that_is_behind_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
