/* fpu: vector and x87 registers are a thread's own: they keep their values while other threads that use them,
 * and some that do not, run on the same CPU, and when the thread moves to another one; and a new thread finds
 * them as the ABI says. The kernel's compiler leaves them alone, so that what one statement loads the next
 * one finds. */
#include "arch/x86_64/fpu.h"

#include <stddef.h>

#include "core/clock.h"
#include "lib/string.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define USERS 6
#define ROUNDS 20
#define ROUNDS_MS 400
#define SWITCHES_A_ROUND 3
#define VECTOR_COUNT 16
#define VECTOR_SIZE 32 /* a YMM register; an XMM register is its lower half */
#define X87_COUNT 8
#define COMPONENT_AVX (1u << 2) /* in XCR0 */

#define MXCSR_INITIAL 0x1f80
#define MXCSR_ROUNDING_SHIFT 13
#define X87_CONTROL_INITIAL 0x37f
#define X87_ROUNDING_SHIFT 10

/* Registers of one thread. */
struct registers {
    uint8_t vectors[VECTOR_COUNT][VECTOR_SIZE];
    int64_t x87[X87_COUNT];
    uint32_t mxcsr;
    uint16_t x87_control;
};

static bool has_avx(void)
{
    return (fpu_components() & COMPONENT_AVX) != 0;
}

static void vectors_load(const struct registers *from)
{
    if (has_avx())
        __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                         "vmovdqu 32*\\n(%0), %%ymm\\n\n"
                         ".endr"
                         :
                         : "r"(from->vectors)
                         : "memory");
    else
        __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                         "movdqu 32*\\n(%0), %%xmm\\n\n"
                         ".endr"
                         :
                         : "r"(from->vectors)
                         : "memory");
}

static void vectors_store(struct registers *to)
{
    if (has_avx())
        __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                         "vmovdqu %%ymm\\n, 32*\\n(%0)\n"
                         ".endr"
                         :
                         : "r"(to->vectors)
                         : "memory");
    else
        __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                         "movdqu %%xmm\\n, 32*\\n(%0)\n"
                         ".endr"
                         :
                         : "r"(to->vectors)
                         : "memory");
}

static void registers_load(const struct registers *from)
{
    vectors_load(from);
    __asm__ volatile("ldmxcsr %0\n"
                     "fldcw %1\n"
                     ".irp n, 0,1,2,3,4,5,6,7\n"
                     "fildll 8*\\n(%2)\n"
                     ".endr"
                     :
                     : "m"(from->mxcsr), "m"(from->x87_control), "r"(from->x87)
                     : "memory");
}

/* Empties the x87 registers: they are a stack. */
static void registers_store(struct registers *to)
{
    vectors_store(to);
    __asm__ volatile("stmxcsr %0\n"
                     "fnstcw %1\n"
                     ".irp n, 7,6,5,4,3,2,1,0\n"
                     "fistpll 8*\\n(%2)\n"
                     ".endr"
                     : "=m"(to->mxcsr), "=m"(to->x87_control)
                     : "r"(to->x87)
                     : "memory");
}

static void registers_make(struct registers *registers, struct test_random *random)
{
    memset(registers, 0, sizeof(*registers));
    for (unsigned n = 0; n < VECTOR_COUNT; n++) {
        for (unsigned i = 0; i < (has_avx() ? VECTOR_SIZE : VECTOR_SIZE / 2); i++)
            registers->vectors[n][i] = (uint8_t)test_random_below(random, 256);
    }
    for (unsigned n = 0; n < X87_COUNT; n++)
        registers->x87[n] = (int64_t)test_random_below(random, UINT64_MAX);
    unsigned rounding = (unsigned)test_random_below(random, 4);
    registers->mxcsr = MXCSR_INITIAL | rounding << MXCSR_ROUNDING_SHIFT;
    registers->x87_control = (uint16_t)(X87_CONTROL_INITIAL | rounding << X87_ROUNDING_SHIFT);
}

static void check_initial(void)
{
    static const uint8_t zeros[VECTOR_COUNT][VECTOR_SIZE];
    struct registers found;
    uint16_t x87_status;

    memset(&found, 0, sizeof(found));
    vectors_store(&found);
    __asm__ volatile("stmxcsr %0; fnstcw %1; fnstsw %2"
                     : "=m"(found.mxcsr), "=m"(found.x87_control), "=m"(x87_status));
    TEST_CHECK(memcmp(found.vectors, zeros, sizeof(zeros)) == 0);
    TEST_CHECK(found.mxcsr == MXCSR_INITIAL);
    TEST_CHECK(found.x87_control == X87_CONTROL_INITIAL);
    TEST_CHECK(x87_status == 0);
}

/* Work until the thread has lost and got the CPU several times. */
static void be_preempted(void)
{
    uint64_t count = thread_switch_count(thread_current()), start_ns = clock_monotonic_ns();

    while (thread_switch_count(thread_current()) < count + SWITCHES_A_ROUND &&
           !test_has_passed(start_ns, ROUNDS_MS))
        cpu_pause();
}

static void move_about(struct test_random *random)
{
    for (int i = 0; i < SWITCHES_A_ROUND; i++) {
        test_pin((unsigned)test_random_below(random, cpu_count_online()));
        if (test_random_below(random, 2) == 0)
            thread_sleep_ns(test_random_below(random, TEST_NS_PER_MS));
    }
}

static void use_registers(uintptr_t stream, bool moves)
{
    struct registers loaded, found;
    struct test_random random;
    uint64_t start_ns = clock_monotonic_ns();

    test_random_init(&random, stream);
    check_initial();
    for (int i = 0; i < ROUNDS && !test_has_passed(start_ns, ROUNDS_MS); i++) {
        registers_make(&loaded, &random);
        memset(&found, 0, sizeof(found));
        registers_load(&loaded);
        if (moves)
            move_about(&random);
        else
            be_preempted();
        registers_store(&found);
        TEST_CHECK(memcmp(&loaded, &found, sizeof(loaded)) == 0);
    }
}

static void use_registers_on_one_cpu(void *argument)
{
    use_registers((uintptr_t)argument, false);
}

static void use_registers_everywhere(void *argument)
{
    use_registers((uintptr_t)argument, true);
}

static void use_none(void *argument)
{
    (void)argument;
    test_spin_ms(ROUNDS_MS);
}

static void users_run(void (*function)(void *argument), const struct cpu_set *cpus)
{
    struct thread_options with = {.cpus = cpus, .has_fpu = true}, without = {.cpus = cpus};
    struct thread *threads[USERS + 1];

    for (uintptr_t i = 0; i < USERS; i++)
        threads[i] = test_start("user", function, (void *)i, &with);
    threads[USERS] = test_start("no user", use_none, NULL, &without);
    test_join_all(threads, USERS + 1);
}

void test_fpu(void)
{
    struct cpu_set last = test_one_cpu(cpu_count_online() - 1), all = test_all_cpus();

    users_run(use_registers_on_one_cpu, &last);
    users_run(use_registers_everywhere, &all);
}
