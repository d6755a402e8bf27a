#include "proc/process.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "core/command_line.h"
#include "core/log.h"
#include "mm/addr_space.h"
#include "mm/kernel_map.h"
#include "proc/fault_report.h"
#include "proc/user_stack.h"

#define FIRST_PROCESS_ID 1
#define FIRST_PROCESS_NAME "utask"

/* Locks: I = set before the program runs. */
static struct {
    struct addr_space space;         /* [I] */
    struct trap_frame entry;         /* [I] the registers it starts with */
    vaddr_t kernel_stack_top;        /* [I] */
    process_first_end_handler ended; /* [I] */
} first;

static _Noreturn void process_end(struct process_end end)
{
    page_table_load(kernel_map_table());
    first.ended(end);
    cpu_stop();
}

static void process_fault(struct trap_frame *frame, uint64_t fault_address)
{
    int signal = fault_report_log(FIRST_PROCESS_ID, FIRST_PROCESS_NAME, &first.space, frame, fault_address);

    process_end((struct process_end){.is_fault = true, .status = signal});
}

/* utask's image and stack, lowest address first. */
static int process_map_image(const struct boot_image *image, paddr_t stack)
{
    const struct {
        const char *name;
        vaddr_t start;
        uint64_t pages;
        paddr_t frames;
        uint32_t protection;
    } areas[] = {
        {"text", image->virtual_base, image->text_pages, image->code_physical, MAP_READ | MAP_EXECUTE},
        {"rodata", image->virtual_base + image->text_pages * PAGE_SIZE, image->rodata_pages,
         image->code_physical + image->text_pages * PAGE_SIZE, MAP_READ},
        {"data", image->virtual_base + (image->text_pages + image->rodata_pages) * PAGE_SIZE,
         image->data_pages, image->data_physical, MAP_READ | MAP_WRITE},
        {"stack", USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE, USER_STACK_PAGES, stack,
         MAP_READ | MAP_WRITE},
    };

    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        int error = addr_space_map(&first.space, areas[i].name, areas[i].start, areas[i].pages,
                                   areas[i].frames, areas[i].protection);
        if (error != 0)
            return error;
    }
    return 0;
}

int process_create_first(const struct boot_info *boot, const void *seed, process_first_end_handler ended)
{
    struct user_stack stack = {
        .memory = direct_map(boot->user_stack_physical),
        .size = USER_STACK_PAGES * PAGE_SIZE,
        .top = USER_STACK_TOP,
        .name = FIRST_PROCESS_NAME,
        .arguments = command_line_program_arguments(),
        .entry = boot->user.entry,
        .random = seed,
    };
    vaddr_t stack_pointer;
    int error = addr_space_create(&first.space);

    if (error != 0)
        return error;
    error = process_map_image(&boot->user, boot->user_stack_physical);
    if (error != 0)
        goto destroy_space;
    error = user_stack_build(&stack, &stack_pointer);
    if (error == -E2BIG) {
        log_error("process: too many or too long arguments behind -- on the command line: %s gets none",
                  FIRST_PROCESS_NAME);
        stack.arguments = "";
        error = user_stack_build(&stack, &stack_pointer);
    }
    if (error != 0)
        goto destroy_space;
    first.kernel_stack_top = kernel_stack_create();
    if (first.kernel_stack_top == 0) {
        error = -ENOMEM;
        goto destroy_space;
    }

    /* Commit: nothing below fails. */
    first.ended = ended;
    user_entry_make_frame(&first.entry, boot->user.entry, stack_pointer);
    percpu_set_kernel_stack(first.kernel_stack_top);
    trap_set_user_fault_handler(process_fault);
    return 0;

destroy_space:
    addr_space_destroy(&first.space);
    return error;
}

_Noreturn void process_enter_first(void)
{
    addr_space_log(&first.space);
    page_table_load(&first.space.table);
    log_script_line("mark first-user tsc=%lu", cpu_timestamp());
    user_entry_first(&first.entry);
}

int process_current_id(void)
{
    return FIRST_PROCESS_ID;
}

_Noreturn void process_exit(int status)
{
    log_info("process: pid %d (%s) exited with status %d", FIRST_PROCESS_ID, FIRST_PROCESS_NAME, status);
    process_end((struct process_end){.is_fault = false, .status = status});
}
