/* Any code may log, with any lock held: the log can wake nobody. Who reads looks again and again; for who
 * polls, a timer looks as long as anybody does. Documentation/ABI/testing/dev-kmsg of Linux has the format.
 */
#include "proc/kmsg.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "fs/devices.h"
#include "lib/format.h"
#include "mm/object_cache.h"
#include "proc/kernel_log.h"
#include "sched/thread.h"
#include "signal/signal.h"

#define LOOK_GAP_NS 50000000u
#define LINE_MAX (LOG_LINE_MAX * 4 + 64) /* of a record, each byte escaped */

/* One that has /dev/kmsg open to read. Two who read it at the same time may be told the same. */
struct kmsg_reader {
    _Atomic(uint64_t) position; /* in the log: of the record that comes next */
};

static struct object_cache reader_cache;

/* Who polls. */
static struct readiness log_readiness;
static struct timer look_timer;
static atomic_bool timer_is_running;
static uint64_t seen_position; /* the timer's */

static void start_looking(void)
{
    if (!atomic_exchange(&timer_is_running, true))
        timer_start(&look_timer, clock_monotonic_ns() + LOOK_GAP_NS);
}

/* Whoever hangs a hook on after the timer has stopped starts it again. */
static void look(struct timer *timer)
{
    const uint64_t position = log_position();

    (void)timer;
    if (position != seen_position)
        readiness_signal(&log_readiness);
    seen_position = position;
    atomic_store(&timer_is_running, false);
    if (readiness_has_hooks(&log_readiness))
        start_looking();
}

