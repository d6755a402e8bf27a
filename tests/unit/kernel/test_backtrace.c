/* Call chains of saved contexts and of traps, through stacks that are whole, cut off, or garbage. */
#include "arch/x86_64/backtrace.h"

#include <stdio.h>

#include "abi/errno.h"
#include "arch/x86_64/context_switch.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/log.h"
#include "core/symbols.h"
#include "mm/user_access.h"
#include "test.h"

#define TEXT 0xffffffff80000000ull /* function N lies at TEXT + N * FUNCTION_SIZE */
#define FUNCTION_SIZE 0x100ull
#define FUNCTIONS 9
#define CODE(function) (TEXT + (function)*FUNCTION_SIZE + 0x10)
#define STACK_WORDS 256
#define STACK (KERNEL_STACKS_BASE + 0x5000)
#define AT(word) (STACK + 8 * (word))

const char trap_return[1];
vaddr_t direct_map_base;
static uint64_t stack[STACK_WORDS]; /* what is mapped at STACK */
static uint64_t mapped_words;
static uint64_t addresses[32];

uint64_t cr3_read(void)
{
    return 0;
}

uint64_t cr4_read(void)
{
    return 0;
}

struct page_table page_table_current(void)
{
    return (struct page_table){0};
}

int page_table_lookup(const struct page_table *table, vaddr_t address, struct page_mapping *ret_mapping)
{
    (void)table;
    if (address < STACK || address >= AT(mapped_words))
        return -ENOENT;
    ret_mapping->address = (paddr_t)stack + address - STACK;
    return 0;
}

bool symbols_is_text(uint64_t address)
{
    return (address >= TEXT && address < TEXT + FUNCTIONS * FUNCTION_SIZE) ||
           address == (uint64_t)trap_return;
}

const char *symbols_lookup(uint64_t address, uint64_t *ret_offset)
{
    static const char *const names[FUNCTIONS] = {"zero", "one", "two",   "three", "four",
                                                 "five", "six", "seven", NULL};

    if (address < TEXT || address >= TEXT + FUNCTIONS * FUNCTION_SIZE)
        return NULL;
    *ret_offset = (address - TEXT) % FUNCTION_SIZE;
    return names[(address - TEXT) / FUNCTION_SIZE];
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

int user_copy_in(void *to, user_ptr_t from, size_t size, size_t *ret_copied)
{
    (void)to, (void)from, (void)size, (void)ret_copied;
    return -EFAULT;
}

/* The frame that begins at that word: whose caller's is at the other, called from that function. */
static void put_frame(unsigned word, uint64_t caller, uint64_t return_address)
{
    stack[word] = caller;
    stack[word + 1] = return_address;
}

static void assert_functions(unsigned count, const char *expected)
{
    char text[128];

    assert_int_equal(backtrace_format(addresses, count, text, sizeof(text)), strlen(expected));
    assert_string_equal(text, expected);
}

static int set_up(void **state)
{
    (void)state;
    memset(stack, 0xa5, sizeof(stack));
    memset(addresses, 0, sizeof(addresses));
    mapped_words = STACK_WORDS;
    return 0;
}

static void put_context(unsigned word, uint64_t frame_pointer, uint64_t return_address)
{
    *(struct context *)&stack[word] =
        (struct context){.rbp = frame_pointer, .return_address = return_address};
}

static void a_context_gives_its_callers(void **state)
{
    (void)state;
    put_context(10, AT(30), CODE(1));
    put_frame(30, AT(50), CODE(2));
    put_frame(50, AT(52), CODE(3));
    put_frame(52, 0, CODE(4));
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 32), 4);
    assert_int_equal(addresses[0], CODE(1) - 1); /* the call, not what follows it */
    assert_functions(4, "one < two < three < four");
    for (unsigned max = 0; max < 4; max++)
        assert_int_equal(backtrace_collect_context(AT(10), addresses, max), max);
    assert_int_equal(addresses[3], CODE(4) - 1); /* of the first time */
}

static void a_new_thread_has_no_callers(void **state)
{
    (void)state;
    put_context(10, 0, CODE(5));
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 32), 1);
    assert_functions(1, "five");
}

static void a_chain_that_makes_no_sense_ends(void **state)
{
    static const struct {
        uint64_t caller, return_address;
        unsigned count; /* of the frame at 30 included, if it is good */
    } cases[] = {
        {AT(30), CODE(2), 2},              /* a circle */
        {AT(20), CODE(2), 2},              /* downwards */
        {AT(50) + 1, CODE(2), 2},          /* not aligned */
        {AT(STACK_WORDS), CODE(2), 2},     /* not mapped */
        {AT(STACK_WORDS) - 8, CODE(2), 2}, /* half of it is mapped */
        {0x1000, CODE(2), 2},              /* the user half */
        {0xffff800000001000, CODE(2), 2},  /* no stack */
        {UINT64_MAX - 7, CODE(2), 2},      /* wraps */
        {AT(50), TEXT - 1, 1},             /* no code */
        {AT(50), 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put_context(10, AT(30), CODE(1));
        put_frame(30, cases[i].caller, cases[i].return_address);
        if (backtrace_collect_context(AT(10), addresses, 32) != cases[i].count)
            fail_msg("case %zu", i);
    }
}

static void a_frame_lies_at_a_multiple_of_8(void **state)
{
    static const uint64_t frame[] = {0, CODE(3)};

    (void)state;
    put_context(10, AT(30) + 4, CODE(1));
    memcpy((char *)&stack[30] + 4, frame, sizeof(frame));
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 32), 1);
}

