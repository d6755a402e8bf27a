/* All that can fail comes first: the new program is there, whole, before anything of the old one is gone. */
#include "exec/exec.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/user_entry.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "exec/program.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "mm/addr_space.h"
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

static struct identity exec_identity(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    struct identity identity = process->identity;

    spin_unlock(&process->signals.lock, state);
    return identity;
}

static int exec_load(const struct exec_request *request, struct file *file, struct argument_block *arguments,
                     struct program *ret_program)
{
    struct process *process = process_current();
    const struct identity identity = exec_identity(process);
    const struct program_request load = {
        .context = request->interpreter_context,
        .file = file,
        .file_name = request->shown_name,
        .is_name_lost = request->is_name_lost,
        .arguments = arguments,
        .identity = &identity,
        .has_no_new_privileges = process->has_no_new_privileges,
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

/* What is the process's, and others may look at. */
static void exec_change_process(struct process *process, struct takeover *new)
{
    struct addr_space *space = process->space;
    struct file *executable = process->executable;
    struct fd_table *files = new->files != NULL ? process->files : NULL;
    const struct identity *identity = &new->program.identity;
    const bool is_more_privileged =
        identity->real_uid != identity->effective_uid || identity->real_gid != identity->effective_gid;
    struct spinlock_state state = spin_lock(&process_tree);

    process->space = new->program.space;
    process->executable = new->program.executable;
    if (new->files != NULL)
        process->files = new->files;
    process->has_executed = true;
    process->exit_signal = SIGCHLD;
    if (is_more_privileged)
        process->parent_death_signal = 0;
    spin_unlock(&process_tree, state);
    state = spin_lock(&process->signals.lock);
    process->identity = *identity;
    process->is_dumpable = !is_more_privileged;
    spin_unlock(&process->signals.lock, state);

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

int process_execute(struct trap_frame *frame, const struct exec_request *request)
{
    struct process *process = process_current();
    struct user_thread *self = user_thread_current();
    struct takeover new;
    int error = exec_prepare(request, &new.program);

    if (error != 0)
        return error;
    error = exec_reserve_files(process, &new.files);
    if (error != 0)
        goto discard_program;
    error = process_end_other_threads();
    if (error != 0)
        goto discard_files;

    /* Commit: nothing below fails. */
    user_thread_leave_space(self);
    exec_change_process(process, &new);
    process_timers_reset_for_exec(process); /* before their signals have the default action */
    signal_reset_for_exec(process, self);
    exec_change_thread(self, &new.program, frame);
    return 0;

discard_files:
    if (new.files != NULL)
        fd_table_unref(new.files);
discard_program:
    program_discard(&new.program);
    return error;
}
