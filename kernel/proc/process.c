/* The end of a program: the first thread to say so sets is_ending and interrupts all others, which end when
 * they come to the border of ring 3, or are there. The last one reports. */
#include "proc/process.h"

#include <limits.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/tick.h"
#include "lib/list.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "mm/page_fault.h"
#include "proc/fault_report.h"
#include "proc/user_stack.h"
#include "sched/sched.h"
#include "sched/thread.h"

#define FIRST_PROCESS_ID 1
#define THREADS_MAX 4096 /* of a program */
#define FIRST_PROCESS_NAME "utask"

/* Locks: I = set before the program runs   p = lock   a = atomic */
static struct process {
    struct addr_space *space;        /* [I] */
    struct trap_frame entry;         /* [I] the registers it starts with */
    process_first_end_handler ended; /* [I] */
    struct spinlock lock;            /* rank LOCK_RANK_PROCESS */
    struct list threads;             /* [p] struct user_thread.link */
    unsigned thread_count;           /* [p] */
    int last_thread_id;              /* [p] */
    atomic_bool is_ending;           /* [a] set under the lock, once */
    struct process_end end;          /* [p] */
} first = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_PROCESS), .threads = {&first.threads, &first.threads}};

/* One of the program's threads. Locks as above. */
struct user_thread {
    struct list link;        /* [p] */
    struct thread *thread;   /* [p] its own to set, before anybody else looks */
    int id;                  /* [I] */
    struct trap_frame entry; /* [I] */
};

static struct object_cache user_thread_cache;

static struct user_thread *user_thread_current(void)
{
    return thread_owner(thread_current());
}

/* End the calling thread, which is in the list no more; the last one ends the program. */
static _Noreturn void process_leave(struct user_thread *self, bool is_last)
{
    object_cache_free(&user_thread_cache, self);
    if (is_last) {
        if (!first.end.is_fault)
            log_info("process: pid %d (%s) exited with status %d", FIRST_PROCESS_ID, FIRST_PROCESS_NAME,
                     first.end.status);
        first.ended(first.end);
        for (;;)
            sched_block();
    }
    thread_exit(0);
}

static _Noreturn void process_end_thread(struct process_end end)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&first.lock);

    list_remove(&self->link);
    first.thread_count--;
    bool is_last = list_is_empty(&first.threads);
    if (is_last && !first.is_ending) {
        first.is_ending = true;
        first.end = end;
    }
    spin_unlock(&first.lock, state);
    process_leave(self, is_last);
}

/* End the program, unless another thread did so already. */
static _Noreturn void process_end(struct process_end end)
{
    struct spinlock_state state = spin_lock(&first.lock);

    if (!first.is_ending) {
        first.is_ending = true;
        first.end = end;
        for (struct list *link = list_first(&first.threads); link != &first.threads; link = link->next) {
            struct thread *thread = list_entry(link, struct user_thread, link)->thread;
            if (thread != thread_current())
                sched_interrupt(thread);
        }
    }
    spin_unlock(&first.lock, state);
    process_end_thread(end);
}

/* Before the return to ring 3, after sched_interrupt(). */
static void process_return_work(void)
{
    sched_interrupt_taken();
    if (first.is_ending)
        process_end_thread((struct process_end){0});
}

static void process_fault(struct trap_frame *frame, uint64_t fault_address)
{
    int signal = fault_report_log(FIRST_PROCESS_ID, FIRST_PROCESS_NAME, first.space, frame, fault_address);

    process_end((struct process_end){.is_fault = true, .status = signal});
}

/* What a user thread does before ring 3. */
static void user_thread_run(void *argument)
{
    struct user_thread *self = argument;

    if (self->id == FIRST_PROCESS_ID) {
        tick_start();
        log_script_line("mark first-user tsc=%lu", cpu_timestamp());
    }
    _Alignas(16) struct trap_frame entry = self->entry;
    user_entry_first(&entry);
}

/* Make a thread that begins with `entry`. The list's lock is held until its structure is complete. */
static int user_thread_start(const struct trap_frame *entry, uint64_t fs_base, int *ret_id)
{
    struct user_thread *self = object_cache_alloc(&user_thread_cache);
    struct thread_options options = {

        .is_detached = true, .copies_fpu = true, .space = first.space, .fs_base = fs_base, .owner = self};

    if (self == NULL)
        return -ENOMEM;
    self->entry = *entry;
    struct spinlock_state state = spin_lock(&first.lock);
    self->id = first.last_thread_id + 1;
    int error = first.is_ending || first.thread_count == THREADS_MAX || self->id == INT_MAX
                    ? -EAGAIN
                    : thread_create(FIRST_PROCESS_NAME, user_thread_run, self, &options, &self->thread);
    if (error == 0) {
        list_push_back(&first.threads, &self->link);
        first.thread_count++;
        first.last_thread_id = *ret_id = self->id;
    }
    spin_unlock(&first.lock, state);
    if (error != 0)
        object_cache_free(&user_thread_cache, self);
    return error;
}

