/* The terminal's side of a pseudoterminal, and the table of all of them. */
#include "tty/pty.h"

#include "abi/errno.h"
#include "fs/devices.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "tty/tty_internal.h"

#define KEPT_BY_FLUSH (LINE_SIZE - 1) /* what has reached the master's side already, as Linux has it */

/* Locks: p = table.lock */
static struct {
    struct mutex lock;               /* rank LOCK_RANK_PTS */
    struct pty *ptys[PTY_COUNT_MAX]; /* [p] with a reference: that of the open master */
    unsigned count;                  /* [p] of these */
} table = {.lock = MUTEX_INITIALIZER(table.lock, LOCK_RANK_PTS)};

static struct object_cache pty_cache;

static uint32_t pty_used(const struct pty *pty)
{
    return pty->head - pty->tail;
}

size_t pty_pending(const struct pty *pty, const char **ret_bytes)
{
    const uint32_t at = pty->tail % PTY_RING_SIZE, to_end = PTY_RING_SIZE - at, used = pty_used(pty);

    *ret_bytes = pty->ring + at;
    return used < to_end ? used : to_end;
}

static size_t pty_get_room(struct tty *tty)
{
    return PTY_RING_SIZE - pty_used(tty_data(tty));
}

static size_t pty_write(struct tty *tty, const char *bytes, size_t length)
{
    struct pty *pty = tty_data(tty);
    const size_t room = pty_get_room(tty), count = length < room ? length : room;
    const size_t at = pty->head % PTY_RING_SIZE, to_end = PTY_RING_SIZE - at;
    const size_t first = count < to_end ? count : to_end;

    memcpy(pty->ring + at, bytes, first);
    memcpy(pty->ring, bytes + first, count - first);
    pty->head += (uint32_t)count;
    if (count > 0)
        readiness_signal_events(&pty->readiness, POLLIN | POLLRDNORM);
    return count;
}

/* Something has happened that a master in packet mode is told. */
static void pty_tell_master(struct pty *pty, unsigned status, unsigned contrary)
{
    if (!atomic_load(&pty->is_packet))
        return;
    (void)atomic_fetch_and(&pty->packet_status, ~contrary);
    (void)atomic_fetch_or(&pty->packet_status, status);
    readiness_signal_events(&pty->readiness, POLLIN | POLLRDNORM | POLLPRI);
}

static void pty_flush_output(struct tty *tty)
{
    struct pty *pty = tty_data(tty);

    if (pty_used(pty) > KEPT_BY_FLUSH)
        pty->head = pty->tail + KEPT_BY_FLUSH;
    pty_tell_master(pty, TIOCPKT_FLUSHWRITE, 0);
}

static void pty_input_flushed(struct tty *tty)
{
    struct pty *pty = tty_data(tty);

    pty_tell_master(pty, TIOCPKT_FLUSHREAD, 0);
    readiness_signal_events(&pty->readiness, POLLOUT | POLLWRNORM);
}

static void pty_set_stopped(struct tty *tty, bool is_stopped)
{
    pty_tell_master(tty_data(tty), is_stopped ? TIOCPKT_STOP : TIOCPKT_START,
                    is_stopped ? TIOCPKT_START : TIOCPKT_STOP);
}

/* Whether the master may stop output by ^S and ^Q on its own. */
static bool settings_have_usual_flow(const struct termios *termios)
{
    const struct termios *usual = &line_settings_default;

    return (termios->iflag & IXON) != 0 && termios->cc[VSTOP] == usual->cc[VSTOP] &&
           termios->cc[VSTART] == usual->cc[VSTART];
}

