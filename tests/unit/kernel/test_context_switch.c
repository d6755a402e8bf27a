/* Contexts on stacks from the heap: the kernel's instructions as they stand, for they need no ring 0. What
 * goes wrong on another stack is counted there, and judged on the test's own: a failed assertion would jump
 * from one to the other. */
#include "arch/x86_64/context_switch.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#define STACK_SIZE 65536
#define CONTEXTS 5 /* 0 is the test's own */
#define SWITCHES 20000
#define REGISTERS 6

struct registers {
    uint64_t value[REGISTERS]; /* rbx, rbp, r12 to r15 */
};

/* context_switch() with these values in the callee-saved registers; what they are afterwards is in
 * *ret_after. */
void *switch_with_registers(uint64_t *ret_stack_pointer, uint64_t stack_pointer, void *token,
                            const struct registers *before, struct registers *ret_after);

/* The start of a context: record RSP, RBP and RDI at its first instruction, and go to first_stop(). */
void first_start(void *token);
uint64_t first_rsp, first_rbp, first_rdi;

extern const uint8_t context_start[];

__asm__(".text\n"
        ".globl switch_with_registers\n"
        "switch_with_registers:\n"
        "    push %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    push %r8\n"
        "    mov 0(%rcx), %rbx\n"
        "    mov 8(%rcx), %rbp\n"
        "    mov 16(%rcx), %r12\n"
        "    mov 24(%rcx), %r13\n"
        "    mov 32(%rcx), %r14\n"
        "    mov 40(%rcx), %r15\n"
        "    call context_switch\n"
        "    pop %r8\n"
        "    mov %rbx, 0(%r8)\n"
        "    mov %rbp, 8(%r8)\n"
        "    mov %r12, 16(%r8)\n"
        "    mov %r13, 24(%r8)\n"
        "    mov %r14, 32(%r8)\n"
        "    mov %r15, 40(%r8)\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    ret\n"
        ".globl first_start\n"
        "first_start:\n"
        "    mov %rsp, first_rsp(%rip)\n"
        "    mov %rbp, first_rbp(%rip)\n"
        "    mov %rdi, first_rdi(%rip)\n"
        "    jmp first_stop\n");

struct stack {
    uint8_t *memory;
    uint64_t top;
    uint64_t stack_pointer;
};

static struct stack contexts[CONTEXTS];
static unsigned current, switches, errors;
static void *token_on_its_way;

/* Ends where its memory ends: a write above the top is seen. */
static struct stack stack_create(void (*start)(void *token))
{
    struct stack stack = {.memory = aligned_alloc(16, STACK_SIZE)};

    memset(stack.memory, 0xa5, STACK_SIZE);
    stack.top = (uint64_t)stack.memory + STACK_SIZE;
    stack.stack_pointer = context_create(stack.top, start);
    return stack;
}

static void expect(bool is_so)
{
    errors += !is_so;
}

static void switch_to(unsigned next)
{
    struct registers before, after;
    unsigned self = current;
    uint64_t noise = random_below(UINT64_MAX);

    for (size_t i = 0; i < REGISTERS; i++)
        before.value[i] = noise * (2 * i + 1);
    token_on_its_way = (void *)random_below(UINT64_MAX);
    current = next;
    switches++;
    void *token = switch_with_registers(&contexts[self].stack_pointer, contexts[next].stack_pointer,
                                        token_on_its_way, &before, &after);
    expect(current == self);
    expect(token == token_on_its_way);
    expect(memcmp(&before, &after, sizeof(before)) == 0);
}

/* Any context goes on in any other, calls deep or not. */
static void wander(unsigned depth)
{
    while (switches < SWITCHES) {
        unsigned next = (unsigned)random_below(CONTEXTS);
        if (next != current)
            switch_to(next);
        if (depth < 8 && random_below(3) == 0)
            wander(depth + 1);
        else if (depth > 0 && random_below(2) == 0)
            return;
    }
}

static void wander_start(void *token)
{
    expect(token == token_on_its_way);
    for (;;) {
        wander(0);
        switch_to(0);
    }
}

static void contexts_get_back_their_registers_and_a_token(void **state)
{
    (void)state;
    for (size_t i = 1; i < CONTEXTS; i++)
        contexts[i] = stack_create(wander_start);
    wander(0);
    for (size_t i = 1; i < CONTEXTS; i++) {
        assert_int_equal(current, 0);
        switch_to((unsigned)i); /* each has been waiting somewhere, and comes back */
        free(contexts[i].memory);
    }
    assert_true(switches >= SWITCHES);
    assert_int_equal(errors, 0);
}

void first_stop(void);
void first_stop(void)
{
    (void)context_switch(&contexts[1].stack_pointer, contexts[0].stack_pointer, NULL);
}

static void a_new_context_starts_as_if_called(void **state)
{
    static const uint8_t ud2[] = {0x0f, 0x0b};
    int token;

    (void)state;
    contexts[1] = stack_create(first_start);
    uint64_t created = contexts[1].stack_pointer;
    assert_true(created < contexts[1].top && created >= contexts[1].top - 128);
    for (uint64_t at = contexts[1].top - STACK_SIZE; at < created; at++)
        assert_int_equal(*(const uint8_t *)at, 0xa5);

    assert_null(context_switch(&contexts[0].stack_pointer, created, &token));
    assert_int_equal(first_rsp % 16, 8);
    assert_int_equal(first_rsp, contexts[1].top - 8);
    assert_int_equal(first_rbp, 0);
    assert_int_equal(first_rdi, (uint64_t)&token);
    const uint8_t *return_address = *(const uint8_t *const *)first_rsp;
    assert_true(return_address > context_start && return_address < context_start + 16);
    assert_memory_equal(return_address, ud2, sizeof(ud2));
    free(contexts[1].memory);
}

static void return_at_once(void *token)
{
    (void)token;
}

static void a_start_that_returns_is_an_invalid_opcode(void **state)
{
    int status;

    (void)state;
    contexts[1] = stack_create(return_at_once);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGILL, SIG_DFL); /* cmocka has a handler */
        (void)context_switch(&contexts[0].stack_pointer, contexts[1].stack_pointer, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGILL);
    free(contexts[1].memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_get_back_their_registers_and_a_token),
        cmocka_unit_test(a_new_context_starts_as_if_called),
        cmocka_unit_test(a_start_that_returns_is_an_invalid_opcode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
