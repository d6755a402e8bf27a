/* Virtual terminals as terminals: opening, writing, typing. A terminal's tty is made when somebody opens it
 * first and stays from then on; the emulator, which takes most of the memory, may be given up in between. */
#include "vt/vt.h"

#include <limits.h>

#include "abi/errno.h"
#include "abi/tty.h"
#include "dev/screen.h"
#include "fs/devices.h"
#include "input/input.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "tty/tty.h"
#include "vt/vt_internal.h"

#define TTY_MAJOR 4
#define PIECE 128u /* bytes that are worked on with interrupts disabled */

_Static_assert(TERMINAL_PAGE_SIZE == PAGE_SIZE, "history lies in frames");

/* What is left to do when the emulator has taken a piece of text, and the lock is released. */
struct aftermath {
    bool is_seen, wants_page, was_reset;
    size_t reply_length;
    char reply[VT_REPLY_SIZE];
};

static void write_piece(struct vt *vt, const char *bytes, size_t length, struct aftermath *ret_aftermath)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);

    ret_aftermath->is_seen = ret_aftermath->wants_page = false;
    if (vt->terminal != NULL) {
        terminal_write(vt->terminal, bytes, length);
        ret_aftermath->is_seen = vt == vt_front_locked() && !vt->is_graphics;
        ret_aftermath->wants_page = terminal_wants_page(vt->terminal);
    }
    ret_aftermath->reply_length = vt->reply_length;
    memcpy(ret_aftermath->reply, vt->reply, vt->reply_length);
    ret_aftermath->was_reset = vt->was_reset;
    vt->reply_length = 0;
    vt->was_reset = false;
    spin_unlock(&vt_state.lock, state);
}

static size_t vt_write(struct tty *tty, const char *bytes, size_t length)
{
    struct vt *vt = tty_data(tty);
    struct aftermath aftermath = {.is_seen = false};

    for (size_t done = 0, piece; done < length; done += piece) {
        piece = length - done < PIECE ? length - done : PIECE;
        write_piece(vt, bytes + done, piece, &aftermath);
        if (aftermath.was_reset)
            input_reset_console(vt_number(vt));
        if (aftermath.reply_length > 0)
            (void)tty_receive(tty, aftermath.reply, aftermath.reply_length);
        if (aftermath.wants_page)
            vt_give_pages(vt);
    }
    if (aftermath.is_seen)
        vt_draw_here();
    return length;
}

/* The emulator answers, with vt_state.lock held. */
static void keep_reply(void *argument, const char *bytes, size_t length)
{
    struct vt *vt = argument;

    if (length > VT_REPLY_SIZE - vt->reply_length)
        return;
    memcpy(vt->reply + vt->reply_length, bytes, length);
    vt->reply_length += length;
}

/* It was reset, with vt_state.lock held. */
static void keep_reset(void *argument)
{
    struct vt *vt = argument;

    vt->was_reset = true;
}

void vt_give_pages(struct vt *vt)
{
    bool wants = true;
    paddr_t page;

    while (wants && frames_alloc(0, &page) == 0) {
        struct spinlock_state state = spin_lock(&vt_state.lock);
        wants = vt->terminal != NULL && terminal_wants_page(vt->terminal);
        if (wants)
            terminal_give_page(vt->terminal, direct_map(page));
        spin_unlock(&vt_state.lock, state);
        if (!wants)
            frames_free(page, 0);
    }
}

static int vt_opened(struct tty *tty)
{
    struct vt *vt = tty_data(tty);

    atomic_store(&vt->is_open, true);
    return 0;
}

static void vt_closed(struct tty *tty)
{
    struct vt *vt = tty_data(tty);

    atomic_store(&vt->is_open, false);
}

/* ScrollLock's light shows it, whoever has stopped the output. */
static void vt_set_stopped(struct tty *tty, bool is_stopped)
{
    input_set_held(vt_number(tty_data(tty)), is_stopped);
}

static const struct tty_driver vt_driver = {
    .name = "tty",
    .is_utf8 = true,
    .write = vt_write,
    .set_stopped = vt_set_stopped,
    .ioctl = vt_ioctl,
    .open = vt_opened,
    .close = vt_closed,
};

static int make_tty(struct vt *vt)
{
    struct screen_geometry geometry = screen_get_geometry();
    const struct winsize size = {(uint16_t)geometry.rows, (uint16_t)geometry.columns,
                                 (uint16_t)geometry.width, (uint16_t)geometry.height};
    unsigned number = vt_number(vt);
    struct tty *tty;
    int error = tty_create(&vt_driver, number, DEVICE_NUMBER(TTY_MAJOR, number), vt, &size, &tty);

    if (error == 0)
        atomic_store(&vt->tty, tty);
    return error;
}