static void pty_set_termios(struct tty *tty, struct termios *termios)
{
    const struct termios *old = &tty->line.settings;
    const bool has_flow = settings_have_usual_flow(termios);

    termios->cflag = (termios->cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
    if (((old->lflag ^ termios->lflag) & EXTPROC) != 0)
        pty_tell_master(tty_data(tty), TIOCPKT_IOCTL, 0);
    if (has_flow != settings_have_usual_flow(old))
        pty_tell_master(tty_data(tty), has_flow ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
                        TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
}

static void pty_set_throttled(struct tty *tty, bool is_throttled)
{
    struct pty *pty = tty_data(tty);

    if (!is_throttled)
        readiness_signal_events(&pty->readiness, POLLOUT | POLLWRNORM);
}

static int pty_open(struct tty *tty)
{
    struct pty *pty = tty_data(tty);

    if (!atomic_load(&pty->has_master)) /* closed since the terminal was found */
        return -EIO;
    atomic_store(&pty->has_left, false);
    return 0;
}

static void pty_close(struct tty *tty)
{
    struct pty *pty = tty_data(tty);

    atomic_store(&pty->has_left, true);
    readiness_signal(&pty->readiness);
}

static bool pty_has_master(struct tty *tty)
{
    const struct pty *pty = tty_data(tty);

    return atomic_load(&pty->has_master);
}

static void pty_free(struct pty *pty)
{
    frames_free((vaddr_t)pty->ring - direct_map_base, PTY_RING_ORDER);
    object_cache_free(&pty_cache, pty);
}

static void pty_release(struct tty *tty)
{
    pty_free(tty_data(tty));
}

static const struct tty_driver pty_driver = {
    .name = "pts",
    .is_pseudo = true,
    .write = pty_write,
    .get_room = pty_get_room,
    .flush_output = pty_flush_output,
    .input_flushed = pty_input_flushed,
    .set_stopped = pty_set_stopped,
    .set_termios = pty_set_termios,
    .set_throttled = pty_set_throttled,
    .open = pty_open,
    .close = pty_close,
    .has_other_side = pty_has_master,
    .release = pty_release,
};

static struct pty *pty_alloc(void)
{
    struct pty *pty = object_cache_alloc(&pty_cache);
    paddr_t ring;

    if (pty == NULL)
        return NULL;
    if (frames_alloc(PTY_RING_ORDER, &ring) != 0) {
        object_cache_free(&pty_cache, pty);
        return NULL;
    }
    memset(pty, 0, sizeof(*pty));
    pty->ring = direct_map(ring);
    readiness_init(&pty->readiness);
    atomic_init(&pty->is_locked, true);
    atomic_init(&pty->has_master, true);
    return pty;
}

/* A number for a terminal of that one's. Holds: table.lock. */
static int find_number(const struct credentials *who, unsigned *ret_number)
{
    const unsigned count_max = credentials_are_root(who) ? PTY_COUNT_MAX : PTY_COUNT_MAX - PTY_RESERVED;
    unsigned number = 0;

    while (number < PTY_COUNT_MAX && table.ptys[number] != NULL)
        number++;
    if (table.count >= count_max || number >= devpts_count_max())
        return -ENOSPC;
    *ret_number = number;
    return 0;
}

/* Make the terminal, and give it a free number. Holds: table.lock. */
static int pty_publish(struct pty *pty, const struct credentials *who)
{
    static const struct winsize no_size;
    unsigned number;
    int error = find_number(who, &number);

    if (error != 0)
        return error;
    pty->number = number;
    error = devpts_create_node(number, who, &pty->node);
    if (error != 0)
        return error;
    error = tty_create(&pty_driver, number, DEVICE_NUMBER(PTY_MAJOR, number), pty, &no_size, &pty->tty);
    if (error != 0) {
        node_unref(pty->node);
        return error;
    }
    table.ptys[number] = pty;
    table.count++;
    return 0;
}

int pty_create(const struct file *file, struct pty **ret_pty)
{
    struct pty *pty = pty_alloc();

    if (pty == NULL)
        return -ENOMEM;
    mutex_lock(&table.lock);
    const int error = pty_publish(pty, &file->opened_by);
    mutex_unlock(&table.lock);
    if (error != 0)
        pty_free(pty);
    else
        *ret_pty = pty;
    return error;
}

void pty_close_master(struct pty *pty)
{
    mutex_lock(&table.lock);
    table.ptys[pty->number] = NULL;
    table.count--;
    mutex_unlock(&table.lock);
    atomic_store(&pty->has_master, false);
    node_unref(pty->node);
    tty_hang_up(pty->tty);
    tty_unref(pty->tty);
}

struct node *pty_find_node(unsigned number)
{
    mutex_lock(&table.lock);
    struct pty *pty = number < PTY_COUNT_MAX ? table.ptys[number] : NULL;
    struct node *node = pty == NULL ? NULL : node_ref(pty->node);
    mutex_unlock(&table.lock);
    return node;
}

unsigned pty_next_number(unsigned number)
{
    mutex_lock(&table.lock);
    while (number < PTY_COUNT_MAX && table.ptys[number] == NULL)
        number++;
    mutex_unlock(&table.lock);
    return number;
}

/* pts/N: the terminal, if its master is there and has unlocked it. It must be the very node that was made for
 * it: who kept an earlier one of that number (O_PATH) had the right to open an earlier terminal, not this. */
static int pts_open(struct file *file)
{
    const unsigned number = DEVICE_MINOR(node_get_attributes(file->path.node).rdev);

    mutex_lock(&table.lock);
    struct pty *pty = number < PTY_COUNT_MAX ? table.ptys[number] : NULL;
    const bool can_open = pty != NULL && pty->node == file->path.node && !atomic_load(&pty->is_locked);
    struct tty *tty = can_open ? tty_ref(pty->tty) : NULL;
    mutex_unlock(&table.lock);
    if (tty == NULL)
        return -EIO;
    const int error = tty_open_file(file, tty);
    tty_unref(tty);
    return error;
}

void pty_setup(void)
{
    static const struct file_operations pts_operations = {.open = pts_open};
    static const struct device row = {"pts", S_IFCHR, 0, DEVICE_NUMBER(PTY_MAJOR, 0), &pts_operations};
    static const struct device multiplexer = {"ptmx", S_IFCHR | 0666, 0, PTY_MULTIPLEXER,
                                              &pty_multiplexer_operations};

    object_cache_init(&pty_cache, "pseudoterminal", sizeof(struct pty), 8);
    (void)devices_add(&multiplexer);
    (void)devices_add_row(&row, PTY_COUNT_MAX);
    devpts_setup();
}