static void a_context_that_is_none_gives_nothing(void **state)
{
    static const uint64_t pointers[] = {0,         1,          AT(10) + 4, AT(STACK_WORDS - 6),
                                        AT(0) - 8, UINT64_MAX, 0xa5a5a5,   AT(10)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pointers); i++)
        assert_int_equal(backtrace_collect_context(pointers[i], addresses, 32), 0);
}

/* trap_dispatch(), called by trap_entry.S with the frame on top of its stack. */
static struct trap_frame *put_trap(unsigned word, uint64_t frame_pointer, uint64_t rip, uint64_t cs)
{
    struct trap_frame *frame = (struct trap_frame *)&stack[word + 2];

    put_frame(word, frame_pointer, (uint64_t)trap_return);
    *frame = (struct trap_frame){.rbp = frame_pointer, .rip = rip, .cs = cs};
    return frame;
}

static void an_interrupt_on_the_way_shows_what_it_interrupted(void **state)
{
    (void)state;
    put_context(10, AT(30), CODE(1));
    put_trap(30, AT(80), CODE(6), 0x10);
    put_frame(80, 0, CODE(7));
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 32), 4);
    assert_int_equal(addresses[2], CODE(6)); /* no call: the instruction itself */
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 3), 3);
    assert_int_equal(backtrace_collect_context(AT(10), addresses, 2), 2);
}

static void an_interrupted_stack_may_lie_below(void **state)
{
    (void)state;
    put_trap(100, AT(20), CODE(6), 0x10);
    put_frame(20, 0, CODE(7));
    assert_int_equal(backtrace_collect(AT(100), addresses, 32), 3);
    assert_int_equal(addresses[2], CODE(7) - 1);
}

static void interrupts_in_a_circle_end(void **state)
{
    (void)state;
    put_trap(100, AT(100), CODE(6), 0x10);
    assert_int_equal(backtrace_collect(AT(100), addresses, 31), 31);
}

static void what_came_from_ring_3_ends_the_chain(void **state)
{
    (void)state;
    put_trap(30, AT(80), 0x40001000, 0x2b);
    put_frame(80, 0, CODE(7));
    assert_int_equal(backtrace_collect(AT(30), addresses, 32), 1);

    struct trap_frame *frame = put_trap(30, AT(80), CODE(6), 0x2b); /* it tried to jump there */
    assert_int_equal(backtrace_collect(AT(30), addresses, 32), 1);
    assert_int_equal(backtrace_collect_trap(frame, addresses, 32), 0);
    frame->cs = 0x10;
    assert_int_equal(backtrace_collect_trap(frame, addresses, 0), 0);
    assert_int_equal(backtrace_collect_trap(frame, addresses, 1), 1);
    assert_int_equal(backtrace_collect_trap(frame, addresses, 32), 2);
    assert_functions(2, "six < seven");
}

static void names_are_cut_between_functions(void **state)
{
    static const uint64_t calls[] = {CODE(1), CODE(2), CODE(8), 0x1234};
    static const struct {
        size_t size;
        const char *text;
    } cases[] = {
        {128, "one < two < 0xffffffff80000810 < 0x1234"},
        {40, "one < two < 0xffffffff80000810 < 0x1234"},
        {39, "one < two < 0xffffffff80000810"},
        {10, "one < two"},
        {9, "one"},
        {4, "one"},
        {3, ""},
        {1, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[129];
        memset(text, 'x', sizeof(text));
        assert_int_equal(backtrace_format(calls, COUNT_OF(calls), text, cases[i].size),
                         strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
        assert_int_equal(text[cases[i].size], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_context_gives_its_callers, set_up),
        cmocka_unit_test_setup(a_new_thread_has_no_callers, set_up),
        cmocka_unit_test_setup(a_chain_that_makes_no_sense_ends, set_up),
        cmocka_unit_test_setup(a_frame_lies_at_a_multiple_of_8, set_up),
        cmocka_unit_test_setup(a_context_that_is_none_gives_nothing, set_up),
        cmocka_unit_test_setup(an_interrupt_on_the_way_shows_what_it_interrupted, set_up),
        cmocka_unit_test_setup(an_interrupted_stack_may_lie_below, set_up),
        cmocka_unit_test_setup(interrupts_in_a_circle_end, set_up),
        cmocka_unit_test_setup(what_came_from_ring_3_ends_the_chain, set_up),
        cmocka_unit_test_setup(names_are_cut_between_functions, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
