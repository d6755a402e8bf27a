/* The row of numbers that processes, threads, groups and sessions are named by: 1 for PID 1, then each next
 * one that nobody has; behind PROCESS_ID_MAX it begins at 2 again.
 *
 * One number may name several: a process, its first thread, the group and the session that it made. It is
 * free when it names nobody any more. The table is one of frames, made when they are needed: to look up is to
 * index twice.
 *
 * Context of all functions: any.  Holds: process_tree. */
#ifndef LINTEL_PROC_PROCESS_IDS_H
#define LINTEL_PROC_PROCESS_IDS_H

struct process;
struct process_group;
struct process_session;
struct user_thread;

#define PROCESS_ID_MAX (4 * 32768) /* IDs are below it */

/* Whom a number names; NULL: nobody of that kind. */
struct process_names {
    struct process *process;
    struct user_thread *thread;
    struct process_group *group;
    struct process_session *session;
};

/* The next free number: the caller lets it name somebody at once. NULL: there is none, or no memory. */
struct process_names *process_ids_take(int *ret_id);

/* The number that was taken last. */
int process_ids_last(void);

/* What a number names; NULL: nobody, ever. */
struct process_names *process_ids_lookup(int id);

/* One of those whom the number names has been set to NULL: it may be free now. */
void process_ids_put(int id);

/* The lowest number above `id` that may name somebody; 0 if there is none. */
int process_ids_next(int id);

#endif
