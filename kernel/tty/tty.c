/* Terminals come and go: making, opening, closing, hanging up.
 *
 * A hang-up ends all open files at once: it counts the terminal's generation up, and a file that was opened
 * in another one has nothing to do with the terminal any more. */
#include "tty/tty.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "fs/devices.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "tty/pty.h"
#include "tty/tty_internal.h"

#define DEVICE_TTY0 DEVICE_NUMBER(4, 0)

static struct object_cache tty_cache;
static struct list permanent; /* grows in early boot; later only vt/ adds to it, one at a time */

static void line_raised_signal(void *argument, int signal)
{
    job_control_signal(argument, signal);
}

static void line_flushes_output(void *argument)
{
    struct tty *tty = argument;

    if (tty->driver->flush_output != NULL)
        tty->driver->flush_output(tty);
}

static void line_flushed_input(void *argument)
{
    struct tty *tty = argument;

    if (tty->driver->input_flushed != NULL)
        tty->driver->input_flushed(tty);
}

static void line_stopped_changed(void *argument)
{
    struct tty *tty = argument;

    if (tty->driver->set_stopped != NULL)
        tty->driver->set_stopped(tty, tty->line.is_stopped);
    if (!tty->line.is_stopped)
        readiness_signal_events(&tty->readiness, POLLOUT | POLLWRNORM);
}

static void tty_reset_settings(struct tty *tty)
{
    struct termios settings = line_settings_default;

    if (tty->driver->is_utf8)
        settings.iflag |= IUTF8;
    line_set_settings(&tty->line, &settings);
}

int tty_create(const struct tty_driver *driver, unsigned number, uint64_t device_number, void *data,
               const struct winsize *size, struct tty **ret_tty)
{
    struct tty *tty = object_cache_alloc(&tty_cache);

    if (tty == NULL)
        return -ENOMEM;
    memset(tty, 0, sizeof(*tty));
    tty->driver = driver;
    tty->number = number;
    tty->device_number = device_number;
    tty->data = data;
    tty->size = *size;
    ref_count_init(&tty->references, 1);
    mutex_init(&tty->output_lock, LOCK_RANK_TTY_OUTPUT);
    mutex_init(&tty->lock, LOCK_RANK_TTY);
    readiness_init(&tty->readiness);
    tty_input_init(tty);
    const struct line_events events = {line_raised_signal, line_flushes_output, line_flushed_input,
                                       line_stopped_changed, tty};
    line_init(&tty->line, &events);
    tty_reset_settings(tty);
    list_init(&tty->link);
    if (!driver->is_pseudo)
        list_push_back(&permanent, &tty->link);
    *ret_tty = tty;
    return 0;
}

struct tty *tty_ref(struct tty *tty)
{
    ref_count_take(&tty->references);
    return tty;
}

void tty_unref(struct tty *tty)
{
    if (!ref_count_drop(&tty->references))
        return;
    if (tty->driver->release != NULL)
        tty->driver->release(tty);
    object_cache_free(&tty_cache, tty);
}

void *tty_data(const struct tty *tty)
{
    return tty->data;
}

uint64_t tty_device_number(const struct tty *tty)
{
    return tty->device_number;
}

struct tty *tty_find_permanent(const char *name)
{
    for (struct list *link = permanent.next; link != &permanent; link = link->next) {
        struct tty *tty = list_entry(link, struct tty, link);
        char own[16];
        (void)format_to_buffer(own, sizeof(own), "%s%u", tty->driver->name, tty->number);
        if (strcmp(own, name) == 0)
            return tty;
    }
    return NULL;
}

struct winsize tty_get_size(struct tty *tty)
{
    mutex_lock(&tty->lock);
    const struct winsize size = tty->size;
    mutex_unlock(&tty->lock);
    return size;
}

void tty_set_size(struct tty *tty, const struct winsize *size)
{
    mutex_lock(&tty->lock);
    const bool has_changed = memcmp(&tty->size, size, sizeof(*size)) != 0;
    tty->size = *size;
    mutex_unlock(&tty->lock);
    if (has_changed)
        job_control_signal(tty, SIGWINCH);
}

struct termios tty_get_termios(struct tty *tty)
{
    mutex_lock(&tty->lock);
    const struct termios settings = tty->line.settings;
    mutex_unlock(&tty->lock);
    return settings;
}

struct tty *tty_of_file(const struct file *file)
{
    return file->data;
}

bool tty_is_controlling(const struct tty *tty)
{
    return job_control_is_terminal(tty);
}

/* Count a file that is about to have the terminal open. Holds: tty->lock. */
static int tty_count_open(struct tty *tty, bool is_console)
{
    if (tty->is_exclusive && !identity_is_superuser())
        return -EBUSY;
    const int error = tty->open_count == 0 && tty->driver->open != NULL ? tty->driver->open(tty) : 0;
    if (error == 0) {
        tty->open_count++;
        tty->console_count += is_console;
    }
    return error;
}

