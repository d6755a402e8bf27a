/* Ranks of locks: a CPU or thread that holds a lock may take only locks of higher rank. So no two of them can
 * ever wait for each other in a circle. Nobody waits for a lock while he holds another one of the same rank.
 *
 * In a build with LINTEL_DEBUG_LOCKS (CMake preset `debug`) each lock knows its rank and each taking is
 * checked: inversion, recursion, and sleeping with a spin lock held end in a panic that names both locks, and
 * where each was taken. In other builds nothing of it exists: no field, no instruction. docs/locking.md */
#ifndef LINTEL_CORE_LOCK_RANK_H
#define LINTEL_CORE_LOCK_RANK_H

/* Lowest, outermost, first. */
enum lock_rank {
    /* Sleeping locks: never taken with a spin lock held. */
    LOCK_RANK_TEST_MUTEX,     /* kernel/test/ */
    LOCK_RANK_EPOLL_TOPOLOGY, /* ipc/epoll.c: which instance watches what */
    LOCK_RANK_EPOLL,          /* ipc/epoll.c: what one instance watches */
    LOCK_RANK_FILE_OFFSET,    /* fs/file.c: one open file's position */
    LOCK_RANK_PSEUDO_TEXT,    /* fs/pseudo_file.c: the text that one open file shows */
    LOCK_RANK_FS_TREE,        /* fs/path.c: names, directories, mounts */
    LOCK_RANK_FS_NODE,       /* fs/: one node's contents, one pipe; user memory may be touched with it held */
    LOCK_RANK_PTS,           /* tty/: which pseudoterminals there are */
    LOCK_RANK_VT,            /* vt/: which virtual terminals are in use */
    LOCK_RANK_TTY_OUTPUT,    /* tty/: one terminal's output; user memory may be touched with it held */
    LOCK_RANK_TTY,           /* tty/: one terminal's settings and input */
    LOCK_RANK_SOCKET_RIGHTS, /* ipc/unix_rights.c: files on their way through sockets */
    LOCK_RANK_SOCKET,        /* ipc/: one socket's state; user memory may be touched with it held */
    LOCK_RANK_ADDR_SPACE,    /* mm/addr_space.c: one of a program; a page fault takes it */
    LOCK_RANK_MEMORY_OBJECT, /* mm/memory_object.c */
    LOCK_RANK_FS_PAGES,      /* fs/tmpfs_file.c: one file's pages; what a page fault takes */
    LOCK_RANK_TIMERS,        /* time/process_timers.c: one process's timers, while they are set */
    LOCK_RANK_WALL_CLOCK,    /* time/wall_clock.c: who wants to know that it is set */

    /* Spin locks. */
    LOCK_RANK_TEST,         /* kernel/test/ */
    LOCK_RANK_KEYBOARD,     /* input/: which keys are down, the keymap; keys are typed with it held */
    LOCK_RANK_TTY_INPUT,    /* tty/: what a terminal has received and nobody has worked on yet */
    LOCK_RANK_PROCESS_TREE, /* proc/process.c: who is whose child, and alive */
    LOCK_RANK_SIGNAL,       /* signal/signal.c: one process's threads, signals, identity, limits */
    LOCK_RANK_ALARM,        /* proc/: one process's interval timers */
    LOCK_RANK_WATCH,        /* fs/watch.c: who watches nodes; ipc/inotify.c: what he is told */
    LOCK_RANK_USER_ACCOUNT, /* proc/user_account.c: what users have in use */
    LOCK_RANK_FUTEX,        /* ipc/futex.c: those who wait at some addresses */
    LOCK_RANK_FS_CONTEXT,   /* proc/fs_context.c: one process's working directory; proc/host.c */
    LOCK_RANK_SOCKET_NAMES, /* ipc/unix_name.c: names that sockets are bound to; lost files */
    LOCK_RANK_FD_TABLE,     /* fs/fd_table.c: one table */
    LOCK_RANK_FILE_LOCK,    /* fs/file_lock.c: the advisory locks of all files */
    LOCK_RANK_PSEUDO_NODES, /* fs/pseudo.c: the nodes of one file system */
    LOCK_RANK_NODE,         /* fs/node.c: one node's attributes */
    LOCK_RANK_SPACE_LIST,   /* mm/addr_space_list.c: all address spaces */
    LOCK_RANK_FS_DEFERRED,  /* fs/deferred.c: what is to be ended later */
    LOCK_RANK_CPU_TIME,     /* time/cpu_time.c: what was told of CPUs' times */
    LOCK_RANK_WAIT_QUEUE,   /* sched/: what threads wait for */
    LOCK_RANK_EPOLL_READY,  /* ipc/epoll.c: one instance's ready items */
    LOCK_RANK_INHERITANCE,  /* sched/inheritance.c: who waits for what other threads have */
    LOCK_RANK_THREAD,       /* sched/thread.c: one thread's end */
    LOCK_RANK_THREAD_LIST,  /* sched/thread.c: all threads */
    LOCK_RANK_TIMER,        /* core/timer.c: a CPU's timers */
    LOCK_RANK_RUN_QUEUE,    /* sched/sched.c: one at a time */
    LOCK_RANK_OBJECT_CACHE, /* mm/object_cache.c */
    LOCK_RANK_KERNEL_MAP,   /* mm/kernel_map.c */
    LOCK_RANK_TABLE_POOL,   /* arch/x86_64/table_pool.c */
    LOCK_RANK_FRAMES,       /* mm/frames.c */
    LOCK_RANK_RANDOM,       /* core/random.c: the generator's key */
    LOCK_RANK_LOG,          /* core/log.c: any code may log */
    LOCK_RANK_SCREEN,       /* vt/: what the terminals and the screen show */
    LOCK_RANK_DEVICE,       /* arch/x86_64/, dev/: a device's registers */
    LOCK_RANK_COUNT
};

