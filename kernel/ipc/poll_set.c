/* Hooks are hung on in the first look, up to the first file that has something. After that only files that
 * have had a change are looked at again: what a wake-up costs does not grow with the number of files, but for
 * a pass over flags. */
#include "ipc/poll_set.h"

#include <stddef.h>

#include "abi/errno.h"
#include "mm/frames.h"
#include "signal/signal.h"

static bool set_is_small(const struct poll_set *set)
{
    return set->count <= POLL_ENTRIES_INLINE;
}

struct poll_entry *poll_set_entry(struct poll_set *set, unsigned index)
{
    if (set_is_small(set))
        return &set->few[index];
    struct poll_entry *page = direct_map(set->pages[index / POLL_ENTRIES_A_PAGE]);
    return &page[index % POLL_ENTRIES_A_PAGE];
}

static unsigned set_pages(unsigned count)
{
    return (unsigned)((count + POLL_ENTRIES_A_PAGE - 1) / POLL_ENTRIES_A_PAGE);
}

static void set_free_pages(struct poll_set *set, unsigned pages)
{
    while (pages-- > 0)
        frames_free(set->pages[pages], 0);
}

int poll_set_init(struct poll_set *set, unsigned count)
{
    set->count = count;
    poll_sleeper_init(&set->sleeper);
    for (unsigned i = 0; !set_is_small(set) && i < set_pages(count); i++) {
        if (frames_alloc(0, &set->pages[i]) != 0) {
            set_free_pages(set, i);
            return -ENOMEM;
        }
    }
    for (unsigned i = 0; i < count; i++)
        *poll_set_entry(set, i) = (struct poll_entry){.sleeper = &set->sleeper};
    return 0;
}

static struct readiness_relay *entry_notify(struct poll_hook *hook)
{
    struct poll_entry *entry = list_entry(hook, struct poll_entry, hook);

    atomic_store(&entry->has_news, true);
    poll_sleeper_wake(entry->sleeper);
    return NULL;
}

/* Returns how many have something. */
static int set_look_first(struct poll_set *set, bool waits)
{
    int count = 0;

    for (unsigned i = 0; i < set->count; i++) {
        struct poll_entry *entry = poll_set_entry(set, i);
        if (entry->file != NULL) {
            entry->hook.events = entry->wanted;
            entry->hook.notify = entry_notify;
            bool hangs_on = waits && count == 0;
            entry->found = (uint16_t)(file_poll(entry->file, hangs_on ? &entry->hook : NULL) & entry->wanted);
        }
        count += entry->found != 0;
    }
    return count;
}

static int set_look_again(struct poll_set *set)
{
    int count = 0;

    for (unsigned i = 0; i < set->count; i++) {
        struct poll_entry *entry = poll_set_entry(set, i);
        if (!atomic_load_explicit(&entry->has_news, memory_order_relaxed))
            continue;
        atomic_store(&entry->has_news, false);
        entry->found = (uint16_t)(file_poll(entry->file, NULL) & entry->wanted);
        count += entry->found != 0;
    }
    return count;
}

int poll_set_wait(struct poll_set *set, uint64_t deadline_ns)
{
    int count = set_look_first(set, deadline_ns != 0);

    if (count == 0 && deadline_ns == 0)
        return signal_is_pending() ? -ERESTARTSYS : 0;
    while (count == 0) {
        int error = poll_sleeper_wait(&set->sleeper, deadline_ns);
        if (error == -ERESTARTSYS)
            return error;
        count = set_look_again(set);
        if (error == -ETIMEDOUT)
            break;
    }
    return count;
}

void poll_set_release(struct poll_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct poll_entry *entry = poll_set_entry(set, i);
        readiness_remove(&entry->hook);
        if (entry->file != NULL)
            file_unref(entry->file);
    }
    if (!set_is_small(set))
        set_free_pages(set, set_pages(set->count));
}
