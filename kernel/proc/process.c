/* The end of a program: the first thread to say so sets is_ending and interrupts all others, which end when
 * they come to the border of ring 3, or are there. The last one reports. */
#include "proc/process.h"

#include <limits.h>
#include <stddef.h>

#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/user_entry.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/random.h"
#include "core/spinlock.h"
#include "core/tick.h"
#include "fs/fd_table.h"
#include "lib/list.h"
#include "mm/addr_space.h"
#include "mm/frame_refs.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "mm/page_fault.h"
#include "proc/fault_report.h"
#include "proc/fs_context.h"
#include "proc/user_stack.h"
#include "sched/sched.h"
#include "sched/thread.h"

#define FIRST_PROCESS_ID 1
#define THREADS_MAX 4096 /* of a program */
#define FIRST_PROCESS_NAME "utask"

static struct process first = {.id = FIRST_PROCESS_ID,
                               .signals = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_SIGNAL)},
                               .threads = {&first.threads, &first.threads}};
static struct trap_frame first_entry;
static process_first_end_handler first_ended;
static int last_thread_id;

struct spinlock process_tree = SPINLOCK_INITIALIZER(LOCK_RANK_PROCESS_TREE);

/* What a new thread begins with. */
struct thread_start {
    struct user_thread base;
    struct trap_frame entry;
};

static struct object_cache user_thread_cache;

/* End the calling thread, which is in the list no more; the last one ends the program. */
static _Noreturn void process_leave(struct user_thread *self, bool is_last)
{
    const struct process_end end = {(first.end_status & 0x7f) != 0, (first.end_status & 0x7f) != 0
                                                                        ? first.end_status & 0x7f
                                                                        : first.end_status >> 8};

    object_cache_free(&user_thread_cache, self);
    if (is_last) {
        if (!end.is_fault)
            log_info("process: pid %d (%s) exited with status %d", FIRST_PROCESS_ID, FIRST_PROCESS_NAME,
                     end.status);
        first_ended(end);
        for (;;)
            sched_block();
    }
    thread_exit(0);
}

_Noreturn void process_exit_thread(int status)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&first.signals.lock);

    list_remove(&self->link);
    first.thread_count--;
    bool is_last = list_is_empty(&first.threads);
    if (is_last && !first.is_ending) {
        first.is_ending = true;
        first.end_status = WAIT_STATUS_EXITED(status);
    }
    spin_unlock(&first.signals.lock, state);
    process_leave(self, is_last);
}

void process_begin_end(struct process *process, int wait_status)
{
    if (process->is_ending)
        return;
    process->is_ending = true;
    process->end_status = wait_status;
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next) {
        struct thread *thread = list_entry(link, struct user_thread, link)->thread;
        if (thread != thread_current())
            sched_interrupt(thread);
    }
}

_Noreturn void process_exit(int wait_status)
{
    struct spinlock_state state = spin_lock(&first.signals.lock);

    process_begin_end(&first, wait_status);
    spin_unlock(&first.signals.lock, state);
    process_exit_thread(0);
}

static void process_fault(struct trap_frame *frame, uint64_t fault_address)
{
    int signal = fault_report_log(FIRST_PROCESS_ID, FIRST_PROCESS_NAME, first.space, frame, fault_address);

    process_exit(WAIT_STATUS_SIGNALED(signal, false));
}

/* What a user thread does before ring 3. */
static void user_thread_run(void *argument)
{
    struct thread_start *start = argument;

    if (start->base.id == FIRST_PROCESS_ID) {
        tick_start();
        log_script_line("mark first-user tsc=%lu", cpu_timestamp());
    }
    _Alignas(16) struct trap_frame entry = start->entry;
    user_entry_first(&entry);
}

/* Make a thread that begins with `entry`. The list's lock is held until its structure is complete. */
static int user_thread_start(const struct trap_frame *entry, uint64_t fs_base, int *ret_id)
{
    struct thread_start *start = object_cache_alloc(&user_thread_cache);

    if (start == NULL)
        return -ENOMEM;
    struct user_thread *self = &start->base;
    struct thread_options options = {
        .is_detached = true, .copies_fpu = true, .space = first.space, .fs_base = fs_base, .owner = self};
    start->entry = *entry;
    self->process = &first;
    struct spinlock_state state = spin_lock(&first.signals.lock);
    self->id = last_thread_id + 1;
    int error = first.is_ending || first.thread_count == THREADS_MAX || self->id == INT_MAX
                    ? -EAGAIN
                    : thread_create(FIRST_PROCESS_NAME, user_thread_run, start, &options, &self->thread);
    if (error == 0) {
        list_push_back(&first.threads, &self->link);
        first.thread_count++;
        last_thread_id = *ret_id = self->id;
    }
    spin_unlock(&first.signals.lock, state);
    if (error != 0)
        object_cache_free(&user_thread_cache, start);
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

static int process_open_console(void)
{
    static const struct credentials superuser;
    const struct path_context context = {
        .root = first.fs->root, .start = first.fs->directory, .credentials = &superuser};
    struct file *console;
    int error = file_open(&context, "/dev/console", O_RDWR, 0, &console);

    for (int fd = 0; fd < 3 && error >= 0; fd++)
        error = fd_table_add(first.files, console, 0, FD_TABLE_LIMIT_DEFAULT, 0);
    if (error >= 0)
        file_unref(console);
    return error < 0 ? error : 0;
}

int process_create_first(const struct boot_info *boot, const struct path *root,
                         process_first_end_handler ended)
{
    uint8_t seed[USER_STACK_RANDOM_SIZE];
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
    random_fill(seed, sizeof(seed));
    fs_context_setup();
    first.fs = fs_context_create(root);
    first.files = fd_table_create();
    if (first.fs == NULL || first.files == NULL)
        return -ENOMEM;
    int error = process_open_console();
    if (error == 0)
        error = addr_space_create(0, &first.space);

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
    first_ended = ended;
    user_entry_make_frame(&first_entry, boot->user.entry, stack_pointer);
    object_cache_init(&user_thread_cache, "user thread", sizeof(struct thread_start), 16);
    page_fault_setup();
    signal_setup();
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
    return user_thread_start(&first_entry, 0, &id);
}

/* What every thread shares with the others of its program, and what may be asked for beside that. */
#define CLONE_NEEDED (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define CLONE_ALLOWED (CLONE_NEEDED | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_DETACHED)

int64_t process_clone(const struct trap_frame *frame, const struct clone_arguments *arguments)
{
    uint64_t flags = arguments->flags;
    uint64_t fs_base = (flags & CLONE_SETTLS) != 0 ? arguments->fs_base : thread_fs_base(thread_current());
    struct trap_frame entry = *frame;
    int id;

    if ((flags & CLONE_NEEDED) != CLONE_NEEDED || (flags & ~(uint64_t)CLONE_ALLOWED) != 0)
        return -EINVAL;
    if (fs_base >= USER_END)
        return -EPERM; /* as on Linux */
    entry.rax = 0;
    if (arguments->stack_pointer != 0)
        entry.rsp = arguments->stack_pointer;
    int error = user_thread_start(&entry, fs_base, &id);
    return error == 0 ? id : error;
}