struct boot_area {
    const char *name;
    vaddr_t start;
    uint64_t pages;
    paddr_t frames;
    uint32_t protection;
};

/* Map frames that the bootloader filled. They are not the frame allocator's: a reference that is never given
 * up keeps them from getting there. */
static int process_map_area(const struct boot_area *area)
{
    struct addr_space_request request = {.address = area->start,
                                         .size = area->pages * PAGE_SIZE,
                                         .protection = area->protection,
                                         .flags = ADDR_SPACE_NO_REPLACE,
                                         .name = area->name};
    vaddr_t start;
    int error = addr_space_map(first.space, &request, &start);

    for (uint64_t i = 0; i < area->pages && error == 0; i++) {
        paddr_t frame = area->frames + i * PAGE_SIZE;
        error = frame_ref(frame);
        if (error == 0)
            error = addr_space_populate(first.space, start + i * PAGE_SIZE, frame);
    }
    return error;
}

/* utask's image and stack, lowest address first. */
static int process_map_image(const struct boot_image *image, paddr_t stack)
{
    const vaddr_t data = image->virtual_base + (image->text_pages + image->rodata_pages) * PAGE_SIZE;
    const struct boot_area areas[] = {
        {"text", image->virtual_base, image->text_pages, image->code_physical, MAP_READ | MAP_EXECUTE},
        {"rodata", image->virtual_base + image->text_pages * PAGE_SIZE, image->rodata_pages,
         image->code_physical + image->text_pages * PAGE_SIZE, MAP_READ},
        {"data", data, image->data_pages, image->data_physical, MAP_READ | MAP_WRITE},
        {"stack", USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE, USER_STACK_PAGES, stack,
         MAP_READ | MAP_WRITE},
    };

    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        int error = areas[i].pages == 0 ? 0 : process_map_area(&areas[i]);
        if (error != 0)
            return error;
    }
    addr_space_place_break(first.space, data + image->data_pages * PAGE_SIZE);
    return 0;
}

int process_create_first(const struct boot_info *boot, const void *seed, process_first_end_handler ended)
{
    struct user_stack stack = {
        .memory = direct_map(boot->user_stack_physical),
        .size = USER_STACK_PAGES * PAGE_SIZE,
        .top = USER_STACK_TOP,
        .name = FIRST_PROCESS_NAME,
        .arguments = command_line_program_arguments(),
        .entry = boot->user.entry,
        .random = seed,
    };
    vaddr_t stack_pointer;
    int error = addr_space_create(0, &first.space);

    if (error != 0)
        return error;
    error = process_map_image(&boot->user, boot->user_stack_physical);
    if (error != 0)
        goto destroy_space;
    error = user_stack_build(&stack, &stack_pointer);
    if (error == -E2BIG) {
        log_error("process: too many or too long arguments behind -- on the command line: %s gets none",
                  FIRST_PROCESS_NAME);
        stack.arguments = "";
        error = user_stack_build(&stack, &stack_pointer);
    }
    if (error != 0)
        goto destroy_space;

    /* Commit: nothing below fails. */
    first.ended = ended;
    user_entry_make_frame(&first.entry, boot->user.entry, stack_pointer);
    object_cache_init(&user_thread_cache, "user thread", sizeof(struct user_thread), 16);
    page_fault_setup();
    trap_set_return_work(process_return_work);
    trap_set_user_fault_handler(process_fault);
    return 0;

destroy_space:
    addr_space_unref(first.space);
    return error;
}

int process_start_first(void)
{
    int id;

    addr_space_log(first.space);
    return user_thread_start(&first.entry, 0, &id);
}

int64_t process_start_thread(const struct trap_frame *frame, uint64_t stack_pointer, uint64_t fs_base)
{
    struct trap_frame entry = *frame;
    int id;

    entry.rax = 0;
    if (stack_pointer != 0)
        entry.rsp = stack_pointer;
    int error = user_thread_start(&entry, fs_base, &id);
    return error == 0 ? id : error;
}

int process_current_id(void)
{
    return FIRST_PROCESS_ID;
}

int process_current_thread_id(void)
{
    return user_thread_current()->id;
}

bool process_is_ending(void)
{
    return first.is_ending;
}

_Noreturn void process_exit_thread(int status)
{
    process_end_thread((struct process_end){.is_fault = false, .status = status});
}

_Noreturn void process_exit(int status)
{
    process_end((struct process_end){.is_fault = false, .status = status});
}
