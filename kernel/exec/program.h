/* A program on its way to run: the address space that it will have, complete, and all else that follows from
 * its file. While it is made nothing of the caller's changes.
 *
 * Its segments are private mappings of the file: a page is read when it is touched, and shared by all who run
 * the same program until they write to it. docs/life-of-a-process.md tells the whole story. */
#ifndef LINTEL_EXEC_PROGRAM_H
#define LINTEL_EXEC_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "exec/argument_block.h"
#include "exec/elf_image.h"
#include "exec/user_stack.h"
#include "mm/types.h"
#include "proc/identity.h"
#include "sched/thread.h"

struct addr_space;
struct file;
struct path_context;

#define PROGRAM_SCRIPTS_MAX 5 /* interpreters that are scripts themselves, and the first one; as on Linux */

/* For whom a program is started. */
struct program_caller {
    struct identity identity;
    bool has_no_new_privileges; /* the file's set-user-ID and set-group-ID bits mean nothing */
    bool shares_paths;          /* CLONE_FS: who could change the program's root gets nothing by them */
};

/* The users that a file's set-user-ID and set-group-ID bits name; IDENTITY_UNCHANGED: that bit is clear. */
struct program_set_id {
    uint32_t uid, gid;
};

/* What is to be started, by whom, and with what. */
struct program_request {
    const struct path_context *context; /* where interpreters' names begin, and the rights */
    struct file *file;                  /* file_open_executable()'s; the reference stays the caller's */
    const char *file_name;              /* AT_EXECFN, and what a script's interpreter is told */
    bool is_name_lost;                  /* it goes with a descriptor that execve() closes: no script */
    struct argument_block *arguments;   /* with argv[0], at least; scripts change it */
    struct program_caller caller;       /* who asks */
    uint64_t stack_limit;               /* bytes: RLIMIT_STACK */
};

struct program {
    struct addr_space *space;        /* with a reference */
    struct file *executable;         /* with a reference; NULL: PID 1 from a flat image */
    vaddr_t entry;                   /* where its first thread begins */
    struct user_stack_layout layout; /* of its stack */
    struct program_set_id set_id;    /* of its file */
    struct identity identity;        /* that it will have */
    bool is_secure;                  /* AT_SECURE: it acts for another one than who started it */
    char name[THREAD_NAME_SIZE];     /* for its first thread */
};

/* Make it. Errors: -ENOEXEC (not a program for this machine; *ret_reason says why), -ELIBBAD (its
 * dynamic linker is none), -ELOOP (too many scripts), -E2BIG, -ENOMEM, -EACCES (also: writable and
 * executable memory where that is forbidden), those of opening a script's interpreter, -EIO.
 * Context: thread.  Sleeps: yes. */
int program_load(const struct program_request *request, struct program *ret_program,
                 struct elf_reason *ret_reason);

/* Make it the program of `caller`, whoever it was loaded for. Errors: -ENOMEM, and those of writing to its
 * stack; then it may only be discarded. Context: thread.  Sleeps: yes. */
int program_set_caller(struct program *program, const struct program_caller *caller);

/* Give up what a program that will not run holds. Context: thread.  Sleeps: yes. */
void program_discard(struct program *program);

#endif
