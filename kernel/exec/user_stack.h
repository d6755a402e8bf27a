/* The stack that a program starts with (System V ABI, AMD64 supplement, section 3.4.1), from its upper end
 * down:
 *
 *   top        8 bytes of zero
 *              the file's name (AT_EXECFN)
 *              the environment's strings   \ one block, as it was handed in
 *              the arguments' strings      /
 *              platform's name, random bytes
 *              auxiliary vector, AT_NULL
 *              envp pointers, NULL
 *              argv pointers, NULL
 *   RSP        argc
 *
 * Pure: it writes through a function that the caller brings along, as the stack's pages may not be there yet.
 */
#ifndef LINTEL_EXEC_USER_STACK_H
#define LINTEL_EXEC_USER_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER_STACK_RANDOM_SIZE 16

/* Linux's limits: of one string, with its NUL; of all strings and pointers together a quarter of the stack's
 * limit, but at least the one and at most the other. */
#define USER_STACK_STRING_MAX (128 * 1024)
#define USER_STACK_STRINGS_FLOOR (128 * 1024)
#define USER_STACK_STRINGS_CEILING (6 * 1024 * 1024)

/* Writes to the new program's memory. Returns 0 or a negative errno, which ends the building. Embed the
 * structure to carry state. */
struct user_stack_writer {
    int (*write)(struct user_stack_writer *writer, uint64_t address, const void *bytes, size_t size);
};

/* argument_count strings and behind them environment_count strings, each with its NUL, without gaps. */
struct user_strings {
    const char *bytes;
    size_t size_bytes;
    size_t argument_count;
    size_t environment_count;
};

/* For whom the program acts: AT_UID to AT_GID, in their order, and AT_SECURE. */
struct user_stack_ids {
    uint64_t uid, effective_uid, gid, effective_gid;
    uint64_t is_secure; /* 1: it has more rights than who started it */
};

struct user_stack {
    uint64_t top;   /* user address of the stack's upper end, 16-byte aligned */
    uint64_t limit; /* how many bytes it may grow to: RLIMIT_STACK */
    struct user_strings strings;
    const char *file_name; /* AT_EXECFN */
    const void *random;    /* USER_STACK_RANDOM_SIZE bytes, for AT_RANDOM */

    uint64_t program_headers; /* AT_PHDR, AT_PHNUM; 0 both if the program has none in memory */
    uint64_t program_header_count;
    uint64_t interpreter_base; /* AT_BASE; 0 for a static program */
    uint64_t entry;            /* AT_ENTRY: the program's, not its interpreter's */
    struct user_stack_ids ids;
    uint64_t hwcap, hwcap2;       /* AT_HWCAP: EDX of CPUID 1; AT_HWCAP2: 2 if FSGSBASE may be used */
    uint64_t signal_stack_size;   /* AT_MINSIGSTKSZ; 0 leaves it out */
    uint64_t system_call_library; /* AT_SYSINFO_EHDR; 0 if there is none */
};

/* Where things are; addresses of the program's. */
struct user_stack_layout {
    uint64_t stack_pointer; /* 16-byte aligned */
    uint64_t arguments_start;
    uint64_t arguments_end; /* here the environment begins */
    uint64_t environment_end;
    uint64_t auxv_start, auxv_end;
    uint64_t ids; /* the entry AT_UID, which the others of struct user_stack_ids follow */
};

/* Build the stack. Errors: -E2BIG (a limit), -EINVAL (the strings are not as many as was said), and those of
 * the writer. On error a part may have been written. */
int user_stack_build(const struct user_stack *stack, struct user_stack_writer *writer,
                     struct user_stack_layout *ret_layout);

/* Change the IDs of a stack that has been built. Errors: those of the writer. */
int user_stack_write_ids(const struct user_stack_layout *layout, struct user_stack_writer *writer,
                         const struct user_stack_ids *ids);

/* A writer into the stack's topmost bytes, at hand as memory. */
struct user_stack_memory {
    struct user_stack_writer writer;
    void *memory;  /* its lowest byte */
    size_t size;   /* in bytes */
    uint64_t base; /* the user address of that byte */
};

/* write() answers -E2BIG below `base`. */
struct user_stack_memory user_stack_memory(void *memory, size_t size, uint64_t base);

/* Cut text into words at its blanks, and add them as arguments behind those that `strings` has, in `buffer`,
 * where strings->bytes lies or will lie. There must be no environment yet. Errors: -E2BIG (size); then
 * *strings is what it was. */
int user_strings_add_words(struct user_strings *strings, char *buffer, size_t size, const char *text);

/* The same with words NAME=VALUE for the environment; arguments cannot be added afterwards. */
int user_strings_add_environment(struct user_strings *strings, char *buffer, size_t size, const char *text);

#endif
