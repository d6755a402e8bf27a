/* The address space of a program: its areas, which say what may be where, and its page table, which holds
 * what is there already. Pages come when they are touched (mm/page_fault.c).
 *
 * Terms:  an area is a page-aligned range with one protection and one backing: zeros, or a memory object. A
 *         private area shows the object's pages, or after a fork those of another space, until they are
 *         written to: then they are copied. The zero frame stands for all pages that were only read.
 * Locks:  I = set before publication   a = atomic   s = addr_space.lock
 * Always: every frame in the table lies in an area, and a private area's frame that others have too is not
 *         writable. A frame is given up only when no CPU can have its translation any more (tlb.h).
 *
 * Errors are those of Linux for the system calls of the same purpose. -ENOMEM leaves everything as it was, if
 * nothing else is said.
 * Context: thread, no spin lock held, and of mutexes only those that rank below LOCK_RANK_ADDR_SPACE.
 * Takes: space->lock.  Sleeps: yes; where nothing else is said. */
#ifndef LINTEL_MM_ADDR_SPACE_H
#define LINTEL_MM_ADDR_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "lib/cpu_set.h"
#include "lib/list.h"
#include "mm/area_map.h"
#include "mm/types.h"
#include "sched/mutex.h"

#define ADDR_SPACE_AREAS_MAX 65530 /* as on Linux */

/* Where the parts of a program are: for /proc, the kernel does not rely on it. 0: not known. */
struct addr_space_marks {
    vaddr_t code_start, code_end, data_start, data_end;
    vaddr_t stack_start;                                     /* RSP at first */
    vaddr_t arguments_start, arguments_end, environment_end; /* strings; the environment's follow */
    vaddr_t auxv_start, auxv_end;
};

struct addr_space {
    struct list link;        /* in the list of all spaces, under its lock */
    struct mutex lock;       /* rank LOCK_RANK_ADDR_SPACE */
    struct page_table table; /* [s] to change; CPUs read it at any time; [I] its root */
    struct area_map areas;   /* [s] */
    atomic_uint ref_count;   /* [a] */
    uint64_t serial;         /* [I] not 0; no other space has it, not even one made later at the same place */

    vaddr_t mmap_top;                     /* [I] mappings are placed below it */
    vaddr_t stack_top;                    /* [I] where a program's stack is to end */
    vaddr_t image_base;                   /* [I] where a program that can be anywhere is to be */
    uint64_t brk_offset;                  /* [I] from the image's end to the heap, at least */
    struct addr_space_marks marks;        /* [I] */
    vaddr_t brk_start, brk;               /* [s] the heap; brk is not rounded */
    uint64_t stack_size_max;              /* [s] bytes; how far a stack grows */
    _Atomic(uint64_t) size_max, data_max; /* [a] bytes: RLIMIT_AS, RLIMIT_DATA */
    bool locks_future;                    /* [s] what is mapped from now on counts as locked */
    uint64_t resident_pages;              /* [s] frames in the table, but for the zero frame */
    uint64_t resident_maximum;            /* [s] the most there ever were */

    _Atomic(uint64_t) cpus[CPU_SET_SIZE / 64]; /* [a] those that may have the table loaded */
};

/* Prepare caches and the zero frame, and forget all counts of frames. Errors: -ENOMEM.
 * Context: early boot, once. */
int addr_space_setup(void);

/* Make an empty space with one reference, the caller's. Where things are placed follows from `seed`; 0: at
 * the highest places. Errors: -ENOMEM. */
int addr_space_create(uint64_t seed, struct addr_space **ret_space);

/* Add a reference. Context: any.  Takes: nothing. */
void addr_space_ref(struct addr_space *space);

/* Whether nobody else has a reference to it. Context: any. */
static inline bool addr_space_is_private(const struct addr_space *space)
{
    return atomic_load_explicit(&space->ref_count, memory_order_acquire) == 1;
}

/* Give up a reference. The last one frees all: areas, frames, tables. CPUs that have the space loaded still,
 * under threads without one, are called to load the kernel's table: see addr_space_set_forget_handler(). */
void addr_space_unref(struct addr_space *space);

