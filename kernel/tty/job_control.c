/* Sessions and their controlling terminals, and which group is in the foreground: job control, POSIX.1 11.1.
 *
 * A terminal and a session that belong together point at each other, under the tree lock; the session's
 * pointer has a reference. The foreground group is known by its number: it may end before the terminal learns
 * of it, and a signal to nobody is no error. */
#include "abi/errno.h"
#include "abi/signal.h"
#include "fs/file.h"
#include "mm/user_access.h"
#include "proc/group.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "tty/tty_internal.h"

/* Of the calling process. Holds: process_tree. */
static struct process_session *current_session(void)
{
    return process_current()->group->session;
}

/* The terminal of the process's session, if it has not given that up. Holds: process_tree. */
static struct tty *terminal_of(const struct process *process)
{
    return process->has_no_terminal ? NULL : process->group->session->terminal;
}

static struct tty *current_terminal(void)
{
    return terminal_of(process_current());
}

static bool current_is_leader(void)
{
    return current_session()->id == process_current()->id;
}

static bool current_ignores(int signal)
{
    struct process *process = process_current();
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const bool is_ignored = process->signals.actions[signal - 1].handler == SIG_IGN;

    spin_unlock(&process->signals.lock, state);
    return is_ignored || (user_thread_current()->signals.blocked & SIGNAL_BIT(signal)) != 0;
}

/* Holds: process_tree. */
static void send_to_group(const struct process_session *session, int id, int signal)
{
    struct process_group *group = id == 0 ? NULL : process_group_find(id);
    const struct siginfo info = signal_info_kernel(signal);

    if (group != NULL && group->session == session) /* its number may be another one's by now */
        signal_send_group(group, &info);
}

/* Holds: process_tree. */
static int check_locked(const struct tty *tty, int signal)
{
    struct process_group *group = process_current()->group;
    const struct siginfo info = signal_info_kernel(signal);

    if (current_terminal() != tty || tty->foreground == 0 || tty->foreground == group->id)
        return 0;
    if (current_ignores(signal))
        return signal == SIGTTIN ? -EIO : 0;
    if (group_is_orphaned(group, NULL))
        return -EIO;
    signal_send_group(group, &info);
    return -ERESTARTSYS;
}

int job_control_check(struct tty *tty, int signal)
{
    struct spinlock_state state = spin_lock(&process_tree);
    const int error = check_locked(tty, signal);

    spin_unlock(&process_tree, state);
    return error;
}

struct tty *job_control_terminal(void)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct tty *tty = current_terminal();

    if (tty != NULL)
        (void)tty_ref(tty);
    spin_unlock(&process_tree, state);
    return tty;
}

bool job_control_is_terminal(const struct tty *tty)
{
    struct spinlock_state state = spin_lock(&process_tree);
    const bool is_terminal = current_terminal() == tty;

    spin_unlock(&process_tree, state);
    return is_terminal;
}

/* Make it the terminal of the caller's session, which has none. Holds: process_tree. */
static void attach(struct tty *tty)
{
    struct process_session *session = current_session();

    session->terminal = tty_ref(tty);
    tty->session = session;
    tty->foreground = process_current()->group->id;
}

/* It is no session's any more. Returns the reference that the session had, NULL: none. Holds:
 * process_tree. */
static struct tty *detach(struct tty *tty)
{
    struct process_session *session = tty->session;

    tty->session = NULL;
    tty->foreground = 0;
    if (session == NULL)
        return NULL;
    session->terminal = NULL;
    return tty;
}

static void unref_if(struct tty *tty)
{
    if (tty != NULL)
        tty_unref(tty);
}

void job_control_opened(struct tty *tty, const struct file *file)
{
    struct spinlock_state state = spin_lock(&process_tree);

    if (current_is_leader() && current_session()->terminal == NULL && tty->session == NULL &&
        file_can_read(file) && !tty_is_hung_up(file, tty))
        attach(tty);
    spin_unlock(&process_tree, state);
}

void job_control_signal(struct tty *tty, int signal)
{
    struct spinlock_state state = spin_lock(&process_tree);

    if (tty->session != NULL)
        send_to_group(tty->session, tty->foreground, signal);
    spin_unlock(&process_tree, state);
}

void job_control_detach(struct tty *tty)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct tty *dropped = detach(tty);

    spin_unlock(&process_tree, state);
    unref_if(dropped);
}

/* Holds: process_tree. */
static void hang_up_session(struct process_session *session, int foreground, bool ends_session)
{
    struct process *leader = process_find(session->id);
    const struct siginfo hang_up = signal_info_kernel(SIGHUP), go_on = signal_info_kernel(SIGCONT);

    if (leader != NULL) {
        (void)signal_send_process(leader, &hang_up);
        (void)signal_send_process(leader, &go_on);
    }
    if (ends_session)
        send_to_group(session, foreground, SIGHUP);
    else
        session->hung_up_group = foreground;
}

void job_control_hang_up(struct tty *tty, bool ends_session)
{
    struct spinlock_state state = spin_lock(&process_tree);

    if (tty->session != NULL)
        hang_up_session(tty->session, tty->foreground, ends_session);
    struct tty *dropped = detach(tty);
    spin_unlock(&process_tree, state);
    unref_if(dropped);
}

/* A leader gives its terminal up, or ends: the foreground group is told, who would else read from a terminal
 * that is somebody else's. Returns the terminal that is to be hung up as well, with a reference. */
