/* What is polled for is the state of the process that polls; so hooks hang on that process, which must not go
 * before they do. A hook may hang as long as the file is open (epoll), hence the file keeps a reference to
 * each process that has ever hung one on. */
#include "ipc/signalfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "proc/process.h"

/* A process that is kept. Most files know one only. */
struct signalfd_process {
    struct process *process; /* with a reference */
    struct signalfd_process *next;
};

/* Locks: a = atomic   w = signalfd.lock */
struct signalfd {
    _Atomic(signal_set) wanted;         /* [a] */
    struct mutex lock;                  /* rank LOCK_RANK_FS_NODE */
    struct signalfd_process *processes; /* [w] */
};

static struct object_cache signalfd_cache;
static struct object_cache process_cache;

void signalfd_setup(void)
{
    object_cache_init(&signalfd_cache, "signalfd", sizeof(struct signalfd), 8);
    object_cache_init(&process_cache, "signalfd-process", sizeof(struct signalfd_process), 8);
}

/* Take the sender's, timer's or child's part of the siginfo. */
static void record_fill(struct signalfd_siginfo *record, const struct siginfo *info)
{
    memset(record, 0, sizeof(*record));
    record->signal = (uint32_t)info->signal;
    record->error = info->error;
    record->code = info->code;
    if (info->code == SI_TIMER) {
        record->timer = (uint32_t)info->timer.timer;
        record->overrun = (uint32_t)info->timer.overrun;
        record->value_pointer = info->timer.value.pointer;
        record->value_number = info->timer.value.number;
    } else if (info->signal == SIGCHLD && info->code > 0) {
        record->pid = (uint32_t)info->child.pid;
        record->uid = info->child.uid;
        record->status = info->child.status;
        record->user_ticks = (uint64_t)info->child.user_ticks;
        record->system_ticks = (uint64_t)info->child.system_ticks;
    } else if (info->code > 0 && info->code != SI_KERNEL) {
        record->address = info->fault.address;
    } else {
        record->pid = (uint32_t)info->sender.pid;
        record->uid = info->sender.uid;
        if (info->code == SI_QUEUE || info->code < SI_TKILL) {
            record->value_pointer = info->sender.value.pointer;
            record->value_number = info->sender.value.number;
        }
    }
}

/* Wait until a signal can be taken. Returns its number or an error. */
static int signalfd_take(struct file *file, struct siginfo *ret_info)
{
    struct signalfd *self = file->data;
    struct readiness *readiness = &process_current()->signals.readiness;

    for (;;) {
        uint64_t changes = readiness_changes(readiness);
        int signal = signal_take(self->wanted, ret_info);
        if (signal != 0)
            return signal;
        int error = (file->flags & O_NONBLOCK) != 0 ? -EAGAIN : readiness_wait(readiness, changes);
        if (error != 0)
            return error;
    }
}

static int64_t signalfd_read(struct file *file, struct io *io, uint64_t offset)
{
    struct signalfd *self = file->data;
    struct signalfd_siginfo record;
    struct siginfo info;
    int64_t done = 0;

    (void)offset;
    if (io->left < sizeof(record))
        return -EINVAL;
    int signal = signalfd_take(file, &info);
    if (signal < 0)
        return signal;
    while (signal != 0) {
        record_fill(&record, &info);
        if (io_give(io, &record, sizeof(record)) < sizeof(record))
            return done > 0 ? done : -EFAULT;
        done += (int64_t)sizeof(record);
        signal = io->left < sizeof(record) ? 0 : signal_take(self->wanted, &info);
    }
    return done;
}

/* Keep the calling thread's process while the file is open. Says whether it could. */
static bool signalfd_keep_process(struct signalfd *self)
{
    struct process *process = process_current();
    bool is_kept = false;

    mutex_lock(&self->lock);
    for (struct signalfd_process *kept = self->processes; kept != NULL; kept = kept->next)
        is_kept |= kept->process == process;
    if (!is_kept) {
        struct signalfd_process *new = object_cache_alloc(&process_cache);
        if (new != NULL) {
            *new = (struct signalfd_process){process_ref(process), self->processes};
            self->processes = new;
            is_kept = true;
        }
    }
    mutex_unlock(&self->lock);
    return is_kept;
}

static unsigned signalfd_poll(struct file *file, struct poll_hook *hook)
{
    struct signalfd *self = file->data;

    if (hook != NULL) {
        if (!signalfd_keep_process(self))
            return POLLERR;
        readiness_add(&process_current()->signals.readiness, hook);
    }
    return signal_pending_set(self->wanted) != 0 ? POLLIN : 0;
}

static void signalfd_release(struct file *file)
{
    struct signalfd *self = file->data;

    while (self->processes != NULL) {
        struct signalfd_process *kept = self->processes;
        self->processes = kept->next;
        process_unref(kept->process);
        object_cache_free(&process_cache, kept);
    }
    object_cache_free(&signalfd_cache, self);
}

static const struct file_operations signalfd_operations = {
    .kind = "[signalfd]",
    .is_stream = true,
    .read = signalfd_read,
    .poll = signalfd_poll,
    .release = signalfd_release,
};

int signalfd_create(signal_set wanted, unsigned flags, const struct credentials *who, struct file **ret_file)
{
    struct signalfd *self = object_cache_alloc(&signalfd_cache);

    if (self == NULL)
        return -ENOMEM;
    *self = (struct signalfd){.wanted = wanted & ~SIGNALS_UNBLOCKABLE};
    mutex_init(&self->lock, LOCK_RANK_FS_NODE);
    int error = file_create(&signalfd_operations, self, O_RDWR | (flags & O_NONBLOCK), who, ret_file);
    if (error != 0)
        object_cache_free(&signalfd_cache, self);
    return error;
}

int signalfd_set_wanted(struct file *file, signal_set wanted)
{
    struct signalfd *self = file->data;

    if (file->operations != &signalfd_operations)
        return -EINVAL;
    self->wanted = wanted & ~SIGNALS_UNBLOCKABLE;
    readiness_signal(&process_current()->signals.readiness);
    return 0;
}
