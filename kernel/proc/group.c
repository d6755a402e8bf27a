#include "proc/group.h"

#include "abi/errno.h"
#include "mm/object_cache.h"
#include "proc/process_ids.h"
#include "proc/process_internal.h"

static struct object_cache group_cache, session_cache;

void group_setup(void)
{
    object_cache_init(&group_cache, "process group", sizeof(struct process_group), 8);
    object_cache_init(&session_cache, "session", sizeof(struct process_session), 8);
}

void group_enter(struct process_group *group, struct process *process)
{
    process->group = group;
    list_push_back(&group->members, &process->group_link);
}

static void session_drop_group(struct process_session *session)
{
    if (--session->group_count != 0)
        return;
    process_ids_lookup(session->id)->session = NULL;
    process_ids_put(session->id);
    object_cache_free(&session_cache, session);
}

void group_leave(struct process *process)
{
    struct process_group *group = process->group;

    list_remove(&process->group_link);
    process->group = NULL;
    if (!list_is_empty(&group->members))
        return;
    process_ids_lookup(group->id)->group = NULL;
    process_ids_put(group->id);
    session_drop_group(group->session);
    object_cache_free(&group_cache, group);
}

/* Make a group that its first member is about to enter. Holds: process_tree, or early boot. */
static void group_publish(struct process_group *group, struct process_session *session, int id)
{
    *group = (struct process_group){.id = id, .session = session};
    list_init(&group->members);
    session->group_count++;
    process_ids_lookup(id)->group = group;
}

static void session_publish(struct process_session *session, int id)
{
    *session = (struct process_session){.id = id};
    process_ids_lookup(id)->session = session;
}

struct process_group *group_create_first(int id)
{
    struct process_group *group = object_cache_alloc(&group_cache);
    struct process_session *session = object_cache_alloc(&session_cache);

    if (group == NULL || session == NULL)
        return NULL;
    session_publish(session, id);
    group_publish(group, session, id);
    return group;
}

static struct process *member_of(struct list *link)
{
    return list_entry(link, struct process, group_link);
}

bool group_is_orphaned(const struct process_group *group, const struct process *leaving)
{
    for (struct list *link = group->members.next; link != &group->members; link = link->next) {
        const struct process *member = member_of(link), *parent = member->parent;
        if (member == leaving || member->state != PROCESS_ALIVE || parent == NULL || parent == process_first)
            continue;
        if (parent->group != group && parent->group->session == group->session)
            return false;
    }
    return true;
}

static bool group_has_stopped(const struct process_group *group)
{
    for (struct list *link = group->members.next; link != &group->members; link = link->next) {
        struct process *member = member_of(link);
        struct spinlock_state state = spin_lock(&member->signals.lock);
        bool is_stopped = member->signals.is_stopped;
        spin_unlock(&member->signals.lock, state);
        if (is_stopped)
            return true;
    }
    return false;
}

void group_end_if_orphaned(struct process *process, const struct process *parent,
                           const struct process *leaving)
{
    struct process_group *group = process->group;

    if (parent == NULL || parent->group == group || parent->group->session != group->session ||
        !group_is_orphaned(group, leaving) || !group_has_stopped(group))
        return;
    const struct siginfo hang_up = signal_info_kernel(SIGHUP), go_on = signal_info_kernel(SIGCONT);
    signal_send_group(group, &hang_up);
    signal_send_group(group, &go_on);
}

static bool is_session_leader(const struct process *process)
{
    return process->group->session->id == process->id;
}

/* What setpgid() checks of the process that is to be moved. */
static int group_check_move(const struct process *process)
{
    const struct process *self = process_current();

    if (process->parent == self) {
        if (process->group->session != self->group->session)
            return -EPERM;
        if (process->has_executed)
            return -EACCES;
    } else if (process != self) {
        return -ESRCH;
    }
    return is_session_leader(process) ? -EPERM : 0;
}

/* *spare is what a new group is made of: NULL afterwards if that was needed. Holds: process_tree. */
static int group_move(struct process *process, int group_id, struct process_group **spare)
{
    struct process_session *session = process->group->session;
    struct process_group *group = process_group_find(group_id);

    if (group_id != process->id && (group == NULL || group->session != session))
        return -EPERM;
    if (group == process->group)
        return 0;
    if (group == NULL) {
        if (*spare == NULL)
            return -ENOMEM;
        group = *spare;
        *spare = NULL;
        group_publish(group, session, group_id);
    }
    session->group_count++; /* stays, even if the old group was its only one */
    group_leave(process);
    session->group_count--;
    group_enter(group, process);
    return 0;
}

int group_set(int process_id, int group_id)
{
    if (process_id == 0)
        process_id = process_current()->id;
    if (group_id == 0)
        group_id = process_id;
    if (group_id < 0)
        return -EINVAL;
    struct process_group *spare = object_cache_alloc(&group_cache);
    struct spinlock_state state = spin_lock(&process_tree);
    struct process *process = process_find(process_id);
    int error = -ESRCH;
    if (process != NULL)
        error = group_check_move(process);
    else if (user_thread_find(process_id) != NULL)
        error = -EINVAL;
    if (error == 0)
        error = group_move(process, group_id, &spare);
    spin_unlock(&process_tree, state);
    if (spare != NULL)
        object_cache_free(&group_cache, spare);
    return error;
}

int group_id_of(int process_id)
{
    struct spinlock_state state = spin_lock(&process_tree);
    const struct process *process = process_id == 0 ? process_current() : process_find(process_id);
    int id = process == NULL ? -ESRCH : process->group->id;

    spin_unlock(&process_tree, state);
    return id;
}

int session_id_of(int process_id)
{
    struct spinlock_state state = spin_lock(&process_tree);
    const struct process *process = process_id == 0 ? process_current() : process_find(process_id);
    int id = process == NULL ? -ESRCH : process->group->session->id;

    spin_unlock(&process_tree, state);
    return id;
}

int session_create(void)
{
    struct process *self = process_current();
    struct process_group *group = object_cache_alloc(&group_cache);
    struct process_session *session = object_cache_alloc(&session_cache);
    int error = group == NULL || session == NULL ? -ENOMEM : -EPERM;
    struct spinlock_state state = spin_lock(&process_tree);

    if (error == -EPERM && process_group_find(self->id) == NULL) {
        group_leave(self); /* another one's: its session and group stay, or are not needed any more */
        session_publish(session, self->id);
        self->has_no_terminal = false;
        group_publish(group, session, self->id);
        group_enter(group, self);
        error = 0;
    }
    spin_unlock(&process_tree, state);
    if (error == 0)
        return self->id;
    if (group != NULL)
        object_cache_free(&group_cache, group);
    if (session != NULL)
        object_cache_free(&session_cache, session);
    return error;
}
