/* execve(): another program takes the place of the calling process's. docs/life-of-a-process.md */
#ifndef LINTEL_EXEC_EXEC_H
#define LINTEL_EXEC_EXEC_H

#include <stdbool.h>

#include "mm/types.h"

struct path_context;
struct trap_frame;

struct exec_request {
    const struct path_context *context;             /* where `name` begins */
    const struct path_context *interpreter_context; /* and the names that the file has */
    const char *name;
    unsigned flags;         /* PATH_NO_FOLLOW, PATH_EMPTY */
    const char *shown_name; /* what the program is told: AT_EXECFN */
    bool is_name_lost;      /* shown_name goes with a descriptor that is closed on exec */
    user_ptr_t arguments;   /* argv and envp, as the program gave them */
    user_ptr_t environment;
};

/* Start the program in the calling process: its other threads end, and `frame` is that of its first
 * instruction. On error all is as it was, but for -EAGAIN: the process is ending. Errors: those of
 * file_open_executable() and program_load(), -EFAULT. Context: system call.  Sleeps: yes. */
int process_execute(struct trap_frame *frame, const struct exec_request *request);

#endif
