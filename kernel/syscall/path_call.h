/* What a system call with a path begins with: the path itself, where it begins, and who asks. */
#ifndef LINTEL_SYSCALL_PATH_CALL_H
#define LINTEL_SYSCALL_PATH_CALL_H

#include <stdbool.h>

#include "fs/path.h"
#include "mm/types.h"
#include "syscall/file_use.h"

#define PATH_CALL_SHORT 128 /* most paths are shorter: they need no memory of their own */

/* A path in kernel memory. */
struct user_path {
    char *text;    /* `small`, or a frame */
    paddr_t frame; /* 0: none */
    char small[PATH_CALL_SHORT];
};

/* Copy a path in. Errors: -EFAULT, -ENAMETOOLONG, -ENOMEM; then nothing is to be released. */
int user_path_copy_in(struct user_path *path, user_ptr_t source);
void user_path_release(struct user_path *path);

struct path_call {
    struct path_context context;
    struct user_path path;
    struct fs_context *borrowed;    /* that `context` is of, without references; NULL: it has references */
    struct file_use directory;      /* that of the descriptor; NULL: none */
    struct credentials credentials; /* a copy, if other threads might change them */
};

/* Copy in the path, which begins at the directory of `fd`, or the working directory (AT_FDCWD). With
 * PATH_EMPTY in `flags`, "" stands for the file of `fd` itself, of any type: call->directory.file, which may
 * have no name: then the context's start is the root. Errors: -EFAULT, -ENAMETOOLONG, -ENOMEM, -EBADF,
 * -ENOTDIR; then nothing is to be ended. Context: system call. */
int path_call_begin(struct path_call *call, int fd, user_ptr_t path, unsigned flags);

void path_call_end(struct path_call *call);

/* Whether the call is about the file of the descriptor itself: "" with PATH_EMPTY. */
static inline bool path_call_is_file(const struct path_call *call)
{
    return call->directory.file != NULL && call->path.text[0] == '\0';
}

/* Whether that file has no node: it is a pipe or the like. */
static inline bool path_call_is_nameless(const struct path_call *call)
{
    return path_call_is_file(call) && call->directory.file->path.node == NULL;
}

#endif