/* Make a copy: shared areas show the same pages, private ones are copied as they are written to. */
int addr_space_fork(struct addr_space *space, struct addr_space **ret_space);

/* What addr_space_map() is asked for. Protections are MAP_READ, MAP_WRITE, MAP_EXECUTE. */
struct addr_space_request {
    vaddr_t address;              /* a hint, or, with ADDR_SPACE_FIXED, the place */
    uint64_t size;                /* bytes; rounded up to pages */
    uint32_t protection;          /* 0: no access */
    uint32_t protection_max;      /* of what addr_space_protect() may grant later; 0: all */
    uint32_t flags;               /* ADDR_SPACE_*, AREA_* */
    const char *name;             /* static string; NULL: none */
    struct memory_object *object; /* the area takes a reference of its own; NULL: zeros */
    uint64_t offset;              /* bytes into the object; a multiple of a page */
};

#define ADDR_SPACE_FIXED 0x100u      /* what is mapped there is replaced */
#define ADDR_SPACE_NO_REPLACE 0x200u /* FIXED, but what is mapped there is an error */
#define ADDR_SPACE_MAY_MOVE 0x400u   /* addr_space_move() only */
#define ADDR_SPACE_KEEP 0x800u       /* addr_space_move() only: the old range stays mapped, without pages */

/* How much the space may have, in bytes; UINT64_MAX: any. It holds for what is added later, and for the copy
 * by a fork. Context: any.  Takes: nothing. */
void addr_space_set_limits(struct addr_space *space, uint64_t size_max, uint64_t data_max);

/* mmap. Errors: -EINVAL (size 0; offset, or a fixed address, not page-aligned), -EPERM (page 0), -EEXIST
 * (NO_REPLACE), -EOVERFLOW (the offset's end), -EACCES (WRITE with EXECUTE where that is forbidden, or more
 * than protection_max), -ENOMEM (also: no room, beyond the user half, too many areas, limits). */
int addr_space_map(struct addr_space *space, const struct addr_space_request *request, vaddr_t *ret_start);

/* munmap. Errors: -EINVAL (size 0, start not aligned, beyond the user half), -ENOMEM. */
int addr_space_unmap(struct addr_space *space, vaddr_t start, uint64_t size);

/* mprotect. Errors: -EINVAL (start not aligned), -EACCES as for mapping, -ENOMEM (also: a hole; what lies
 * below the place of the error has been changed). */
int addr_space_protect(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t protection);

/* mremap, with ADDR_SPACE_FIXED (to new_start), ADDR_SPACE_MAY_MOVE and ADDR_SPACE_KEEP. old_size 0 maps a
 * shared area a second time. Errors: -EINVAL, -EFAULT (a hole, or another area, in the old range), -ENOMEM.
 */
int addr_space_move(struct addr_space *space, vaddr_t old_start, uint64_t old_size, uint64_t new_size,
                    uint32_t flags, vaddr_t new_start, vaddr_t *ret_start);

/* Lay the heap behind an image that ends at image_end; until then there is none. */
void addr_space_place_break(struct addr_space *space, vaddr_t image_end);

/* brk: the heap is to end at `address`. Returns where it ends. */
vaddr_t addr_space_set_break(struct addr_space *space, vaddr_t address);

/* madvise. DROP: pages come anew when they are touched, private zeros as zeros (MADV_DONTNEED); FREE: the
 * same, for private zeros only (MADV_FREE). Errors: -EINVAL (not aligned, size wraps, FREE of what is not
 * private zeros, a locked area), -ENOMEM (a hole, or beyond the user half; all else was done). */
enum addr_space_discard { ADDR_SPACE_DROP, ADDR_SPACE_DROP_LOCKED, ADDR_SPACE_FREE };
int addr_space_discard(struct addr_space *space, vaddr_t start, uint64_t size, enum addr_space_discard how);

/* Change flags of all areas of a range: AREA_LOCKED, AREA_NO_FORK, AREA_WIPE. Errors: -EINVAL (as before;
 * AREA_WIPE of what is not private zeros), -ENOMEM (also: a hole; all else was done). */
int addr_space_set_flags(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t set,
                         uint32_t clear);

