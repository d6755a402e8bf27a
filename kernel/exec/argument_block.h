/* The strings that a new program is given, argv's and behind them envp's, in one block of memory that grows:
 * each with its NUL, without gaps.
 *
 * Context of all: thread.  Sleeps: where a program's memory is read. */
#ifndef LINTEL_EXEC_ARGUMENT_BLOCK_H
#define LINTEL_EXEC_ARGUMENT_BLOCK_H

#include <stddef.h>

#include "exec/user_stack.h"
#include "mm/types.h"

#define ARGUMENT_BLOCK_MAX (4ull << 20) /* bytes; what Linux allows is a little more if stacks are huge */

struct argument_block {
    char *bytes; /* NULL: none yet */
    unsigned order;
    size_t size_bytes;
    size_t argument_count;
    size_t environment_count;
};

/* Give back its memory. It must have been all zeros once. */
void argument_block_free(struct argument_block *block);

/* One more argument, or variable of the environment; no argument may follow on one of these. size: with the
 * NUL. Errors: -E2BIG, -ENOMEM; then it is what it was. */
int argument_block_add_argument(struct argument_block *block, const char *string, size_t size);
int argument_block_add_variable(struct argument_block *block, const char *string, size_t size);

/* Add the strings that a program's vector has, up to its NULL pointer; {0} is an empty one. Errors: -EFAULT,
 * -E2BIG, -ENOMEM; then a part may have been added. */
int argument_block_copy_arguments(struct argument_block *block, user_ptr_t vector);
int argument_block_copy_environment(struct argument_block *block, user_ptr_t vector);

/* Put `count` arguments in the place of the first one, which is there. Errors: -E2BIG, -ENOMEM; then it is
 * what it was. */
int argument_block_replace_first(struct argument_block *block, const char *const *arguments, size_t count);

/* What user_stack_build() takes. */
static inline struct user_strings argument_block_strings(const struct argument_block *block)
{
    return (struct user_strings){block->bytes, block->size_bytes, block->argument_count,
                                 block->environment_count};
}

#endif
