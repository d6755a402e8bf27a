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

/* What is to be started, by whom, and with what. */
struct program_request {
    const struct path_context *context; /* where interpreters' names begin, and the rights */
    struct file *file;                  /* file_open_executable()'s; the reference stays the caller's */
    const char *file_name;              /* AT_EXECFN, and what a script's interpreter is told */
    bool is_name_lost;                  /* it goes with a descriptor that execve() closes: no script */
    struct argument_block *arguments;   /* with argv[0], at least; scripts change it */
    const struct identity *identity;    /* of who asks */
    bool has_no_new_privileges;         /* the file's set-user-ID and set-group-ID bits mean nothing */
    uint64_t stack_limit;               /* bytes: RLIMIT_STACK */
};

struct program {
    struct addr_space *space;        /* with a reference */
    struct file *executable;         /* with a reference; NULL: PID 1 from a flat image */
    vaddr_t entry;                   /* where its first thread begins */
    struct user_stack_layout layout; /* of its stack */
    struct identity identity;        /* that it will have */
    char name[THREAD_NAME_SIZE];     /* for its first thread */
};

/* Make it. Errors: -ENOEXEC (not a program for this machine; *ret_reason says why), -ELIBBAD (its
 * dynamic linker is none), -ELOOP (too many scripts), -E2BIG, -ENOMEM, -EACCES (also: writable and
 * executable memory where that is forbidden), those of opening a script's interpreter, -EIO.
 * Context: thread.  Sleeps: yes. */
int program_load(const struct program_request *request, struct program *ret_program,
                 struct elf_reason *ret_reason);

/* Give up what a program that will not run holds. Context: thread.  Sleeps: yes. */
void program_discard(struct program *program);

#endif
