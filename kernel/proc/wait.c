#include "proc/wait.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "proc/process_internal.h"

static bool wait_is_for(const struct wait_request *request, const struct process *self,
                        const struct process *child)
{
    const bool is_clone = child->exit_signal != SIGCHLD;

    if ((request->options & __WALL) == 0 && is_clone != ((request->options & __WCLONE) != 0))
        return false;
    switch (request->kind) {
    case WAIT_FOR_PROCESS:
        return child->id == request->id;
    case WAIT_FOR_GROUP:
        return child->group->id == (request->id != 0 ? request->id : self->group->id);
    default:
        return true;
    }
}

/* Whether a child has news that is asked for: as wait4() tells it. */
static bool wait_get_news(const struct process *child, unsigned options, int *ret_status)
{
    const enum process_news news = child->news;

    if (child->state == PROCESS_ZOMBIE) {
        *ret_status = child->wait_status;
        return (options & WEXITED) != 0;
    }
    if (news == PROCESS_NEWS_STOPPED) {
        *ret_status = WAIT_STATUS_STOPPED(child->stop_signal);
        return (options & WSTOPPED) != 0;
    }
    *ret_status = WAIT_STATUS_CONTINUED;
    return news == PROCESS_NEWS_CONTINUED && (options & WCONTINUED) != 0;
}

/* Tell the news, for the last time if it is not asked to stay. Says whether the child is gone by that. */
static bool wait_take_news(struct process *self, struct process *child, unsigned options,
                           struct wait_result *ret_result)
{
    ret_result->id = child->id;
    ret_result->uid = child->identity.real_uid;
    ret_result->times = child->times;
    process_times_add(&ret_result->times, &child->children_times);
    if ((options & WNOWAIT) != 0)
        return false;
    if (child->state != PROCESS_ZOMBIE) {
        enum process_news told =
            ret_result->status == WAIT_STATUS_CONTINUED ? PROCESS_NEWS_CONTINUED : PROCESS_NEWS_STOPPED;
        (void)atomic_compare_exchange_strong(&child->news, &told, PROCESS_NEWS_NONE);
        return false;
    }
    process_times_add(&self->children_times, &ret_result->times);
    process_withdraw(child);
    return true;
}

/* Look once at all children. Returns 0 with *ret_child, which has the news told; NULL: none has any. Errors:
 * -ECHILD. Holds: process_tree. */
static int wait_look(const struct wait_request *request, struct process *self, struct process **ret_child,
                     struct wait_result *ret_result)
{
    int error = -ECHILD;

    *ret_child = NULL;
    for (struct list *link = list_first(&self->children); link != &self->children; link = link->next) {
        struct process *child = list_entry(link, struct process, sibling);
        if (!wait_is_for(request, self, child))
            continue;
        error = 0;
        if (wait_get_news(child, request->options, &ret_result->status)) {
            *ret_child = child;
            break;
        }
    }
    return error;
}

int process_wait(const struct wait_request *request, struct wait_result *ret_result)
{
    struct process *self = process_current(), *child;
    bool is_gone = false;
    struct spinlock_state state = spin_lock(&process_tree);
    int error = wait_look(request, self, &child, ret_result);

    while (error == 0 && child == NULL && (request->options & WNOHANG) == 0) {
        error = wait_queue_sleep_unless(&self->child_waiters, &process_tree, &state, UINT64_MAX,
                                        signal_is_pending);
        if (error == 0)
            error = wait_look(request, self, &child, ret_result);
        else
            error = -ERESTARTSYS;
    }
    if (error == 0 && child != NULL)
        is_gone = wait_take_news(self, child, request->options, ret_result);
    spin_unlock(&process_tree, state);
    if (is_gone)
        process_unref(child);
    if (error != 0)
        return error;
    return child != NULL ? ret_result->id : 0;
}
