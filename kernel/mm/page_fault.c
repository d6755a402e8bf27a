#include "mm/page_fault.h"

#include "abi/errno.h"
#include "arch/x86_64/trap.h"
#include "mm/addr_space.h"
#include "sched/thread.h"

static bool (*relieve_shortage)(void);

int page_fault_bring(struct addr_space *space, uint64_t address, uint32_t access)
{
    int error;

    do {
        error = addr_space_fault(space, address, access);
    } while (__builtin_expect(error == -ENOMEM, 0) && relieve_shortage != NULL && relieve_shortage());
    return error;
}

static int page_fault_resolve(uint64_t address, uint64_t error_code)
{
    struct thread *thread = thread_current();
    struct addr_space *space = thread == NULL ? NULL : thread_space(thread);

    if (space == NULL || (error_code & PAGE_FAULT_RESERVED) != 0)
        return -EFAULT;
    uint32_t access = error_code & PAGE_FAULT_EXECUTE ? MAP_EXECUTE
                      : error_code & PAGE_FAULT_WRITE ? MAP_WRITE
                                                      : MAP_READ;
    int error = page_fault_bring(space, address, access);
    if (error == 0)
        thread_count_fault();
    return error;
}

void page_fault_set_shortage_handler(bool (*relieve)(void))
{
    relieve_shortage = relieve;
}

void page_fault_setup(void)
{
    trap_set_page_fault_handler(page_fault_resolve);
}