static int tty_open_as(struct file *file, struct tty *tty, bool is_console)
{
    mutex_lock(&tty->lock);
    const int error = tty_count_open(tty, is_console);
    const uint64_t generation = atomic_load(&tty->generation);
    mutex_unlock(&tty->lock);
    if (error != 0)
        return error;
    file->operations = &tty_file_operations;
    file->data = tty_ref(tty);
    file->opened_count = is_console ? TTY_OPENED_AS_CONSOLE : generation;
    return 0;
}

int tty_open_file(struct file *file, struct tty *tty)
{
    const int error = tty_open_as(file, tty, false);

    if (error == 0 && (file->flags & O_NOCTTY) == 0 &&
        (file->path.node == NULL || node_get_attributes(file->path.node).rdev != DEVICE_TTY0))
        job_control_opened(tty, file);
    return error;
}

/* Nobody has the terminal open any more: what was on its way is thrown away. Holds: both locks. */
static void tty_last_closed(struct tty *tty)
{
    if (tty->driver->close != NULL)
        tty->driver->close(tty);
    tty->is_exclusive = false;
    if (tty->driver->is_pseudo) /* the other side may still have something to say */
        return;
    memset(&tty->locked, 0, sizeof(tty->locked));
    line_reset(&tty->line);
    if (!tty->driver->keeps_settings)
        tty_reset_settings(tty);
}

static void tty_release(struct file *file)
{
    struct tty *tty = file->data;

    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
    if (!tty_is_hung_up(file, tty)) {
        tty->console_count -= tty_is_console_file(file);
        if (--tty->open_count == 0) {
            tty_last_closed(tty);
            job_control_detach(tty); /* with the lock held: not from one who opens it next */
        }
    }
    mutex_unlock(&tty->lock);
    mutex_unlock(&tty->output_lock);
    tty_unref(tty);
}

static void tty_hang_up_as(struct tty *tty, bool ends_session)
{
    mutex_lock(&tty->output_lock);
    mutex_lock(&tty->lock);
    const bool was_open = tty->open_count > 0;
    atomic_fetch_add(&tty->generation, 1);
    tty->open_count = tty->console_count;
    if (was_open && tty->open_count == 0)
        tty_last_closed(tty);
    line_reset(&tty->line);
    job_control_hang_up(tty, ends_session); /* with the lock held: who opens it next is not meant */
    mutex_unlock(&tty->lock);
    mutex_unlock(&tty->output_lock);
    readiness_signal(&tty->readiness);
}

void tty_hang_up(struct tty *tty)
{
    tty_hang_up_as(tty, false);
}

void tty_hang_up_session(struct tty *tty)
{
    tty_hang_up_as(tty, true);
}

int tty_hang_up_current(void)
{
    if (!identity_is_superuser())
        return -EPERM;
    struct tty *tty = job_control_terminal();
    if (tty == NULL)
        return 0;
    tty_hang_up(tty);
    tty_unref(tty);
    return 0;
}

static unsigned tty_poll(struct file *file, struct poll_hook *hook)
{
    struct tty *tty = file->data;
    unsigned events = 0;

    if (hook != NULL)
        readiness_add(&tty->readiness, hook);
    if (tty_is_hung_up(file, tty))
        return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
    mutex_lock(&tty->lock);
    const uint8_t *cc = tty->line.settings.cc;
    if (line_is_readable(&tty->line, cc[VTIME] == 0 && cc[VMIN] != 0 ? cc[VMIN] : 1))
        events |= POLLIN | POLLRDNORM;
    mutex_unlock(&tty->lock);
    if (tty_has_room(tty))
        events |= POLLOUT | POLLWRNORM;
    return events;
}

const struct file_operations tty_file_operations = {
    .is_stream = true,
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
    .release = tty_release,
};

/* /dev/tty: whatever the caller's session has. */
static int current_tty_open(struct file *file)
{
    struct tty *tty = job_control_terminal();

    if (tty == NULL)
        return -ENXIO;
    const int error = tty_open_as(file, tty, false);
    tty_unref(tty);
    return error;
}

static int console_open(struct file *file)
{
    return tty_open_as(file, tty_console(), true);
}

void tty_setup(void)
{
    static const struct file_operations current_operations = {.open = current_tty_open};
    static const struct file_operations console_operations = {.open = console_open};
    static const struct device devices[] = {
        {"tty", S_IFCHR | 0666, 0, DEVICE_NUMBER(5, 0), &current_operations},
        {"console", S_IFCHR | 0600, 0, DEVICE_NUMBER(5, 1), &console_operations},
    };

    object_cache_init(&tty_cache, "terminal", sizeof(struct tty), 16);
    list_init(&permanent);
    tty_input_setup();
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        (void)devices_add(&devices[i]);
    pty_setup();
    process_set_leader_ends(tty_session_leader_ends);
}
