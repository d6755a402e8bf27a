/* Programs that run: processes and their threads, as POSIX has them; signal/signal.h has what they send each
 * other.
 *
 * Terms:  a process owns an address space, descriptors and the rest, and has threads. Both have IDs out of
 * one row of numbers; a process's ID is that of its first thread. One that has ended and whose parent was not
 * told yet is a zombie.
 * Locks:  I = set before publication   a = atomic   own = of a thread, and touched by that thread only
 *         o = changed by the process's only thread, with the tree lock held: its threads read it without,
 *             others with that lock, and take a reference
 *         t = the tree lock, process_tree: who is whose child, in which group, and alive
 *         s = process.signals.lock: threads, signals, identity, limits
 * Always: a thread is in process.threads and found by its ID until it is about to free itself; so who found
 *         one may use it as long as he holds process_tree, or its process's signals.lock. A process stays
 *         for whoever has a reference; all that is marked `o` is gone before it becomes a zombie. */
#ifndef LINTEL_PROC_PROCESS_H
#define LINTEL_PROC_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/ref_count.h"
#include "core/spinlock.h"
#include "lib/list.h"
#include "mm/types.h"
#include "proc/identity.h"
#include "proc/limits.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"
#include "signal/signal.h"
#include "time/process_time.h"

#define FIRST_PROCESS_ID 1

struct addr_space;
struct boot_info;
struct fd_table;
struct file;
struct path;
struct fs_context;
struct process_timers;
struct trap_frame;
struct tty;
struct user_account;

/* A process group, and the session that it belongs to. Both live as long as they have members. */
struct process_session {
    int id;               /* [I] */
    unsigned group_count; /* [t] */
    struct tty *terminal; /* [t] the controlling one, tty/'s: with a reference; NULL: none */
    int hung_up_group;    /* [t] ID of the group in the foreground of one that was hung up; 0: none */
};

struct process_group {
    int id;                          /* [I] */
    struct process_session *session; /* [I] */
    struct list members;             /* [t] struct process.group_link: zombies too */
};

enum process_state { PROCESS_ALIVE, PROCESS_ZOMBIE, PROCESS_DEAD /* and told of */ };

/* What a parent has not yet been told by wait4(): stopped or continued. */
enum process_news { PROCESS_NEWS_NONE, PROCESS_NEWS_STOPPED, PROCESS_NEWS_CONTINUED };

#define NS_PER_CLOCK_TICK 10000000u /* the unit in which programs are told CPU times: 100 a second */

/* What threads have used. */
struct process_times {
    uint64_t user_ns;
    uint64_t system_ns;
    uint64_t minor_faults;
    uint64_t voluntary_switches;
    uint64_t maximum_resident_pages;
};

struct process {
    struct ref_count references; /* of its threads together, of the tree, of who looks at it */
    int id;                      /* [I] */
    uint64_t start_ns;           /* [I] clock_monotonic_ns() at its birth */

    /* Its place among the others */
    struct process *parent;              /* [t] NULL: PID 1's */
    atomic_int parent_id;                /* [a] changed under t; 0: PID 1's */
    struct list children;                /* [t] struct process.sibling, oldest first */
    struct list sibling;                 /* [t] */
    struct process_group *group;         /* [t] */
    struct list group_link;              /* [t] */
    enum process_state state;            /* [t] */
    int wait_status;                     /* [t] of a zombie: as wait4() tells it */
    char name[THREAD_NAME_SIZE];         /* [t] of a zombie: its last thread's */
    int oom_score_adjustment;            /* [t] /proc/PID/oom_score_adj: -1000 to 1000 */
    _Atomic(enum process_news) news;     /* [a] set under s, or by process_wait() under t to NONE */
    int stop_signal;                     /* [t] of STOPPED news */
    int exit_signal;                     /* [t] that its parent gets at its end; 0: none */
    int parent_death_signal;             /* [t] that it gets at its parent's end; 0: none */
    bool is_subreaper;                   /* [t] its descendants' orphans become its children */
    bool has_no_terminal;                /* [t] it has given up the one that its session has */
    bool has_executed;                   /* [t] it has called execve() since it was born */
    struct wait_queue child_waiters;     /* [t] its threads that wait for children */
    struct process_times times;          /* [t] of a zombie */
    struct process_times children_times; /* [t] of its children whose end it was told of, and theirs */

