/* Several files that one thread waits for: what poll() and select() have in common.
 *
 * Context of all functions: thread, no lock held. */
#ifndef LINTEL_IPC_POLL_SET_H
#define LINTEL_IPC_POLL_SET_H

#include "fs/fd_table.h"
#include "fs/poll.h"
#include "mm/types.h"

/* Locks: a = atomic; the rest is the thread's own */
struct poll_entry {
    struct file *file; /* with a reference; NULL: none, its `found` stays as it is */
    struct poll_sleeper *sleeper;
    struct poll_hook hook;
    uint16_t wanted;      /* POLL* */
    uint16_t found;       /* of these */
    atomic_bool has_news; /* [a] look again */
};

#define POLL_ENTRIES_A_PAGE (PAGE_SIZE / sizeof(struct poll_entry))
#define POLL_ENTRIES_INLINE 8
#define POLL_PAGES ((FD_TABLE_MAX + POLL_ENTRIES_A_PAGE - 1) / POLL_ENTRIES_A_PAGE)
#define POLL_ENTRIES_MAX (POLL_PAGES * POLL_ENTRIES_A_PAGE)

_Static_assert(POLL_ENTRIES_MAX >= FD_TABLE_MAX, "all descriptors can be waited for");

/* Lies on the thread's stack; many entries get pages of their own. */
struct poll_set {
    unsigned count;
    struct poll_sleeper sleeper;
    struct poll_entry few[POLL_ENTRIES_INLINE];
    paddr_t pages[POLL_PAGES]; /* in use if there are more entries than that */
};

/* Make a set of count entries (at most POLL_ENTRIES_MAX), all without a file. Errors: -ENOMEM. */
int poll_set_init(struct poll_set *set, unsigned count);

struct poll_entry *poll_set_entry(struct poll_set *set, unsigned index);

/* Wait until an entry's file has one of the events that are wanted, an entry without a file has `found` set,
 * or until deadline_ns (0: look only, UINT64_MAX: no deadline). Returns the number of entries that have
 * something in `found`. Errors: -ERESTARTSYS (there is nothing, and a signal is to be delivered). Once a set.
 * Sleeps: yes. */
int poll_set_wait(struct poll_set *set, uint64_t deadline_ns);

/* Give files and memory back. */
void poll_set_release(struct poll_set *set);

#endif
