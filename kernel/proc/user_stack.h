/* The stack that a program starts with (System V ABI, AMD64 supplement, section 3.4.1): from RSP
 * upwards argc, the argv pointers, NULL, the envp pointers, NULL, the auxiliary vector, AT_NULL; then the
 * strings. Pure code: it fills memory that the caller names. */
#ifndef LINTEL_PROC_USER_STACK_H
#define LINTEL_PROC_USER_STACK_H

#include <stddef.h>
#include <stdint.h>

#define USER_STACK_ARGUMENTS_MAX 64 /* with the program's name */
#define USER_STACK_RANDOM_SIZE 16

struct user_stack {
    void *memory;          /* where the kernel sees the stack's lowest byte */
    size_t size;           /* bytes; a multiple of a page */
    uint64_t top;          /* user address of its upper end, 16-byte aligned */
    const char *name;      /* argv[0] and AT_EXECFN */
    const char *arguments; /* argv[1]...: words separated by blanks */
    uint64_t entry;        /* AT_ENTRY */
    const void *random;    /* USER_STACK_RANDOM_SIZE bytes, for AT_RANDOM */
};

/* Build the stack; *ret_stack_pointer is the user's RSP, 16-byte aligned. The strings and vectors may take
 * half of the stack. Errors: -E2BIG (too many or too long arguments). */
int user_stack_build(const struct user_stack *stack, uint64_t *ret_stack_pointer);

#endif
