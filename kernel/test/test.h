/* Tests inside the kernel: suites chosen by `test=NAME[,NAME...]` or `test=all` on the command line. They run
 * one after the other, after the boot and in place of PID 1; each is finite and bounded in time. The log says
 *     test NAME: ok (TIME ms)              test NAME: FAILED, N checks
 * and at the end `tests: N passed, M failed`. A suite that takes longer than TEST_TIME_MAX_S or gives up ends
 * the run: its threads may still be there. */
#ifndef LINTEL_TEST_TEST_H
#define LINTEL_TEST_TEST_H

#include <stdbool.h>
#include <stdint.h>

#define TEST_NAMES_SIZE 128 /* of the option's value */
#define TEST_TIME_MAX_S 120

struct kernel_test {
    const char *name;
    void (*run)(void); /* in a thread of its own, SCHED_NORMAL, nice 0, on any CPU */
};

/* All suites; the last one has no name. */
extern const struct kernel_test kernel_tests[];

/* Count a failure and log file, line and the condition unless `is_true`; after many of them in one suite it
 * only counts. Says whether it is. Context: any. */
bool test_check(bool is_true, const char *condition, const char *file, int line);

#define TEST_CHECK(condition) test_check((condition), #condition, __FILE_NAME__, __LINE__)

/* The suite cannot go on: it has failed, and the run ends. Context: thread. */
_Noreturn void test_give_up(const char *why);

/* What the run's random numbers begin with: `test-seed=N`, or the TSC. */
uint32_t test_seed(void);

/* Run the suites that the option's value names; a name that is not known counts as a failure. Returns the
 * number that failed. Context: thread, which gets the highest priority. */
unsigned test_run(const char *names);

#endif
