/* out-of-memory: a thread is made with each of its allocations failing in turn: that is reported, nothing
 * leaks, and afterwards it can be made. Nothing else may allocate meanwhile. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/log.h"
#include "mm/alloc_failure.h"
#include "test/memory_balance.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define ALLOCATIONS_MAX 100 /* more than a thread can possibly take */
#define ALLOCATIONS_MIN 6   /* structure, save area, stack, and the stack's pages */

static void end_with(void *argument)
{
    thread_exit((int)(intptr_t)argument);
}

/* Let the allocation that comes after `successes` fail; says whether the thread took that many. */
static bool create_with_failure(unsigned successes)
{
    static const struct thread_options options = {.has_fpu = true};
    struct memory_balance before = memory_balance_settled();
    struct thread *thread;

    alloc_failure_set(successes);
    int error = thread_create("unlucky", end_with, (void *)7, &options, &thread);
    bool has_failed = alloc_failure_has_happened();
    alloc_failure_set(UINT64_MAX);
    TEST_CHECK(error == (has_failed ? -ENOMEM : 0));
    if (error == 0)
        TEST_CHECK(thread_join(thread) == 7);
    memory_balance_check(&before);
    return has_failed;
}

void test_out_of_memory(void)
{
    unsigned successes = 0;

    TEST_CHECK(!create_with_failure(ALLOCATIONS_MAX)); /* the page tables of the stacks' region stay */
    while (successes < ALLOCATIONS_MAX && create_with_failure(successes))
        successes++;
    TEST_CHECK(successes >= ALLOCATIONS_MIN && successes < ALLOCATIONS_MAX);
    log_info("test out-of-memory: each of %u allocations has failed", successes);
}