/* "6,12,345678,-;text" and a newline; what cannot be printed stands as \xNN. Returns the length. */
static size_t format_record(const struct log_record_view *record, char line[LINE_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t length = format_to_buffer(line, LINE_MAX, "%d,%u,%lu,-;", record->level, record->sequence,
                                     record->time_ns / 1000);

    for (size_t i = 0; i < record->length; i++) {
        const unsigned char byte = (unsigned char)record->text[i];
        if (byte >= ' ' && byte < 127 && byte != '\\') {
            line[length++] = (char)byte;
            continue;
        }
        line[length++] = '\\';
        line[length++] = 'x';
        line[length++] = digits[byte >> 4];
        line[length++] = digits[byte & 15];
    }
    line[length++] = '\n';
    return length;
}

/* Wait for a record at *position; -EPIPE: what was there has been overwritten, *position is behind that. Then
 * a record is there. Errors: -EAGAIN, -ERESTARTSYS. */
static int take_record(uint64_t *position, bool waits, struct log_record_view *ret_record)
{
    const uint64_t wanted = *position;
    uint64_t next = wanted;

    while (!log_read_record(&next, ret_record)) {
        if (!waits)
            return -EAGAIN;
        if (thread_sleep_unless(clock_monotonic_ns() + LOOK_GAP_NS, signal_is_pending) != 0)
            return -ERESTARTSYS;
    }
    if (log_oldest_position() > wanted) {
        *position = log_oldest_position();
        return -EPIPE;
    }
    *position = next;
    return 0;
}

static int64_t kmsg_read(struct file *file, struct io *io, uint64_t offset)
{
    struct kmsg_reader *reader = file->data;
    struct log_record_view record;
    char line[LINE_MAX];

    (void)offset;
    uint64_t position = atomic_load(&reader->position);
    int64_t result = take_record(&position, (file->flags & O_NONBLOCK) == 0, &record);
    if (result == 0) {
        const size_t length = format_record(&record, line);
        if (length > io->left)
            result = -EINVAL;
        else if (io_give(io, line, length) < length)
            result = -EFAULT;
        else
            result = (int64_t)length;
    }
    if (result > 0 || result == -EPIPE)
        atomic_store(&reader->position, position);
    return result;
}

/* The number in "<N>" at the start of a line, and how long that is; 0: there is none. */
static size_t parse_priority(const char *text, size_t length, unsigned *ret_priority)
{
    unsigned value = 0;
    size_t i = 1;

    if (length < 3 || text[0] != '<')
        return 0;
    for (; i < length && i < 5 && text[i] >= '0' && text[i] <= '9'; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    if (i == 1 || i == length || text[i] != '>')
        return 0;
    *ret_priority = value;
    return i + 1;
}

/* The log's levels are some of syslog's. */
static enum log_level level_of(unsigned priority)
{
    static const enum log_level levels[] = {LOG_ERROR,   LOG_ERROR, LOG_ERROR, LOG_ERROR,
                                            LOG_WARNING, LOG_INFO,  LOG_INFO,  LOG_DEBUG};

    return levels[priority & 7];
}

/* A line of a program's goes into the log like the kernel's own. */
static int64_t kmsg_write(struct file *file, struct io *io, uint64_t offset)
{
    const int64_t size = (int64_t)io->left;
    unsigned priority = LOG_WARNING;
    char text[LOG_LINE_MAX];

    (void)file;
    (void)offset;
    size_t wanted = io->left < sizeof(text) ? io->left : sizeof(text);
    size_t length = io_take(io, text, wanted);
    if (length < wanted)
        return -EFAULT;
    const size_t prefix = parse_priority(text, length, &priority);
    while (length > prefix && text[length - 1] == '\n')
        length--;
    log_line(level_of(priority), "%.*s", (int)(length - prefix), text + prefix);
    return size;
}

static unsigned kmsg_poll(struct file *file, struct poll_hook *hook)
{
    struct kmsg_reader *reader = file->data;

    if (hook != NULL) {
        readiness_add(&log_readiness, hook);
        start_looking();
    }
    if (reader == NULL)
        return POLLOUT | POLLWRNORM;
    const uint64_t position = atomic_load(&reader->position);
    const bool is_ready = position < log_position(), is_overtaken = position < log_oldest_position();
    return (is_ready ? POLLIN | POLLRDNORM : 0) | (is_overtaken ? POLLERR | POLLPRI : 0) |
           (file_can_write(file) ? POLLOUT | POLLWRNORM : 0);
}

/* SEEK_SET: the oldest record; SEEK_DATA: that after the last one that was cleared; SEEK_END: the next one.
 */
static int64_t kmsg_seek(struct file *file, int64_t offset, int whence)
{
    struct kmsg_reader *reader = file->data;
    uint64_t position;

    if (reader == NULL)
        return -EBADF;
    if (offset != 0)
        return -ESPIPE;
    switch (whence) {
    case SEEK_SET:
        position = log_oldest_position();
        break;
    case SEEK_DATA:
        position = kernel_log_cleared_position();
        if (position < log_oldest_position())
            position = log_oldest_position();
        break;
    case SEEK_END:
        position = log_position();
        break;
    default:
        return -EINVAL;
    }
    atomic_store(&reader->position, position);
    return 0;
}

/* Who only writes needs no place in the log. */
static int kmsg_open(struct file *file)
{
    if (!file_can_read(file))
        return 0;
    struct kmsg_reader *reader = object_cache_alloc(&reader_cache);
    if (reader == NULL)
        return -ENOMEM;
    atomic_init(&reader->position, log_oldest_position());
    file->data = reader;
    return 0;
}

static void kmsg_release(struct file *file)
{
    if (file->data != NULL)
        object_cache_free(&reader_cache, file->data);
}

static const struct file_operations kmsg_operations = {
    .has_no_position = true,
    .open = kmsg_open,
    .read = kmsg_read,
    .write = kmsg_write,
    .seek = kmsg_seek,
    .poll = kmsg_poll,
    .release = kmsg_release,
};

static int64_t proc_read(struct file *file, struct io *io, uint64_t offset)
{
    (void)offset;
    return io->left == 0 ? 0 : kernel_log_read_io(io, (file->flags & O_NONBLOCK) == 0);
}

static unsigned proc_poll(struct file *file, struct poll_hook *hook)
{
    (void)file;
    if (hook != NULL) {
        readiness_add(&log_readiness, hook);
        start_looking();
    }
    return kernel_log_unread() > 0 ? POLLIN | POLLRDNORM : 0;
}

static const struct file_operations proc_operations = {
    .has_no_position = true, .read = proc_read, .poll = proc_poll};

int kmsg_open_proc(struct file *file)
{
    file->operations = &proc_operations;
    return 0;
}

int kmsg_setup(void)
{
    static const struct device device = {"kmsg", S_IFCHR | 0644, 0, DEVICE_NUMBER(1, 11), &kmsg_operations};

    object_cache_init(&reader_cache, "kmsg-reader", sizeof(struct kmsg_reader), 8);
    readiness_init(&log_readiness);
    timer_init(&look_timer, look);
    return devices_add(&device);
}
