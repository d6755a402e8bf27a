/* ioctl() of virtual terminals: ioctl_console(2). What changes them is for those whose controlling terminal
 * it is, and the superuser. */
#include "abi/errno.h"
#include "abi/keyboard.h"
#include "abi/vt.h"
#include "dev/screen.h"
#include "input/input.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "signal/signal.h"
#include "tty/tty.h"
#include "vt/vt_internal.h"

static int64_t give_int(uint64_t target, int32_t value)
{
    return user_copy_out((user_ptr_t){target}, &value, sizeof(value));
}

static int64_t give_byte(uint64_t target, uint8_t value)
{
    return user_copy_out((user_ptr_t){target}, &value, sizeof(value));
}

/* VT_OPENQRY: the first terminal that is not open; -1: there is none. */
static int64_t query_free(uint64_t target)
{
    int32_t number = 1;

    while (number <= VT_COUNT && atomic_load(&vt_state.vts[number - 1].is_open))
        number++;
    return give_int(target, number <= VT_COUNT ? number : -1);
}

static int64_t get_state(uint64_t target)
{
    struct vt_state_answer answer = {.in_use = 1};

    for (unsigned i = 0; i < VT_COUNT; i++)
        answer.in_use |= (uint16_t)(atomic_load(&vt_state.vts[i].is_open) << (i + 1));
    struct spinlock_state state = spin_lock(&vt_state.lock);
    answer.active = (uint16_t)vt_state.front;
    spin_unlock(&vt_state.lock, state);
    return user_copy_out((user_ptr_t){target}, &answer, sizeof(answer));
}

static int64_t get_mode(const struct vt *vt, uint64_t target)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);
    struct vt_mode mode = vt->mode;

    spin_unlock(&vt_state.lock, state);
    return user_copy_out((user_ptr_t){target}, &mode, sizeof(mode));
}

static struct vt_owner current_owner(void)
{
    return (struct vt_owner){process_current()->id, process_current()->start_ns};
}

static int64_t set_mode(struct vt *vt, uint64_t source)
{
    struct vt_mode mode;
    int error = user_copy_in(&mode, (user_ptr_t){source}, sizeof(mode), NULL);

    if (error != 0)
        return error;
    if (mode.mode != VT_AUTO && mode.mode != VT_PROCESS)
        return -EINVAL;
    mode.force_signal = 0;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    vt->mode = mode;
    vt->owner = current_owner();
    if (vt == vt_front_locked())
        vt_state.wanted = 0;
    spin_unlock(&vt_state.lock, state);
    return 0;
}

static int64_t activate(uint64_t number)
{
    struct vt *vt = &vt_state.vts[number - 1];

    if (number == 0 || number > VT_COUNT)
        return -ENXIO;
    mutex_lock(&vt_state.use_lock);
    int error = vt_allocate(vt);
    mutex_unlock(&vt_state.use_lock);
    if (error == 0)
        vt_switch((unsigned)number);
    return error;
}

/* 0: all that can be. */
static int64_t disallocate(uint64_t number)
{
    int error = 0;

    if (number > VT_COUNT)
        return -ENXIO;
    mutex_lock(&vt_state.use_lock);
    if (number != 0)
        error = vt_deallocate(&vt_state.vts[number - 1]);
    for (unsigned i = 0; number == 0 && i < VT_COUNT; i++)
        (void)vt_deallocate(&vt_state.vts[i]);
    mutex_unlock(&vt_state.use_lock);
    return error;
}

static int64_t lock_switch(bool is_locked)
{
    if (!identity_is_superuser())
        return -EPERM;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    vt_state.is_switch_locked = is_locked;
    spin_unlock(&vt_state.lock, state);
    return 0;
}

/* KDSIGACCEPT: the caller gets the signal when the key KeyboardSignal is pressed. */
static int64_t accept_signal(uint64_t signal)
{
    if (!identity_is_superuser())
        return -EPERM;
    if (signal == 0 || signal > SIGNAL_MAX || signal == SIGKILL)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    vt_state.accepts = current_owner();
    vt_state.accepted_signal = (int)signal;
    spin_unlock(&vt_state.lock, state);
    return 0;
}

/* KDSETMODE: text, or graphics that a program draws. */
static int64_t set_display_mode(struct vt *vt, uint64_t mode)
{
    if (mode > KD_TEXT1)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    bool was_graphics = vt->is_graphics, is_seen = vt == vt_front_locked();
    vt->is_graphics = mode == KD_GRAPHICS;
    if (was_graphics && !vt->is_graphics && is_seen) {
        screen_forget();
        vt_redraw_locked();
    }
    spin_unlock(&vt_state.lock, state);
    if (is_seen)
        vt_draw_soon();
    return 0;
}

/* GIO_CMAP, PIO_CMAP: the 16 colours of all terminals that are in use. */
static int64_t get_colors(const struct vt *vt, uint64_t target)
{
    uint8_t map[CMAP_SIZE];
    struct spinlock_state state = spin_lock(&vt_state.lock);
    const uint32_t *palette = terminal_palette(vt->terminal);

    for (unsigned i = 0; i < CMAP_SIZE; i++)
        map[i] = (uint8_t)(palette[i / 3] >> (16 - 8 * (i % 3)));
    spin_unlock(&vt_state.lock, state);
    return user_copy_out((user_ptr_t){target}, map, sizeof(map));
}