/* The same for all areas. locks_future: those to come have AREA_LOCKED. */
void addr_space_set_all_flags(struct addr_space *space, uint32_t set, uint32_t clear, bool locks_future);

/* Bytes in all areas. */
uint64_t addr_space_size(struct addr_space *space);

/* How many pages are in locked areas, those outside the range only. */
uint64_t addr_space_locked_pages(struct addr_space *space, vaddr_t start, uint64_t size);

/* Make all pages of a range present, so that `access` succeeds; 0: write where a page can be private, else
 * read. Errors: those of addr_space_fault(), -ENOMEM (a hole). */
int addr_space_touch(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t access);

/* Whether there is something everywhere in a range: 0, or -EINVAL (not aligned), -ENOMEM (a hole). */
int addr_space_check_mapped(struct addr_space *space, vaddr_t start, uint64_t size);

/* mincore: say for each of `count` pages whether it is in memory, by a byte 1 or 0. Errors: -ENOMEM. */
int addr_space_get_resident(struct addr_space *space, vaddr_t start, size_t count, uint8_t *ret_resident);

/* Make the page of `address` present so that `access` (one of MAP_READ, MAP_WRITE, MAP_EXECUTE) succeeds when
 * it is tried again. It may be asked again for its reason. Errors: -EFAULT (nothing is there: SEGV_MAPERR),
 * -EACCES (not permitted: SEGV_ACCERR), -ENXIO, -EIO (the object has no such page, cannot read it: SIGBUS),
 * -ENOMEM. */
int addr_space_fault(struct addr_space *space, vaddr_t address, uint32_t access);

/* Put a frame of the caller's, with his reference, at a page of a private area that was not touched yet, with
 * the area's protection. Errors: -EFAULT (no area), -ENOMEM, -EEXIST. */
int addr_space_populate(struct addr_space *space, vaddr_t page, paddr_t frame);

/* Take the pages of an object from `first_page` on out of all spaces, and the copies that private areas made
 * of them: a truncated file. The object gives none of them out any more. Takes: the locks of all spaces, one
 * by one. */
void addr_space_cut_object(struct memory_object *object, uint64_t first_page);

/* Take the pages [first_page, end_page) of an object out of all shared areas: they are asked for anew. The
 * same. */
void addr_space_drop_object(struct memory_object *object, uint64_t first_page, uint64_t end_page);

/* Areas are shown as copies. */
struct area_info {
    vaddr_t start, end;
    uint32_t protection, flags; /* MAP_*; AREA_* */
    const char *name;
    struct memory_object *object; /* with a reference, to be given up by the caller; NULL: none */
    uint64_t object_page;
};

/* The lowest area that ends above `address`; false if there is none. */
bool addr_space_query(struct addr_space *space, vaddr_t address, struct area_info *ret_info);

/* What is in memory of a range: pages, without those of zeros that were only read. */
struct addr_space_usage {
    uint64_t resident;
    uint64_t shared; /* of these: others have them, too */
};
struct addr_space_usage addr_space_get_usage(struct addr_space *space, vaddr_t start, vaddr_t end);

/* Log the page table's ranges as they are mapped, at debug level: one line a range. */
void addr_space_log(struct addr_space *space);

/* From now on nothing may be mapped, or become, writable and executable. Context: any.  Takes: nothing. */
void addr_space_forbid_write_execute(void);

/* Called on a CPU that may have the space loaded, with interrupts disabled, when it is about to be freed: if
 * so, load the kernel's table, forget the space, and leave it. It must not take a lock. Set by the scheduler.
 * Context: early boot, once. */
void addr_space_set_forget_handler(void (*forget)(struct addr_space *space));

/* This CPU is about to load the space's table; it has loaded another one. Context: interrupts disabled. */
static inline void addr_space_cpu_enter(struct addr_space *space, unsigned cpu)
{
    atomic_fetch_or(&space->cpus[cpu / 64], 1ull << cpu % 64); /* seen by all before the table is read */
}

static inline void addr_space_cpu_leave(struct addr_space *space, unsigned cpu)
{
    atomic_fetch_and(&space->cpus[cpu / 64], ~(1ull << cpu % 64));
}

#endif
