/* All that can fail for a reason of the caller's comes first: the new program is there, whole, before
 * anything of the old one is gone. Then the other threads end; only when they have is known for whom the
 * program will run, and who else has the descriptors. */
#include "exec/exec.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/user_entry.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "exec/program.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "mm/addr_space.h"
#include "proc/fs_context.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "time/process_timers.h"

/* What the new program takes over from the old one, or from nobody: reserved before the old one ends. */
struct takeover {
    struct program program;
    struct fd_table *files; /* its own copy of descriptors that were shared with another process; or NULL */
};

static int exec_copy_strings(const struct exec_request *request, struct argument_block *arguments)
{
    int error = argument_block_copy_arguments(arguments, request->arguments);

    if (error == 0 && arguments->argument_count == 0)
        error = argument_block_add_argument(arguments, "",
                                            1); /* as on Linux: programs take argv[0] for granted */
    return error != 0 ? error : argument_block_copy_environment(arguments, request->environment);
}

static struct program_caller exec_caller(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct program_caller caller = {
        .identity = process->identity,
        .has_no_new_privileges = process->has_no_new_privileges,
        .shares_paths = !fs_context_is_private(process->fs),
    };

    spin_unlock(&process->signals.lock, state);
    return caller;
}

static int exec_load(const struct exec_request *request, struct file *file, struct argument_block *arguments,
                     struct program *ret_program)
{
    struct process *process = process_current();
    const struct program_request load = {
        .context = request->interpreter_context,
        .file = file,
        .file_name = request->shown_name,
        .is_name_lost = request->is_name_lost,
        .arguments = arguments,
        .caller = exec_caller(process),
        .stack_limit = limit_current(RLIMIT_STACK),
    };
    struct elf_reason reason;
    int error = program_load(&load, ret_program, &reason);

    if (error != 0 && reason.text[0] != '\0')
        log_debug("exec: pid %d: %s %s", process->id, request->shown_name, reason.text);
    return error;
}

/* Make the program of the request. */
static int exec_prepare(const struct exec_request *request, struct program *ret_program)
{
    struct argument_block arguments = {0};
    struct file *file;
    int error = file_open_executable(request->context, request->name, request->flags, &file);

    if (error != 0)
        return error;
    error = exec_copy_strings(request, &arguments);
    if (error == 0)
        error = exec_load(request, file, &arguments, ret_program);
    argument_block_free(&arguments);
    file_unref(file);
    return error;
}

/* Descriptors that another process shares stay as they are for that one. */
static int exec_reserve_files(struct process *process, struct fd_table **ret_files)
{
    *ret_files = NULL;
    if (fd_table_is_private(process->files))
        return 0;
    *ret_files = fd_table_copy(process->files);
    return *ret_files == NULL ? -ENOMEM : 0;
}

/* What other threads could change until their end; after that nobody can. */
static int exec_take_over(struct process *process, struct takeover *new)
{
    const struct program_caller caller = exec_caller(process);
    int error = program_set_caller(&new->program, &caller);

    return error != 0 ? error : exec_reserve_files(process, &new->files);
}

/* The other threads are gone, without which the old program cannot go on, and nor can the new one. */
static int exec_end_process(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);

    process_begin_end(process, WAIT_STATUS_SIGNALED(SIGKILL, false));
    spin_unlock(&process->signals.lock, state);
    return -EAGAIN;
}

/* Whether others of the same user may look into the program: not if it has rights that he has not, or was
 * made from a file that he may not read. */
static bool exec_is_dumpable(const struct process *process, const struct program *program)
{
    struct node *node = program->executable->path.node;

    return !identity_is_raised(&program->identity) &&
           (node == NULL || node_check_access(node, &process->identity.files, R_OK) == 0);
}

/* What is the process's, and others may look at. */
static void exec_change_process(struct process *process, struct takeover *new)
{
    struct addr_space *space = process->space;
    struct file *executable = process->executable;
    struct fd_table *files = new->files != NULL ? process->files : NULL;
    const struct identity *identity = &new->program.identity;
    const bool is_dumpable = exec_is_dumpable(process, &new->program);
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);

    /* At once: who looks at the new program is checked against its identity, not the old one's. */
    process->identity = *identity;
    process->is_dumpable = is_dumpable;
    process->barriers = 0;
    spin_unlock(&process->signals.lock, inner);
    process->space = new->program.space;
    process->executable = new->program.executable;
    if (new->files != NULL)
        process->files = new->files;
    process->has_executed = true;
    process->exit_signal = SIGCHLD;
    if (new->program.is_secure)
        process->parent_death_signal = 0;
    spin_unlock(&process_tree, state);

    sched_set_space(process->space);
    process_release_vfork_parent();
    addr_space_unref(space);
    if (executable != NULL)
        file_unref(executable);
    if (files != NULL)
        fd_table_unref(files);
    fd_table_close_on_exec(process->files);
}

/* What is the thread's. */
static void exec_change_thread(struct user_thread *self, const struct program *program,
                               struct trap_frame *frame)
{
    thread_reset_fpu();
    thread_set_fs_base(0);
    thread_set_name(program->name);
    user_entry_make_frame(frame, program->entry, program->layout.stack_pointer);
    self->robust_list = (user_ptr_t){0};
    atomic_store(&self->has_left_locks, false);
    self->clear_child_tid = (user_ptr_t){0};
}

/* Where the time of the boot is looked at: the first program from a file is about to run, mostly /init. */
static void exec_mark_first(const struct process *process)
{
    static bool is_done; /* by PID 1 alone */

    if (process->id == FIRST_PROCESS_ID && !is_done) {
        is_done = true;
        log_script_line("mark init tsc=%lu", cpu_timestamp());
    }
}

int process_execute(struct trap_frame *frame, const struct exec_request *request)
{
    struct process *process = process_current();
    struct user_thread *self = user_thread_current();
    const bool was_alone = process->thread_count == 1;
    struct takeover new;
    int error = exec_prepare(request, &new.program);

    if (error != 0)
        return error;
    error = process_end_other_threads();
    if (error != 0)
        goto discard;
    error = exec_take_over(process, &new);
    if (error != 0) {
        error = was_alone ? error : exec_end_process(process);
        goto discard;
    }

    /* Commit: nothing below fails. */
    user_thread_leave_space(self);
    exec_change_process(process, &new);
    process_timers_reset_for_exec(process); /* before their signals have the default action */
    signal_reset_for_exec(process, self);
    exec_change_thread(self, &new.program, frame);
    exec_mark_first(process);
    return 0;

discard:
    program_discard(&new.program);
    return error;
}
