/* Calls that tell or ask about memory which is there. No page ever leaves memory but by the program's own
 * will: to lock it is a matter of accounts. */
#include "abi/errno.h"
#include "abi/mman.h"
#include "mm/addr_space.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "syscall/dispatch.h"
#include "syscall/memory_call.h"

#define RESIDENT_CHUNK 256 /* pages that mincore() looks at in one go */

/* madvise() where a flag of the areas is all. */
static bool advice_to_flags(unsigned advice, uint32_t *ret_set, uint32_t *ret_clear)
{
    static const struct {
        uint8_t advice;
        uint8_t set, clear;
    } table[] = {
        {MADV_DONTFORK, AREA_NO_FORK, 0},
        {MADV_DOFORK, 0, AREA_NO_FORK},
        {MADV_WIPEONFORK, AREA_WIPE, 0},
        {MADV_KEEPONFORK, 0, AREA_WIPE},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].advice == advice) {
            *ret_set = table[i].set;
            *ret_clear = table[i].clear;
            return true;
        }
    }
    return false;
}

/* MADV_POPULATE_*: all pages, or an error that tells why not. */
static int populate(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t access)
{
    int error = addr_space_check_mapped(space, start, size);

    if (error == 0)
        error = addr_space_touch(space, start, size, access);
    if (error == -EACCES)
        return -EINVAL;
    return error == -ENXIO || error == -EIO || error == -ENOSPC ? -EFAULT : error;
}

static int advise(struct addr_space *space, vaddr_t start, uint64_t size, unsigned advice)
{
    uint32_t set, clear;

    if (advice_to_flags(advice, &set, &clear))
        return addr_space_set_flags(space, start, size, set, clear);
    switch (advice) {
    case MADV_DONTNEED:
        return addr_space_discard(space, start, size, ADDR_SPACE_DROP);
    case MADV_DONTNEED_LOCKED:
        return addr_space_discard(space, start, size, ADDR_SPACE_DROP_LOCKED);
    case MADV_FREE:
        return addr_space_discard(space, start, size, ADDR_SPACE_FREE);
    case MADV_POPULATE_READ:
        return populate(space, start, size, MAP_READ);
    case MADV_POPULATE_WRITE:
        return populate(space, start, size, MAP_WRITE);
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
        return addr_space_check_mapped(space, start, size); /* there is nothing to be gained from it */
    default:
        return -EINVAL;
    }
}

/* madvise(start, size, advice) */
int64_t sys_madvise(struct trap_frame *frame)
{
    return advise(thread_space(thread_current()), syscall_argument(frame, 0), syscall_argument(frame, 1),
                  (unsigned)syscall_int(frame, 2));
}

/* msync(start, size, flags): mappings show the very pages of a file, so that there is nothing to write. */
int64_t sys_msync(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_int(frame, 2);
    vaddr_t start = syscall_argument(frame, 0);
    uint64_t size = page_round_up(syscall_argument(frame, 1));

    if ((flags & ~(unsigned)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 ||
        (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC) || (start & PAGE_MASK) != 0)
        return -EINVAL;
    if (start + size < start)
        return -ENOMEM;
    return addr_space_check_mapped(thread_space(thread_current()), start, size);
}

/* mincore(start, size, vector): a byte a page, bit 0 of which says whether it is in memory. */
int64_t sys_mincore(struct trap_frame *frame)
{
    struct addr_space *space = thread_space(thread_current());
    vaddr_t start = syscall_argument(frame, 0);
    uint64_t size = syscall_argument(frame, 1);
    user_ptr_t vector = syscall_pointer(frame, 2);

    if ((start & PAGE_MASK) != 0)
        return -EINVAL;
    if (!user_range_is_valid((user_ptr_t){start}, size))
        return -ENOMEM;
    uint64_t count = page_round_up(size) / PAGE_SIZE;
    if (!user_range_is_valid(vector, count))
        return -EFAULT;
    for (uint64_t done = 0; done < count;) {
        uint8_t resident[RESIDENT_CHUNK];
        size_t chunk = count - done < RESIDENT_CHUNK ? count - done : RESIDENT_CHUNK;
        int error = addr_space_get_resident(space, start + done * PAGE_SIZE, chunk, resident);
        if (error == 0)
            error = user_copy_out((user_ptr_t){vector.address + done}, resident, chunk);
        if (error != 0)
            return error;
        done += chunk;
    }
    return 0;
}

static bool may_lock_at_all(void)
{
    return limit_current(RLIMIT_MEMLOCK) != 0 || identity_is_superuser();
}

/* The pages that a range is in. Errors: -EINVAL (it wraps). */
static int round_to_pages(vaddr_t *start, uint64_t *size)
{
    uint64_t end = *start + *size;

    if (end < *start || end > UINT64_MAX - PAGE_MASK)
        return -EINVAL;
    *start = page_round_down(*start);
    *size = page_round_up(end) - *start;
    return 0;
}

static int lock_memory(vaddr_t start, uint64_t size, bool makes_present)
{
    struct addr_space *space = memory_call_space();

    if (!may_lock_at_all())
        return -EPERM;
    if (size == 0)
        return 0;
    int error = round_to_pages(&start, &size);
    if (error != 0)
        return error;
    if (!memory_call_may_lock(space, start, size))
        return -ENOMEM;
    error = addr_space_set_flags(space, start, size, AREA_LOCKED, 0);
    if (error == 0 && makes_present)
        error = addr_space_touch(space, start, size, 0);
    return error == 0 ? 0 : -ENOMEM;
}

/* mlock(start, size) */
int64_t sys_mlock(struct trap_frame *frame)
{
    return lock_memory(syscall_argument(frame, 0), syscall_argument(frame, 1), true);
}

/* mlock2(start, size, flags) */
int64_t sys_mlock2(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_int(frame, 2);

    if ((flags & ~(unsigned)MLOCK_ONFAULT) != 0)
        return -EINVAL;
    return lock_memory(syscall_argument(frame, 0), syscall_argument(frame, 1), flags == 0);
}

/* munlock(start, size) */
int64_t sys_munlock(struct trap_frame *frame)
{
    vaddr_t start = syscall_argument(frame, 0);
    uint64_t size = syscall_argument(frame, 1);
    int error = round_to_pages(&start, &size);

    if (error != 0 || size == 0)
        return error;
    return addr_space_set_flags(thread_space(thread_current()), start, size, 0, AREA_LOCKED);
}

/* mlockall(flags): pages that are not there yet come when they are touched, as they would anyway. */
int64_t sys_mlockall(struct trap_frame *frame)
{
    struct addr_space *space = thread_space(thread_current());
    unsigned flags = (unsigned)syscall_int(frame, 0);

    if (flags == 0 || flags == MCL_ONFAULT ||
        (flags & ~(unsigned)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0)
        return -EINVAL;
    if (!may_lock_at_all())
        return -EPERM;
    if ((flags & MCL_CURRENT) != 0 && !memory_call_may_lock(space, 0, addr_space_size(space)))
        return -ENOMEM;
    addr_space_set_all_flags(space, (flags & MCL_CURRENT) != 0 ? AREA_LOCKED : 0, 0,
                             (flags & MCL_FUTURE) != 0);
    return 0;
}

/* munlockall() */
int64_t sys_munlockall(struct trap_frame *frame)
{
    (void)frame;
    addr_space_set_all_flags(thread_space(thread_current()), 0, AREA_LOCKED, false);
    return 0;
}
