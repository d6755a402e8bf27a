#include "fake_fs.h"

#include "arch/x86_64/user_copy.h"
#include "core/clock.h"
#include "core/log.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "fs/file_lock.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "fs/tmpfs.h"
#include "mm/addr_space.h"
#include "mm/alloc_failure.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/wake_timer.h"
#include "test.h"

/* No reference that is the last one goes while the tree lock is held. */
void fs_defer(struct fs_deferred *item, void (*run)(struct fs_deferred *item))
{
    (void)item;
    (void)run;
    fail();
}

struct fake_fs fake_fs;
struct path_context fake_root;
struct credentials fake_credentials[2] = {{.uid = 0}, {.uid = 1000, .gid = 1000}};

static struct thread *const this_thread = (struct thread *)&fake_fs;

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    (void)rank;
    *mutex = (struct mutex)MUTEX_INITIALIZER(*mutex, rank);
}

void mutex_lock(struct mutex *mutex)
{
    assert_true(fake_cpu.interrupts_are_enabled); /* no spin lock is held */
    assert_null(mutex->owner);
    mutex->owner = this_thread;
    fake_fs.mutexes_held++;
}

void mutex_unlock(struct mutex *mutex)
{
    assert_ptr_equal(mutex->owner, this_thread);
    mutex->owner = NULL;
    fake_fs.mutexes_held--;
}

struct thread *percpu_current_thread(void)
{
    return this_thread;
}

void sched_block(void)
{
    assert_int_equal(fake_fs.mutexes_held, 0);
    assert_true(fake_cpu.interrupts_are_enabled);
    if (fake_fs.when_blocked == NULL)
        fail_msg("the thread blocks for ever");
    fake_fs.when_blocked();
}

void sched_wake(struct thread *thread)
{
    assert_ptr_equal(thread, this_thread);
    fake_fs.wake_ups++;
}

uint64_t clock_realtime_ns(void)
{
    return ++fake_fs.now_ns;
}

uint64_t clock_monotonic_ns(void)
{
    return fake_fs.now_ns;
}

/* The clock does not run: there are no timeouts. */
uint64_t clock_tsc_hz(void)
{
    return 0;
}

void wake_timer_start(struct wake_timer *wake, uint64_t deadline_ns)
{
    (void)wake;
    fail_msg("a timer is started for %lu", deadline_ns);
}

void wake_timer_stop(struct wake_timer *wake)
{
    (void)wake;
}

void addr_space_cut_object(struct memory_object *object, uint64_t first_page)
{
    assert_int_equal(fake_fs.mutexes_held, 1); /* the node's own */
    fake_fs.object_cut = object;
    fake_fs.object_cut_page = first_page;
}

void addr_space_drop_object(struct memory_object *object, uint64_t first_page, uint64_t end_page)
{
    assert_int_equal(fake_fs.mutexes_held, 1);
    fake_fs.object_cut = object;
    fake_fs.object_cut_page = first_page;
    fake_fs.object_cut_end = end_page;
}

static size_t bytes_before_hole(uint64_t address, size_t size)
{
    if (address >= fake_fs.hole_end || address + size <= fake_fs.hole_start)
        return size;
    return address >= fake_fs.hole_start ? 0 : fake_fs.hole_start - address;
}

size_t user_copy(void *destination, const void *source, size_t size)
{
    size_t to = bytes_before_hole((uint64_t)destination, size);
    size_t from = bytes_before_hole((uint64_t)source, size);
    size_t copied = to < from ? to : from;

    memcpy(destination, source, copied);
    return size - copied;
}

static struct mount *root_mount;
static uint64_t free_before;

void fake_fs_begin(void)
{
    struct hash_key key = {{1, 2}};
    struct tmpfs_limits limits = {0};
    struct file_system *file_system;

    fake_fs = (struct fake_fs){.now_ns = 1000};
    alloc_failure_set(UINT64_MAX);
    fake_memory_start(256 * MIB);
    frame_refs_init();
    paddr_t frame;
    assert_int_equal(frames_alloc(0, &frame), 0); /* opens the section, which has its price */
    frames_free(frame, 0);
    free_before = frames_get_stats().free;
    tmpfs_setup(&key);
    mount_setup();
    file_setup();
    fd_table_setup();
    file_lock_setup();
    pipe_setup();
    assert_int_equal(tmpfs_create(&limits, 0755, &file_system), 0);
    assert_int_equal(mount_create_root(file_system, &root_mount), 0);
    fake_root = (struct path_context){.root = {root_mount, root_mount->root},
                                      .start = {root_mount, root_mount->root},
                                      .credentials = &fake_credentials[0]};
}

/* Empty slabs may be kept: each cache may have OBJECT_CACHE_EMPTY_MAX of up to 8 frames. */
#define KEPT_FRAMES_MAX 256

void fake_fs_end(void)
{
    alloc_failure_set(UINT64_MAX);
    assert_int_equal(root_mount->ref_count, 2);
    assert_int_equal(tmpfs_get_usage(root_mount->file_system).nodes, 1);
    assert_int_equal(tmpfs_get_usage(root_mount->file_system).frames, 0);
    assert_int_equal(root_mount->root->ref_count, 2); /* the tree's and the mount's */
    list_remove(&root_mount->link);
    mount_unref(root_mount);
    mount_unref(root_mount);
    assert_true(frames_get_stats().free + KEPT_FRAMES_MAX >= free_before);
    assert_int_equal(fake_fs.mutexes_held, 0);
    assert_true(fake_cpu.interrupts_are_enabled);
}
