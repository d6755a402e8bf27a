#include "abi/errno.h"
#include "abi/mman.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "fs/memory_file.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/memory_call.h"

#define PROTECTION_MASK (PROT_READ | PROT_WRITE | PROT_EXEC)

_Static_assert(PROT_READ == MAP_READ && PROT_WRITE == MAP_WRITE && PROT_EXEC == MAP_EXECUTE, "the same bits");

struct addr_space *memory_call_space(void)
{
    struct addr_space *space = thread_space(thread_current());

    addr_space_set_limits(space, limit_current(RLIMIT_AS), limit_current(RLIMIT_DATA));
    return space;
}

bool memory_call_may_lock(struct addr_space *space, vaddr_t start, uint64_t size)
{
    uint64_t max = limit_current(RLIMIT_MEMLOCK);

    if (max == RLIM_INFINITY || identity_is_superuser())
        return true;
    return addr_space_locked_pages(space, start, size) + size / PAGE_SIZE <= max / PAGE_SIZE;
}

/* mmap() as it was asked for. */
struct mapping {
    struct addr_space_request request;
    uint32_t flags; /* MAP_* */
};

/* What does not depend on a file. */
static int mapping_check(const struct mapping *mapping)
{
    uint32_t type = mapping->flags & MAP_TYPE_MASK;
    bool is_anonymous = (mapping->flags & MAP_ANONYMOUS) != 0;

    if ((mapping->flags & MAP_HUGETLB) != 0)
        return is_anonymous ? -ENOMEM : -EINVAL; /* there are none */
    if (mapping->request.size == 0)
        return -EINVAL;
    if (type != MAP_PRIVATE && type != MAP_SHARED && (type != MAP_SHARED_VALIDATE || is_anonymous))
        return -EINVAL;
    if ((mapping->flags & MAP_GROWSDOWN) != 0 && (type != MAP_PRIVATE || !is_anonymous))
        return -EINVAL;
    if ((mapping->flags & MAP_LOCKED) != 0 && limit_current(RLIMIT_MEMLOCK) == 0 && !identity_is_superuser())
        return -EPERM;
    return 0;
}

/* Errors: -EOPNOTSUPP for flags that SHARED_VALIDATE does not know. */
static int mapping_check_validate(uint32_t flags)
{
    const uint32_t known = MAP_TYPE_MASK | MAP_FIXED | MAP_32BIT | MAP_GROWSDOWN | MAP_DENYWRITE |
                           MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK |
                           MAP_STACK | MAP_FIXED_NOREPLACE;

    return (flags & MAP_TYPE_MASK) == MAP_SHARED_VALIDATE && (flags & ~known) != 0 ? -EOPNOTSUPP : 0;
}

