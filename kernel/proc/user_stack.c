#include "proc/user_stack.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/types.h"

/* Auxiliary vector types (include/uapi/linux/auxvec.h). */
#define AT_NULL 0
#define AT_PAGESZ 6
#define AT_BASE 7
#define AT_FLAGS 8
#define AT_ENTRY 9
#define AT_UID 11
#define AT_EUID 12
#define AT_GID 13
#define AT_EGID 14
#define AT_CLKTCK 17
#define AT_SECURE 23
#define AT_RANDOM 25
#define AT_EXECFN 31

#define CLOCK_TICKS_PER_SECOND 100 /* what AT_CLKTCK says on every Linux */

/* Filled from the top downwards: `used` bytes so far. */
struct stack_builder {
    const struct user_stack *stack;
    size_t used;
};

/* Push bytes; returns their user address, 0 if half of the stack is used. */
static uint64_t stack_push(struct stack_builder *builder, const void *bytes, size_t size)
{
    if (size > builder->stack->size / 2 - builder->used)
        return 0;
    builder->used += size;
    memcpy((char *)builder->stack->memory + builder->stack->size - builder->used, bytes, size);
    return builder->stack->top - builder->used;
}

static uint64_t stack_push_string(struct stack_builder *builder, const char *text, size_t length)
{
    if (stack_push(builder, "", 1) == 0)
        return 0;
    return stack_push(builder, text, length);
}

/* Push argv's strings and note their addresses. */
static int stack_push_arguments(struct stack_builder *builder, uint64_t argv[USER_STACK_ARGUMENTS_MAX],
                                uint64_t *ret_count)
{
    const char *at = builder->stack->arguments;
    uint64_t count = 0;

    argv[count] = stack_push_string(builder, builder->stack->name, strlen(builder->stack->name));
    if (argv[count++] == 0)
        return -E2BIG;
    for (;;) {
        size_t length = 0;
        while (*at == ' ' || *at == '\t')
            at++;
        while (at[length] != '\0' && at[length] != ' ' && at[length] != '\t')
            length++;
        if (length == 0)
            break;
        if (count == USER_STACK_ARGUMENTS_MAX)
            return -E2BIG;
        argv[count] = stack_push_string(builder, at, length);
        if (argv[count++] == 0)
            return -E2BIG;
        at += length;
    }
    *ret_count = count;
    return 0;
}

int user_stack_build(const struct user_stack *stack, uint64_t *ret_stack_pointer)
{
    struct stack_builder builder = {stack, 0};
    uint64_t argv[USER_STACK_ARGUMENTS_MAX], argc;
    int error = stack_push_arguments(&builder, argv, &argc);

    if (error != 0)
        return error;
    uint64_t random = stack_push(&builder, stack->random, USER_STACK_RANDOM_SIZE);
    if (random == 0)
        return -E2BIG;
    builder.used = (builder.used + 15) / 16 * 16;

    const uint64_t auxv[] = {
        AT_PAGESZ, PAGE_SIZE,
        AT_CLKTCK, CLOCK_TICKS_PER_SECOND,
        AT_BASE,   0,
        AT_FLAGS,  0,
        AT_ENTRY,  stack->entry,
        AT_UID,    0,
        AT_EUID,   0,
        AT_GID,    0,
        AT_EGID,   0,
        AT_SECURE, 0,
        AT_RANDOM, random,
        AT_EXECFN, argv[0],
        AT_NULL,   0,
    };
    const uint64_t zero = 0;
    /* argc, argv and its NULL, envp's NULL, and an even number of auxv words: keep RSP aligned. */
    if ((1 + argc + 1 + 1) % 2 != 0 && stack_push(&builder, &zero, sizeof(zero)) == 0)
        return -E2BIG;
    if (stack_push(&builder, auxv, sizeof(auxv)) == 0 ||
        stack_push(&builder, &zero, sizeof(zero)) == 0 || /* envp */
        stack_push(&builder, &zero, sizeof(zero)) == 0 || /* argv's end */
        stack_push(&builder, argv, argc * sizeof(argv[0])) == 0)
        return -E2BIG;
    *ret_stack_pointer = stack_push(&builder, &argc, sizeof(argc));
    return *ret_stack_pointer == 0 ? -E2BIG : 0;
}