    /* Its threads */
    struct list threads;          /* [s] struct user_thread.link, oldest first */
    unsigned thread_count;        /* [s] */
    atomic_bool is_ending;        /* [a] set under s, once: no thread of it may reach ring 3 again */
    int end_status;               /* [s] as wait_status, of an end that is under way */
    struct user_thread *executor; /* [s] the thread that waits in execve() for the others' end; NULL: none */
    atomic_bool is_dumpable;      /* [a] prctl(PR_SET_DUMPABLE) */
    atomic_bool has_no_new_privileges; /* [a] prctl(PR_SET_NO_NEW_PRIVS): for good */
    atomic_uint barriers;              /* [a] those of membarrier() that it has registered for */

    /* What they share */
    struct addr_space *space; /* [o] with a reference; NULL once the last thread has left it */
    struct fd_table *files;   /* [o] with a reference; the same */
    struct fs_context *fs;    /* [o] with a reference; the same */
    struct file *executable;  /* [o] the program's file, with a reference; NULL: utask as a flat image */
    _Atomic(struct process_timers *) timers; /* [a] NULL until it sets one */
    struct user_account *account; /* [s] process_account_locked()'s, with a reference; NULL: not known yet */
    struct process_signals signals;
    struct process_time time;
    struct identity identity;      /* [s] */
    struct resource_limits limits; /* [s] */
    struct process *vfork_parent;  /* [t] that waits for this one's execve() or end; NULL: none */
};

/* One thread of a process; a kernel thread whose thread_owner() it is. */
struct user_thread {
    struct process *process; /* [I] */
    struct thread *thread;   /* [I] */
    struct list link;        /* [s] in process->threads */
    int id;                  /* [t] changes only by execve() */
    atomic_bool must_end;    /* [a] set under s, once: it may not reach ring 3 again */
    struct thread_signals signals;

    atomic_int policy; /* [a] changed under t: SCHED_*, SCHED_RESET_ON_FORK, as it was asked for */
    _Atomic(unsigned) io_priority;  /* [a] IOPRIO_VALUE(); 0: none was set */
    user_ptr_t clear_child_tid;     /* [own] set to 0, and a futex there woken, at its end; 0: nothing */
    user_ptr_t robust_list;         /* [own] set_robust_list() */
    atomic_bool has_left_locks;     /* [a] its end has gone through the locks that it held: futex_lock.c */
    struct syscall_restart restart; /* [own] */
};

/* The calling thread and its process. Context: system call, return work, or fault of a program. */
static inline struct user_thread *user_thread_current(void)
{
    return thread_owner(thread_current());
}

static inline struct process *process_current(void)
{
    return user_thread_current()->process;
}

/* How PID 1 ended. */
struct process_end {
    bool is_fault;
    int status; /* exit status 0..255, or the signal that ended it */
};

/* Called when PID 1 has ended, in its last thread, with interrupts enabled. What it leaves undone, that
 * thread does: nothing, for ever. Registered by main.c, since it decides what becomes of the machine. */
typedef void (*process_first_end_handler)(struct process_end end);

/* Build PID 1 from utask as the bootloader loaded it: address space, stack with the arguments behind
 * `--` of the command line. Nothing runs yet. `root` is its root and working
 * directory; descriptors 0, 1 and 2 are /dev/console. Too many arguments are logged and left out. Errors:
 * -ENOMEM, -EINVAL (the image's addresses make no sense). Context: early boot. */
int process_create_first(const struct boot_info *boot, const struct path *root,
                         process_first_end_handler ended);

/* Let PID 1 run, in a thread of its own: it logs the mark `first-user` and leaves for ring 3. Errors:
 * -ENOMEM. Context: after process_create_first() and sched_setup(). */
int process_start_first(void);

/* clone(), fork(), vfork(), clone3(): another process, or another thread of the calling one, which begins
 * with the registers of `frame`, but for RAX, which is 0. */