static int64_t set_colors(uint64_t source)
{
    uint32_t colors[CMAP_SIZE / 3] = {0};
    uint8_t map[CMAP_SIZE];
    int error = user_copy_in(map, (user_ptr_t){source}, sizeof(map), NULL);

    if (error != 0)
        return error;
    for (unsigned i = 0; i < CMAP_SIZE; i++)
        colors[i / 3] = colors[i / 3] << 8 | map[i];
    struct spinlock_state state = spin_lock(&vt_state.lock);
    for (unsigned i = 0; i < VT_COUNT; i++) {
        if (vt_state.vts[i].terminal != NULL)
            terminal_set_colors(vt_state.vts[i].terminal, colors);
    }
    spin_unlock(&vt_state.lock, state);
    vt_draw_soon();
    return 0;
}

static int64_t redirect_log(uint8_t number)
{
    if (!identity_is_superuser())
        return -EPERM;
    if (number > VT_COUNT)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    bool is_there = number == 0 || vt_state.vts[number - 1].terminal != NULL;
    if (is_there)
        vt_state.log = number;
    spin_unlock(&vt_state.lock, state);
    return is_there ? 0 : -EINVAL;
}

/* TIOCLINUX: a byte says what is wanted, others may follow it. */
static int64_t linux_request(uint64_t argument)
{
    uint8_t request[2];
    int error = user_copy_in(request, (user_ptr_t){argument}, 1, NULL);

    if (error == 0 && request[0] == TIOCL_SETKMSGREDIRECT)
        error = user_copy_in(&request[1], (user_ptr_t){argument + 1}, 1, NULL);
    if (error != 0)
        return error;
    switch (request[0]) {
    case TIOCL_GETSHIFTSTATE:
        return give_byte(argument, (uint8_t)input_modifiers());
    case TIOCL_SETKMSGREDIRECT:
        return redirect_log(request[1]);
    case TIOCL_GETKMSGREDIRECT:
        return give_byte(argument, (uint8_t)vt_state.log);
    case TIOCL_GETFGCONSOLE:
        return (int64_t)vt_state.front - 1;
    default:
        return -EINVAL;
    }
}

/* Whether the request changes what others see, or hear. */
static bool changes_terminal(unsigned request)
{
    switch (request) {
    case VT_SETMODE:
    case VT_ACTIVATE:
    case VT_WAITACTIVE:
    case VT_RELDISP:
    case VT_RESIZE:
    case VT_RESIZEX:
    case KDSETMODE:
    case KIOCSOUND:
    case KDMKTONE:
    case PIO_CMAP:
    case TIOCLINUX:
        return true;
    default:
        return false;
    }
}

static int64_t vt_own_ioctl(struct vt *vt, unsigned request, uint64_t argument)
{
    switch (request) {
    case VT_OPENQRY:
        return query_free(argument);
    case VT_GETMODE:
        return get_mode(vt, argument);
    case VT_SETMODE:
        return set_mode(vt, argument);
    case VT_GETSTATE:
        return get_state(argument);
    case VT_RELDISP:
        return vt_release(vt, argument);
    case VT_ACTIVATE:
        return activate(argument);
    case VT_WAITACTIVE:
        return argument == 0 || argument > VT_COUNT ? -ENXIO : vt_wait_active((unsigned)argument);
    case VT_DISALLOCATE:
        return disallocate(argument);
    case VT_RESIZE: /* the screen is as large as it is */
    case VT_RESIZEX:
        return -EINVAL;
    case VT_LOCKSWITCH:
    case VT_UNLOCKSWITCH:
        return lock_switch(request == VT_LOCKSWITCH);
    default:
        return -ENOTTY;
    }
}

static int64_t display_ioctl(struct vt *vt, unsigned request, uint64_t argument)
{
    switch (request) {
    case KIOCSOUND: /* there is nothing that sounds */
    case KDMKTONE:
        return 0;
    case KDSETMODE:
        return set_display_mode(vt, argument);
    case KDGETMODE:
        return give_int(argument, vt->is_graphics ? KD_GRAPHICS : KD_TEXT);
    case GIO_CMAP:
        return get_colors(vt, argument);
    case PIO_CMAP:
        return set_colors(argument);
    case KDFONTOP: /* the font is built in */
        return -ENOSYS;
    case KDSIGACCEPT:
        return accept_signal(argument);
    case TIOCLINUX:
        return linux_request(argument);
    default:
        return vt_own_ioctl(vt, request, argument);
    }
}

int64_t vt_ioctl(struct tty *tty, struct file *file, unsigned request, uint64_t argument)
{
    struct vt *vt = tty_data(tty);
    enum input_rights rights = identity_is_superuser()   ? INPUT_RIGHTS_SUPERUSER
                               : tty_is_controlling(tty) ? INPUT_RIGHTS_OWN
                                                         : INPUT_RIGHTS_READ;

    (void)file;
    if (changes_terminal(request) && rights == INPUT_RIGHTS_READ)
        return -EPERM;
    int64_t result = display_ioctl(vt, request, argument);
    return result == -ENOTTY ? input_ioctl(vt_number(vt), request, argument, rights) : result;
}