#define LOCK_RANK_FIRST_SPIN LOCK_RANK_TEST

#ifdef LINTEL_DEBUG_LOCKS

#include <stdatomic.h>
#include <stdint.h>

#define LOCK_RANK_HELD_MAX 16

/* What a lock knows of itself. Locks: l = the lock itself; other CPUs read it for a report only. */
struct lock_rank_record {
    enum lock_rank rank;
    atomic_uint holder_cpu;     /* [l] of a spin lock */
    _Atomic(uint64_t) taken_at; /* [l] where its holder took it: a return address */
    _Atomic(uint64_t) taken_ns; /* [l] and when */
};

/* Locks held, in the order in which they were taken: by a CPU, or by a thread. */
struct lock_rank_list {
    unsigned count;
    const struct lock_rank_record *held[LOCK_RANK_HELD_MAX];
};

/* Member of a lock's structure, and its initial value, to be used in a list of members. */
#define LOCK_RANK_FIELD struct lock_rank_record lock_rank;
#define LOCK_RANK_INITIALIZER(value) .lock_rank = {.rank = (value)}

/* Member of the structure of threads, initially zero: the mutexes that the thread holds. */
#define LOCK_RANK_LIST_FIELD struct lock_rank_list locks_held;

/* A spin lock, in this order: it is wanted, which is where the order is checked; is waited for, called again
 * and again meanwhile; is taken; is released. A lock that was only tried is not wanted, since nobody waits
 * for it. Context: interrupts disabled. The place noted is that of the call. */
void lock_rank_want(const struct lock_rank_record *lock);
void lock_rank_wait(const struct lock_rank_record *lock);
void lock_rank_take(struct lock_rank_record *lock);
void lock_rank_release(const struct lock_rank_record *lock);

/* The same for a mutex; `at` is the place to be noted: __builtin_return_address(0) in mutex_lock().
 * Context: thread. */
void lock_rank_want_mutex(const struct lock_rank_record *lock, const void *at);
void lock_rank_take_mutex(struct lock_rank_record *lock, const void *at);
void lock_rank_release_mutex(const struct lock_rank_record *lock, const void *at);

/* Panic if this CPU holds a spin lock. Context: any; the scheduler calls it before it blocks a thread, with
 * none of its own locks held yet. */
void lock_rank_check_may_sleep(void);

/* A timer's function is called between begin and end; others may wait until it has returned. What it has ever
 * wanted since boot is kept by function. Context: interrupts disabled. */
void lock_rank_begin_call(uint64_t function);
void lock_rank_end_call(void);

/* Panic if this CPU holds a spin lock that the function has wanted once, or one of higher rank: the caller is
 * to wait until it has returned on another CPU. Whoever may have to wait calls it each time: then it takes no
 * bad luck to find out. Context: any. */
void lock_rank_check_may_wait(uint64_t function);

/* `current` returns the list of the thread that runs, NULL if there is none. Until then mutexes are not
 * accounted. Context: early boot. */
void lock_rank_set_thread_list(struct lock_rank_list *(*current)(void));

/* From now on nothing is checked: the kernel is about to die. Context: any. */
void lock_rank_stop_checking(void);

/* Log the locks that this CPU and its thread hold, one line each. Context: panic. */
void lock_rank_log_held(void);

#else

#define LOCK_RANK_FIELD
#define LOCK_RANK_INITIALIZER(value)
#define LOCK_RANK_LIST_FIELD
#define lock_rank_want(lock) ((void)0)
#define lock_rank_wait(lock) ((void)0)
#define lock_rank_take(lock) ((void)0)
#define lock_rank_release(lock) ((void)0)
#define lock_rank_want_mutex(lock, at) ((void)0)
#define lock_rank_take_mutex(lock, at) ((void)0)
#define lock_rank_release_mutex(lock, at) ((void)0)
#define lock_rank_check_may_sleep() ((void)0)
#define lock_rank_begin_call(function) ((void)0)
#define lock_rank_end_call() ((void)0)
#define lock_rank_check_may_wait(function) ((void)0)
#define lock_rank_set_thread_list(current) ((void)0)
#define lock_rank_stop_checking() ((void)0)
#define lock_rank_log_held() ((void)0)

#endif

#endif