struct clone_arguments {
    uint64_t flags;         /* CLONE_* without the signal */
    int exit_signal;        /* 0: none */
    uint64_t stack_pointer; /* 0: the frame's */
    uint64_t fs_base;       /* with CLONE_SETTLS */
    user_ptr_t parent_tid;  /* with CLONE_PARENT_SETTID */
    user_ptr_t child_tid;   /* with CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID */
};

/* Returns the ID. Errors: -EINVAL (flags that do not go together, or that are not there), -EAGAIN
 * (RLIMIT_NPROC, no ID is free, the process is ending), -ENOMEM, -ERESTARTNOINTR. Sleeps: yes. */
int64_t process_clone(const struct trap_frame *frame, const struct clone_arguments *arguments);

/* End the calling thread; with the last one its process ends, with that status. Context: system call, return
 * work. */
_Noreturn void process_exit_thread(int status);

/* End the calling thread's process. wait_status: as wait4() tells it (WAIT_STATUS_*). */
_Noreturn void process_exit(int wait_status);

#define WAIT_STATUS_EXITED(status) (((status)&0xff) << 8)
#define WAIT_STATUS_SIGNALED(signal, has_core) ((signal) | ((has_core) ? 0x80 : 0))
#define WAIT_STATUS_STOPPED(signal) ((signal) << 8 | 0x7f)
#define WAIT_STATUS_CONTINUED 0xffff

/* `ends` is called in the last thread of a session's leader that ends, its files closed. Context: early
 * boot. */
void process_set_leader_ends(void (*ends)(void));

/* Begin the end of a process, the caller's or another one: all its threads, the calling one as well, end when
 * they come to the border of ring 3 (user_thread.must_end). Context: any but NMI.  Holds:
 * process->signals.lock. */
void process_begin_end(struct process *process, int wait_status);

/* For execve(): end all threads of the caller's process but itself, wait until they have, and take the
 * process's ID over. It is the only thread then, and no other one begins. Errors: -EAGAIN (another thread is
 * at the same; or the process ends meanwhile): the caller gives up, and is about to end.
 * Context: system call.  Sleeps: yes. */
int process_end_other_threads(void);

/* The calling thread is about to leave its address space: what others wait for there, robust futexes and
 * clear_child_tid, is released. Context: thread, the space is loaded.  Sleeps: yes. */
void user_thread_leave_space(struct user_thread *self);

/* For execve(): the calling thread's process has left the space that it shared with its parent after
 * vfork(), which goes on now. Nothing happens if it was not born so. */
void process_release_vfork_parent(void);

/* Have the parent of a process that has stopped or goes on told: SIGCHLD, unless it does not want it, and
 * wait4(), whose news of a process that goes on are set already, where SIGCONT was sent. Context: thread.
 * Takes: the tree lock, the parent's signals.lock, one after the other. */
void process_tell_parent(struct process *process, enum process_news news, int signal);

/* The lock for who is whose, a spin lock (rank LOCK_RANK_PROCESS_TREE). */
extern struct spinlock process_tree;

/* By ID; NULL if there is none. Zombies are found as processes; dead ones are not.
 * Holds: process_tree, as long as the result is used without a reference. */
struct process *process_find(int id);
struct user_thread *user_thread_find(int id);
struct process_group *process_group_find(int id);

/* The process with the next higher ID than `id`, zombies too: 0 for the first. Holds: process_tree. */
struct process *process_next(int id);

struct process *process_ref(struct process *process);
void process_unref(struct process *process);

/* The account of its real user, or, without memory for that, the one before: NULL if there was none.
 * Context: any but NMI.  Holds: process->signals.lock, as long as it is used without a reference. */
struct user_account *process_account_locked(struct process *process);

/* The same of the calling thread's process, with a reference; NULL: no memory. Context: system call. */
struct user_account *process_account_current(void);

/* How many processes, zombies included, and threads of programs there are. Context: any. */
unsigned process_count(void);
unsigned user_thread_count(void);

/* How many threads of programs there have been. Context: any. */
uint64_t process_birth_count(void);

/* How many threads of programs there may be: as many as memory allows, but 64 to 32,768. */
unsigned user_thread_maximum(void);

#endif
