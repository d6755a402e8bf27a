/* Which terminal is in front. A program that draws itself may want to be asked before (VT_PROCESS): it gets a
 * signal, and the switch waits for its VT_RELDISP. */
#include "abi/errno.h"
#include "dev/screen.h"
#include "input/input.h"
#include "proc/process.h"
#include "signal/signal.h"
#include "vt/vt_internal.h"

/* Whether there is such a process. */
static bool send_to_owner(const struct vt_owner *owner, int signal)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct process *process = process_find(owner->id);
    bool is_there =
        process != NULL && process->state == PROCESS_ALIVE && process->start_ns == owner->start_ns;

    if (is_there && signal > 0 && signal <= SIGNAL_MAX) {
        const struct siginfo info = signal_info_kernel(signal);
        (void)signal_send_process(process, &info);
    }
    spin_unlock(&process_tree, state);
    return is_there;
}

/* What a switch has to do once vt_state.lock is released. */
struct aftermath {
    bool is_done;
    unsigned front;        /* the one that is, if it is done */
    struct vt_owner owner; /* to be sent `signal` */
    int signal;
};

/* Holds: vt_state.lock. */
static void bring_to_front_locked(unsigned number, struct aftermath *aftermath)
{
    bool was_graphics = vt_front_locked()->is_graphics;

    vt_state.front = number;
    vt_state.wanted = 0;
    if (was_graphics)
        screen_forget();
    vt_redraw_locked();
    struct vt *vt = vt_front_locked();
    aftermath->is_done = true;
    aftermath->front = number;
    if (vt->mode.mode == VT_PROCESS) {
        aftermath->owner = vt->owner;
        aftermath->signal = vt->mode.acquire_signal;
    }
}

static void conclude(const struct aftermath *aftermath)
{
    if (aftermath->owner.id != 0)
        (void)send_to_owner(&aftermath->owner, aftermath->signal);
    if (!aftermath->is_done)
        return;
    input_set_front(aftermath->front);
    readiness_signal(&vt_state.switched);
    vt_draw_soon();
}

/* Begin a switch; the one in front has to be asked if aftermath->owner is set and it is not done. */
static void begin_switch_locked(unsigned number, struct aftermath *aftermath)
{
    struct vt *front = vt_front_locked();

    if (vt_state.vts[number - 1].terminal == NULL || vt_state.is_switch_locked)
        return;
    if (number == vt_state.front) {
        vt_state.wanted = 0;
        return;
    }
    if (front->mode.mode == VT_PROCESS) {
        vt_state.wanted = number;
        aftermath->owner = front->owner;
        aftermath->signal = front->mode.release_signal;
    } else if (!front->is_graphics) {
        bring_to_front_locked(number, aftermath);
    }
}

/* The owner has ended without a word: the terminal is nobody's. */
static void switch_from_nobody(unsigned number)
{
    struct aftermath aftermath = {0};
    struct spinlock_state state = spin_lock(&vt_state.lock);

    if (vt_state.wanted == number) {
        vt_front_locked()->mode = (struct vt_mode){0};
        bring_to_front_locked(number, &aftermath);
        vt_front_locked()->is_graphics = false;
    }
    spin_unlock(&vt_state.lock, state);
    conclude(&aftermath);
}

void vt_switch(unsigned number)
{
    struct aftermath aftermath = {0};

    if (!vt_state.has_screen || number == 0 || number > VT_COUNT)
        return;
    struct spinlock_state state = spin_lock(&vt_state.lock);
    begin_switch_locked(number, &aftermath);
    spin_unlock(&vt_state.lock, state);
    if (aftermath.is_done || aftermath.owner.id == 0)
        conclude(&aftermath);
    else if (!send_to_owner(&aftermath.owner, aftermath.signal))
        switch_from_nobody(number);
}

void vt_send_signal(void)
{
    struct spinlock_state state = spin_lock(&vt_state.lock);
    const struct vt_owner owner = vt_state.accepts;
    const int signal = vt_state.accepted_signal;

    spin_unlock(&vt_state.lock, state);
    if (owner.id != 0)
        (void)send_to_owner(&owner, signal);
}

int vt_release(struct vt *vt, uint64_t answer)
{
    struct aftermath aftermath = {0};
    int error = -EINVAL;
    struct spinlock_state state = spin_lock(&vt_state.lock);

    if (vt->mode.mode == VT_PROCESS) {
        bool is_asked = vt == vt_front_locked() && vt_state.wanted != 0;
        if (is_asked ? answer <= VT_PROCESS : answer == VT_ACKACQ)
            error = 0;
        if (is_asked && answer == 0)
            vt_state.wanted = 0; /* refused */
        else if (is_asked && answer == 1 && vt_state.vts[vt_state.wanted - 1].terminal != NULL)
            bring_to_front_locked(vt_state.wanted, &aftermath);
    }
    spin_unlock(&vt_state.lock, state);
    conclude(&aftermath);
    return error;
}

int vt_wait_active(unsigned number)
{
    for (;;) {
        uint64_t changes = readiness_changes(&vt_state.switched);
        struct spinlock_state state = spin_lock(&vt_state.lock);
        bool is_active = vt_state.front == number;
        spin_unlock(&vt_state.lock, state);
        if (is_active)
            return 0;
        if (readiness_wait(&vt_state.switched, changes) != 0)
            return -EINTR;
    }
}
