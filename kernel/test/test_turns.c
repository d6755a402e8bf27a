/* turns: two threads of one CPU print a line each in turn, though neither yields nor sleeps: the timer
 * switches between them. round-robin: five threads of the kernel and one of ring 3 do so; each has a stack of
 * its own between guard pages, the one of ring 3 a page table of its own. tests/boot/test_threads.py looks at
 * the order of the lines. */
#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/user_entry.h"
#include "boot_info.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/user_access.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"
#include "test/user_program.h"

#define TURNS_LINES 20
#define ROUND_ROBIN_KERNEL_THREADS 5
#define ROUND_ROBIN_PRIORITY 10
#define PRINTERS_MAX (ROUND_ROBIN_KERNEL_THREADS + 1)

/* A thread that prints. */
struct printer {
    const char *label;
    unsigned lines;
    vaddr_t stack; /* its lowest address */
};

static struct printer printers[PRINTERS_MAX];
static struct test_gate start;
static struct user_program_shared *shared;

/* The lowest address of the calling thread's stack, or of what looks like one: 0 if guard pages are not where
 * they should be. */
static vaddr_t stack_of_current(void)
{
    vaddr_t bottom = page_round_down((vaddr_t)__builtin_frame_address(0));
    unsigned below = 0;

    for (; below < KERNEL_STACK_PAGES && !kernel_map_is_guard(bottom - PAGE_SIZE); below++)
        bottom -= PAGE_SIZE;
    for (unsigned page = 0; page < KERNEL_STACK_PAGES; page++) {
        if (kernel_map_is_guard(bottom + page * PAGE_SIZE))
            return 0;
    }
    bool is_stack =
        below < KERNEL_STACK_PAGES && kernel_map_is_guard(bottom + KERNEL_STACK_PAGES * PAGE_SIZE);
    return is_stack ? bottom : 0;
}

/* Print a line and work until another thread has had the CPU; with interrupts disabled a line and the look at
 * the count are of one turn. */
static void take_turn(const char *label)
{
    bool were_enabled = cpu_interrupts_save();
    uint64_t count = thread_switch_count(thread_current());

    log_info("-- %s --", label);
    atomic_fetch_add(&shared->turns, 1);
    cpu_interrupts_restore(were_enabled);
    while (thread_switch_count(thread_current()) == count && atomic_load(&shared->threads) > 1)
        cpu_pause();
}

static void printer_run(void *argument)
{
    struct printer *self = argument;

    self->stack = stack_of_current();
    test_gate_wait(&start);
    for (unsigned i = 0; i < self->lines; i++)
        take_turn(self->label);
    atomic_fetch_sub(&shared->threads, 1);
}

static struct thread *printer_start(struct printer *printer, const char *label, unsigned lines,
                                    const struct thread_options *options)
{
    *printer = (struct printer){.label = label, .lines = lines};
    return test_start(label, printer_run, printer, options);
}

static void check_stacks(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        TEST_CHECK(printers[i].stack != 0);
        for (unsigned other = 0; other < i; other++)
            TEST_CHECK(printers[i].stack != printers[other].stack);
    }
}

void test_turns(void)
{
    static struct user_program_shared turns_shared;
    struct cpu_set cpus = test_one_cpu(0);
    struct thread_options options = {.cpus = &cpus};
    struct thread *threads[2];

    shared = &turns_shared;
    atomic_store(&shared->threads, 2);
    test_gate_init(&start);
    threads[0] = printer_start(&printers[0], "1", TURNS_LINES, &options);
    threads[1] = printer_start(&printers[1], "2", TURNS_LINES, &options);
    test_gate_open(&start, 2);
    test_join_all(threads, 2);
    check_stacks(2);
}

static struct addr_space *space; /* for good: its table may stay loaded under threads of the kernel */

static void ring_3_enter(void *argument)
{
    struct trap_frame entry;

    (void)argument;
    user_entry_make_frame(&entry, USER_PROGRAM_CODE, 0);
    test_gate_wait(&start);
    user_entry_first(&entry);
}

/* The program ends by UD2. */
static void ring_3_ended(struct trap_frame *frame, uint64_t fault_address, int error)
{
    (void)fault_address;
    (void)error;
    TEST_CHECK(frame->vector == TRAP_INVALID_OPCODE &&
               frame->rip == USER_PROGRAM_CODE + user_program_end_offset);
    TEST_CHECK(page_table_current().root == space->table.root);
    TEST_CHECK(space->table.root != kernel_map_table()->root);
    printers[ROUND_ROBIN_KERNEL_THREADS].stack = stack_of_current();
    thread_exit(0);
}

/* It belongs to no process: the one call that it makes is answered here. */
static int64_t ring_3_write(struct trap_frame *frame)
{
    char line[16];
    size_t size = syscall_argument(frame, 2);

    if (syscall_number(frame) != SYS_write || size > sizeof(line))
        return -ENOSYS;
    int error = user_copy_in(line, (user_ptr_t){syscall_argument(frame, 1)}, size, NULL);
    if (error == 0)
        log_write_raw(line, size);
    return error;
}

static bool ring_3_map(const char *name, vaddr_t page, paddr_t frame, uint32_t protection)
{
    const struct addr_space_request request = {.address = page,
                                               .size = PAGE_SIZE,
                                               .protection = protection,
                                               .flags = ADDR_SPACE_FIXED,
                                               .name = name};
    vaddr_t mapped;

    return addr_space_map(space, &request, &mapped) == 0 && addr_space_populate(space, mapped, frame) == 0;
}

/* Make the address space of the program in ring 3, once. */
static void ring_3_setup(void)
{
    paddr_t code, data;

    if (space != NULL)
        return;
    if (frames_alloc_zeroed(&code) != 0 || frames_alloc_zeroed(&data) != 0 ||
        addr_space_create(0, &space) != 0 ||
        !ring_3_map("text", USER_PROGRAM_CODE, code, MAP_READ | MAP_EXECUTE) ||
        !ring_3_map("data", USER_PROGRAM_SHARED, data, MAP_READ | MAP_WRITE))
        test_give_up("no memory for a program");
    memcpy(direct_map(code), user_program, user_program_size);
    shared = direct_map(data);
    trap_set_user_fault_handler(ring_3_ended);
    user_entry_setup(ring_3_write);
}

void test_round_robin(void)
{
    static const char *const labels[ROUND_ROBIN_KERNEL_THREADS] = {"kernel 1", "kernel 2", "kernel 3",
                                                                   "kernel 4", "kernel 5"};
    struct cpu_set cpus = test_one_cpu(0);
    struct thread_options options = {.policy = SCHED_RR, .priority = ROUND_ROBIN_PRIORITY, .cpus = &cpus};
    struct thread *threads[PRINTERS_MAX];

    ring_3_setup();
    atomic_store(&shared->threads, PRINTERS_MAX);
    test_gate_init(&start);
    for (unsigned i = 0; i < ROUND_ROBIN_KERNEL_THREADS; i++) {
        threads[i] = printer_start(&printers[i], labels[i], USER_PROGRAM_LINES, &options);
        test_gate_expect(&start, i + 1); /* they take turns in the order in which they wait */
    }
    options.space = space;
    threads[ROUND_ROBIN_KERNEL_THREADS] = test_start("ring 3", ring_3_enter, NULL, &options);
    test_gate_open(&start, PRINTERS_MAX);
    test_join_all(threads, PRINTERS_MAX);
    check_stacks(PRINTERS_MAX);
}
