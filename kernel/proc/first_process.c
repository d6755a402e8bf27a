/* PID 1, which the kernel makes itself, and with whose end the system's work is done. */
#include "abi/errno.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "boot_info.h"
#include "core/clock.h"
#include "core/log.h"
#include "exec/first_program.h"
#include "fs/fd_table.h"
#include "ipc/futex.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/page_fault.h"
#include "proc/fs_context.h"
#include "proc/group.h"
#include "proc/memory_shortage.h"
#include "proc/process_ids.h"
#include "proc/process_internal.h"
#include "sched/sched.h"
#include "time/process_timers.h"

static struct program first_program;
static process_first_end_handler first_ended;

static int process_open_console(struct process *process)
{
    static const struct credentials superuser;
    const struct path_context context = {
        .root = process->fs->root, .start = process->fs->directory, .credentials = &superuser};
    struct file *console;
    int error = file_open(&context, "/dev/console", O_RDWR, 0, &console);

    for (int fd = 0; fd < 3 && error >= 0; fd++)
        error = fd_table_add(process->files, console, 0, FD_TABLE_LIMIT_DEFAULT, 0);
    if (error >= 0)
        file_unref(console);
    return error < 0 ? error : 0;
}

/* Give it its ID, and a group and session of its own. */
static int process_publish_first(struct process *process)
{
    int id;
    struct process_names *names = process_ids_take(&id);
    struct process_group *group = names == NULL ? NULL : group_create_first(id);

    if (group == NULL)
        return -ENOMEM;
    process_publish(process, NULL, group, names, id);
    process_first = process;
    return 0;
}

int process_create_first(const struct boot_info *boot, const struct path *root,
                         process_first_end_handler ended)
{
    process_setup();
    user_thread_setup();
    fs_context_setup();
    page_fault_setup();
    memory_shortage_setup();
    futex_setup();
    signal_setup();
    process_timers_setup();
    first_ended = ended;

    struct process *process = process_create();
    if (process == NULL)
        return -ENOMEM;
    memset(&process->identity, 0, sizeof(process->identity));
    signal_init_process(&process->signals, NULL);
    limits_init(&process->limits);
    process->start_ns = clock_monotonic_ns();
    process->fs = fs_context_create(root);
    process->files = fd_table_create();
    if (process->fs == NULL || process->files == NULL)
        return -ENOMEM;
    int error = process_open_console(process);
    if (error == 0)
        error = first_program_load(boot, root, &first_program);
    if (error != 0)
        return error;
    process->space = first_program.space;
    process->executable = first_program.executable;
    return process_publish_first(process);
}

int process_start_first(void)
{
    struct trap_frame frame;
    const struct user_thread_birth birth = {.frame = &frame, .name = first_program.name};
    struct user_thread *thread;

    addr_space_log(first_program.space);
    user_entry_make_frame(&frame, first_program.entry, first_program.layout.stack_pointer);
    int error = user_thread_create(process_first, &birth, &thread);
    if (error != 0)
        return error;
    user_thread_publish(thread, process_ids_lookup(FIRST_PROCESS_ID), FIRST_PROCESS_ID);
    user_thread_start(thread);
    return 0;
}

/* Nothing is left that could make sense to run: all others are told to end. */
static void processes_begin_end(void)
{
    struct spinlock_state state = spin_lock(&process_tree);

    for (struct process *process = process_next(FIRST_PROCESS_ID); process != NULL;
         process = process_next(process->id)) {
        struct spinlock_state inner = spin_lock(&process->signals.lock);
        process_begin_end(process, WAIT_STATUS_SIGNALED(SIGKILL, false));
        spin_unlock(&process->signals.lock, inner);
    }
    spin_unlock(&process_tree, state);
}

_Noreturn void process_first_ended(int wait_status)
{
    const int signal = wait_status & 0x7f;
    const struct process_end end = {signal != 0, signal != 0 ? signal : wait_status >> 8};

    processes_begin_end();
    if (!end.is_fault)
        log_info("process: pid %d (%s) exited with status %d", FIRST_PROCESS_ID,
                 thread_name(thread_current()), end.status);
    first_ended(end);
    for (;;)
        sched_block();
}
