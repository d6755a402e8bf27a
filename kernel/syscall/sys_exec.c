#include "abi/errno.h"
#include "abi/fs.h"
#include "exec/exec.h"
#include "fs/file.h"
#include "lib/format.h"
#include "mm/frames.h"
#include "proc/fs_context.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

#define AT_EXECVE_CHECK 0x10000 /* only say whether the file may be executed */
#define EXECVEAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EXECVE_CHECK)

#define DESCRIPTOR_NAME_ORDER 1 /* of frames: more than PATH_MAX and a descriptor's number */

/* What execveat() was asked for. */
struct exec_call {
    int fd;
    unsigned flags; /* AT_* */
    user_ptr_t arguments, environment;
};

/* Whether the path of the call begins at a descriptor, and not at a directory that has a name. */
static bool exec_is_by_descriptor(const struct path_call *path, const struct exec_call *call)
{
    return call->fd != AT_FDCWD && path->path.text[0] != '/';
}

static int64_t exec_check(const struct exec_request *request)
{
    struct file *file;
    int error = file_open_executable(request->context, request->name, request->flags, &file);

    if (error == 0)
        file_unref(file);
    return error;
}

static int64_t exec_run(struct trap_frame *frame, const struct path_call *path, const struct exec_call *call,
                        const struct path_context *interpreter_context, const char *shown_name)
{
    const struct process *process = process_current();
    const struct exec_request request = {
        .context = &path->context,
        .interpreter_context = interpreter_context,
        .name = path->path.text,
        .flags = ((call->flags & AT_SYMLINK_NOFOLLOW) != 0 ? PATH_NO_FOLLOW : 0) |
                 ((call->flags & AT_EMPTY_PATH) != 0 ? PATH_EMPTY : 0),
        .shown_name = shown_name,
        .is_name_lost = exec_is_by_descriptor(path, call) &&
                        fd_table_get_flags(process->files, (unsigned)call->fd) == FD_CLOSE_ON_EXEC,
        .arguments = call->arguments,
        .environment = call->environment,
    };

    /* A descriptor of what has no name: a pipe, say */
    if (path_call_is_file(path) && path->directory.file->path.node == NULL)
        return -EACCES;
    return (call->flags & AT_EXECVE_CHECK) != 0 ? exec_check(&request) : process_execute(frame, &request);
}

/* By a descriptor: the program is told a name that leads to it. Interpreters are looked for in the working
 * directory all the same. */
static int64_t exec_run_by_descriptor(struct trap_frame *frame, const struct path_call *path,
                                      const struct exec_call *call)
{
    const char *text = path->path.text;
    struct path_context working = path->context;
    paddr_t frames;
    int error = frames_alloc(DESCRIPTOR_NAME_ORDER, &frames);

    if (error != 0)
        return error;
    char *name = direct_map(frames);
    format_to_buffer(name, PAGE_SIZE << DESCRIPTOR_NAME_ORDER,
                     text[0] == '\0' ? "/dev/fd/%d%s" : "/dev/fd/%d/%s", call->fd, text);
    fs_context_get(process_current()->fs, &working.root, &working.start);
    int64_t result = exec_run(frame, path, call, &working, name);
    path_unref(&working.root);
    path_unref(&working.start);
    frames_free(frames, DESCRIPTOR_NAME_ORDER);
    return result;
}

static int64_t exec_call(struct trap_frame *frame, user_ptr_t name, const struct exec_call *call)
{
    struct path_call path;
    int64_t result;
    int error = path_call_begin(&path, call->fd, name, (call->flags & AT_EMPTY_PATH) != 0 ? PATH_EMPTY : 0);

    if (error != 0)
        return error;
    result = exec_is_by_descriptor(&path, call) ? exec_run_by_descriptor(frame, &path, call)
                                                : exec_run(frame, &path, call, &path.context, path.path.text);
    path_call_end(&path);
    return result;
}

/* execve(path, argv, envp) */
int64_t sys_execve(struct trap_frame *frame)
{
    const struct exec_call call = {
        .fd = AT_FDCWD, .arguments = syscall_pointer(frame, 1), .environment = syscall_pointer(frame, 2)};

    return exec_call(frame, syscall_pointer(frame, 0), &call);
}

/* execveat(fd, path, argv, envp, flags) */
int64_t sys_execveat(struct trap_frame *frame)
{
    const struct exec_call call = {
        .fd = syscall_int(frame, 0),
        .flags = (unsigned)syscall_int(frame, 4),
        .arguments = syscall_pointer(frame, 2),
        .environment = syscall_pointer(frame, 3),
    };

    if ((call.flags & ~(unsigned)EXECVEAT_FLAGS) != 0)
        return -EINVAL;
    return exec_call(frame, syscall_pointer(frame, 1), &call);
}
