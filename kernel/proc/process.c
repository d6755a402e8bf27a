/* The end of a program: the first thread to say so sets is_ending and interrupts all others, which end when
 * they come to the border of ring 3, or are there. The last one reports. */
#include "proc/process.h"

#include <limits.h>
#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "boot_info.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/tick.h"
#include "fs/fd_table.h"
#include "lib/list.h"
#include "mm/addr_space.h"
#include "mm/object_cache.h"
#include "mm/page_fault.h"
#include "proc/fault_report.h"
#include "proc/first_program.h"
#include "proc/fs_context.h"
#include "sched/sched.h"
#include "sched/thread.h"

#define FIRST_PROCESS_ID 1
#define THREADS_MAX 4096 /* of a program */
#define FIRST_PROCESS_NAME "utask"

static struct process first = {.id = FIRST_PROCESS_ID,
                               .signals = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_SIGNAL)},
                               .threads = {&first.threads, &first.threads}};
static struct trap_frame first_entry;
static process_first_end_handler first_ended;
static int last_thread_id;

struct spinlock process_tree = SPINLOCK_INITIALIZER(LOCK_RANK_PROCESS_TREE);

/* What a new thread begins with. */
struct thread_start {
    struct user_thread base;
    struct trap_frame entry;
};

static struct object_cache user_thread_cache;

/* End the calling thread, which is in the list no more; the last one ends the program. */
static _Noreturn void process_leave(struct user_thread *self, bool is_last)
{
    const struct process_end end = {(first.end_status & 0x7f) != 0, (first.end_status & 0x7f) != 0
                                                                        ? first.end_status & 0x7f
                                                                        : first.end_status >> 8};

    object_cache_free(&user_thread_cache, self);
    if (is_last) {
        if (!end.is_fault)
            log_info("process: pid %d (%s) exited with status %d", FIRST_PROCESS_ID, FIRST_PROCESS_NAME,
                     end.status);
        first_ended(end);
        for (;;)
            sched_block();
    }
    thread_exit(0);
}

_Noreturn void process_exit_thread(int status)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&first.signals.lock);

    list_remove(&self->link);
    first.thread_count--;
    bool is_last = list_is_empty(&first.threads);
    if (is_last && !first.is_ending) {
        first.is_ending = true;
        first.end_status = WAIT_STATUS_EXITED(status);
    }
    spin_unlock(&first.signals.lock, state);
    process_leave(self, is_last);
}

void process_begin_end(struct process *process, int wait_status)
{
    if (process->is_ending)
        return;
    process->is_ending = true;
    process->end_status = wait_status;
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next) {
        struct thread *thread = list_entry(link, struct user_thread, link)->thread;
        if (thread != thread_current())
            sched_interrupt(thread);
    }
}

_Noreturn void process_exit(int wait_status)
{
    struct spinlock_state state = spin_lock(&first.signals.lock);

    process_begin_end(&first, wait_status);
    spin_unlock(&first.signals.lock, state);
    process_exit_thread(0);
}

static void process_fault(struct trap_frame *frame, uint64_t fault_address)
{
    int signal = fault_report_log(FIRST_PROCESS_ID, FIRST_PROCESS_NAME, first.space, frame, fault_address);

    process_exit(WAIT_STATUS_SIGNALED(signal, false));
}

/* What a user thread does before ring 3. */
static void user_thread_run(void *argument)
{
    struct thread_start *start = argument;

    if (start->base.id == FIRST_PROCESS_ID) {
        tick_start();
        log_script_line("mark first-user tsc=%lu", cpu_timestamp());
    }
    _Alignas(16) struct trap_frame entry = start->entry;
    user_entry_first(&entry);
}

/* Make a thread that begins with `entry`. The list's lock is held until its structure is complete. */
static int user_thread_start(const struct trap_frame *entry, uint64_t fs_base, int *ret_id)
{
    struct thread_start *start = object_cache_alloc(&user_thread_cache);

    if (start == NULL)
        return -ENOMEM;
    struct user_thread *self = &start->base;
    struct thread_options options = {
        .is_detached = true, .copies_fpu = true, .space = first.space, .fs_base = fs_base, .owner = self};
    start->entry = *entry;
    self->process = &first;
    struct spinlock_state state = spin_lock(&first.signals.lock);
    self->id = last_thread_id + 1;
    int error = first.is_ending || first.thread_count == THREADS_MAX || self->id == INT_MAX
                    ? -EAGAIN
                    : thread_create(FIRST_PROCESS_NAME, user_thread_run, start, &options, &self->thread);
    if (error == 0) {
        list_push_back(&first.threads, &self->link);
        first.thread_count++;
        last_thread_id = *ret_id = self->id;
    }
    spin_unlock(&first.signals.lock, state);
    if (error != 0)
        object_cache_free(&user_thread_cache, start);
    return error;
}

static int process_open_console(void)
{
    static const struct credentials superuser;
    const struct path_context context = {
        .root = first.fs->root, .start = first.fs->directory, .credentials = &superuser};
    struct file *console;
    int error = file_open(&context, "/dev/console", O_RDWR, 0, &console);

    for (int fd = 0; fd < 3 && error >= 0; fd++)
        error = fd_table_add(first.files, console, 0, FD_TABLE_LIMIT_DEFAULT, 0);
    if (error >= 0)
        file_unref(console);
    return error < 0 ? error : 0;
}

int process_create_first(const struct boot_info *boot, const struct path *root,
                         process_first_end_handler ended)
{
    struct program program;

    fs_context_setup();
    first.fs = fs_context_create(root);
    first.files = fd_table_create();
    if (first.fs == NULL || first.files == NULL)
        return -ENOMEM;
    int error = process_open_console();
    if (error == 0)
        error = first_program_load(boot, root, &program);
    if (error != 0)
        return error;

    /* Commit: nothing below fails. */
    first_ended = ended;
    first.space = program.space;
    first.executable = program.executable;
    user_entry_make_frame(&first_entry, program.entry, program.layout.stack_pointer);
    object_cache_init(&user_thread_cache, "user thread", sizeof(struct thread_start), 16);
    page_fault_setup();
    signal_setup();
    trap_set_user_fault_handler(process_fault);
    return 0;
}

int process_start_first(void)
{
    int id;

    addr_space_log(first.space);
    return user_thread_start(&first_entry, 0, &id);
}

/* What every thread shares with the others of its program, and what may be asked for beside that. */
#define CLONE_NEEDED (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_ALLOWED (CLONE_NEEDED | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_DETACHED)

int64_t process_clone(const struct trap_frame *frame, const struct clone_arguments *arguments)
{
    uint64_t flags = arguments->flags;
    uint64_t fs_base = (flags & CLONE_SETTLS) != 0 ? arguments->fs_base : thread_fs_base(thread_current());
    struct trap_frame entry = *frame;
    int id;

    if ((flags & CLONE_NEEDED) != CLONE_NEEDED || (flags & ~(uint64_t)CLONE_ALLOWED) != 0)
        return -EINVAL;
    if (fs_base >= USER_END)
        return -EPERM; /* as on Linux */
    entry.rax = 0;
    if (arguments->stack_pointer != 0)
        entry.rsp = arguments->stack_pointer;
    int error = user_thread_start(&entry, fs_base, &id);
    return error == 0 ? id : error;
}