int vt_allocate(struct vt *vt)
{
    int error = 0;

    if (atomic_load(&vt->tty) == NULL)
        error = make_tty(vt);
    if (error == 0 && vt->terminal == NULL)
        error = vt_make_terminal(vt);
    if (error == 0)
        vt_give_pages(vt);
    return error;
}

int vt_deallocate(struct vt *vt)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);
    struct terminal *terminal = vt->terminal;
    bool is_busy = atomic_load(&vt->is_open) || vt == vt_front_locked();
    bool is_first = vt == &vt_state.vts[0] || vt_number(vt) == vt_state.log; /* these stay */
    void *page;

    if (!is_busy && !is_first)
        vt->terminal = NULL;
    spin_unlock(&vt_state.lock, state);
    if (is_busy)
        return -EBUSY;
    while (!is_first && terminal != NULL && (page = terminal_take_page(terminal)) != NULL)
        frames_free((vaddr_t)page - direct_map_base, 0);
    return 0;
}

static int vt_open(struct file *file)
{
    unsigned number = node_get_attributes(file->path.node).rdev & 0xff;

    mutex_lock(&vt_state.use_lock);
    if (number == 0) {
        struct spinlock_state state = spin_lock(&vt_state.lock);
        number = vt_state.front;
        spin_unlock(&vt_state.lock, state);
    }
    struct vt *vt = &vt_state.vts[number - 1];
    int error = vt_allocate(vt);
    if (error == 0)
        error = tty_open_file(file, atomic_load(&vt->tty));
    mutex_unlock(&vt_state.use_lock);
    return error;
}

int vt_setup(void)
{
    static const struct file_operations operations = {.open = vt_open};
    static const char *const names[VT_COUNT + 1] = {"tty0", "tty1", "tty2", "tty3", "tty4", "tty5", "tty6"};
    static struct device devices[VT_COUNT + 1];

    if (!vt_state.has_screen)
        return -ENODEV;
    mutex_init(&vt_state.use_lock, LOCK_RANK_VT);
    readiness_init(&vt_state.switched);
    for (unsigned i = 0; i < VT_COUNT; i++)
        vt_state.vts[i].events =
            (struct terminal_events){.reply = keep_reply, .reset = keep_reset, .argument = &vt_state.vts[i]};
    int error = vt_allocate(&vt_state.vts[0]);
    for (unsigned i = 0; error == 0 && i <= VT_COUNT; i++) {
        devices[i] = (struct device){names[i], S_IFCHR | 0620, 5, DEVICE_NUMBER(TTY_MAJOR, i), &operations};
        error = devices_add(&devices[i]);
    }
    return error;
}

struct tty *vt_tty(unsigned number)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);

    if (number == 0)
        number = vt_state.front;
    spin_unlock(&vt_state.lock, state);
    return number <= VT_COUNT ? atomic_load(&vt_state.vts[number - 1].tty) : NULL;
}

/* Move the view of the one in front; nothing if there is no screen. */
static void scroll_view(int rows)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);
    struct terminal *terminal = vt_front_locked()->terminal;
    bool has_moved = terminal != NULL && terminal_scroll_view(terminal, rows);

    spin_unlock(&vt_state.lock, state);
    if (has_moved)
        vt_draw_soon();
}

void vt_scroll(int half_pages)
{
    scroll_view(half_pages * (int)(screen_get_geometry().rows / 2));
}

static struct tty *typed_at(void)
{
    struct tty *tty = vt_tty(0);

    return tty != NULL ? tty : tty_console();
}

void vt_type(const char *bytes, size_t length)
{
    scroll_view(INT_MAX);
    (void)tty_receive(typed_at(), bytes, length);
}

void vt_type_break(void)
{
    tty_receive_break(typed_at());
}

void vt_type_hold(void)
{
    tty_receive_hold(typed_at());
}

struct terminal_key_modes vt_key_modes(void)
{
    struct terminal_key_modes modes = {.auto_repeat = true};
    struct spinlock_state state = spin_lock(&vt_state.lock);

    if (vt_front_locked()->terminal != NULL)
        modes = terminal_get_key_modes(vt_front_locked()->terminal);
    spin_unlock(&vt_state.lock, state);
    return modes;
}