static struct tty *leader_gives_up(bool ends, struct tty **ret_dropped)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct process_session *session = current_session();
    struct tty *tty = session->terminal, *hung_up = NULL;

    *ret_dropped = NULL;
    if (tty != NULL && ends && !tty->driver->is_pseudo) {
        hung_up = tty_ref(tty);
    } else if (tty != NULL) {
        send_to_group(session, tty->foreground, SIGHUP);
        if (!ends)
            send_to_group(session, tty->foreground, SIGCONT);
        *ret_dropped = detach(tty);
    } else if (ends) {
        send_to_group(session, session->hung_up_group, SIGHUP);
        send_to_group(session, session->hung_up_group, SIGCONT);
        session->hung_up_group = 0;
    }
    spin_unlock(&process_tree, state);
    return hung_up;
}

void tty_session_leader_ends(void)
{
    struct tty *dropped, *hung_up = leader_gives_up(true, &dropped);

    unref_if(dropped);
    if (hung_up == NULL)
        return;
    tty_hang_up_session(hung_up);
    tty_unref(hung_up);
}

uint64_t tty_of_process(const struct process *process, int *ret_group)
{
    const struct tty *tty = terminal_of(process);

    *ret_group = tty == NULL ? -1 : tty->foreground;
    return tty == NULL ? 0 : tty->device_number;
}

/* TIOCSCTTY. Holds: process_tree. *ret_dropped: a reference to be given back. */
static int take_locked(struct tty *tty, const struct file *file, bool steals, struct tty **ret_dropped)
{
    const bool is_superuser = identity_is_superuser();

    if (tty_is_hung_up(file, tty)) /* since ioctl() began */
        return -EIO;
    if (current_is_leader() && tty->session == current_session())
        return 0;
    if (!current_is_leader() || current_session()->terminal != NULL)
        return -EPERM;
    if (tty->session != NULL && !(steals && is_superuser))
        return -EPERM;
    if (!file_can_read(file) && !is_superuser)
        return -EPERM;
    *ret_dropped = detach(tty);
    attach(tty);
    return 0;
}

static int take(struct tty *tty, const struct file *file, bool steals)
{
    struct tty *dropped = NULL;
    struct spinlock_state state = spin_lock(&process_tree);
    const int error = take_locked(tty, file, steals, &dropped);

    spin_unlock(&process_tree, state);
    unref_if(dropped);
    return error;
}

/* TIOCNOTTY: the whole session's if its leader asks for it, else the caller's and his children's to come. */
static int give_up(const struct tty *tty)
{
    struct tty *dropped = NULL;
    struct spinlock_state state = spin_lock(&process_tree);
    const bool is_leader = current_is_leader(), has_it = current_terminal() == tty;

    if (has_it && !is_leader)
        process_current()->has_no_terminal = true;
    spin_unlock(&process_tree, state);
    if (!has_it)
        return -ENOTTY;
    if (is_leader)
        (void)leader_gives_up(false, &dropped);
    unref_if(dropped);
    return 0;
}

/* The session that a group is of, or the process of that number, as Linux has it. Holds: process_tree. */
static const struct process_session *session_of_group(int id)
{
    const struct process_group *group = process_group_find(id);
    const struct process *process = group == NULL ? process_find(id) : NULL;

    if (process != NULL)
        group = process->group;
    return group == NULL ? NULL : group->session;
}

/* Holds: process_tree. */
static int set_foreground_locked(struct tty *tty, int group)
{
    const struct process_session *session = current_session(), *its_session;

    if (current_terminal() != tty)
        return -ENOTTY;
    its_session = session_of_group(group);
    if (its_session == NULL)
        return -ESRCH;
    if (its_session != session)
        return -EPERM;
    tty->foreground = group;
    return 0;
}

static int set_foreground(struct tty *tty, user_ptr_t argument)
{
    int32_t group;
    int error = job_control_check(tty, SIGTTOU);

    if (error != 0)
        return error == -EIO ? -ENOTTY : error;
    error = user_copy_in(&group, argument, sizeof(group), NULL);
    if (error != 0)
        return error;
    if (group < 0)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&process_tree);
    error = set_foreground_locked(tty, group);
    spin_unlock(&process_tree, state);
    return error;
}

/* TIOCGPGRP, TIOCGSID. */
static int tell(const struct tty *tty, bool is_session, bool is_master, user_ptr_t argument)
{
    int32_t id = 0;
    struct spinlock_state state = spin_lock(&process_tree);
    bool is_known = is_master || current_terminal() == tty;

    if (is_session)
        is_known = is_known && tty->session != NULL;
    if (is_known)
        id = is_session ? tty->session->id : tty->foreground;
    spin_unlock(&process_tree, state);
    return is_known ? user_copy_out(argument, &id, sizeof(id)) : -ENOTTY;
}

int64_t job_control_ioctl(struct tty *tty, const struct file *file, unsigned request, uint64_t argument,
                          bool is_master, bool *ret_is_known)
{
    const user_ptr_t pointer = {argument};

    *ret_is_known = true;
    switch (request) {
    case TIOCSCTTY:
        return is_master ? -EPERM : take(tty, file, argument == 1);
    case TIOCNOTTY:
        return is_master ? -ENOTTY : give_up(tty);
    case TIOCGPGRP:
        return tell(tty, false, is_master, pointer);
    case TIOCSPGRP:
        return set_foreground(tty, pointer);
    case TIOCGSID:
        return tell(tty, true, is_master, pointer);
    default:
        *ret_is_known = false;
        return 0;
    }
}
