/* Where is a CPU? It is asked by an interrupt and, where interrupts are disabled, by an NMI; it notes what
 * was interrupted and goes on. Nothing that a hung CPU may hold is waited for. */
#ifndef LINTEL_ARCH_CPU_WHERE_H
#define LINTEL_ARCH_CPU_WHERE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_WHERE_DEPTH 6

struct trap_frame;

struct cpu_position {
    uint64_t rip;
    bool is_user;          /* in ring 3 */
    bool is_by_nmi;        /* interrupts did not reach it */
    unsigned caller_count; /* in ring 0 */
    uint64_t callers[CPU_WHERE_DEPTH];
};

enum cpu_where_state {
    CPU_WHERE_IDLE,
    CPU_WHERE_ASKED,
    CPU_WHERE_ANSWERING,
    CPU_WHERE_ANSWERED,
};

/* A CPU's part of it. An answer may come at any time after the question, also when nobody waits any more.
 *
 *   IDLE or ANSWERED --asker, holding the lock--> ASKED --the CPU--> ANSWERING --the CPU--> ANSWERED */
struct cpu_where {
    atomic_uint state;
    atomic_bool is_nmi_due;       /* an NMI of ours is under way: there is never more than one */
    struct cpu_position position; /* valid when ANSWERED */
};

/* Take the vector and the sysrq key `p`. Context: early boot, once, after ipi_setup(). */
void cpu_where_setup(void);

/* `name_thread` writes what to call the thread that runs on an online CPU, for cpu_where_thread(). */
void cpu_where_set_namer(void (*name_thread)(unsigned cpu, char *ret_text, size_t size));

/* Name and id of the thread on that CPU, as "NAME (ID)"; "none" before there are threads. Context: any. */
#define CPU_WHERE_THREAD_SIZE 32
void cpu_where_thread(unsigned cpu, char *ret_text, size_t size);

/* Ask another CPU that is online. Waits up to 100 ms for it to take an interrupt, and as long for the NMI.
 * Errors: -EBUSY (somebody else asks), -ETIMEDOUT.
 * Context: any but NMI.  Takes: a lock, if it is free.  Sleeps: no. */
int cpu_where_ask(unsigned cpu, struct cpu_position *ret_position);

/* What a trap's frame says. */
void cpu_where_of_frame(const struct trap_frame *frame, struct cpu_position *ret_position);

/* Write the position as "FUNCTION+0x1c < caller < caller's caller", or "0x40001234 in ring 3". */
void cpu_where_format(const struct cpu_position *position, char *ret_text, size_t size);

/* The NMI is the one that cpu_where_ask() sent: it is done with. Context: NMI. */
bool cpu_where_answer_nmi(const struct trap_frame *frame);

#endif