/* What the file lets the mapping do; its contents, with a reference. */
static int mapping_set_file(struct mapping *mapping, struct file *file)
{
    struct addr_space_request *request = &mapping->request;
    bool is_shared = (mapping->flags & MAP_TYPE_MASK) != MAP_PRIVATE;
    int error = mapping_check_validate(mapping->flags);

    if (error != 0)
        return error;
    if (is_shared && (request->protection & MAP_WRITE) != 0 && !file_can_write(file))
        return -EACCES;
    if (!file_can_read(file))
        return -EACCES;
    int seals = is_shared ? file_get_seals(file) : 0;
    bool is_sealed = seals > 0 && (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0;
    if (is_sealed && (request->protection & MAP_WRITE) != 0)
        return -EPERM;
    if ((request->protection & MAP_EXECUTE) != 0 && mount_has_flag(file->path.mount, MS_NOEXEC))
        return -EPERM;
    request->protection_max = MAP_READ | MAP_WRITE | MAP_EXECUTE;
    if (is_sealed || (is_shared && !file_can_write(file)))
        request->protection_max &= ~MAP_WRITE;
    if (mount_has_flag(file->path.mount, MS_NOEXEC))
        request->protection_max &= ~MAP_EXECUTE;
    return file_get_memory_object(file, &request->object);
}

static int64_t mapping_make(const struct mapping *mapping)
{
    struct addr_space *space = memory_call_space();
    vaddr_t start;

    if ((mapping->request.flags & AREA_LOCKED) != 0 &&
        !memory_call_may_lock(space, 0, page_round_up(mapping->request.size)))
        return -EAGAIN;
    int error = addr_space_map(space, &mapping->request, &start);
    if (error != 0)
        return error;
    if ((mapping->flags & (MAP_POPULATE | MAP_LOCKED)) != 0 && (mapping->flags & MAP_NONBLOCK) == 0)
        (void)addr_space_touch(space, start, mapping->request.size,
                               0); /* who touches it will see the error */
    return (int64_t)start;
}

static int64_t mapping_make_of_file(struct mapping *mapping, unsigned fd)
{
    struct file *file = fd_table_lookup(process_current()->files, fd);

    if (file == NULL)
        return -EBADF;
    int64_t result = (file->flags & O_PATH) != 0 ? -EBADF : mapping_check(mapping);
    if (result == 0)
        result = mapping_set_file(mapping, file);
    file_unref(file);
    if (result != 0)
        return result;
    result = mapping_make(mapping);
    if (mapping->request.object != NULL)
        memory_object_unref(mapping->request.object);
    return result;
}

static uint32_t flags_to_request(uint32_t flags)
{
    uint32_t request = 0;

    if ((flags & MAP_TYPE_MASK) != MAP_PRIVATE)
        request |= AREA_SHARED;
    if ((flags & MAP_GROWSDOWN) != 0)
        request |= AREA_GROWS_DOWN;
    if ((flags & MAP_LOCKED) != 0)
        request |= AREA_LOCKED;
    if ((flags & MAP_FIXED) != 0)
        request |= ADDR_SPACE_FIXED;
    if ((flags & MAP_FIXED_NOREPLACE) != 0)
        request |= ADDR_SPACE_NO_REPLACE;
    return request;
}

/* mmap(address, size, protection, flags, fd, offset) */
int64_t sys_mmap(struct trap_frame *frame)
{
    uint32_t flags = (uint32_t)syscall_argument(frame, 3);
    struct mapping mapping = {
        .request =
            {
                .address = syscall_argument(frame, 0),
                .size = syscall_argument(frame, 1),
                .protection = (uint32_t)syscall_argument(frame, 2) & PROTECTION_MASK,
                .flags = flags_to_request(flags),
                .offset = syscall_argument(frame, 5),
            },
        .flags = flags,
    };

    if ((mapping.request.offset & PAGE_MASK) != 0)
        return -EINVAL;
    if ((flags & MAP_ANONYMOUS) == 0)
        return mapping_make_of_file(&mapping, (uint32_t)syscall_argument(frame, 4));
    mapping.request.offset = 0;
    int error = mapping_check(&mapping);
    return error != 0 ? error : mapping_make(&mapping);
}

/* munmap(start, size) */
int64_t sys_munmap(struct trap_frame *frame)
{
    return addr_space_unmap(thread_space(thread_current()), syscall_argument(frame, 0),
                            syscall_argument(frame, 1));
}

/* mprotect(start, size, protection) */
int64_t sys_mprotect(struct trap_frame *frame)
{
    uint64_t protection = syscall_argument(frame, 2);

    if ((protection & ~(uint64_t)(PROTECTION_MASK | PROT_SEM)) != 0)
        return -EINVAL;
    return addr_space_protect(memory_call_space(), syscall_argument(frame, 0), syscall_argument(frame, 1),
                              (uint32_t)protection & PROTECTION_MASK);
}

/* brk(address) */
int64_t sys_brk(struct trap_frame *frame)
{
    return (int64_t)addr_space_set_break(memory_call_space(), syscall_argument(frame, 0));
}

/* mremap(old_start, old_size, new_size, flags, new_start) */
int64_t sys_mremap(struct trap_frame *frame)
{
    uint64_t flags = syscall_argument(frame, 3);
    uint32_t how = 0;
    vaddr_t start;

    if ((flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0)
        return -EINVAL;
    if ((flags & MREMAP_MAYMOVE) != 0)
        how |= ADDR_SPACE_MAY_MOVE;
    if ((flags & MREMAP_FIXED) != 0)
        how |= ADDR_SPACE_FIXED;
    if ((flags & MREMAP_DONTUNMAP) != 0)
        how |= ADDR_SPACE_KEEP;
    int error = addr_space_move(memory_call_space(), syscall_argument(frame, 0), syscall_argument(frame, 1),
                                syscall_argument(frame, 2), how, syscall_argument(frame, 4), &start);
    return error != 0 ? error : (int64_t)start;
}

/* memfd_create(name, flags): the name is looked at, but kept nowhere. */
int64_t sys_memfd_create(struct trap_frame *frame)
{
    const unsigned known = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
    unsigned flags = (unsigned)syscall_int(frame, 1);
    char name[MFD_NAME_MAX + 1];
    struct credentials who;
    struct file *file;

    if ((flags & ~known) != 0 || (flags & (MFD_NOEXEC_SEAL | MFD_EXEC)) == (MFD_NOEXEC_SEAL | MFD_EXEC))
        return -EINVAL;
    int length = user_copy_string_in(name, syscall_pointer(frame, 0), sizeof(name));
    if (length < 0)
        return length == -EFAULT ? -EFAULT : -EINVAL;
    identity_get_credentials(&who);
    const bool has_no_exec = (flags & MFD_NOEXEC_SEAL) != 0;
    unsigned seals = has_no_exec ? F_SEAL_EXEC : (flags & MFD_ALLOW_SEALING) != 0 ? 0 : F_SEAL_SEAL;
    int error = memory_file_create(&who, has_no_exec ? S_IRWXUGO & ~S_IXUGO : S_IRWXUGO, seals, &file);
    return error != 0 ? error : descriptor_install(file, (flags & MFD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
}
