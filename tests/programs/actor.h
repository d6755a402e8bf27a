/* Threads that do with locks what the main thread tells them to, one thing after the other. */
#ifndef LINTEL_TESTS_PROGRAMS_ACTOR_H
#define LINTEL_TESTS_PROGRAMS_ACTOR_H

#include <pthread.h>
#include <sys/wait.h>

#include "futex.h"
#include "realtime.h"

enum actor_order {
    ORDER_LOCK,
    ORDER_UNLOCK,
    ORDER_TAKE_TURN, /* lock, note whose turn it is, unlock */
    ORDER_WAIT,      /* FUTEX_WAIT */
    ORDER_WAIT_TURN, /* WAIT_REQUEUE_PI, note whose turn it is, unlock */
    ORDER_FORK,      /* the result is the child's priority */
    ORDER_END,
};

struct actor {
    pthread_t thread;
    uint32_t id;
    uint32_t told, done; /* orders so far: futexes */
    enum actor_order order;
    uint32_t *lock;
    uint32_t *word;                  /* of ORDER_WAIT and ORDER_WAIT_TURN */
    const struct timespec *deadline; /* of ORDER_LOCK, by the wall clock */
    long result;                     /* or -errno */
    int turn;
};

static int actor_turns;

static inline long actor_lock_call(uint32_t *lock, int operation, const struct timespec *deadline)
{
    return futex(lock, operation | FUTEX_PRIVATE, 0, deadline, NULL, 0);
}

static inline void actor_take_turn(struct actor *self)
{
    self->turn = __atomic_fetch_add(&actor_turns, 1, __ATOMIC_SEQ_CST);
    actor_lock_call(self->lock, FUTEX_UNLOCK_PI, NULL);
}

static inline long actor_fork(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(priority_of(own_id()));
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static inline long actor_do(struct actor *self)
{
    long result;

    switch (self->order) {
    case ORDER_LOCK:
        return actor_lock_call(self->lock, FUTEX_LOCK_PI, self->deadline);
    case ORDER_UNLOCK:
        return actor_lock_call(self->lock, FUTEX_UNLOCK_PI, NULL);
    case ORDER_TAKE_TURN:
        result = actor_lock_call(self->lock, FUTEX_LOCK_PI, NULL);
        break;
    case ORDER_WAIT:
        return futex(self->word, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0);
    case ORDER_WAIT_TURN:
        result = futex(self->word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE, 0, NULL, self->lock, 0);
        break;
    case ORDER_FORK:
        return actor_fork();
    default:
        return 0;
    }
    if (result == 0)
        actor_take_turn(self);
    return result;
}

static inline void *actor_run(void *argument)
{
    struct actor *self = argument;
    enum actor_order order;

    __atomic_store_n(&self->id, own_id(), __ATOMIC_SEQ_CST);
    futex(&self->id, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0);
    do {
        while (__atomic_load_n(&self->told, __ATOMIC_SEQ_CST) == self->done)
            futex(&self->told, FUTEX_WAIT | FUTEX_PRIVATE, self->done, NULL, NULL, 0);
        order = self->order;
        self->result = actor_do(self);
        if (self->result == -1)
            self->result = -errno;
        __atomic_store_n(&self->done, self->done + 1, __ATOMIC_SEQ_CST);
        futex(&self->done, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0);
    } while (order != ORDER_END);
    return NULL;
}

static inline void actor_begin(struct actor *actor, int priority)
{
    *actor = (struct actor){.turn = -1};
    pthread_create(&actor->thread, NULL, actor_run, actor);
    while (__atomic_load_n(&actor->id, __ATOMIC_SEQ_CST) == 0)
        futex(&actor->id, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0);
    set_priority(actor->id, priority);
}

/* Have it begin with something. */
static inline void actor_tell(struct actor *actor, enum actor_order order, uint32_t *lock)
{
    actor->order = order;
    actor->lock = lock;
    __atomic_store_n(&actor->told, actor->told + 1, __ATOMIC_SEQ_CST);
    futex(&actor->told, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0);
}

/* Until it has done that; what came out of it. */
static inline long actor_finish(struct actor *actor)
{
    uint32_t done;

    while ((done = __atomic_load_n(&actor->done, __ATOMIC_SEQ_CST)) != actor->told)
        futex(&actor->done, FUTEX_WAIT | FUTEX_PRIVATE, done, NULL, NULL, 0);
    return actor->result;
}

static inline long actor_have(struct actor *actor, enum actor_order order, uint32_t *lock)
{
    actor_tell(actor, order, lock);
    return actor_finish(actor);
}

static inline void actor_end(struct actor *actor)
{
    actor_have(actor, ORDER_END, NULL);
    pthread_join(actor->thread, NULL);
}

#endif
