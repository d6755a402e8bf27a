#include "syscall/path_call.h"

#include "abi/errno.h"
#include "mm/frames.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"

/* A path that does not fit in the small buffer. */
static int user_path_copy_long(struct user_path *path, user_ptr_t source)
{
    paddr_t frame;

    if (frames_alloc(0, &frame) != 0)
        return -ENOMEM;
    int length = user_copy_string_in(direct_map(frame), source, PATH_MAX);
    if (length < 0) {
        frames_free(frame, 0);
        return length;
    }
    path->frame = frame;
    path->text = direct_map(frame);
    return 0;
}

int user_path_copy_in(struct user_path *path, user_ptr_t source)
{
    int length = user_copy_string_in(path->small, source, sizeof(path->small));

    path->frame = 0;
    path->text = path->small;
    if (length == -ENAMETOOLONG)
        return user_path_copy_long(path, source);
    return length < 0 ? length : 0;
}

void user_path_release(struct user_path *path)
{
    if (path->frame != 0)
        frames_free(path->frame, 0);
}

/* Root and working directory. With one thread, nobody else changes them in a way that needs references. */
static void path_call_take_context(struct path_call *call, struct process *process)
{
    struct fs_context *fs = process->fs;
    const bool is_alone = process->thread_count == 1 && fs_context_is_private(fs);

    if (is_alone && fs_context_borrow(fs, &call->context.root, &call->context.start)) {
        call->borrowed = fs;
        call->context.credentials = &process->identity.files;
    } else {
        call->borrowed = NULL;
        fs_context_get(fs, &call->context.root, &call->context.start);
        identity_get_credentials(&call->credentials);
        call->context.credentials = &call->credentials;
    }
}

static void path_call_release_context(struct path_call *call)
{
    if (call->borrowed != NULL) {
        fs_context_return(call->borrowed);
        return;
    }
    path_unref(&call->context.root);
    path_unref(&call->context.start);
}

/* Begin at the file of a descriptor. */
static int path_call_use_fd(struct path_call *call, unsigned fd, bool needs_directory)
{
    struct file_use use = file_use_begin(fd);
    struct path start;

    if (use.file == NULL)
        return -EBADF;
    start = use.file->path.node == NULL ? call->context.root : use.file->path;
    if (needs_directory && (use.file->path.node == NULL || !S_ISDIR(node_mode(start.node)))) {
        file_use_end(use);
        return -ENOTDIR;
    }
    if (call->borrowed == NULL) {
        path_ref(&start);
        path_unref(&call->context.start);
    }
    call->context.start = start;
    call->directory = use;
    return 0;
}

int path_call_begin(struct path_call *call, int fd, user_ptr_t path, unsigned flags)
{
    int error = user_path_copy_in(&call->path, path);

    if (error != 0)
        return error;
    const char *text = call->path.text;
    bool is_empty = text[0] == '\0';
    if (is_empty && (flags & PATH_EMPTY) == 0) {
        user_path_release(&call->path);
        return -ENOENT;
    }
    call->directory = (struct file_use){0};
    path_call_take_context(call, process_current());
    if (fd != AT_FDCWD && text[0] != '/')
        error = path_call_use_fd(call, (unsigned)fd, !is_empty);
    if (error == 0)
        return 0;
    path_call_release_context(call);
    user_path_release(&call->path);
    return error;
}

void path_call_end(struct path_call *call)
{
    if (call->directory.file != NULL)
        file_use_end(call->directory);
    path_call_release_context(call);
    user_path_release(&call->path);
}
