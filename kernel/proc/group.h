/* Process groups and sessions: setpgid(2), setsid(2). */
#ifndef LINTEL_PROC_GROUP_H
#define LINTEL_PROC_GROUP_H

#include <stdbool.h>

struct process;
struct process_group;

/* Set up. Context: early boot, once. */
void group_setup(void);

/* A process enters a group, in which it is none yet; it leaves it, which ends with its last member, as the
 * session does with its last group. Context: any.  Holds: process_tree. */
void group_enter(struct process_group *group, struct process *process);
void group_leave(struct process *process);

/* A group of its own session for PID 1, of number `id`. NULL: no memory. Context: early boot. */
struct process_group *group_create_first(int id);

/* Whether no member has a parent in another group of the same session, one that could see to it when it
 * stops. `leaving` counts as gone; NULL: nobody. Holds: process_tree. */
bool group_is_orphaned(const struct process_group *group, const struct process *leaving);

/* After `process` ended, or got another parent than `parent`: if that orphaned its group, and members of it
 * are stopped, nobody would ever continue them: they get SIGHUP and SIGCONT. Holds: process_tree. */
void group_end_if_orphaned(struct process *process, const struct process *parent,
                           const struct process *leaving);

/* setpgid(). Errors: -EINVAL, -ESRCH, -EPERM, -EACCES, -ENOMEM. Context: system call. */
int group_set(int process_id, int group_id);

/* getpgid(), getsid() of a process, 0: the caller's. Errors: -ESRCH. Context: system call. */
int group_id_of(int process_id);
int session_id_of(int process_id);

/* setsid(): the new session's ID. Errors: -EPERM, -ENOMEM. Context: system call. */
int session_create(void);

#endif
