/* Threads of utask, made by clone(). Each has a structure of its own, which its FS segment begins with, and
 * in it its stack: whoever starts a thread keeps the structure until the thread has ended. */
#ifndef LINTEL_UTASK_THREADS_H
#define LINTEL_UTASK_THREADS_H

#include <stdatomic.h>
#include <stdint.h>

#define THREAD_STACK_SIZE 4096
#define THREAD_CLONE_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

struct thread {
    struct thread *self; /* first: what %fs:0 reads */
    void (*function)(void *argument);
    void *argument;
    atomic_uint has_ended; /* it uses neither stack nor structure any more */
    _Alignas(16) char stack[THREAD_STACK_SIZE];
};

/* Run function(argument) in a new thread, which ends when that returns. Returns its ID, or a negative errno.
 */
int64_t thread_start(struct thread *thread, void (*function)(void *argument), void *argument);

/* The same with these flags of clone(); without CLONE_SETTLS thread_self() is that of the caller. */
int64_t thread_start_with(uint64_t flags, struct thread *thread, void (*function)(void *argument),
                          void *argument);

/* Wait until the thread has ended, yielding meanwhile. */
void thread_join(const struct thread *thread);

/* End the calling thread, with that exit status. */
_Noreturn void thread_exit(int status);

/* The calling thread; not for the one that runs main(), which has no structure. */
static inline struct thread *thread_self(void)
{
    struct thread *self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

#endif
