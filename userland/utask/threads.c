#include "utask/threads.h"

#include <stddef.h>

#include "utask/syscall.h"

_Static_assert(offsetof(struct thread, self) == 0, "thread_self()");

/* A thread's first steps, on its stack, and its last ones, which touch that no more: it may be another's. */
static _Noreturn void thread_main(struct thread *thread)
{
    thread->function(thread->argument);
    __asm__ volatile("movl $1, %0\n\t"
                     "syscall"
                     : "=m"(thread->has_ended)
                     : "a"(SYS_exit), "D"(0)
                     : "rcx", "r11", "memory");
    __builtin_unreachable();
}

/* The new thread comes back from the call with the registers of this one, but for RAX = 0 and RSP. */
static int64_t thread_clone(uint64_t flags, struct thread *thread)
{
    register uint64_t r10 __asm__("r10") = 0;
    register uint64_t r8 __asm__("r8") = (uint64_t)thread; /* the start of FS, and thread_main()'s argument */
    int64_t result;

    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r8, %%rdi\n\t"
                     "call *%[main]\n\t"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "D"(flags), "S"(thread->stack + THREAD_STACK_SIZE), "d"(0), "r"(r10),
                       "r"(r8), [main] "r"(thread_main)
                     : "rcx", "r11", "memory", "cc");
    return result;
}

int64_t thread_start_with(uint64_t flags, struct thread *thread, void (*function)(void *argument),
                          void *argument)
{
    thread->self = thread;
    thread->function = function;
    thread->argument = argument;
    atomic_store(&thread->has_ended, 0);
    return thread_clone(flags, thread);
}

int64_t thread_start(struct thread *thread, void (*function)(void *argument), void *argument)
{
    return thread_start_with(THREAD_CLONE_FLAGS | CLONE_SETTLS, thread, function, argument);
}

void thread_join(const struct thread *thread)
{
    while (atomic_load(&thread->has_ended) == 0)
        syscall0(SYS_sched_yield);
}

_Noreturn void thread_exit(int status)
{
    syscall4(SYS_exit, (uint64_t)status, 0, 0, 0);
    __builtin_unreachable();
}
